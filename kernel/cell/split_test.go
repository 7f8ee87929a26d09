package cell

import (
	"go/token"
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	names := map[chunkKind]string{stmtChunk: "stmt", importChunk: "import", typeChunk: "type", constChunk: "const", funcChunk: "func", methodChunk: "method", packageChunk: "package"}
	for _, c := range []struct {
		text string
		want []string // kind: text without spaces around
	}{
		{"", nil},
		{"// nothing\n", nil},
		{"x := 1", []string{"stmt: x := 1"}},
		{"x := 1; y := 2\nz", []string{"stmt: x := 1;", "stmt: y := 2", "stmt: z"}},
		{"import \"fmt\"\nvar a int", []string{"import: import \"fmt\"", "stmt: var a int"}},
		{"// doc\nfunc f() {\n}\n// tail", []string{"func f: // doc\nfunc f() {\n}"}},
		{"func (t *T[K, V]) m() {}", []string{"method T.m: func (t *T[K, V]) m() {}"}},
		{"func (T) m() {}", []string{"method T.m: func (T) m() {}"}},
		{"func() { f() }()", []string{"stmt: func() { f() }()"}},
		{"func(a int) (b int) { return a }(1)", []string{"stmt: func(a int) (b int) { return a }(1)"}},
		{"func g[T any](x T) {}", []string{"func g: func g[T any](x T) {}"}},
		{"for i := 0; i < 3; i++ { f() }\ng()", []string{"stmt: for i := 0; i < 3; i++ { f() }", "stmt: g()"}},
		{"L: for a; b; c {\n}", []string{"stmt: L: for a; b; c {\n}"}},
		{"if v := (p{}); v.x { }; y", []string{"stmt: if v := (p{}); v.x { };", "stmt: y"}},
		{"switch f := func() int { return 1 }; f() { case 1: }", []string{"stmt: switch f := func() int { return 1 }; f() { case 1: }"}},
		{"if a {\n} else if b {\n}", []string{"stmt: if a {\n} else if b {\n}"}},
		{"type (\n\ta int\n\tb string\n)\nconst c = 1", []string{"type: type (\n\ta int\n\tb string\n)", "const: const c = 1"}},
		{"s := `a; {\n}`\nt", []string{"stmt: s := `a; {\n}`", "stmt: t"}},
		{"package main\nfunc main() {}", []string{"package: package main", "func main: func main() {}"}},
		{"f(\n1,\n2,\n)\n", []string{"stmt: f(\n1,\n2,\n)"}},
	} {
		chunks, err := split(c.text, "cell")
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		var got []string
		for _, ch := range chunks {
			head := names[ch.kind]
			switch {
			case ch.recv != "":
				head += " " + ch.recv + "." + ch.name
			case ch.name != "":
				head += " " + ch.name
			}
			got = append(got, head+": "+strings.TrimSpace(ch.text))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

func TestSplitSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"f(1":                     "cell:1:2: this ( is never closed",
		"x := 1\n}":               "cell:2:1: unexpected }",
		"s := \"a":                "cell:1:6: string literal not terminated",
		"x\n//go:build linux":     "cell:2:1: //go:build is not possible",
		"//go:embed f\nvar s int": "cell:1:1: //go:embed is not possible",
	} {
		if _, err := split(text, "cell"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// FuzzSplit sees that chunks are parts of the text in order, and that nothing is left out but what is empty.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"x := 1; y", "// a\nfunc f() {}\n// b", "for i := 0; ; { }\n;;", "func (t T) m() {}", "type t struct {\n}\n\n", "/* c */"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		chunks, err := split(text, "cell")
		if err != nil {
			return
		}
		rest, left := text, ""
		for _, c := range chunks {
			before, after, found := strings.Cut(rest, c.text)
			if !found {
				t.Fatalf("%q is not in %q, what is left of %q", c.text, rest, text)
			}
			left, rest = left+before+"\n", after
		}
		toks, err := scan(left+rest, "cell")
		for _, tok := range toks {
			if err == nil && tok.tok != token.SEMICOLON {
				t.Errorf("%q of %q is in no chunk", tok.lit, text)
			}
		}
	})
}
