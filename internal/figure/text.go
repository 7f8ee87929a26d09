package figure

import (
	"image"
	"image/draw"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// The Go fonts, which have the letters of µs and Karp–Flatt.
var (
	regular = sync.OnceValue(func() *opentype.Font { return parseFont(goregular.TTF) })
	bold    = sync.OnceValue(func() *opentype.Font { return parseFont(gobold.TTF) })
)

func parseFont(ttf []byte) *opentype.Font {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic(err) // the fonts are part of the program
	}
	return f
}

// face is the font at its size.
func (f Font) face() font.Face {
	family := regular()
	if f.Bold {
		family = bold()
	}
	face, err := opentype.NewFace(family, &opentype.FaceOptions{Size: fine * f.size(), DPI: 72})
	if err != nil {
		panic(err) // the options are right
	}
	return face
}

// Width is how wide words are, in pixels. A browser has fonts of its own: there it is a guess.
func (f Font) Width(words string) float64 {
	return float64(font.MeasureString(f.face(), words)) / 64 / fine
}

func (t text) paint(p *painter) {
	face := t.face()
	width := font.MeasureString(face, t.words)
	left := map[Anchor]fixed.Int26_6{Middle: width / 2, End: width}[t.Anchor]
	x, y := fixed.Int26_6(64*fine*t.x), fixed.Int26_6(64*fine*t.y)
	ink := image.NewUniform(parseColour(t.colour()))
	if !t.Vertical {
		d := font.Drawer{Dst: p.image, Src: ink, Face: face, Dot: fixed.Point26_6{X: x - left, Y: y}}
		d.DrawString(t.words)
		return
	}
	turned(p.image, x.Round(), (y + left).Round(), ink, face, t.words, width.Ceil())
}

// turned writes words upwards from (x, y): on a mask as wide as they are, then pixel by pixel.
func turned(dst draw.Image, x, y int, ink image.Image, face font.Face, words string, width int) {
	m := face.Metrics()
	up, down := m.Ascent.Ceil(), m.Descent.Ceil()
	mask := image.NewAlpha(image.Rect(0, -up, width, down))
	d := font.Drawer{Dst: mask, Src: image.Opaque, Face: face}
	d.DrawString(words)
	stood := image.NewAlpha(image.Rect(-up, -width, down, 0))
	for i := range width {
		for j := -up; j < down; j++ {
			stood.SetAlpha(j, -1-i, mask.AlphaAt(i, j))
		}
	}
	draw.DrawMask(dst, stood.Bounds().Add(image.Pt(x, y)), ink, image.Point{}, stood, stood.Bounds().Min, draw.Over)
}
