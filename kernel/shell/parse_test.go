package shell

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestLineMagics(t *testing.T) {
	tests := []struct{ text, name, args string }{
		{"%time", "time", ""},
		{"%time f(1)", "time", "f(1)"},
		{"  %time\tf(1)  ", "time", "f(1)"},
		{"%timeit -n 3 f(\"%d\")", "timeit", `-n 3 f("%d")`},
		{"%go get gonum.org/v1/plot@v0.17.0", "go", "get gonum.org/v1/plot@v0.17.0"},
		{"%go111module on", "go111module", "on"},
		{"%env K it's", "env", "K it's"},
		{"%time f() \\\n  + g()\n", "time", "f() \\\n  + g()"},
		{"%cd a\\\r\nb\r\n", "cd", "a\\\r\nb"},
		{"%%", "%%", ""},
		{"%% -v --n=2", "%%", "-v --n=2"},
		{"!ls", "!", "ls"},
		{"! ls -l | grep 'x'", "!", "ls -l | grep 'x'"},
		{"!!ls", "!!", "ls"},
		{"!*go mod tidy", "!*", "go mod tidy"},
		{"$ls -l", "$", "ls -l"},
		{"?fmt.Println", "?", "fmt.Println"},
		{"??fmt", "??", "fmt"},
		{"? fmt", "?", "fmt"},
		{"fmt.Println?", "?", "fmt.Println"},
		{"fmt.Println??", "??", "fmt.Println"},
		{"type?", "?", "type"},
		{"größe?", "?", "größe"},
		{"%time?", "?", "%time"},
		{"%%bash??", "??", "%%bash"},
		{"!echo `date` \" ' ( {", "!", "echo `date` \" ' ( {"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			want := Segment{Kind: LineMagic, Name: tt.name, Args: tt.args, Text: tt.text, Line: 1}
			cell, err := Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(cell.Segments, []Segment{want}) {
				t.Errorf("got %+v, want %+v", cell.Segments, want)
			}
			if got := strings.Repeat("\n", strings.Count(tt.text, "\n")); cell.Code != got {
				t.Errorf("code %q, want %q", cell.Code, got)
			}
		})
	}
}

func TestCellMagics(t *testing.T) {
	tests := []struct {
		name, code string
		want       Segment
		body       string
	}{
		{"body and arguments", "%%writefile -a 'x y.txt'\nline 1\n%time\n",
			Segment{Kind: CellMagic, Name: "writefile", Args: "-a 'x y.txt'", Text: "line 1\n%time\n", Line: 1}, "\nline 1\n%time\n"},
		{"no body", "%%bash", Segment{Kind: CellMagic, Name: "bash", Line: 1}, "\n"},
		{"empty lines above", "\n \t\n%%cl_kernel\nvoid f() {", Segment{Kind: CellMagic, Name: "cl_kernel", Text: "void f() {", Line: 3}, "\n\n\nvoid f() {"},
		{"CRLF", "%%time -q\r\nf()\r\n", Segment{Kind: CellMagic, Name: "time", Args: "-q", Text: "f()\r\n", Line: 1}, "\nf()\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cell, err := Parse(tt.code)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(cell.Segments, []Segment{tt.want}) {
				t.Errorf("got %+v, want %+v", cell.Segments, tt.want)
			}
			if got := cell.Segments[0].Body(); got != tt.body {
				t.Errorf("body %q, want %q", got, tt.body)
			}
			if want := strings.Repeat("\n", strings.Count(tt.code, "\n")); cell.Code != want {
				t.Errorf("code %q, want %q", cell.Code, want)
			}
		})
	}
}

func TestCellMagicInTheBodyOfAnother(t *testing.T) {
	outer, err := Parse("%%time\n%%race\nx := 1\n%who\n")
	if err != nil {
		t.Fatal(err)
	}
	inner, err := Parse(outer.Segments[0].Body())
	if err != nil {
		t.Fatal(err)
	}
	if s := inner.Segments[0]; s.Name != "race" || s.Line != 2 {
		t.Fatalf("got %+v", s)
	}
	body, err := Parse(inner.Segments[0].Body())
	if err != nil {
		t.Fatal(err)
	}
	if want := "\n\nx := 1\n\n"; body.Code != want {
		t.Errorf("code %q, want %q", body.Code, want)
	}
	if s := body.Segments[1]; s.Name != "who" || s.Line != 4 {
		t.Errorf("got %+v", s)
	}
}

func TestMagicsAmongGo(t *testing.T) {
	code := `import "fmt"
%time f()

func f() int {
	return 7
}
!echo ` + "`date`" + ` \
	"quoted
f?

x := f()
%who`
	cell, err := Parse(code)
	if err != nil {
		t.Fatal(err)
	}
	want := []Segment{
		{Go, "", "", "import \"fmt\"\n", 1},
		{LineMagic, "time", "f()", "%time f()\n", 2},
		{Go, "", "", "\nfunc f() int {\n\treturn 7\n}\n", 3},
		{LineMagic, "!", "echo `date` \\\n\t\"quoted", "!echo `date` \\\n\t\"quoted\n", 7},
		{LineMagic, "?", "f", "f?\n", 9},
		{Go, "", "", "\nx := f()\n", 10},
		{LineMagic, "who", "", "%who", 12},
	}
	if !reflect.DeepEqual(cell.Segments, want) {
		t.Errorf("got %+v\nwant %+v", cell.Segments, want)
	}
	if want := "import \"fmt\"\n\n\nfunc f() int {\n\treturn 7\n}\n\n\n\n\nx := f()\n"; cell.Code != want {
		t.Errorf("code %q, want %q", cell.Code, want)
	}
}

// What looks like a magic and is Go, or at least none of our business.
func TestGoStaysGo(t *testing.T) {
	tests := map[string]string{
		"empty":                      "",
		"white space":                " \n\t\n",
		"raw string":                 "s := `\n%time\n!ls\n?x\n`\n",
		"comment":                    "/*\n%time\n!ls\n*/\n// %time\n",
		"operator at the line's end": "x := a %\nb\n",
		"not, after an operator":     "ok := a &&\n!b\n",
		"not, in a call":             "f(\n!a,\n!b,\n)\n",
		"not, in a literal":          "x := []bool{\n!a,\n!b,\n}\n",
		"not, in a block":            "func f() bool {\n!g()\n}\n",
		"not, in a header":           "for i := 0;\n!done;\ni++ {\n}\n",
		"not, in parentheses":        "(!done)\n",
		"remainder in a line":        "x := a %b\n",
		"question in a string":       "fmt.Println(`really\nx?\n`)\n",
		"question in a line":         "x := y?\n",
		"bracket left open":          "f(\n!ls\n",
		"raw string left open":       "s := `\n%time\n",
		"behind a comment":           "/* */ %time\n",
		"behind a comment's end":     "/*\n*/ !ls\n",
		"bad characters":             "x # \x00 \xff ' \" @\n",
		"no newline at the end":      "x := 1",
		"CRLF":                       "x := 1\r\ny := 2\r\n",
	}
	for name, code := range tests {
		t.Run(name, func(t *testing.T) {
			cell, err := Parse(code)
			if err != nil {
				t.Fatal(err)
			}
			if cell.Code != code {
				t.Errorf("code %q, want %q", cell.Code, code)
			}
			for _, s := range cell.Segments {
				if s.Kind != Go || s.Text != code || s.Line != 1 {
					t.Errorf("segment %+v", s)
				}
			}
		})
	}
}

// Where a magic is one although something before it looks as if it were none.
func TestMagicIsSeenBehind(t *testing.T) {
	tests := map[string]string{
		"a closed block":        "for {\n}\n%who",
		"a closed raw string":   "s := `(`\n%who",
		"brackets in a string":  "s := \"((\"\n%who",
		"brackets in a comment": "// ((\n%who",
		"a bracket too many":    "x)\n%who",
		"a one-line if":         "if x { f() }\n%who",
		"a quote left open":     "s := \"abc\n%who",
		"a semicolon":           "f();\n%who",
		"a label":               "f()\n\n\n%who",
		"a magic with brackets": "!echo ((\n%who",
		"a magic with a quote":  "!echo `\n%who",
		"a comment block":       "/*\n*/\n%who",
		"CRLF":                  "x := 1\r\n%who\r\n",
	}
	for name, code := range tests {
		t.Run(name, func(t *testing.T) {
			cell, err := Parse(code)
			if err != nil {
				t.Fatal(err)
			}
			last := cell.Segments[len(cell.Segments)-1]
			if last.Name != "who" || last.Args != "" {
				t.Errorf("got %+v", cell.Segments)
			}
		})
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	tests := []struct {
		code string
		line int
		part string
	}{
		{"x := 1\n%%bash\nls\n", 2, "%%bash takes the whole cell"},
		{"// comment\n%%time\n", 2, "first line"},
		{"f()\n% time\n", 2, "follows its % directly"},
		{"%", 1, "follows its % directly"},
		{"%%%", 1, "follows its % directly"},
		{"%%3\n", 1, "follows its % directly"},
		{"func f() {\n\t%time g()\n}\n", 2, "inside the { of line 1"},
		{"g(1,\n\tf(2\n%who\n", 3, "inside the ( of line 2"},
		{"x := 1 +\n%time f()\n", 2, "in the middle of a statement"},
	}
	for _, tt := range tests {
		t.Run(tt.code, func(t *testing.T) {
			cell, err := Parse(tt.code)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %+v, %v, want an *Error", cell, err)
			}
			if e.Line != tt.line || !strings.Contains(e.Message, tt.part) {
				t.Errorf("got %v, want line %d and %q", e, tt.line, tt.part)
			}
		})
	}
}

func TestLargeCellsAreParsedInLinearTime(t *testing.T) {
	// Each takes minutes when any step looks at the whole cell again for every token or magic.
	for name, code := range map[string]string{
		"one line":    "f(" + strings.Repeat("x, ", 1<<20) + ")",
		"many magics": strings.Repeat("%time f()\n", 1<<16),
		"brackets":    strings.Repeat("{\n", 1<<18),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(code); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"x := 1\n%time f(x)\n!ls \\\n-l\nfmt.Println?\n", "%%bash -e\nls\n", "\n%%\nx := `\n%a`\n", "for i := 0;\n!x; {\n}\n?x",
		"/*\n*/ %x\r\n%y\r\n", "\ufeff%x\n\ufeff\n%y", "$a\\\n", "f(\n%x", "%x\n}\n%y", "if x {\n}\n'\n%z\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		cell, err := Parse(code)
		if err != nil {
			return
		}
		if len(cell.Segments) > 0 && cell.Segments[0].Kind == CellMagic {
			checkCellMagic(t, code, cell)
			return
		}
		checkLines(t, code, cell)
		again, err := Parse(cell.Code)
		if err != nil {
			t.Fatalf("the code of %q, %q, is refused: %v", code, cell.Code, err)
		}
		if again.Code != cell.Code {
			t.Errorf("the code of %q, %q, still holds magics: %+v", code, cell.Code, again.Segments)
		}
	})
}

func checkCellMagic(t *testing.T, code string, cell Cell) {
	magic := cell.Segments[0]
	if len(cell.Segments) > 1 || magic.Name == "" || !strings.HasSuffix(code, magic.Text) {
		t.Errorf("%q gave %+v", code, cell.Segments)
	}
	if strings.Trim(cell.Code, "\n") != "" || strings.Count(cell.Code, "\n") != strings.Count(code, "\n") {
		t.Errorf("%q gave code %q", code, cell.Code)
	}
}

// checkLines checks that each line of the cell is in one segment, at its place, or is white space, and that Code is the
// cell with the lines of magics made empty.
func checkLines(t *testing.T, code string, cell Cell) {
	lines := strings.SplitAfter(code, "\n")
	want := append([]string{}, lines...)
	covered := make([]bool, len(lines))
	for _, s := range cell.Segments {
		for i, text := range strings.SplitAfter(s.Text, "\n") {
			at := s.Line - 1 + i
			if text == "" {
				continue // behind the last newline
			}
			if at >= len(lines) || lines[at] != text || covered[at] {
				t.Fatalf("%q: line %d of segment %+v is out of place", code, i+1, s)
			}
			covered[at] = true
			if s.Kind == LineMagic {
				want[at] = strings.Repeat("\n", strings.Count(text, "\n"))
			}
		}
	}
	for i, line := range lines {
		if !covered[i] && strings.TrimSpace(line) != "" {
			t.Fatalf("%q: line %d is in no segment", code, i+1)
		}
	}
	if got := strings.Join(want, ""); got != cell.Code {
		t.Fatalf("%q gave code %q, want %q", code, cell.Code, got)
	}
}
