// Package markup writes the pieces that profile pages are made of: escaped text, tables, colours and quantities.
//
// All it writes is well-formed XML as well as HTML, names no outside resource and holds no script. Text and lines take
// the colour of the page around them, so that they show on light and dark themes alike.
package markup

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Escape makes text safe inside elements and quoted attributes. Characters that XML does not allow become U+FFFD.
func Escape(s string) string {
	var b strings.Builder
	// A strings.Builder returns no errors.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// Style is the sheet of a page. Its rules hold below elements of class warren-profile only; they are as specific as the
// rules that JupyterLab has for tables, paragraphs and code in outputs, and come after them. That takes the class twice
// for the cells of tables, which it sets to the right.
const Style = `<style>
.warren-profile{color:var(--jp-content-font-color1,currentColor);font:13px/1.45 var(--jp-ui-font-family,system-ui,sans-serif);max-width:1000px}
.warren-profile.wp-alone{color:var(--jp-content-font-color1,#7d7d7d);font-size:11px}
.warren-profile p{text-align:left}
.warren-profile .wp-head{margin:0 0 6px}
.warren-profile .wp-note{opacity:.7;font-size:12px;margin:4px 0}
.warren-profile svg{display:block;width:100%;height:auto;overflow:visible}
.warren-profile text{fill:currentColor}
.warren-profile .wp-on{fill:#2a1608;pointer-events:none}
.warren-profile g.wp-f:hover rect{stroke:currentColor;stroke-width:1.5}
.warren-profile div code,.warren-profile .wp-code{font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:12px;color:inherit;background:none}
.warren-profile table{border-collapse:collapse;margin:8px 0 4px;font-size:12px;border:none;color:inherit}
.warren-profile.warren-profile table th,.warren-profile.warren-profile table td{padding:2px 12px 2px 4px;border:none;border-bottom:1px solid var(--jp-border-color2,rgba(128,128,128,.3));background:none;text-align:left;white-space:nowrap;vertical-align:baseline}
.warren-profile.warren-profile table th{font-weight:600;opacity:.75;text-align:left}
.warren-profile.warren-profile table td.wp-num,.warren-profile.warren-profile table th.wp-num{text-align:right;min-width:4.5em;font-variant-numeric:tabular-nums}
.warren-profile.warren-profile table td.wp-wide{white-space:normal;min-width:12em}
.warren-profile .wp-swatch{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px}
.warren-profile .wp-keys{margin:4px 0}
.warren-profile .wp-key{display:inline-block;margin-right:16px;font-size:12px}
.warren-profile .wp-race{border:1px solid var(--jp-border-color2,rgba(128,128,128,.3));border-left:4px solid #d1383d;border-radius:4px;padding:8px 12px;margin:8px 0}
.warren-profile .wp-race h4{margin:0 0 6px;font-size:13px;font-weight:600}
.warren-profile .wp-access{margin:6px 0}
.warren-profile .wp-kind{display:inline-block;min-width:4.2em;text-align:center;border-radius:3px;padding:0 6px;margin-right:8px;color:#fff;font-size:11px;font-weight:600}
.warren-profile div code.wp-line{display:block;margin:3px 0 2px;padding:3px 8px;border-radius:3px;background:rgba(128,128,128,.14);white-space:pre;overflow-x:auto}
.warren-profile .wp-by{opacity:.75;font-size:12px}
</style>`

// Page puts the style sheet and the class around a body.
func Page(body string) string {
	return `<div class="warren-profile">` + Style + body + `</div>`
}

// Standalone makes a picture out of SVG elements that stands for itself, with no page around it. Width and height are the
// size of its coordinate system, in pixels. Its text is grey where the page gives no colour, as it cannot know whether the
// page is light or dark.
func Standalone(width, height float64, label, elements string) string {
	return svg(width, height, label, Style+elements, ` class="warren-profile wp-alone" width="`+Pixels(width)+`" height="`+Pixels(height)+`"`)
}

// Inline is the same picture for use inside a Page. It is drawn as wide as there is room.
func Inline(width, height float64, label, elements string) string {
	return svg(width, height, label, elements, "")
}

func svg(width, height float64, label, elements, attributes string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="%s" viewBox="0 0 %s %s"%s font-family="system-ui,sans-serif" font-size="11">%s</svg>`,
		Escape(label), Pixels(width), Pixels(height), attributes, elements)
}

// Pixels writes a coordinate with two decimals at most.
func Pixels(x float64) string {
	s := fmt.Sprintf("%.2f", x)
	s = strings.TrimRight(s, "0")
	return strings.TrimRight(s, ".")
}

// units of time, the largest first.
var units = []struct {
	size time.Duration
	name string
}{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}, {time.Nanosecond, "ns"}}

// Duration writes a time with three digits: "1.23 s", "45.6 ms", "789 µs", "0".
func Duration(d time.Duration) string {
	if d < 0 {
		return "-" + Duration(-d)
	}
	for i, u := range units {
		if d < u.size {
			continue
		}
		s := digits(float64(d) / float64(u.size))
		// 999.6 µs rounds to 1000 µs, which is 1 ms.
		if s == "1000" && i > 0 {
			return "1 " + units[i-1].name
		}
		return s + " " + u.name
	}
	return "0"
}

// digits writes a number from 1 on with three significant digits, and no zeros behind the point.
func digits(x float64) string {
	decimals := max(0, 2-int(math.Floor(math.Log10(x))))
	s := fmt.Sprintf("%.*f", decimals, x)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// Percent writes a part of a whole, "12.3%"; of nothing it is "0.0%".
func Percent(part, whole int64) string {
	return fmt.Sprintf("%.1f%%", 100*Share(part, whole))
}

// Share is part/whole, and 0 of nothing.
func Share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// Plural counts things: "1 sample", "2 samples".
func Plural(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Fit shortens text to a number of characters, with "…" for what is cut. It is "" where nothing readable would be left.
func Fit(s string, chars int) string {
	if utf8.RuneCountInString(s) <= chars {
		return s
	}
	if chars < 3 {
		return ""
	}
	return string([]rune(s)[:chars-1]) + "…"
}

// Swatch is a small square of a colour, as the key to a picture.
func Swatch(color string) string {
	return `<span class="wp-swatch" style="background:` + color + `"></span>`
}
