package cell

import (
	"fmt"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// library is the standard library from source: what a workspace is to a real session.
type library struct{}

func (library) Importer(fset *token.FileSet) types.Importer {
	return standard{importer.ForCompiler(fset, "source", nil)}
}

func (library) Named(name string) []string {
	return map[string][]string{
		"fmt": {"fmt"}, "strings": {"strings"}, "sync": {"sync"}, "time": {"time"}, "errors": {"errors"}, "math": {"math"},
		"os": {"os"}, "log": {"log"}, "rand": {"math/rand", "math/rand/v2"}, "unsafe": {"unsafe"}, "binary": {"encoding/binary"},
	}[name]
}

// standard refuses what is not of the standard library.
type standard struct{ types.Importer }

func (s standard) Import(path string) (*types.Package, error) {
	if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") || path == "C" {
		return nil, fmt.Errorf("package %s is not of the standard library", path)
	}
	return s.Importer.Import(path)
}

// session analyzes cells one after the other and returns the last result.
func session(t testing.TB, c *Compiler, cells ...string) *Result {
	t.Helper()
	s := NewSession()
	var r *Result
	for _, text := range cells {
		var err error
		if r, err = c.Analyze(s, text); err != nil {
			t.Fatalf("%s\n%v", text, err)
		}
		s = r.Session
	}
	return r
}

func TestAnImportHasThePackagesNameWhereItsPathEndsOtherwise(t *testing.T) {
	for _, cells := range [][]string{
		{"import \"math/rand/v2\"\nrand.IntN(3)"},
		{"import \"math/rand/v2\"", "rand.IntN(3)"},
		{"import \"math/rand\"", "import \"math/rand/v2\"\nrand.IntN(3)"},
		{"rand := 1", "import \"math/rand/v2\"\nrand.IntN(3)"},
	} {
		r := session(t, NewCompiler(library{}, false), cells...)
		if got := r.Session.Imports(); len(got) != 1 || got["rand"] != "math/rand/v2" {
			t.Errorf("%q: the imports are %v, want rand of math/rand/v2", cells, got)
		}
	}
}

func TestAnalyzeTheSameCellAgainNeedsNoNewPackage(t *testing.T) {
	c := NewCompiler(library{}, false)
	first := session(t, c, "n := 1", "n + 1")
	again, err := c.Analyze(first.Session, "n + 1")
	if err != nil || again.Package != first.Package {
		t.Errorf("got another package, or %v", err)
	}
	changed, err := c.Analyze(first.Session, `n := "s"`)
	if err != nil {
		t.Fatal(err)
	}
	other, err := c.Analyze(changed.Session, "n + 1")
	if err == nil {
		t.Errorf("n is a string now, and n + 1 still compiles: %s", other.Package.Source)
	}
}

func TestAnalyzePathsDependOnContentOnly(t *testing.T) {
	a := session(t, NewCompiler(library{}, false), "type t struct{ n int }", "x, y := t{1}, 2.5\nfmt.Println(x, y)")
	b := session(t, NewCompiler(library{}, false), "type t struct{ n int }", "x, y := t{1}, 2.5\nfmt.Println(x, y)")
	if a.Package.Path != b.Package.Path {
		t.Errorf("two sessions compile the same cells to %s and %s", a.Package.Path, b.Package.Path)
	}
}

func TestAnalyzeKeepsTheSessionBeforeIt(t *testing.T) {
	c := NewCompiler(library{}, false)
	before := session(t, c, "x := 1").Session
	if _, err := c.Analyze(before, `x := "s"; func f() {}`); err != nil {
		t.Fatal(err)
	}
	if before.Lookup("f") != nil || before.Lookup("x").Obj.Type() != types.Typ[types.Int] {
		t.Error("the session before the cell changed")
	}
}

func TestReadsInput(t *testing.T) {
	c := NewCompiler(library{}, false)
	for text, want := range map[string]bool{
		"fmt.Println(1)": false, "var s string; fmt.Scan(&s)": true, "b := make([]byte, 1); os.Stdin.Read(b)": true,
	} {
		if got := session(t, c, text).ReadsInput; got != want {
			t.Errorf("%s: ReadsInput is %v", text, got)
		}
	}
}

func TestWithoutVariablesKeepsDeclarations(t *testing.T) {
	s := session(t, NewCompiler(library{}, false), "type t struct{}\nfunc f() {}\nconst c = 1\nv, w := 1, t{}").Session
	next, gone := s.WithoutVariables("it died")
	if strings.Join(gone, " ") != "v w" {
		t.Errorf("gone: %v", gone)
	}
	for _, name := range []string{"t", "f", "c"} {
		if next.Lookup(name) == nil {
			t.Errorf("%s is gone", name)
		}
	}
	_, err := NewCompiler(library{}, false).Analyze(next, "v")
	if err == nil || !strings.Contains(err.Error(), "it died") {
		t.Errorf("using a lost variable: %v", err)
	}
}

func TestTypeText(t *testing.T) {
	c := NewCompiler(library{}, false)
	declared := "type T struct{ n int }\ntype G[K comparable, V any] map[K]V\ntype A = *T"
	for _, one := range []struct{ typ, want string }{
		{"int", "int"},
		{"[]map[string]*T", "[]map[string]*ꞏ1.T"},
		{"[3]float64", "[3]float64"},
		{"chan (<-chan int)", "chan (<-chan (int))"},
		{"chan<- func()", "chan<- (func())"},
		{"func(a int, b ...string) (T, error)", "func(int, ...string) (ꞏ1.T, error)"},
		{"func(func(T) bool)", "func(func(ꞏ1.T) (bool))"},
		{"struct{ a, B int; T }", "struct{Ꟶa int; B int; ꞏ1.T}"},
		{"struct{ a int `json:\"x\"` }", `struct{Ꟶa int "json:\"x\""}`},
		{"interface{ m(int) T; error }", "interface{ Ꟶm(int) (ꞏ1.T); error;}"},
		{"any", "any"},
		{"G[string, []T]", "ꞏ1.G[string, []ꞏ1.T]"},
		{"A", "ꞏ1.A"},
		{"time.Duration", "ꞏtime.Duration"},
		{"sync.Mutex", "ꞏsync.Mutex"},
		{"unsafe.Pointer", "ꞏunsafe.Pointer"},
		{"map[[2]T]struct{}", "map[[2]ꞏ1.T]struct{}"},
	} {
		source := string(session(t, c, declared, "var x "+one.typ).Package.Source)
		want := "var Ꟶx " + one.want + "\n"
		if !strings.Contains(source, want) {
			t.Errorf("var x %s: no %q in\n%s", one.typ, want, source)
		}
	}
}

func TestRaceBuildsKeepVariablesOnTheHeap(t *testing.T) {
	r := session(t, NewCompiler(library{}, true), "n := 1", "n++\nm := n")
	source := string(r.Package.Source)
	for _, want := range []string{"(*ꞏ1.Ꟶn)++", "var Ꟶm = new(int)", "(*Ꟶm) = (*ꞏ1.Ꟶn)"} {
		if !strings.Contains(source, want) {
			t.Errorf("no %q in\n%s", want, source)
		}
	}
}

// FuzzAnalyze sees that no text makes the compiler panic, and that what it accepts it turns into text that parses.
func FuzzAnalyze(f *testing.F) {
	for _, seed := range []string{
		"x := 1\nx + 1", "func f() int { return n }\nn := 2", "type t struct{ a int; error }\nfunc (v *t) m() {}\nt{1, nil}",
		"for i := 0; i < n; i++ { s += i }", "go f(g())\nfunc g() (int, int) { return 1, 2 }\nfunc f(a, b int) {}",
		"package main\nimport \"fmt\"\nvar a = b\nvar b = 1\nfunc main() { fmt.Println(a) }", "var (\n\ta, b = 1, 2\n\t_ int\n)",
		"if x := 1; x > 0 {} else {}; select {}", "const ( a = iota; b )\n1<<100", "bo := binary.LittleEndian", "L: for { break L }",
		"func g[T any](x T) T { return x }\ng[int](1);", "switch v := any(1).(type) { case int: }", "x, err := strings.Cut(\"a\", \"b\")",
		"`raw\n%s`", "// #cgo LDFLAGS: -lm\nimport \"C\"\nC.f()", "p.b++\nc[0]++\nk := p\nk.a = 2", "defer func() { recover() }()\nreturn",
	} {
		f.Add(seed)
	}
	c := NewCompiler(library{}, false)
	start := session(f, c, "n := 1\ntype p0 struct{ a, b int }\np := p0{1, 2}\nc := []float64{1, 2}\nfunc h(a p0) int { return a.b }").Session
	f.Fuzz(func(t *testing.T, text string) {
		r, err := c.Analyze(start, text)
		if err != nil {
			return
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "", r.Package.Source, parser.SkipObjectResolution); err != nil {
			t.Errorf("%v\n%q\n%s", err, text, r.Package.Source)
		}
		if _, err := c.Analyze(r.Session, text); err != nil {
			if _, isSource := err.(Errors); !isSource {
				t.Errorf("once more: %v", err)
			}
		}
	})
}
