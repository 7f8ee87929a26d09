package cell

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// A variable may have a type that only its library can name: bo := binary.LittleEndian. Its declaration cannot say the
// type, so Go has to infer it: from the library's variable, or from the result of the library's function, through a
// generic function that is made for the purpose and calls nothing.

// hiddenType returns a type inside t that only its library can name, or nil.
func hiddenType(t types.Type) *types.TypeName {
	var found *types.TypeName
	walkType(t, func(t types.Type) bool {
		var obj *types.TypeName
		switch t := t.(type) {
		case *types.Named:
			obj = t.Obj()
		case *types.Alias:
			obj = t.Obj()
		default:
			return true
		}
		if obj.Pkg() != nil && obj.Pkg().Path() != mainPath && !obj.Exported() {
			found = obj
		}
		return false // what it is made of is its own affair
	})
	return found
}

// inferred returns an expression for a pointer to a zero value of the variable's type, and the declaration it needs.
func (g *generator) inferred(name string) (value, decl string, ok bool) {
	x, index := g.initializer(name)
	if x == nil {
		return "", "", false
	}
	helper := "ꞏzero" + name
	if call, ok := x.(*ast.CallExpr); ok {
		fn := g.callee(call)
		if fn == nil || fn.Signature().Recv() != nil || fn.Signature().TypeParams().Len() > 0 || !fn.Exported() || g.isCellObject(fn) {
			return "", "", false
		}
		return helper + "(" + g.packageName(fn.Pkg().Path()) + "." + fn.Name() + ")", g.resultZero(helper, fn.Signature(), index), true
	}
	sel, isSel := x.(*ast.SelectorExpr)
	if !isSel {
		return "", "", false
	}
	v, isVar := g.objectOf(sel.Sel).(*types.Var)
	if !isVar || v.IsField() || g.isCellObject(v) {
		return "", "", false
	}
	return helper + "(" + g.packageName(v.Pkg().Path()) + "." + v.Name() + ")", fmt.Sprintf("func %s[T any](T) *T { return new(T) }\n", helper), true
}

func (g *generator) isCellObject(obj types.Object) bool {
	return obj.Pkg() == nil || obj.Pkg().Path() == mainPath
}

// resultZero declares a function that takes a function with the given signature and returns a pointer to a zero value
// of its result number index.
func (g *generator) resultZero(name string, sig *types.Signature, index int) string {
	var params, results strings.Builder
	g.writeTuple(&params, sig.Params(), sig.Variadic())
	for i := range sig.Results().Len() {
		fmt.Fprintf(&results, "R%d, ", i)
	}
	list := strings.TrimSuffix(results.String(), ", ")
	return fmt.Sprintf("func %s[%s any](func%s (%s)) *R%d { return new(R%d) }\n", name, list, params.String(), list, index, index)
}

// initializer returns the expression that a variable of the cell's statements is declared with, and which of the
// expression's results is the variable's.
func (g *generator) initializer(name string) (x ast.Expr, index int) {
	for _, s := range g.run.Body.List {
		for i, id := range declaredBy(s) {
			if id.Name != name || g.info.Defs[id] == nil {
				continue
			}
			lhs, rhs := sides(s, id)
			for i = range lhs {
				if lhs[i] == ast.Expr(id) && len(rhs) == len(lhs) {
					return ast.Unparen(rhs[i]), 0
				}
				if lhs[i] == ast.Expr(id) && len(rhs) == 1 {
					return ast.Unparen(rhs[0]), i
				}
			}
		}
	}
	return nil, 0
}

// sides returns both sides of the declaration of id in s.
func sides(s ast.Stmt, id *ast.Ident) (lhs, rhs []ast.Expr) {
	switch s := s.(type) {
	case *ast.LabeledStmt:
		return sides(s.Stmt, id)
	case *ast.AssignStmt:
		return s.Lhs, s.Rhs
	case *ast.DeclStmt:
		for _, spec := range s.Decl.(*ast.GenDecl).Specs {
			v, ok := spec.(*ast.ValueSpec)
			if !ok || !containsIdent(v.Names, id) {
				continue
			}
			for _, n := range v.Names {
				lhs = append(lhs, n)
			}
			return lhs, v.Values
		}
	}
	return nil, nil
}

func containsIdent(list []*ast.Ident, id *ast.Ident) bool {
	for _, one := range list {
		if one == id {
			return true
		}
	}
	return false
}
