package cell

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// reads is what a package says about its functions: "line declaration: variables".
func reads(r *Result) (all []string) {
	entry := regexp.MustCompile(`\{Line: (\d+), Within: "(\w+)", Vars: \[\]string\{(.*?)\}\}`)
	variable := regexp.MustCompile(`\\x00(\w+)"`)
	for _, m := range entry.FindAllStringSubmatch(string(r.Package.Source), -1) {
		var names []string
		for _, v := range variable.FindAllStringSubmatch(m[3], -1) {
			names = append(names, v[1])
		}
		slices.Sort(names)
		all = append(all, m[1]+" "+m[2]+": "+strings.Join(names, " "))
	}
	return all
}

func TestFunctionsTellWhichVariablesTheyUse(t *testing.T) {
	for name, test := range map[string]struct {
		cells []string
		want  []string
	}{
		"none":              {[]string{"x := 1", "func f(x int) int { return x }"}, nil},
		"of an earlier":     {[]string{"x := 1", "func f() int { return x }"}, []string{"1 f: x"}},
		"of the same cell":  {[]string{"x := 1\nfunc f() int { return x }"}, []string{"2 f: x"}},
		"only written":      {[]string{"x := 1", "func f() { x = 2 }"}, []string{"1 f: x"}},
		"by a call":         {[]string{"x := 1", "func f() int { return x }", "func g() int { return f() }"}, []string{"1 g: x"}},
		"by calls, mutual":  {[]string{"x, y := 1, 2\nfunc f(n int) int { if n > 0 { return g(n-1) }; return x }\nfunc g(n int) int { return f(n) + y }"}, []string{"2 f: x y", "3 g: x y"}},
		"by a method":       {[]string{"x := 1\ntype t struct{}\nfunc (t) m() int { return x }", "func f(v t) int { return v.m() }"}, []string{"1 f: x"}},
		"by a type":         {[]string{"x := 1\ntype t struct{}\nfunc (t) m() int { return x }", "func f() any { return t{} }"}, []string{"1 f: x"}},
		"shadowed":          {[]string{"x := 1", "func f() int { x := 2; return x }"}, nil},
		"literal":           {[]string{"x := 1", "y := 2\nf := func() int {\n\treturn x + y\n}"}, []string{"2 run: x y"}},
		"literal within":    {[]string{"x := 1", "func f() func() int {\n\treturn func() int { return x }\n}"}, []string{"1 f: x", "2 f: x"}},
		"compiled again":    {[]string{"x, y := 1, 2\nfunc f() int { return x }", "func g() int { return f() }", "func f() int { return y }"}, []string{"1 f: y", "1 g: y"}},
		"constants":         {[]string{"const c = 3", "func f() int { return c }"}, nil},
		"variable function": {[]string{"x := 1", "op := func() int { return x }", "func f() int { return op() }"}, []string{"1 f: op"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := reads(session(t, NewCompiler(library{}, false), test.cells...)); !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
