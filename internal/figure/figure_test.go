package figure

import (
	"bytes"
	"encoding/xml"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"
	"time"
)

// figure has a shape of every kind, each in a place of its own.
func figure() *Canvas {
	c := NewCanvas(100, 80)
	c.Box(10, 10, 20, 20, "#0072B2", "a <box>")
	c.Dot(60, 20, 8, "#D55E00", "")
	c.Line([]Point{{10, 50}, {40, 50}, {40, 70}}, Stroke{Colour: "#009E73", Width: 4})
	c.Segment(50, 60, 90, 60, Stroke{Colour: "#CC79A7", Width: 4, Dash: []float64{10, 10}})
	c.Text(50, 40, "µ & <s>", Font{Colour: "#222222", Anchor: Middle})
	c.Text(95, 70, "up", Font{Size: 16, Bold: true, Vertical: true})
	return c
}

func decode(t *testing.T, c *Canvas) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(c.PNG()))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestImageHasTheShapesInTheirPlaces(t *testing.T) {
	m := decode(t, figure())
	if size := m.Bounds().Size(); size != image.Pt(200, 160) {
		t.Fatalf("the image is of %v pixels", size)
	}
	for _, c := range []struct {
		what string
		x, y int // on the canvas
		want string
	}{
		{"box", 20, 20, "#0072B2"}, {"beside the box", 34, 20, "#FFFFFF"},
		{"dot", 60, 20, "#D55E00"}, {"corner around the dot", 53, 13, "#FFFFFF"},
		{"first part of the line", 20, 50, "#009E73"}, {"second part of the line", 40, 60, "#009E73"},
		{"dash", 55, 60, "#CC79A7"}, {"gap", 65, 60, "#FFFFFF"}, {"next dash", 75, 60, "#CC79A7"},
	} {
		if got := color.RGBAModel.Convert(m.At(fine*c.x, fine*c.y)); got != parseColour(c.want) {
			t.Errorf("%s: %v, want %s", c.what, got, c.want)
		}
	}
}

// inked counts the pixels of a part of the canvas that are not white.
func inked(m image.Image, x0, y0, x1, y1 int) (n int) {
	for x := fine * x0; x < fine*x1; x++ {
		for y := fine * y0; y < fine*y1; y++ {
			if r, _, _, _ := m.At(x, y).RGBA(); r < 0x8000 {
				n++
			}
		}
	}
	return n
}

func TestWordsStandWhereTheAnchorSays(t *testing.T) {
	const words = "workers"
	width := int(math.Ceil(Font{}.Width(words)))
	for _, c := range []struct {
		name           string
		font           Font
		x0, y0, x1, y1 int // where all ink is
	}{
		{"start", Font{}, 100, 85, 100 + width, 105},
		{"middle", Font{Anchor: Middle}, 100 - width/2 - 1, 85, 101 + width/2, 105},
		{"end", Font{Anchor: End}, 99 - width, 85, 101, 105},
		{"upwards from the middle", Font{Anchor: Middle, Vertical: true}, 85, 99 - width/2, 105, 101 + width/2},
		{"upwards", Font{Vertical: true}, 85, 99 - width, 105, 101},
	} {
		figure := NewCanvas(200, 200)
		figure.Text(100, 100, words, c.font)
		m := decode(t, figure)
		all, within := inked(m, 0, 0, 200, 200), inked(m, c.x0, c.y0, c.x1, c.y1)
		if all < 50 || within != all {
			t.Errorf("%s: %d pixels of ink, %d of them in place", c.name, all, within)
		}
	}
}

func TestDrawingIsWellFormedAndHasTheWords(t *testing.T) {
	svg := figure().SVG()
	d := xml.NewDecoder(strings.NewReader(svg))
	var words []string
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		if text, ok := token.(xml.CharData); ok && strings.TrimSpace(string(text)) != "" {
			words = append(words, string(text))
		}
	}
	if got := strings.Join(words, "|"); got != "a <box>|µ & <s>|up" {
		t.Errorf("words are %q", got)
	}
	for _, want := range []string{`stroke-dasharray="10 10"`, `font-weight="bold"`, `rotate(-90 95.0 70.0)`, `text-anchor="middle"`, `<rect x="10.00"`, `r="8.0"`} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in %s", want, svg)
		}
	}
}

func TestDashesGoOnAroundCorners(t *testing.T) {
	d := dasher{lengths: []float64{6, 2}}
	first, second := d.cut(Point{0, 0}, Point{10, 0}), d.cut(Point{10, 0}, Point{10, 10})
	if len(first) != 2 || first[1] != [2]Point{{8, 0}, {10, 0}} {
		t.Errorf("first dashes are %v", first)
	}
	if len(second) != 2 || second[0] != [2]Point{{10, 0}, {10, 4}} || second[1] != [2]Point{{10, 6}, {10, 10}} {
		t.Errorf("dashes behind the corner are %v", second)
	}
}

func TestTickLabelsAreAsShortAsVegaLites(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.5: "0.5", 1: "1", 999: "999", 2000: "2k", 100_000: "100k", 1e6: "1M", 5e12: "5T"} {
		if got := TickLabel(v); got != want {
			t.Errorf("%g is labelled %q, want %q", v, got, want)
		}
	}
}

func TestTimesAreShownWithThreeDigits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		999: "999 ns", 1500: "1.50 µs", 12345 * time.Microsecond: "12.3 ms", 123456 * time.Microsecond: "123 ms", 2 * time.Second: "2.00 s",
	} {
		if got := Short(d); got != want {
			t.Errorf("%d ns is shown as %q, want %q", d, got, want)
		}
	}
}

func TestNumbersHaveThreeDigitsAndNoExponent(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 0.12345: "0.123", 1.5: "1.5", 123.456: "123", 1030.4: "1030", -15400: "-15400", 1e20: "1e+20"} {
		if got := Digits(x); got != want {
			t.Errorf("%g is written %q, want %q", x, got, want)
		}
	}
}
