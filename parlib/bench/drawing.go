package bench

import (
	"fmt"

	"github.com/warren-go/warren/parlib/internal/canvas"
)

// Sizes of the drawing, in pixels.
const (
	plotWidth, plotHeight   = 480.0, 300.0
	marginLeft, marginRight = 60.0, 30.0
	lineHeight              = 16.0
)

const gridColour, axisColour, textColour = "#e4e4e4", "#444444", "#222222"

// SVG draws the chart.
func (c Chart) SVG() string { return c.draw().SVG() }

// PNG draws the chart as an image, with two pixels for one of the drawing in each direction.
func (c Chart) PNG() []byte { return c.draw().PNG() }

// drawn is a picture as a bundle. A front end that shows the PNG is told to show it as large as the SVG.
func drawn(picture *canvas.Canvas, vegaLite map[string]any, text string) Bundle {
	width, height := picture.Size()
	return Bundle{
		Data: map[string]any{
			"application/vnd.vegalite.v5+json": vegaLite,
			"image/svg+xml":                    picture.SVG(),
			"image/png":                        picture.PNG(),
			"text/plain":                       text,
		},
		Metadata: map[string]any{"image/png": map[string]any{"width": int(width), "height": int(height)}},
	}
}

func (c Chart) draw() *canvas.Canvas {
	heading := append(lines(c.Title), lines(c.Subtitle)...)
	d := drawing{chart: c, series: c.drawable(), top: lineHeight * float64(len(heading)+2)}
	d.bottom, d.right = d.top+plotHeight, marginLeft+plotWidth
	d.x, d.y = c.xScale(d.series), c.yScale(d.series)
	d.x.from, d.x.to = marginLeft, d.right
	d.y.from, d.y.to = d.bottom, d.top
	d.Canvas = canvas.New(d.right+marginRight, d.bottom+3*lineHeight)
	drawHeading(d.Canvas, marginLeft, heading)
	d.legend(d.top - 0.6*lineHeight)
	d.axes()
	for _, m := range c.Marks {
		d.mark(m)
	}
	for _, s := range d.series {
		d.line(s)
	}
	return d.Canvas
}

// drawing is a chart on its way to the canvas.
type drawing struct {
	*canvas.Canvas
	chart              Chart
	series             []Series
	x, y               scale
	top, bottom, right float64 // edges of the plot
}

func (d *drawing) axes() {
	grid := canvas.Stroke{Colour: gridColour, Width: 1}
	for _, v := range d.y.ticks() {
		y := d.y.at(v)
		d.Segment(marginLeft, y, d.right, y, grid)
		d.Text(marginLeft-6, y+4, tickLabel(v), canvas.Font{Colour: textColour, Anchor: canvas.End})
	}
	for _, v := range d.x.ticks() {
		x := d.x.at(v)
		d.Segment(x, d.top, x, d.bottom, grid)
		d.Text(x, d.bottom+lineHeight, tickLabel(v), canvas.Font{Colour: textColour, Anchor: canvas.Middle})
	}
	frame := []canvas.Point{{X: marginLeft, Y: d.top}, {X: marginLeft, Y: d.bottom}, {X: d.right, Y: d.bottom}}
	d.Line(frame, canvas.Stroke{Colour: axisColour, Width: 1})
	d.Text(marginLeft+plotWidth/2, d.bottom+2.3*lineHeight, d.chart.XLabel, canvas.Font{Colour: textColour, Anchor: canvas.Middle})
	d.Text(16, d.top+plotHeight/2, d.chart.YLabel, canvas.Font{Colour: textColour, Anchor: canvas.Middle, Vertical: true})
}

func (d *drawing) legend(y float64) {
	if len(d.series) < 2 {
		return
	}
	x := marginLeft
	for _, s := range d.series {
		d.Segment(x, y-4, x+18, y-4, stroke(s))
		d.Text(x+23, y, s.Name, canvas.Font{Colour: textColour})
		x += 40 + canvas.Font{}.Width(s.Name)
	}
}

func (d *drawing) line(s Series) {
	points := make([]canvas.Point, len(s.Points))
	for i, p := range s.Points {
		points[i] = canvas.Point{X: d.x.at(p.X), Y: d.y.at(p.Y)}
	}
	d.Line(points, stroke(s))
	if s.Style != Measured {
		return
	}
	for i, p := range s.Points {
		at := points[i]
		if p.bar() {
			d.Segment(at.X, d.y.at(p.Low), at.X, d.y.at(p.High), canvas.Stroke{Colour: s.colour, Width: 1.5})
		}
		d.Dot(at.X, at.Y, 3.5, s.colour, fmt.Sprintf("%.6g: %.3g", p.X, p.Y))
	}
}

func (d *drawing) mark(m Mark) {
	if !d.x.holds(m.X) {
		return
	}
	x := d.x.at(m.X)
	d.Segment(x, d.top, x, d.bottom, canvas.Stroke{Colour: grey, Width: 1, Dash: []float64{2, 3}})
	font, side := canvas.Font{Colour: grey}, 4.0
	if d.x.upper(m.X) { // to its right the label would leave the plot
		font.Anchor, side = canvas.End, -4
	}
	d.Text(x+side, d.bottom-6, m.Label, font)
}

func stroke(s Series) canvas.Stroke {
	line := canvas.Stroke{Colour: s.colour, Width: 2}
	if s.Style == Dashed {
		line.Dash = []float64{6, 4}
	}
	return line
}
