package bench

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Sizes of the drawing, in pixels.
const (
	plotWidth, plotHeight   = 480.0, 300.0
	marginLeft, marginRight = 60.0, 30.0
	lineHeight              = 16.0
	letter                  = 6.6 // mean width of a letter at 12 px
)

// SVG draws the chart.
func (c Chart) SVG() string {
	heading := append(lines(c.Title), lines(c.Subtitle)...)
	top := lineHeight * float64(len(heading)+2)
	d := drawing{chart: c, series: c.drawable(), top: top}
	d.scale()
	width, height := marginLeft+plotWidth+marginRight, top+plotHeight+3*lineHeight
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="12">`,
		width, height, width, height)
	d.printf(`<rect width="100%%" height="100%%" fill="white"/>`)
	for i, line := range heading {
		size, weight := 11, "normal"
		if i == 0 {
			size, weight = 14, "bold"
		}
		d.printf(`<text x="%.0f" y="%.0f" font-size="%d" font-weight="%s">%s</text>`, marginLeft, lineHeight*float64(i+1), size, weight, html.EscapeString(line))
	}
	d.legend(top - 0.6*lineHeight)
	d.axes()
	for _, m := range c.Marks {
		d.mark(m)
	}
	for _, s := range d.series {
		d.line(s)
	}
	d.printf(`</svg>`)
	return d.String()
}

// drawing maps the chart's values to pixels and collects the SVG.
type drawing struct {
	strings.Builder
	chart      Chart
	series     []Series
	top        float64 // y of the plot's upper edge
	xLow, xTop float64 // ends of the axes; logarithms to base 10 where the x axis is logarithmic
	yTop       float64
	whole      bool // every x measured is a whole number, so ticks are too
}

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

// scale finds the ends of the axes. Speed-ups and sizes are not negative, so axes begin at 0 where they are linear.
func (d *drawing) scale() {
	if d.chart.LogX {
		d.xLow = math.Inf(1)
		d.xTop = math.Inf(-1)
	}
	d.whole = true
	for _, s := range d.series {
		for _, p := range s.Points {
			d.whole = d.whole && (s.Style != Measured || p.X == math.Trunc(p.X))
			d.xLow, d.xTop = min(d.xLow, d.value(p.X)), max(d.xTop, d.value(p.X))
			d.yTop = max(d.yTop, p.Y)
			if p.bar() {
				d.yTop = max(d.yTop, p.High)
			}
		}
	}
	if !(d.xTop > d.xLow) { // one point, or none
		d.xLow, d.xTop = 0, max(1, d.xTop)
	}
	d.xTop += 0.04 * (d.xTop - d.xLow)
	if d.yTop <= 0 {
		d.yTop = 1
	}
	d.yTop *= 1.08
}

func (d *drawing) value(x float64) float64 {
	if d.chart.LogX {
		return math.Log10(x)
	}
	return x
}

func (d *drawing) x(x float64) float64 {
	return marginLeft + plotWidth*(d.value(x)-d.xLow)/(d.xTop-d.xLow)
}

func (d *drawing) y(y float64) float64 { return d.top + plotHeight*(1-y/d.yTop) }

func (d *drawing) axes() {
	bottom, right := d.top+plotHeight, marginLeft+plotWidth
	for _, v := range ticks(0, d.yTop, 0) {
		y := d.y(v)
		d.printf(`<path d="M%.1f %.1fH%.1f" stroke="#e4e4e4"/><text x="%.1f" y="%.1f" text-anchor="end">%.4g</text>`, marginLeft, y, right, marginLeft-6, y+4, v)
	}
	for _, v := range d.xTicks() {
		x := d.x(v)
		d.printf(`<path d="M%.1f %.1fV%.1f" stroke="#e4e4e4"/><text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, x, d.top, bottom, x, bottom+lineHeight, tickLabel(v))
	}
	d.printf(`<path d="M%.1f %.1fV%.1fH%.1f" fill="none" stroke="#444"/>`, marginLeft, d.top, bottom, right)
	d.printf(`<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, marginLeft+plotWidth/2, bottom+2.3*lineHeight, html.EscapeString(d.chart.XLabel))
	y := d.top + plotHeight/2
	d.printf(`<text x="16" y="%.1f" text-anchor="middle" transform="rotate(-90 16 %.1f)">%s</text>`, y, y, html.EscapeString(d.chart.YLabel))
}

// xTicks are whole steps, or the powers of ten on a logarithmic axis.
func (d *drawing) xTicks() []float64 {
	if !d.chart.LogX {
		least := 0.0
		if d.whole {
			least = 1
		}
		return ticks(d.xLow, d.xTop, least)
	}
	var powers []float64
	for e := math.Ceil(d.xLow - 1e-9); e <= d.xTop; e++ {
		powers = append(powers, math.Pow(10, e))
	}
	return powers
}

// ticks gives at most nine round numbers from lo to hi: multiples of 1, 2 or 5 times a power of ten, at least so far apart.
func ticks(lo, hi, least float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/8)))
	for _, factor := range []float64{1, 2, 5, 10} {
		if (hi-lo)/(step*factor) <= 8 {
			step *= factor
			break
		}
	}
	step = max(step, least)
	var out []float64
	for i := math.Ceil(lo / step); i*step <= hi; i++ {
		out = append(out, i*step)
	}
	return out
}

func tickLabel(v float64) string {
	if v >= 1e5 {
		if e := math.Log10(v); e == math.Trunc(e) {
			return fmt.Sprintf("1e%.0f", e)
		}
	}
	return fmt.Sprintf("%.6g", v)
}

func (d *drawing) legend(y float64) {
	x := marginLeft
	for _, s := range d.series {
		d.printf(`<path d="M%.1f %.1fh18" stroke="%s" stroke-width="2"%s/><text x="%.1f" y="%.1f">%s</text>`, x, y-4, s.colour, dash(s), x+23, y, html.EscapeString(s.Name))
		x += 40 + letter*float64(len([]rune(s.Name)))
	}
}

func (d *drawing) line(s Series) {
	var path strings.Builder
	for i, p := range s.Points {
		step := "L"
		if i == 0 {
			step = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", step, d.x(p.X), d.y(p.Y))
	}
	d.printf(`<path d="%s" fill="none" stroke="%s" stroke-width="2"%s/>`, path.String(), s.colour, dash(s))
	if s.Style != Measured {
		return
	}
	for _, p := range s.Points {
		x := d.x(p.X)
		if p.bar() {
			d.printf(`<path d="M%.1f %.1fV%.1f" stroke="%s" stroke-width="1.5"/>`, x, d.y(p.Low), d.y(p.High), s.colour)
		}
		d.printf(`<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"><title>%.6g: %.3g</title></circle>`, x, d.y(p.Y), s.colour, p.X, p.Y)
	}
}

func (d *drawing) mark(m Mark) {
	v := d.value(m.X)
	if !finite(v) || v < d.xLow || v > d.xTop {
		return
	}
	x := d.x(m.X)
	d.printf(`<path d="M%.1f %.1fv%.1f" stroke="%s" stroke-dasharray="2 3"/>`, x, d.top, plotHeight, grey)
	anchor, side := "start", 4.0
	if d.labelsLeft(m) {
		anchor, side = "end", -4
	}
	d.printf(`<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`, x+side, d.top+plotHeight-6, anchor, grey, html.EscapeString(m.Label))
}

// labelsLeft tells whether a mark's label stands to its left: to the right of a mark far right it would leave the plot.
func (d *drawing) labelsLeft(m Mark) bool { return d.value(m.X) > (d.xLow+d.xTop)/2 }

func dash(s Series) string {
	if s.Style == Dashed {
		return ` stroke-dasharray="6 4"`
	}
	return ""
}
