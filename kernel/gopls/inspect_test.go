package gopls

import (
	"slices"
	"strings"
	"testing"
)

func TestHover(t *testing.T) {
	s := start(t, nil)
	tests := []struct {
		name string
		text string
		want []string // parts of the answer; none: nothing is explained
	}{
		{"function of the standard library", in("fmt.Print‸ln()"),
			[]string{"```go\nfunc fmt.Println(a ...any) (n int, err error)", "Spaces are always added between operands", "pkg.go.dev/fmt#Println"}},
		{"method of the session", in("p.Norm‸()"), []string{"func (p Point) Norm() float64", "distance from the origin"}},
		{"variable", in("_ = count‸er"), []string{"var counter int"}},
		{"type", in("_ = Poi‸nt{}"), []string{"type Point struct", "name string"}},
		{"after emoji and CJK", in(`_ = "😀世界" + fmt.Sprint‸(1)`), []string{"func fmt.Sprint("}},
		{"nothing", in("‸"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, offset := at(t, tt.text)
			got, err := s.Hover(patient(t), f, offset)
			if err != nil {
				t.Fatal(err)
			}
			if len(tt.want) == 0 && got != "" {
				t.Errorf("got %q, want nothing", got)
			}
			for _, part := range tt.want {
				if !strings.Contains(got, part) {
					t.Errorf("got %q, want it to hold %q", got, part)
				}
			}
		})
	}
}

func TestSignature(t *testing.T) {
	s := start(t, nil)
	printf := []string{"format string", "a ...any"}
	tests := []struct {
		name       string
		text       string
		found      bool
		label      string
		parameters []string
		active     int
	}{
		{"first parameter", in("fmt.Printf(‸)"), true, "Printf(format string, a ...any) (n int, err error)", printf, 0},
		{"later parameter", in(`fmt.Printf("%d", 1, ‸)`), true, "Printf(format string, a ...any) (n int, err error)", printf, 1},
		{"method of the session", in("p.move(‸)"), true, "move(dx float64)", []string{"dx float64"}, 0},
		{"innermost call", in("fmt.Println(p.move(‸))"), true, "move(dx float64)", []string{"dx float64"}, 0},
		{"no parameters", in("p.Norm(‸)"), true, "Norm() float64", nil, 0},
		{"after emoji and CJK", in(`fmt.Printf("😀世界", ‸)`), true, "Printf(format string, a ...any) (n int, err error)", printf, 1},
		{"no call", in("‸"), false, "", nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, offset := at(t, tt.text)
			got, found, err := s.Signature(patient(t), f, offset)
			if err != nil {
				t.Fatal(err)
			}
			if found != tt.found || got.Label != tt.label || !slices.Equal(got.Parameters, tt.parameters) || got.Active != tt.active {
				t.Errorf("got %+v, %v", got, found)
			}
		})
	}
}

func TestSignatureHasDocumentation(t *testing.T) {
	s := start(t, nil)
	f, offset := at(t, in("fmt.Printf(‸)"))
	got, _, err := s.Signature(patient(t), f, offset)
	if err != nil {
		t.Fatal(err)
	}
	if want := "formats according to a format specifier"; !strings.Contains(got.Doc, want) {
		t.Errorf("got %q, want it to hold %q", got.Doc, want)
	}
}
