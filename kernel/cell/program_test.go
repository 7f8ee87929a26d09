package cell

import (
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sessionOf analyzes cells and returns the session after them.
func sessionOf(t *testing.T, c *Compiler, cells ...string) *Session {
	t.Helper()
	if len(cells) == 0 {
		return NewSession()
	}
	return session(t, c, cells...).Session
}

// namesDeclared returns the names that a program declares at package level, imports first.
func namesDeclared(t *testing.T, source string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "", source, 0)
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}
	var names []string
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names = append(names, d.Name.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ImportSpec:
					names = append(names, strings.Trim(s.Path.Value, `"`))
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					names = append(names, s.Names[0].Name)
				}
			}
		}
	}
	return names
}

func TestAProgramHasWhatItsCellNeedsOfTheSession(t *testing.T) {
	for _, c := range []struct {
		name  string
		cells []string
		text  string
		want  string // names declared, in order
	}{
		{"nothing", []string{"func f() {}"}, "println(1)", "ꞏrun"},
		{"imports found", nil, "fmt.Println(strings.ToUpper(\"a\"))", "fmt strings ꞏrun"},
		{"a function, and what that calls", []string{"func g() int { return 1 }", "func f() int { return g() }", "func h() {}"}, "println(f())", "g f ꞏrun"},
		{"imports of functions", []string{"import r \"math/rand\"", "func f() int { return r.Int() }"}, "println(f())", "math/rand f ꞏrun"},
		{"constants and types with methods", []string{"const n = 3\ntype T struct{ a [n]int }", "func (t T) sum() int { return t.a[0] }"}, "println(T{}.sum())", "n T sum ꞏrun"},
		{"a generic function", []string{"func must[T any](v T, err error) T { if err != nil { panic(err) }; return v }"}, "println(must(1, nil))", "must ꞏrun"},
		{"functions of the cell", []string{"func f() {}"}, "func k() { f() }\nk()", "k f ꞏrun"},
		{"a declaration that the cell replaces", []string{"func f() int { return 1 }", "func g() int { return f() }"}, "func f() int { return 2 }\nprintln(g())", "f g ꞏrun"},
		{"a type that the cell replaces", []string{"type T struct{ a int }", "func g(t T) int { return t.a }"}, "type T struct{ a, b int }\nprintln(g(T{1, 2}))", "T g ꞏrun"},
		{"a variable of the session hidden by the cell's", []string{"x := 1"}, "x := 2\nprintln(x)", "ꞏrun"},
		{"a whole program", []string{"func f() {}", "x := 1"}, "package main\nvar x = 2\nfunc main() { f(); println(x) }", "f main x"},
		{"func main without a package clause", nil, "func main() {}", "main"},
		{"dot imports", []string{"import . \"strings\"", "import . \"math\""}, "println(ToUpper(\"a\"))", "strings math ꞏrun"},
		{"a dot import of a package that the cell names", []string{"import . \"fmt\""}, "fmt.Println(1)", "fmt fmt ꞏrun"},
		{"a dot import beside the cell's import", []string{"import . \"math\""}, "import \"math\"\nprintln(math.Pi)", "math math ꞏrun"},
		{"a second name for a package", nil, "import m \"math\"\nprintln(math.Pi)", "math math ꞏrun"},
		{"unused imports and variables", nil, "import \"os\"\nimport m \"math\"\nx := 1", "os math ꞏrun"},
		{"an error for the process", nil, "if true { return nil }\nreturn", "ꞏrun"},
	} {
		t.Run(c.name, func(t *testing.T) {
			compiler := NewCompiler(library{}, false)
			p, err := compiler.Program(sessionOf(t, compiler, c.cells...), c.text, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(namesDeclared(t, p.Source), " "); got != c.want {
				t.Errorf("declares %s, want %s:\n%s", got, c.want, p.Source)
			}
			if err := compiles(p.Source); err != nil {
				t.Errorf("%v:\n%s", err, p.Source)
			}
			if want := slices.Contains(strings.Fields(c.want), "main"); p.Whole != want {
				t.Errorf("whole is %v", p.Whole)
			}
		})
	}
}

func TestWhatCannotBeAProgramIsSaid(t *testing.T) {
	earlier := []string{"counter := 1", "func add(n int) { counter += n }", "func twice(n int) { add(n); add(n) }"}
	for _, c := range []struct{ text, want string }{
		{"\nprintln(counter)", `:2:9: counter is a variable of the session, .*: declare it in this cell, or make it a constant or an argument`},
		{"add(1)\nadd(2)", `:1:1: add, declared at cell\[\w+\]:1, uses counter: counter is a variable`},
		{"println(1)\ntwice(2)", `:2:1: add, declared at .* uses counter: counter is a variable`},
		{"func f() { counter++ }\nf()", `:1:12: counter is a variable`},
		{"x := 1\nprintln(y)", `:2:9: undefined: y`},
		{"x := 1\nfunc f() int { return x }\nprintln(f())", `:2:23: undefined: x`},
		{"1 + 1", `:1:1: 1 \+ 1 .*is not used`},
		{"println(1", `:1:8: this \( is never closed`},
		{"package main", "needs a func main"},
		{"func main() {}\nprintln(1)", `:2:1: statement outside a function`},
	} {
		compiler := NewCompiler(library{}, false)
		_, err := compiler.Program(sessionOf(t, compiler, earlier...), c.text, nil)
		if _, ok := errors.AsType[Errors](err); !ok || !regexp.MustCompile(c.want).MatchString(err.Error()) {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
}

func TestAProgramKnowsPackagesItIsTold(t *testing.T) {
	compiler := NewCompiler(library{}, false)
	p, err := compiler.Program(NewSession(), "println(big.NewInt(1))", map[string]string{"big": "math/big"})
	if err != nil || !slices.Contains(p.Imports, "math/big") {
		t.Errorf("got %+v, %v", p, err)
	}
}

// compiles type-checks a program as Go does.
func compiles(source string) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", source, 0)
	if err != nil {
		return err
	}
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	_, err = conf.Check("main", fset, []*ast.File{f}, nil)
	return err
}
