package display

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"image"
	"math"
	"strings"
	"testing"
	"time"
)

type loop []loop

type bomb struct{}

func (bomb) HTML() string { panic("boom") }

type tree struct{ self error }

func (t *tree) Error() string   { return "tree" }
func (t *tree) Unwrap() []error { return []error{t, t, t, t} }

type bundleOf Data

func (b bundleOf) Render() Data { return Data(b) }

func TestTextIsWhatFmtPrints(t *testing.T) {
	x := 3
	for _, v := range []any{nil, 1, "a", 1.5, true, 2i, []int{1, 2}, []byte("hi"), map[string]int{"b": 1, "a": 2},
		struct{ a, B any }{1, "x"}, &struct{ a int }{1}, &x, time.Second, []any{nil, 1, []string{"q"}}, [2]bool{true},
		map[float64]int{2: 1, 1.5: 3}, (*int)(nil), []error{errors.New("e")}, uintptr(5), math.NaN(),
		map[float64]int{math.NaN(): 7}, []struct{ a, b int }{{1, 2}, {3, 4}}} {
		if got, want := sprint(v), fmt.Sprint(v); got != want {
			t.Errorf("%T: got %q, want %q", v, got, want)
		}
	}
}

func TestRender(t *testing.T) {
	cyclic := make(loop, 2)
	cyclic[0], cyclic[1] = cyclic, cyclic
	type point struct{ x, y int }
	for name, c := range map[string]struct {
		v              any
		mimeType, want string
	}{
		"cycle":           {cyclic, MIMETypeText, "[[["},
		"huge array":      {make([]struct{}, 1<<40), MIMETypeText, "cut off"},
		"long string":     {strings.Repeat("é", 1<<20), MIMETypeText, "bytes shown"},
		"panic":           {bomb{}, MIMETypeText, "boom"},
		"wrapped error":   {fmt.Errorf("a: %w", errors.New("b")), MIMETypeText, "*errors.errorString: b"},
		"endless error":   {&tree{}, MIMETypeText, "*display.tree: tree"},
		"nil error":       {(*tree)(nil), MIMETypeText, "tree"},
		"slice of struct": {[]point{{1, 2}}, MIMETypeHTML, ">x</th>"},
		"its text":        {[]point{{1, 2}}, MIMETypeText, "[{1 2}]"},
		"nil in a table":  {[]*point{nil}, MIMETypeHTML, "&lt;nil&gt;"},
		"escaped":         {map[string]string{"<b>": "&"}, MIMETypeHTML, ">&lt;b&gt;</th><td style=\"text-align:left\">&amp;</td>"},
		"cut table":       {make([][]int, 100), MIMETypeHTML, "60 of 100 rows shown"},
		"endless image":   {image.NewUniform(image.Black), MIMETypeText, "cannot show an image"},
		"image":           {image.NewGray(image.Rect(0, 0, 2, 2)), MIMETypePNG, "PNG"},
		"template.HTML":   {template.HTML("<b>x</b>"), MIMETypeHTML, "<b>x</b>"},
		"text bytes":      {[]byte("héllo"), MIMETypeText, "[]byte, 6 bytes: \"héllo\"\n00000000  68 c3"},
		"binary bytes":    {[]byte{0, 255}, MIMETypeText, "[]byte, 2 bytes\n00000000  00 ff"},
		"many bytes":      {make([]byte, 1000), MIMETypeText, "512 of 1000 bytes shown"},
		"duration":        {1500 * time.Millisecond, MIMETypeText, "1.5s"},
		"NaN inside":      {bundleOf{Data: MIMEMap{"a/b": map[string]any{"x": math.NaN(), "y": 1}}}, "a/b", `{"x":null,"y":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			d := Render(c.v)
			if got := fmt.Sprintf("%s", d.Data[c.mimeType]); !strings.Contains(got, c.want) {
				t.Errorf("got %.200q, want it to contain %q", got, c.want)
			}
			if _, err := json.Marshal(d); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRenderLeavesTheCallersDataAlone(t *testing.T) {
	m := MIMEMap{MIMETypeHTML: "<b>"}
	Render(Data{Data: m})
	Display(bundleOf{Data: m, Transient: m})
	if len(m) != 1 {
		t.Error(m)
	}
}

func TestHandlesAndBarsAreNotShownAgain(t *testing.T) {
	for _, v := range []any{&Handle{}, &ProgressBar{}} {
		if d := Render(v); len(d.Data) > 0 {
			t.Errorf("%T: %v", v, d)
		}
	}
}

func TestRenderAll(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 2, 2))
	for name, c := range map[string]struct {
		values []any
		text   string
		types  int
	}{
		"none":              {nil, "<nil>", 0},
		"one":               {[]any{1}, "1", 1},
		"several":           {[]any{1, "a", nil, 2.5}, "1 a <nil> 2.5", 1},
		"nil error dropped": {[]any{7, nil}, "7", 1},
		"error shown":       {[]any{0, errors.New("no")}, "0\nerror: no", 1},
		"one rich":          {[]any{1, img}, "1 image, 2x2 pixels", 2},
		"rich and error":    {[]any{img, nil}, "image, 2x2 pixels", 2},
		"two rich":          {[]any{img, img}, "image, 2x2 pixels image, 2x2 pixels", 1},
	} {
		d := RenderAll(c.values)
		if got := fmt.Sprint(d.Data[MIMETypeText]); got != c.text || len(d.Data) != c.types {
			t.Errorf("%s: got %q in %d types, want %q in %d", name, got, len(d.Data), c.text, c.types)
		}
	}
}
