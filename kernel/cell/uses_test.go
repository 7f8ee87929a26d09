package cell

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestUsesOfACell(t *testing.T) {
	for _, c := range []struct{ name, code, declares, changes string }{
		{"variables", "x, y := f()\nvar a, b = 1, 2\nfor i := 0; i < 3; i++ {}", "a b x y", "f i"},
		{"declarations", "type t struct{}\nconst c = 1\nfunc f() { z = 1 }\nfunc (r *t) m() {}", "c f t", "t"},
		{"assignments", "x = 1\ny += 2\na[i].f = 3\n*p = 4\nn++\nc <- 5", "", "a c n p x y"},
		{"calls may change what they are given", "sort.Ints(xs)\nfill(&v, w[1:])\nobj.Set(1)", "", "fill obj sort v w xs"},
		{"printing changes nothing", "fmt.Println(x, y)", "", "fmt"},
		{"imports", "import yaml \"example.com/go-yaml/v3\"", "go-yaml v3 yaml", ""},
	} {
		u, err := UsesOf(c.code)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := words(u.Declares); got != c.declares {
			t.Errorf("%s: declares %q, want %q", c.name, got, c.declares)
		}
		if got := words(u.Changes); got != c.changes {
			t.Errorf("%s: changes %q, want %q", c.name, got, c.changes)
		}
	}
	u, err := UsesOf("type t int\nconst c = 1\nx := c\nfunc f() { g(x) }")
	if err != nil {
		t.Fatal(err)
	}
	if got := words(u.Mutable); got != "t x" {
		t.Errorf("%q can change, want the type and the variable", got)
	}
	if got := words(u.Functions["f"]); len(u.Functions) != 1 || got != "f g x" {
		t.Errorf("functions are %v", u.Functions)
	}
	if _, err := UsesOf("x := ("); err == nil {
		t.Error("an unfinished cell has uses")
	}
}

func words(set map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(set)), " ") }
