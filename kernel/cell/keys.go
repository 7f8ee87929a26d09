package cell

import (
	"go/ast"
	"go/types"
	"strings"
)

// The type checker refuses literals without keys of structs of another package that have unexported fields, point{1, 2},
// and every cell is a package of its own to it. Such literals get their keys before they are checked again. The keys
// have no position, so nothing that works on the text sees them.

const unkeyed = "implicit assignment to unexported field "

// giveKeys adds the keys that errors ask for, and returns whether it did.
func giveKeys(tree *ast.File, info *types.Info, bad []types.Error) bool {
	wanted := false
	for _, e := range bad {
		wanted = wanted || strings.HasPrefix(e.Msg, unkeyed)
	}
	if !wanted {
		return false
	}
	found := false
	ast.Inspect(tree, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok {
			if s := cellStruct(info.Types[lit].Type); s != nil && len(lit.Elts) == s.NumFields() {
				found = addKeys(lit, s) || found
			}
		}
		return true
	})
	return found
}

// cellStruct returns the struct that a literal of type t has, if its fields are declared in a cell.
func cellStruct(t types.Type) *types.Struct {
	if t == nil {
		return nil
	}
	if p, ok := t.Underlying().(*types.Pointer); ok { // the elements of []*point{{1, 2}}
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || s.NumFields() == 0 || s.Field(0).Pkg() == nil || s.Field(0).Pkg().Path() != mainPath {
		return nil
	}
	return s
}

func addKeys(lit *ast.CompositeLit, s *types.Struct) bool {
	for i, x := range lit.Elts {
		if _, keyed := x.(*ast.KeyValueExpr); keyed || s.Field(i).Name() == "_" {
			return false
		}
	}
	for i, x := range lit.Elts {
		lit.Elts[i] = &ast.KeyValueExpr{Key: ast.NewIdent(s.Field(i).Name()), Value: x}
	}
	return true
}
