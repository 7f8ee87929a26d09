package bench

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/warren-go/warren/internal/figure"
)

// Bars is a chart of lying bars, one below the other, each of one part or stacked of several: times of alternatives, or
// what each worker did. Like Chart it shows itself in a notebook. Values that cannot be drawn (NaN, an infinity, or below
// 0) are drawn as 0.
type Bars struct {
	Title, Subtitle string
	XLabel          string   // what the values are, with their unit
	Parts           []string // names of the parts; one or none where bars have one part
	Bars            []Bar
}

// Bar is one bar. Where Low and High differ, a line from one to the other says how sure its length is.
type Bar struct {
	Name      string
	Values    []float64 // of the parts
	Low, High float64   // cut at twice the longest bar, so that the others are seen
}

const barHeight, barGap = 18.0, 8.0

// greatest is a bound of what can be drawn: sums of parts, and twice that, must still be numbers.
const greatest = 1e300

// drawable gives the bars without what cannot be drawn, with as many values as there are parts.
func (b Bars) drawable() []Bar {
	bars := make([]Bar, len(b.Bars))
	for i, bar := range b.Bars {
		values := make([]float64, max(1, len(b.Parts)))
		for part := range min(len(values), len(bar.Values)) {
			if v := bar.Values[part]; v > 0 && v < greatest {
				values[part] = v
			}
		}
		bars[i] = Bar{Name: bar.Name, Values: values}
		if bar.interval() {
			bars[i].Low, bars[i].High = bar.Low, bar.High
		}
	}
	longest := 0.0
	for _, bar := range bars {
		longest = max(longest, bar.total())
	}
	for i, bar := range bars {
		if longest > 0 && bar.interval() {
			bars[i].Low, bars[i].High = min(bar.Low, 2*longest), min(bar.High, 2*longest)
		}
	}
	return bars
}

func (b Bar) interval() bool { return XY{Low: b.Low, High: b.High}.bar() }

func (b Bar) total() float64 {
	sum := 0.0
	for _, v := range b.Values {
		sum += v
	}
	return sum
}

// partName is the name of a part, for tips and legends.
func (b Bars) partName(part int) string {
	if part < len(b.Parts) {
		return b.Parts[part]
	}
	return ""
}

// scale is the axis of the values.
func (b Bars) scale(bars []Bar) figure.Scale {
	s := figure.NewScale(false)
	for _, bar := range bars {
		s.Include(bar.total())
		if bar.interval() {
			s.Include(bar.High)
		}
	}
	s.Finish(0.04)
	return s
}

// SVG draws the chart.
func (b Bars) SVG() string { return b.draw().SVG() }

// PNG draws the chart as an image, with two pixels for one of the drawing in each direction.
func (b Bars) PNG() []byte { return b.draw().PNG() }

func (b Bars) draw() *figure.Canvas {
	heading := append(figure.Lines(b.Title), figure.Lines(b.Subtitle)...)
	bars := b.drawable()
	left := 0.0
	for _, bar := range bars {
		left = max(left, 20+figure.Font{}.Width(bar.Name))
	}
	top := figure.LineHeight * float64(len(heading)+1)
	if len(b.Parts) > 1 {
		top += figure.LineHeight
	}
	bottom := top + float64(len(bars))*(barHeight+barGap) + barGap
	x := b.scale(bars)
	x.From, x.To = left, left+plotWidth
	c := figure.NewCanvas(x.To+marginRight, bottom+3*figure.LineHeight)
	c.Heading(left, heading)
	if len(b.Parts) > 1 {
		c.Legend(left, top-0.6*figure.LineHeight, b.Parts)
	}
	for _, v := range x.Ticks() {
		c.Segment(x.At(v), top, x.At(v), bottom, figure.Stroke{Colour: figure.GridColour, Width: 1})
		c.Text(x.At(v), bottom+figure.LineHeight, figure.TickLabel(v), figure.Font{Colour: figure.TextColour, Anchor: figure.Middle})
	}
	for i, bar := range bars {
		b.drawBar(c, x, top+barGap+float64(i)*(barHeight+barGap), bar)
	}
	c.Line([]figure.Point{{X: left, Y: top}, {X: left, Y: bottom}, {X: x.To, Y: bottom}}, figure.Stroke{Colour: figure.AxisColour, Width: 1})
	c.Text(left+plotWidth/2, bottom+2.3*figure.LineHeight, b.XLabel, figure.Font{Colour: figure.TextColour, Anchor: figure.Middle})
	return c
}

func (b Bars) drawBar(c *figure.Canvas, x figure.Scale, top float64, bar Bar) {
	c.Text(x.From-8, top+0.72*barHeight, bar.Name, figure.Font{Colour: figure.TextColour, Anchor: figure.End})
	from := 0.0
	for part, v := range bar.Values {
		tip := fmt.Sprintf("%s: %.4g", strings.TrimSpace(bar.Name+" "+b.partName(part)), v)
		c.Box(x.At(from), top, x.At(from+v)-x.At(from), barHeight, figure.Colour(part), tip)
		from += v
	}
	if bar.interval() {
		middle := top + barHeight/2
		c.Segment(x.At(bar.Low), middle, x.At(bar.High), middle, figure.Stroke{Colour: figure.TextColour, Width: 1.5})
	}
}

// Render gives the chart as Vega-Lite, as SVG, as PNG for front ends that draw neither, and as text.
func (b Bars) Render() Bundle { return b.draw().Bundle(b.VegaLite(), b.String()) }

// VegaLite is the chart as a specification for Vega-Lite 5.
func (b Bars) VegaLite() map[string]any {
	bars := b.drawable()
	scale := b.scale(bars)
	x := encoding(&scale, "value", b.XLabel)
	y := map[string]any{"field": "name", "type": "nominal", "title": nil, "sort": nil}
	var values, intervals []any
	for _, bar := range bars {
		for part, v := range bar.Values {
			values = append(values, map[string]any{"name": bar.Name, "value": v, "part": b.partName(part), "order": part})
		}
		if bar.interval() {
			intervals = append(intervals, map[string]any{"name": bar.Name, "value": bar.Low, "high": bar.High})
		}
	}
	encodings := map[string]any{"x": x, "y": y, "order": map[string]any{"field": "order"}}
	if len(b.Parts) > 1 {
		encodings["color"] = map[string]any{"field": "part", "type": "nominal", "title": nil, "sort": nil,
			"scale": map[string]any{"domain": b.Parts, "range": figure.Palette[:min(len(b.Parts), len(figure.Palette))]}}
	}
	layers := []any{map[string]any{"data": map[string]any{"values": values},
		"mark": map[string]any{"type": "bar", "tooltip": true, "color": figure.Palette[0], "height": barHeight}, "encoding": encodings}}
	if intervals != nil {
		layers = append(layers, map[string]any{"data": map[string]any{"values": intervals},
			"mark":     map[string]any{"type": "rule", "color": figure.AxisColour, "strokeWidth": 1.5},
			"encoding": map[string]any{"x": x, "x2": map[string]any{"field": "high"}, "y": y}})
	}
	return map[string]any{
		"$schema": figure.Schema,
		"title":   map[string]any{"text": b.Title, "subtitle": figure.Lines(b.Subtitle), "anchor": "start"},
		"width":   plotWidth, "height": map[string]any{"step": barHeight + barGap}, "layer": layers,
	}
}

// String lists the bars.
func (b Bars) String() string {
	var text strings.Builder
	for _, line := range []string{b.Title, b.Subtitle} {
		if line != "" {
			fmt.Fprintln(&text, line)
		}
	}
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\t%s\n", strings.Join(append([]string{b.XLabel}, b.Parts...), "\t"))
	for _, bar := range b.drawable() {
		fmt.Fprintf(w, "%s\t%.4g", bar.Name, bar.total())
		if len(b.Parts) > 0 {
			for _, v := range bar.Values {
				fmt.Fprintf(w, "\t%.4g", v)
			}
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return text.String()
}
