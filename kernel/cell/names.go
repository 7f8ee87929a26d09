package cell

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// rewriteNames gives every identifier the name that generated code knows it by.
func (g *generator) rewriteNames() {
	g.rewriteEmbedded()
	g.rewriteImports()
	done := g.replaced
	for _, info := range []*types.Info{g.info, g.bodies} {
		if info == nil {
			continue
		}
		for id, obj := range info.Uses {
			g.rewriteIdent(id, obj, done)
		}
	}
	for _, info := range []*types.Info{g.info, g.bodies} {
		if info == nil {
			continue
		}
		for id, obj := range info.Defs {
			g.rewriteIdent(id, obj, done)
		}
	}
}

func (g *generator) rewriteIdent(id *ast.Ident, obj types.Object, done map[token.Pos]bool) {
	if obj == nil || done[id.Pos()] || id.Pos() < g.tree.FileStart || id.Pos() >= g.tree.FileEnd {
		return
	}
	text := g.identText(id, obj)
	if text == id.Name {
		return
	}
	done[id.Pos()] = true
	g.edits.replace(g.offset(id.Pos()), g.offset(id.End()), text)
}

func (g *generator) identText(id *ast.Ident, obj types.Object) string {
	if text, ok := g.override[id]; ok {
		return text
	}
	if pn, ok := obj.(*types.PkgName); ok {
		if pn.Imported().Path() == "C" || id.Name == "C" || g.isImportSpec(id) {
			return id.Name
		}
		return g.packageName(pn.Imported().Path())
	}
	if isOfPackage(obj) && !g.isSelected(id) { // predeclared, or known by a dot import
		return g.packageName(obj.Pkg().Path()) + "." + obj.Name()
	}
	if obj.Pkg() == nil || obj.Pkg().Path() != mainPath || strings.HasPrefix(id.Name, "ꞏ") {
		return id.Name
	}
	if isMain(obj) {
		return "ꞏmain"
	}
	if isMember(obj) {
		return marked(id.Name)
	}
	if g.isTop(obj) {
		return g.spell(obj)
	}
	return id.Name
}

// isSelected tells whether an identifier stands behind a dot.
func (g *generator) isSelected(id *ast.Ident) bool {
	sel, ok := g.parents[id].(*ast.SelectorExpr)
	return ok && sel.Sel == id
}

// isMember tells whether an object is a field or a method.
func isMember(obj types.Object) bool {
	switch obj := obj.(type) {
	case *types.Var:
		return obj.IsField()
	case *types.Func:
		return obj.Signature().Recv() != nil
	}
	return false
}

func (g *generator) isImportSpec(id *ast.Ident) bool {
	for _, spec := range g.tree.Imports {
		if spec.Name == id {
			return true
		}
	}
	return false
}

// rewriteEmbedded gives embedded predeclared types (struct{ error }) an alias, since their field could not be reached
// from other cells under its lower-case name.
func (g *generator) rewriteEmbedded() {
	ast.Inspect(g.tree, func(n ast.Node) bool {
		s, ok := n.(*ast.StructType)
		if !ok {
			return true
		}
		for _, f := range s.Fields.List {
			if len(f.Names) > 0 {
				continue
			}
			t := f.Type
			if star, ok := t.(*ast.StarExpr); ok {
				t = star.X
			}
			id, ok := t.(*ast.Ident)
			if ok && types.Universe.Lookup(id.Name) != nil && g.objectOf(id) == types.Universe.Lookup(id.Name) {
				g.aliases[id.Name] = true
				g.override[id] = marked(id.Name)
				g.edits.replace(g.offset(id.Pos()), g.offset(id.End()), marked(id.Name))
				g.replaced[id.Pos()] = true
			}
		}
		return true
	})
}

func (g *generator) objectOf(id *ast.Ident) types.Object {
	for _, info := range []*types.Info{g.bodies, g.info} {
		if info != nil {
			if obj := info.Uses[id]; obj != nil {
				return obj
			}
			if obj := info.Defs[id]; obj != nil {
				return obj
			}
		}
	}
	return nil
}

func (g *generator) typeOf(x ast.Expr) (types.TypeAndValue, bool) {
	for _, info := range []*types.Info{g.bodies, g.info} {
		if info != nil {
			if tv, ok := info.Types[x]; ok {
				return tv, true
			}
		}
	}
	return types.TypeAndValue{}, false
}

// rewriteImports takes the import declarations out: generated code has its own.
func (g *generator) rewriteImports() {
	for _, d := range g.tree.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.IMPORT {
			continue
		}
		start, end := g.offset(decl.Pos()), g.offset(decl.End())
		if strings.HasPrefix(strings.TrimLeft(g.text[end:], " \t"), ";") {
			end += strings.IndexByte(g.text[end:], ';') + 1
		}
		g.edits.replace(start, end, strings.Repeat("\n", strings.Count(g.text[start:end], "\n")))
		for _, s := range decl.Specs {
			if name := s.(*ast.ImportSpec).Name; name != nil {
				g.replaced[name.Pos()] = true
			}
		}
	}
}
