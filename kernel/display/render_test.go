package display

import (
	"errors"
	"fmt"
	"image"
	"math"
	"strings"
	"testing"
	"time"

	"encoding/json"
)

type loop []loop

type bomb struct{}

func (bomb) HTML() string { panic("boom") }

func TestTextIsWhatFmtPrints(t *testing.T) {
	x := 3
	for _, v := range []any{nil, 1, "a", 1.5, true, 2i, []int{1, 2}, []byte("hi"), map[string]int{"b": 1, "a": 2},
		struct{ a, B any }{1, "x"}, &struct{ a int }{1}, &x, time.Second, []any{nil, 1, []string{"q"}}, [2]bool{true},
		map[float64]int{2: 1, 1.5: 3}, (*int)(nil), []error{errors.New("e")}, uintptr(5), math.NaN()} {
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
		"slice of struct": {[]point{{1, 2}}, MIMETypeHTML, "<th>x</th>"},
		"nil in a table":  {[]*point{nil}, MIMETypeHTML, "&lt;nil&gt;"},
		"escaped":         {map[string]string{"<b>": "&"}, MIMETypeHTML, "<td>&lt;b&gt;</td><td>&amp;</td>"},
		"cut table":       {make([][]int, 100), MIMETypeHTML, "60 of 100 rows shown"},
		"endless image":   {image.NewUniform(image.Black), MIMETypeText, "cannot show an image"},
		"image":           {image.NewGray(image.Rect(0, 0, 2, 2)), MIMETypePNG, "PNG"},
	} {
		t.Run(name, func(t *testing.T) {
			d := Render(c.v)
			if got := fmt.Sprintf("%s", d.Data[c.mimeType]); !strings.Contains(got, c.want) {
				t.Errorf("got %.200q, want it to contain %q", got, c.want)
			}
			if _, err := json.Marshal(Encode(d)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEncodeTakesWhatJSONRefuses(t *testing.T) {
	d := Encode(Data{Data: MIMEMap{"text/plain": "\xff", "a": math.NaN(), "b": make(chan int), "c": map[string]any{"x": math.Inf(1)}}})
	if _, err := json.Marshal(d); err != nil {
		t.Error(err)
	}
}

func TestProgressStateAfterBreak(t *testing.T) {
	r := &recorder{}
	Connect(r)
	defer Connect(textPublisher{&strings.Builder{}, strings.NewReader("")})
	for i := range Progress(10) {
		if i == 4 {
			break
		}
	}
	if got := fmt.Sprint(r.last.Data[MIMETypeText]); !strings.HasPrefix(got, "4/10 stopped") {
		t.Error(got)
	}
}

type recorder struct {
	textPublisher
	last Data
}

func (r *recorder) Display(d Data) error { r.last = d; return nil }
func (r *recorder) Update(d Data) error  { r.last = d; return nil }
