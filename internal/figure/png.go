package figure

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"strconv"

	"golang.org/x/image/vector"
)

// fine is how many pixels a PNG has for one of the screen, in each direction.
const fine = 2

// PNG is the canvas as an image.
func (c *Canvas) PNG() []byte {
	p := newPainter(c.width, c.height)
	for _, s := range c.shapes {
		s.paint(p)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p.image); err != nil {
		panic(err) // memory takes every write, and the image is not empty
	}
	return b.Bytes()
}

// painter fills areas of an image.
type painter struct {
	image *image.RGBA
	area  *vector.Rasterizer
}

func newPainter(width, height float64) *painter {
	w, h := max(1, int(math.Ceil(fine*width))), max(1, int(math.Ceil(fine*height)))
	p := &painter{image.NewRGBA(image.Rect(0, 0, w, h)), vector.NewRasterizer(w, h)}
	draw.Draw(p.image, p.image.Bounds(), image.White, image.Point{}, draw.Src)
	return p
}

// fill paints the closed polygon. What it costs is the box around the polygon, so no more than that is looked at.
func (p *painter) fill(colour string, polygon ...Point) {
	around := boxAround(polygon).Intersect(p.image.Bounds())
	if around.Empty() {
		return
	}
	p.area.Reset(around.Dx(), around.Dy())
	for i, at := range polygon {
		x, y := float32(fine*at.X-float64(around.Min.X)), float32(fine*at.Y-float64(around.Min.Y))
		if i == 0 {
			p.area.MoveTo(x, y)
		} else {
			p.area.LineTo(x, y)
		}
	}
	p.area.ClosePath()
	p.area.Draw(p.image, around, image.NewUniform(parseColour(colour)), image.Point{})
}

// boxAround is the smallest rectangle of pixels that holds the polygon.
func boxAround(polygon []Point) image.Rectangle {
	low, high := Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for _, at := range polygon {
		low.X, low.Y = min(low.X, fine*at.X), min(low.Y, fine*at.Y)
		high.X, high.Y = max(high.X, fine*at.X), max(high.Y, fine*at.Y)
	}
	return image.Rect(int(math.Floor(low.X)), int(math.Floor(low.Y)), int(math.Ceil(high.X)), int(math.Ceil(high.Y)))
}

func (x box) paint(p *painter) {
	p.fill(x.colour, Point{x.x, x.y}, Point{x.x + x.width, x.y}, Point{x.x + x.width, x.y + x.height}, Point{x.x, x.y + x.height})
}

func (d dot) paint(p *painter) {
	const corners = 32
	var circle [corners]Point
	for i := range circle {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		circle[i] = Point{d.x + d.radius*cos, d.y + d.radius*sin}
	}
	p.fill(d.colour, circle[:]...)
}

func (l line) paint(p *painter) {
	dash := dasher{lengths: l.Dash}
	for i := 1; i < len(l.points); i++ {
		for _, piece := range dash.cut(l.points[i-1], l.points[i]) {
			p.stroke(piece[0], piece[1], l.Stroke)
		}
		if i > 1 && l.Dash == nil && l.Width > 1 { // round the joint
			dot{l.points[i-1].X, l.points[i-1].Y, l.Width / 2, l.Colour, ""}.paint(p)
		}
	}
}

func (p *painter) stroke(a, b Point, s Stroke) {
	length := math.Hypot(b.X-a.X, b.Y-a.Y)
	if length == 0 {
		return
	}
	dx, dy := (b.X-a.X)/length*s.Width/2, (b.Y-a.Y)/length*s.Width/2
	p.fill(s.Colour, Point{a.X - dy, a.Y + dx}, Point{b.X - dy, b.Y + dx}, Point{b.X + dy, b.Y - dx}, Point{a.X + dy, a.Y - dx})
}

// dasher cuts a line into dashes, going on at each segment where the last one ended.
type dasher struct {
	lengths []float64
	at      int     // which length is in hand
	done    float64 // how much of it is behind
}

func (d *dasher) cut(a, b Point) (pieces [][2]Point) {
	if d.lengths == nil {
		return [][2]Point{{a, b}}
	}
	whole := math.Hypot(b.X-a.X, b.Y-a.Y)
	on := func(s float64) Point { return Point{a.X + (b.X-a.X)*s/whole, a.Y + (b.Y-a.Y)*s/whole} }
	for s := 0.0; s < whole; {
		step := min(d.lengths[d.at]-d.done, whole-s)
		if d.at%2 == 0 {
			pieces = append(pieces, [2]Point{on(s), on(s + step)})
		}
		s += step
		if d.done += step; d.done >= d.lengths[d.at] {
			d.at, d.done = (d.at+1)%len(d.lengths), 0
		}
	}
	return pieces
}

// parseColour reads #RRGGBB, and gives black for what is none.
func parseColour(s string) color.RGBA {
	if len(s) == 7 && s[0] == '#' {
		if v, err := strconv.ParseUint(s[1:], 16, 32); err == nil {
			return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
		}
	}
	return color.RGBA{A: 255}
}
