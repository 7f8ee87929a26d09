package gopls

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const session = `package main

import "fmt"

type Point struct {
	X, Y float64
	name string
}

// Norm is the distance from the origin.
func (p Point) Norm() float64 { return p.X*p.X + p.Y*p.Y }

func (p *Point) move(dx float64) { p.X += dx }

var counter, country = 3, "CH"

func main() {
	p := Point{1, 2}
	fmt.Println(p, counter, country)
	‸
}
`

// in puts a cell, with its cursor ‸, into the session.
func in(cell string) string { return strings.Replace(session, "‸", cell, 1) }

func TestComplete(t *testing.T) {
	s := start(t, map[string]string{
		"greet/greet.go": "package greet\n\n// Hello greets.\nfunc Hello(name string) string { return name }\n",
	})
	tests := []struct {
		name     string
		text     string
		want     []string // exactly these labels, best first
		among    []string // or: these are among them
		replaced string   // the text that is replaced
	}{
		{name: "package members", text: in("fmt.Prin‸"), want: []string{"Print", "Printf", "Println"}, replaced: "Prin"},
		{name: "fields and methods", text: in("p.‸"), among: []string{"X", "Y", "name", "Norm", "move"}},
		{name: "range covers the word around the cursor", text: in("p.No‸rm()"), want: []string{"Norm"}, replaced: "Norm"},
		{name: "variables", text: in("_ = coun‸"), want: []string{"counter", "country"}, replaced: "coun"},
		{name: "local variable and its fields", text: in("_ = p‸"), among: []string{"p", "p.X"}, replaced: "p"},
		{name: "types", text: in("var q Poi‸"), want: []string{"Point"}, replaced: "Poi"},
		{name: "keywords", text: in("swit‸"), among: []string{"switch"}, replaced: "swit"},
		{name: "builtins", text: in("_ = appe‸"), among: []string{"append"}, replaced: "appe"},
		{name: "struct literal fields", text: in("_ = Point{na‸}"), among: []string{"name"}, replaced: "na"},
		{name: "package that is not imported", text: in("strings.ToUpp‸"), want: []string{"ToUpper", "ToUpperSpecial"}, replaced: "ToUpp"},
		{name: "package of the module", text: in("greet.‸"), want: []string{"Hello"}},
		{name: "nothing", text: in("zzzqqq‸")},
		{name: "after emoji and CJK", text: in("s := \"😀世界\"; _ = s; /* 🎉 */ fmt.Prin‸"), want: []string{"Print", "Printf", "Println"}, replaced: "Prin"},
		{name: "inside a CJK identifier", text: in("変数, 変わる := 1, 2; _, _ = 変数, 変わる; _ = 変‸"), want: []string{"変わる", "変数"}, replaced: "変"},
		{name: "code that does not parse", text: in("if x := ; fmt.Prin‸"), want: []string{"Print", "Printf", "Println"}, replaced: "Prin"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, offset := at(t, tt.text)
			items, start, end, err := s.Complete(patient(t), f, offset)
			if err != nil {
				t.Fatal(err)
			}
			var labels []string
			for _, it := range items {
				labels = append(labels, it.Label)
				if strings.Contains(it.InsertText, "$") {
					t.Errorf("snippet %q", it.InsertText)
				}
			}
			if tt.among == nil && !slices.Equal(labels, tt.want) {
				t.Errorf("got %q, want %q", labels, tt.want)
			}
			for _, want := range tt.among {
				if !slices.Contains(labels, want) {
					t.Errorf("got %q, want %q among them", labels, want)
				}
			}
			if got := f.Text[start:end]; got != tt.replaced {
				t.Errorf("replaces %q, want %q", got, tt.replaced)
			}
		})
	}
}

func TestItemDescribesItself(t *testing.T) {
	s := start(t, nil)
	tests := []struct {
		name string
		text string
		want Item // Doc is a part of the documentation
	}{
		{"function", in("fmt.Printl‸"), Item{Label: "Println", InsertText: "Println", Kind: "function",
			Detail: "func(a ...any) (n int, err error)", Doc: "default formats"}},
		{"method", in("p.Nor‸"), Item{Label: "Norm", InsertText: "Norm", Kind: "method",
			Detail: "func() float64", Doc: "distance from the origin"}},
		{"field", in("p.na‸"), Item{Label: "name", InsertText: "name", Kind: "field", Detail: "string"}},
		{"variable", in("_ = counte‸"), Item{Label: "counter", InsertText: "counter", Kind: "variable", Detail: "int"}},
		{"keyword", in("swit‸"), Item{Label: "switch", InsertText: "switch", Kind: "keyword"}},
		{"import", in("strings.ToUpp‸"), Item{Label: "ToUpper", InsertText: "ToUpper", Kind: "function",
			Detail: `func (from "strings")`, Imports: []Import{{Path: "strings"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, offset := at(t, tt.text)
			items, _, _, err := s.Complete(patient(t), f, offset)
			if err != nil {
				t.Fatal(err)
			}
			if len(items) == 0 {
				t.Fatal("no items")
			}
			got := items[0]
			if got.Label != tt.want.Label || got.InsertText != tt.want.InsertText || got.Kind != tt.want.Kind ||
				got.Detail != tt.want.Detail || !strings.Contains(got.Doc, tt.want.Doc) || !slices.Equal(got.Imports, tt.want.Imports) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestTextOfTheLatestCallCounts(t *testing.T) {
	s := start(t, nil)
	for _, name := range []string{"alpha", "beta", "gamma"} {
		text := "package main\n\nvar " + name + "Value int\n\nfunc main() { _ = " + name + "V‸ }\n"
		if got, want := labels(t, s, text), []string{name + "Value"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFileOfAnotherNameReplacesTheOneBefore(t *testing.T) {
	s := start(t, nil)
	text := "package main\n\nvar oldValue int\n\nfunc main() { _ = oldV‸ }\n"
	labels(t, s, text)
	f := File{Name: "other.go", Text: "package main\n\nfunc main() { _ = oldV }\n"}
	items, _, _, err := s.Complete(patient(t), f, strings.Index(f.Text, "oldV")+len("oldV"))
	if err != nil {
		t.Fatal(err)
	}
	if len(items) > 0 {
		t.Errorf("got %+v from a file that is gone", items)
	}
}

func TestChangedMakesNewPackagesKnown(t *testing.T) {
	s := start(t, nil)
	const text = "package main\n\nimport \"example.com/session/late\"\n\nfunc main() { late.Hel‸ }\n"
	if got := labels(t, s, text); len(got) > 0 {
		t.Fatalf("got %q before the package was written", got)
	}
	write(t, s.dir, "late/late.go", "package late\n\nfunc Hello() {}\n")
	if err := s.Changed(patient(t), "late/late.go"); err != nil {
		t.Fatal(err)
	}
	if got, want := labels(t, s, text), []string{"Hello"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOffsetOutsideTheTextIsRefused(t *testing.T) {
	s := start(t, nil)
	if _, _, _, err := s.Complete(patient(t), File{Name: "cell.go", Text: "package main\n"}, 14); err == nil {
		t.Error("no error")
	}
}

func TestImportsThatEditsAdd(t *testing.T) {
	at := func(line, character int) span {
		return span{position{line, character}, position{line, character}}
	}
	tests := []struct {
		name  string
		text  string
		edits []textEdit
		want  string
	}{
		{"none", "package main\n", nil, ""},
		{"first", "package main\n", []textEdit{{at(1, 0), "\nimport \"os\"\n"}}, `[{ os}]`},
		{"in pieces", "package main\n\nimport \"fmt\"\n",
			[]textEdit{{at(2, 12), "\n\tx \"os\"\n)"}, {at(2, 7), "(\n\t"}}, `[{x os}]`},
		{"no import", "package main\n", []textEdit{{at(1, 0), "// comment\n"}}, "[]"},
		{"outside the text", "package main\n", []textEdit{{at(7, 0), "\nimport \"os\"\n"}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := newImportFinder(tt.text).added(tt.edits)
			if text := fmt.Sprint(got); text != tt.want && !(tt.want == "" && got == nil) {
				t.Errorf("got %s, want %s", text, tt.want)
			}
		})
	}
}
