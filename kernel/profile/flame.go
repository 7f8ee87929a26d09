package profile

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/warren-go/warren/kernel/profile/internal/markup"
)

// Sizes of a flame graph in pixels of its own coordinate system, which the page scales to its width.
const (
	flameWidth = 1000.0
	flameRow   = 19.0
	flameGap   = 1.0 // between neighbours, inside the width that stands for the time
	charWidth  = 6.5 // of the average character at the font's size
	narrowest  = 1.0 // frames below are drawn as one with their narrow neighbours
)

// box is a frame of the drawing. A box without a call stands for several that are too narrow.
type box struct {
	call     *call
	x, width float64
	row      int
	time     int64
	merged   int
}

// layFlame places calls: the root takes the whole width, and each call the part of its caller's that its time is.
func layFlame(p *cpuProfile) []box {
	var boxes []box
	var lay func(c *call, x, width float64, row int)
	lay = func(c *call, x, width float64, row int) {
		boxes = append(boxes, box{call: c, x: x, width: width, row: row, time: c.time})
		narrow := box{x: x, row: row + 1}
		for _, child := range c.sorted() {
			w := width * markup.Share(child.time, c.time)
			if w < narrowest {
				narrow.merged++
				narrow.time += child.time
				narrow.width += w
				continue
			}
			lay(child, narrow.x, w, row+1)
			narrow.x += w
		}
		if narrow.width >= narrowest {
			boxes = append(boxes, narrow)
		}
	}
	lay(p.root, 0, flameWidth, 0)
	return boxes
}

// flame is a drawn flame graph.
type flame struct {
	height          float64
	label, elements string
}

func drawFlame(p *cpuProfile) flame {
	var b strings.Builder
	rows := 0
	for _, box := range layFlame(p) {
		box.draw(&b, p)
		rows = max(rows, box.row+1)
	}
	return flame{
		height:   float64(rows)*flameRow + flameGap,
		label:    "Flame graph of " + p.options.cell() + ": " + p.headline(),
		elements: b.String(),
	}
}

func (x box) draw(b *strings.Builder, p *cpuProfile) {
	name, hint, color := x.describe(p)
	share := markup.Duration(time.Duration(x.time)) + ", " + markup.Percent(x.time, p.total)
	fmt.Fprintf(b, `<g class="wp-f"><title>%s</title><rect x="%s" y="%s" width="%s" height="%s" rx="2" fill="%s"/>`,
		markup.Escape(name+"\n"+share+hint), markup.Pixels(x.x), markup.Pixels(float64(x.row)*flameRow),
		markup.Pixels(max(x.width-flameGap, narrowest/2)), markup.Pixels(flameRow-flameGap), color)
	if label := x.text(name, p); label != "" {
		fmt.Fprintf(b, `<text class="wp-on" x="%s" y="%s">%s</text>`, markup.Pixels(x.x+4),
			markup.Pixels(float64(x.row)*flameRow+13), markup.Escape(label))
	}
	b.WriteString("</g>")
}

// text is what fits into the box, with the share of wide ones.
func (x box) text(name string, p *cpuProfile) string {
	room := int((x.width - 8) / charWidth)
	if long := name + " · " + markup.Percent(x.time, p.total); len([]rune(long)) <= room {
		return long
	}
	return markup.Fit(name, room)
}

// describe returns the box's name, the rest of its tooltip, and its colour.
func (x box) describe(p *cpuProfile) (name, hint, color string) {
	if x.call == nil {
		return markup.Plural(int64(x.merged), "narrow frame"), "", flameKinds[merged].color(0)
	}
	fn := x.call.fn
	if fn == nil {
		return p.options.cell(), "", flameKinds[root].color(0)
	}
	at := fn.hottest()
	hint = ", " + markup.Duration(time.Duration(x.call.self)) + " in itself\nmost of it at " + p.options.place(at.file, at.line)
	if src := p.options.source(at.file, at.line); src != "" {
		hint += "  " + src
	}
	if x.call.deepest > 1 {
		hint += fmt.Sprintf("\ncalls itself, up to %d deep (drawn as one)", x.call.deepest)
	}
	if note := notes[fn.full]; note != "" {
		hint += "\n" + note
	}
	return fn.name, hint, flameKinds[p.kind(fn)].color(hash(fn.full))
}

// Kinds of frames, each with colours of its own.
const (
	root = iota
	ofCell
	ofLibrary
	ofRuntime
	merged
)

// flameKind is a family of colours: a hue that the function's name moves within a span, so that neighbours differ.
type flameKind struct {
	name              string
	hue, span         float64 // degrees
	saturation, light float64 // percent
}

// flameKinds are light enough for dark text on them.
var flameKinds = []flameKind{
	root:      {"", 14, 0, 30, 84},
	ofCell:    {"functions of cells", 8, 20, 92, 64},
	ofLibrary: {"packages", 36, 16, 94, 64},
	ofRuntime: {"Go runtime", 56, 12, 62, 74},
	merged:    {"", 30, 0, 12, 74},
}

// color takes a number from 0 to 1 that picks the shade.
func (k flameKind) color(at float64) string { return hsl(k.hue+k.span*at, k.saturation, k.light) }

func (p *cpuProfile) kind(f *function) int {
	at := f.hottest()
	switch {
	case p.options.line(at.file, at.line) != "":
		return ofCell
	case strings.HasPrefix(f.full, "runtime.") || strings.HasPrefix(f.full, "runtime/") || strings.HasPrefix(f.full, "internal/"):
		return ofRuntime
	}
	return ofLibrary
}

// hash spreads names evenly from 0 to 1.
func hash(s string) float64 {
	h := fnv.New32a()
	h.Write([]byte(s)) // never fails
	return float64(h.Sum32()%1000) / 1000
}

// flameKey is the key to the colours.
func flameKey() string {
	var b strings.Builder
	b.WriteString(`<p class="wp-keys">`)
	for _, kind := range flameKinds {
		if kind.name != "" {
			b.WriteString(`<span class="wp-key">` + markup.Swatch(kind.color(.5)) + kind.name + `</span>`)
		}
	}
	b.WriteString(`<span class="wp-note">each box a function, its width its time, below it what it called</span></p>`)
	return b.String()
}

// hsl writes a colour as #rrggbb, from a hue in degrees and percentages.
func hsl(hue, saturation, light float64) string {
	s, l := saturation/100, light/100
	channel := func(n float64) int {
		k := n + hue/30
		for k >= 12 {
			k -= 12
		}
		c := l - s*min(l, 1-l)*max(-1, min(k-3, 9-k, 1))
		return int(c*255 + .5)
	}
	return fmt.Sprintf("#%02x%02x%02x", channel(0), channel(8), channel(4))
}
