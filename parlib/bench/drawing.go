package bench

import (
	"fmt"

	"github.com/warren-go/warren/internal/figure"
)

// Sizes of the drawing, in pixels.
const (
	plotWidth, plotHeight   = 480.0, 300.0
	marginLeft, marginRight = 60.0, 30.0
)

// SVG draws the chart.
func (c Chart) SVG() string { return c.draw().SVG() }

// PNG draws the chart as an image, with two pixels for one of the drawing in each direction.
func (c Chart) PNG() []byte { return c.draw().PNG() }

func (c Chart) draw() *figure.Canvas {
	heading := append(figure.Lines(c.Title), figure.Lines(c.Subtitle)...)
	d := drawing{chart: c, series: c.drawable(), top: figure.LineHeight * float64(len(heading)+2)}
	d.bottom, d.right = d.top+plotHeight, marginLeft+plotWidth
	d.x, d.y = c.xScale(d.series), c.yScale(d.series)
	d.x.From, d.x.To = marginLeft, d.right
	d.y.From, d.y.To = d.bottom, d.top
	d.Canvas = figure.NewCanvas(d.right+marginRight, d.bottom+3*figure.LineHeight)
	d.Heading(marginLeft, heading)
	d.legend(d.top - 0.6*figure.LineHeight)
	d.axes()
	for _, m := range c.Marks {
		d.mark(m)
	}
	for _, s := range d.series {
		d.line(s)
	}
	return d.Canvas
}

// drawing is a chart on its way to the figure.
type drawing struct {
	*figure.Canvas
	chart              Chart
	series             []Series
	x, y               figure.Scale
	top, bottom, right float64 // edges of the plot
}

func (d *drawing) axes() {
	grid := figure.Stroke{Colour: figure.GridColour, Width: 1}
	for _, v := range d.y.Ticks() {
		y := d.y.At(v)
		d.Segment(marginLeft, y, d.right, y, grid)
		d.Text(marginLeft-6, y+4, figure.TickLabel(v), figure.Font{Colour: figure.TextColour, Anchor: figure.End})
	}
	for _, v := range d.x.Ticks() {
		x := d.x.At(v)
		d.Segment(x, d.top, x, d.bottom, grid)
		d.Text(x, d.bottom+figure.LineHeight, figure.TickLabel(v), figure.Font{Colour: figure.TextColour, Anchor: figure.Middle})
	}
	frame := []figure.Point{{X: marginLeft, Y: d.top}, {X: marginLeft, Y: d.bottom}, {X: d.right, Y: d.bottom}}
	d.Line(frame, figure.Stroke{Colour: figure.AxisColour, Width: 1})
	d.Text(marginLeft+plotWidth/2, d.bottom+2.3*figure.LineHeight, d.chart.XLabel, figure.Font{Colour: figure.TextColour, Anchor: figure.Middle})
	d.Text(16, d.top+plotHeight/2, d.chart.YLabel, figure.Font{Colour: figure.TextColour, Anchor: figure.Middle, Vertical: true})
}

func (d *drawing) legend(y float64) {
	if len(d.series) < 2 {
		return
	}
	x := marginLeft
	for _, s := range d.series {
		d.Segment(x, y-4, x+18, y-4, stroke(s))
		d.Text(x+23, y, s.Name, figure.Font{Colour: figure.TextColour})
		x += 40 + figure.Font{}.Width(s.Name)
	}
}

func (d *drawing) line(s Series) {
	points := make([]figure.Point, len(s.Points))
	for i, p := range s.Points {
		points[i] = figure.Point{X: d.x.At(p.X), Y: d.y.At(p.Y)}
	}
	d.Line(points, stroke(s))
	if s.Style != Measured {
		return
	}
	for i, p := range s.Points {
		at := points[i]
		if p.bar() {
			d.Segment(at.X, d.y.At(p.Low), at.X, d.y.At(p.High), figure.Stroke{Colour: s.colour, Width: 1.5})
		}
		d.Dot(at.X, at.Y, 3.5, s.colour, fmt.Sprintf("%.6g: %.3g", p.X, p.Y))
	}
}

func (d *drawing) mark(m Mark) {
	if !d.x.Holds(m.X) {
		return
	}
	x := d.x.At(m.X)
	d.Segment(x, d.top, x, d.bottom, figure.Stroke{Colour: figure.MarkColour, Width: 1, Dash: []float64{2, 3}})
	font, side := figure.Font{Colour: figure.MarkColour}, 4.0
	if d.x.Upper(m.X) { // to its right the label would leave the plot
		font.Anchor, side = figure.End, -4
	}
	d.Text(x+side, d.bottom-6, m.Label, font)
}

func stroke(s Series) figure.Stroke {
	return figure.Stroke{Colour: s.colour, Width: 2, Dash: dashes[s.Style]}
}
