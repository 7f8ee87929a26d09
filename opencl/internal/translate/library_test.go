package translate

import (
	"go/ast"
	goimporter "go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLibraryDeclaresWhatThePackagesDo(t *testing.T) {
	std := goimporter.ForCompiler(token.NewFileSet(), "source", nil)
	for path := range library {
		if path == Package {
			continue
		}
		real, err := std.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := importer{}.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range ours.Scope().Names() {
			compareObjects(t, path, ours.Scope().Lookup(name), real.Scope().Lookup(name))
		}
		for _, name := range real.Scope().Names() {
			if ast.IsExported(name) && ours.Scope().Lookup(name) == nil {
				if _, isVar := real.Scope().Lookup(name).(*types.Var); !isVar {
					t.Errorf("%s.%s is not declared: kernels that use it get no clear refusal", path, name)
				}
			}
		}
	}
}

func compareObjects(t *testing.T, path string, ours, real types.Object) {
	t.Helper()
	if !ours.Exported() {
		return
	}
	if real == nil {
		t.Errorf("%s.%s does not exist", path, ours.Name())
		return
	}
	parameters := func(o types.Object) string { // names of parameters differ
		var s strings.Builder
		sig, ok := o.Type().(*types.Signature)
		if !ok {
			return o.Type().String()
		}
		for _, tuple := range []*types.Tuple{sig.Params(), sig.Results()} {
			for i := range tuple.Len() {
				s.WriteString(tuple.At(i).Type().String() + ",")
			}
			s.WriteString(";")
		}
		return s.String()
	}
	if a, b := parameters(ours), parameters(real); a != b {
		t.Errorf("%s.%s is %s, not %s", path, ours.Name(), b, a)
	}
	if c, ok := ours.(*types.Const); ok && c.Val().ExactString() != real.(*types.Const).Val().ExactString() {
		t.Errorf("%s.%s is %v, not %v", path, ours.Name(), real.(*types.Const).Val(), c.Val())
	}
}

// Package opencl is not imported here: it may need cgo. Its source says the same.
func TestLibraryDeclaresWhatPackageOpenCLDoes(t *testing.T) {
	ours, err := parser.ParseFile(token.NewFileSet(), "", library[Package], 0)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	real := map[string]string{}
	for _, name := range []string{"item.go", "atomic.go"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		tree, err := parser.ParseFile(fset, name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				real[fn.Name.Name] = shape(fn)
			}
		}
	}
	for _, d := range ours.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && real[fn.Name.Name] != shape(fn) {
			t.Errorf("%s is %s here, %s in package opencl", fn.Name.Name, shape(fn), real[fn.Name.Name])
		}
	}
}

// shape spells the types of a function's parameters and results.
func shape(fn *ast.FuncDecl) string {
	var s strings.Builder
	for _, list := range []*ast.FieldList{fn.Type.TypeParams, fn.Type.Params, fn.Type.Results} {
		if list == nil {
			continue
		}
		for _, f := range list.List {
			for range max(1, len(f.Names)) {
				s.WriteString(types.ExprString(f.Type) + ",")
			}
		}
		s.WriteString(";")
	}
	return s.String()
}
