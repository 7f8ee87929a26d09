package display

import (
	"bytes"
	"fmt"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

func scatter(t *testing.T, n int) *plot.Plot {
	xys := make(plotter.XYs, n)
	for i := range xys {
		xys[i].X, xys[i].Y = float64(i), rand.Float64()
	}
	s, err := plotter.NewScatter(xys)
	if err != nil {
		t.Fatal(err)
	}
	p := plot.New()
	p.Add(s)
	return p
}

func TestPlotIsDrawn(t *testing.T) {
	d := Render(scatter(t, 10))
	b, _ := d.Data[MIMETypePNG].([]byte)
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size.X != 480 || size.Y != 336 {
		t.Error(size)
	}
	if svg := fmt.Sprint(d.Data[MIMETypeSVG]); !strings.Contains(svg, "<svg") {
		t.Errorf("%.100s", svg)
	}
	if d.Data[MIMETypeText] != "plot" {
		t.Error(d.Data[MIMETypeText])
	}
}

func TestPlotOfManyPointsIsOnlyPixels(t *testing.T) {
	if d := Render(scatter(t, 5000)); d.Data[MIMETypeSVG] != nil || d.Data[MIMETypePNG] == nil {
		t.Errorf("%d types", len(d.Data))
	}
}

// unplottable panics as plotters do on data that they do not expect.
type unplottable struct{}

func (unplottable) Plot(c draw.Canvas, p *plot.Plot) { panic("no such glyph") }

func TestPlotThatFailsSaysWhy(t *testing.T) {
	p := plot.New()
	p.Add(unplottable{})
	d := Render(p)
	if got := fmt.Sprint(d.Data[MIMETypeText]); !strings.Contains(got, "drawing a *plot.Plot: no such glyph") || len(d.Data) != 1 {
		t.Error(got)
	}
}
