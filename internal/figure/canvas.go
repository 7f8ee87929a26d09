// Package figure draws the figures and sets the tables of Warren's libraries.
//
// A figure is drawn once, on a Canvas, from lines, boxes, dots and words, and then given as SVG and as PNG; so both show the
// same. Coordinates are in pixels of a screen, from the upper left corner; a PNG has two of its own for each, so that it is
// sharp on fine screens, too. A Scale maps values to them.
package figure

import (
	"fmt"
	"html"
	"strings"
)

// Canvas collects shapes; later ones lie over earlier ones.
type Canvas struct {
	width, height float64
	shapes        []shape
}

// shape is something that both formats can show.
type shape interface {
	svg(b *strings.Builder)
	paint(p *painter)
}

// NewCanvas makes a white canvas.
func NewCanvas(width, height float64) *Canvas { return &Canvas{width: width, height: height} }

// Point is a place on the canvas.
type Point struct{ X, Y float64 }

// Stroke is how a line is drawn.
type Stroke struct {
	Colour string    // as #RRGGBB
	Width  float64   // pixels
	Dash   []float64 // lengths of dashes and gaps in turn; nil for none
}

// Line joins the points.
func (c *Canvas) Line(points []Point, s Stroke) { c.shapes = append(c.shapes, line{points, s}) }

// Segment is a line from (x1, y1) to (x2, y2).
func (c *Canvas) Segment(x1, y1, x2, y2 float64, s Stroke) { c.Line([]Point{{x1, y1}, {x2, y2}}, s) }

// Box fills the rectangle right of and below (x, y). Where a picture can be asked, tip is what it answers.
func (c *Canvas) Box(x, y, width, height float64, colour, tip string) {
	c.shapes = append(c.shapes, box{x, y, width, height, colour, tip})
}

// Dot fills a circle.
func (c *Canvas) Dot(x, y, radius float64, colour, tip string) {
	c.shapes = append(c.shapes, dot{x, y, radius, colour, tip})
}

// Text writes words. X is where they begin, end, or have their middle, as the font says, and y is their base line.
func (c *Canvas) Text(x, y float64, words string, f Font) {
	c.shapes = append(c.shapes, text{x, y, words, f})
}

// Font is how words are written; the zero Font is black, of 12 pixels, beginning at the place given.
type Font struct {
	Size     float64 // pixels
	Bold     bool
	Colour   string
	Anchor   Anchor
	Vertical bool // turned to be read from below
}

// Anchor says which part of the words stands at the place given.
type Anchor string

// The anchors, as SVG calls them.
const (
	Start  Anchor = "start"
	Middle Anchor = "middle"
	End    Anchor = "end"
)

const ordinarySize = 12

func (f Font) size() float64 {
	if f.Size == 0 {
		return ordinarySize
	}
	return f.Size
}

func (f Font) colour() string {
	if f.Colour == "" {
		return "#000000"
	}
	return f.Colour
}

type (
	line struct {
		points []Point
		Stroke
	}
	box struct {
		x, y, width, height float64
		colour, tip         string
	}
	dot struct {
		x, y, radius float64
		colour, tip  string
	}
	text struct {
		x, y  float64
		words string
		Font
	}
)

// SVG is the canvas as a scalable drawing.
func (c *Canvas) SVG() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="%d">`+"\n",
		c.width, c.height, c.width, c.height, ordinarySize)
	b.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	for _, s := range c.shapes {
		s.svg(&b)
		b.WriteByte('\n')
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (l line) svg(b *strings.Builder) {
	b.WriteString(`<path d="`)
	for i, p := range l.points {
		step := "L"
		if i == 0 {
			step = "M"
		}
		fmt.Fprintf(b, "%s%.1f %.1f", step, p.X, p.Y)
	}
	fmt.Fprintf(b, `" fill="none" stroke="%s" stroke-width="%.3g"`, l.Colour, l.Width)
	if l.Dash != nil {
		fmt.Fprintf(b, ` stroke-dasharray="%s"`, strings.Trim(fmt.Sprint(l.Dash), "[]"))
	}
	b.WriteString("/>")
}

func (x box) svg(b *strings.Builder) {
	fmt.Fprintf(b, `<rect x="%.2f" y="%.1f" width="%.2f" height="%.1f" fill="%s">%s</rect>`, x.x, x.y, x.width, x.height, x.colour, title(x.tip))
}

func (d dot) svg(b *strings.Builder) {
	fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s">%s</circle>`, d.x, d.y, d.radius, d.colour, title(d.tip))
}

func (t text) svg(b *strings.Builder) {
	anchor := t.Anchor
	if anchor == "" {
		anchor = Start
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s"`, t.x, t.y, anchor, t.colour())
	if t.size() != ordinarySize {
		fmt.Fprintf(b, ` font-size="%.3g"`, t.size())
	}
	if t.Bold {
		b.WriteString(` font-weight="bold"`)
	}
	if t.Vertical {
		fmt.Fprintf(b, ` transform="rotate(-90 %.1f %.1f)"`, t.x, t.y)
	}
	fmt.Fprintf(b, `>%s</text>`, html.EscapeString(t.words))
}

func title(tip string) string {
	if tip == "" {
		return ""
	}
	return "<title>" + html.EscapeString(tip) + "</title>"
}
