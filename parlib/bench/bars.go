package bench

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/warren-go/warren/parlib/internal/canvas"
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
	Low, High float64
}

const barHeight, barGap = 18.0, 8.0

// drawable gives the bars without what cannot be drawn, with as many values as there are parts.
func (b Bars) drawable() []Bar {
	bars := make([]Bar, len(b.Bars))
	for i, bar := range b.Bars {
		values := make([]float64, max(1, len(b.Parts)))
		for part := range min(len(values), len(bar.Values)) {
			if v := bar.Values[part]; finite(v) && v > 0 {
				values[part] = v
			}
		}
		bars[i] = Bar{Name: bar.Name, Values: values}
		if bar.interval() {
			bars[i].Low, bars[i].High = bar.Low, bar.High
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
func (b Bars) scale(bars []Bar) scale {
	s := newScale(false)
	s.whole = false
	for _, bar := range bars {
		s.include(bar.total())
		if bar.interval() {
			s.include(bar.High)
		}
	}
	s.finish()
	s.top *= 1.04
	return s
}

// SVG draws the chart.
func (b Bars) SVG() string { return b.draw().SVG() }

// PNG draws the chart as an image, with two pixels for one of the drawing in each direction.
func (b Bars) PNG() []byte { return b.draw().PNG() }

func (b Bars) draw() *canvas.Canvas {
	heading := append(lines(b.Title), lines(b.Subtitle)...)
	bars := b.drawable()
	left := 0.0
	for _, bar := range bars {
		left = max(left, 20+canvas.Font{}.Width(bar.Name))
	}
	top := lineHeight * float64(len(heading)+1)
	if len(b.Parts) > 1 {
		top += lineHeight
	}
	bottom := top + float64(len(bars))*(barHeight+barGap) + barGap
	x := b.scale(bars)
	x.from, x.to = left, left+plotWidth
	c := canvas.New(x.to+marginRight, bottom+3*lineHeight)
	drawHeading(c, left, heading)
	if len(b.Parts) > 1 {
		drawLegend(c, left, top-0.6*lineHeight, b.Parts)
	}
	for _, v := range x.ticks() {
		c.Segment(x.at(v), top, x.at(v), bottom, canvas.Stroke{Colour: gridColour, Width: 1})
		c.Text(x.at(v), bottom+lineHeight, tickLabel(v), canvas.Font{Colour: textColour, Anchor: canvas.Middle})
	}
	for i, bar := range bars {
		b.drawBar(c, x, top+barGap+float64(i)*(barHeight+barGap), bar)
	}
	c.Line([]canvas.Point{{X: left, Y: top}, {X: left, Y: bottom}, {X: x.to, Y: bottom}}, canvas.Stroke{Colour: axisColour, Width: 1})
	c.Text(left+plotWidth/2, bottom+2.3*lineHeight, b.XLabel, canvas.Font{Colour: textColour, Anchor: canvas.Middle})
	return c
}

func (b Bars) drawBar(c *canvas.Canvas, x scale, top float64, bar Bar) {
	c.Text(x.from-8, top+0.72*barHeight, bar.Name, canvas.Font{Colour: textColour, Anchor: canvas.End})
	from := 0.0
	for part, v := range bar.Values {
		tip := fmt.Sprintf("%s: %.4g", strings.TrimSpace(bar.Name+" "+b.partName(part)), v)
		c.Box(x.at(from), top, x.at(from+v)-x.at(from), barHeight, palette[part%len(palette)], tip)
		from += v
	}
	if bar.interval() {
		middle := top + barHeight/2
		c.Segment(x.at(bar.Low), middle, x.at(bar.High), middle, canvas.Stroke{Colour: textColour, Width: 1.5})
	}
}

// drawHeading writes lines from the upper edge on, the first one large.
func drawHeading(c *canvas.Canvas, left float64, heading []string) {
	for i, line := range heading {
		font := canvas.Font{Size: 11}
		if i == 0 {
			font = canvas.Font{Size: 14, Bold: true}
		}
		c.Text(left, lineHeight*float64(i+1), line, font)
	}
}

// drawLegend names the palette's colours.
func drawLegend(c *canvas.Canvas, x, y float64, names []string) {
	for i, name := range names {
		c.Box(x, y-9, 10, 10, palette[i%len(palette)], "")
		c.Text(x+15, y, name, canvas.Font{Colour: textColour})
		x += 32 + canvas.Font{}.Width(name)
	}
}

// Render gives the chart as Vega-Lite, as SVG, as PNG for front ends that draw neither, and as text.
func (b Bars) Render() Bundle { return drawn(b.draw(), b.VegaLite(), b.String()) }

// VegaLite is the chart as a specification for Vega-Lite 5.
func (b Bars) VegaLite() map[string]any {
	bars := b.drawable()
	scale := b.scale(bars)
	x := scale.vega("value", b.XLabel)
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
	encoding := map[string]any{"x": x, "y": y, "order": map[string]any{"field": "order"}}
	if len(b.Parts) > 1 {
		encoding["color"] = map[string]any{"field": "part", "type": "nominal", "title": nil, "sort": nil,
			"scale": map[string]any{"domain": b.Parts, "range": palette[:min(len(b.Parts), len(palette))]}}
	}
	layers := []any{map[string]any{"data": map[string]any{"values": values},
		"mark": map[string]any{"type": "bar", "tooltip": true, "color": palette[0], "height": barHeight}, "encoding": encoding}}
	if intervals != nil {
		layers = append(layers, map[string]any{"data": map[string]any{"values": intervals},
			"mark":     map[string]any{"type": "rule", "color": axisColour, "strokeWidth": 1.5},
			"encoding": map[string]any{"x": x, "x2": map[string]any{"field": "high"}, "y": y}})
	}
	return map[string]any{
		"$schema": "https://vega.github.io/schema/vega-lite/v5.json",
		"title":   map[string]any{"text": b.Title, "subtitle": lines(b.Subtitle), "anchor": "start"},
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
