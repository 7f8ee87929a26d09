package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// A variable of the session is a variable of a package, which the Go compiler loads from memory at each use. In a loop
// among a cell's statements that costs up to four times the time of the same loop in a function. So such loops work on
// copies, where nobody can tell the difference: the loop calls nothing, so that nothing but its own statements reads or
// changes the variable, and no pointer to the variable exists. An assignment to a copy is followed by one to the
// variable itself: a panic or an interrupt leaves the same state.

// promoteLoops finds the outermost loops of the cell's statements that can work on copies.
func (g *generator) promoteLoops() {
	if g.run == nil || g.c.race || hasGoto(g.run) {
		return
	}
	ast.Inspect(g.run.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt, *ast.RangeStmt:
			if g.callsNothing(n) {
				g.promote(n.(ast.Stmt))
				return false
			}
		}
		return true
	})
}

// hasGoto tells whether a function jumps about: a jump must not enter the block that is put around a loop.
func hasGoto(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		b, ok := n.(*ast.BranchStmt)
		found = found || ok && b.Tok == token.GOTO
		return !found
	})
	return found
}

// callsNothing tells whether a loop runs no code but its own, and waits for none.
func (g *generator) callsNothing(loop ast.Node) bool {
	own := true
	ast.Inspect(loop, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt, *ast.SelectStmt, *ast.SendStmt, *ast.ReturnStmt:
			own = false
		case *ast.UnaryExpr:
			own = own && n.Op != token.ARROW
		case *ast.CallExpr:
			own = own && g.isCheap(n)
		case *ast.RangeStmt:
			own = own && g.rangesOverData(n)
		}
		return own
	})
	return own
}

// rangesOverData tells a range over a slice, a number and the like from one over a channel or a function.
func (g *generator) rangesOverData(s *ast.RangeStmt) bool {
	tv, ok := g.typeOf(s.X)
	if !ok {
		return false
	}
	switch tv.Type.Underlying().(type) {
	case *types.Chan, *types.Signature:
		return false
	}
	return true
}

// promote makes a loop work on copies.
func (g *generator) promote(loop ast.Stmt) {
	uses := map[string][]*ast.Ident{}
	ast.Inspect(loop, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && g.canCopy(id) {
			uses[id.Name] = append(uses[id.Name], id)
		}
		return true
	})
	changes := g.changes(loop)
	var copies strings.Builder
	for _, name := range slices.Sorted(maps.Keys(uses)) {
		how := changes[name]
		obj := g.objectOf(uses[name][0])
		if how.inHeader || len(how.after) > 0 && !canWriteThrough(obj.Type()) {
			continue
		}
		variable := g.spell(obj)
		local := fmt.Sprintf("ꞏlocal%s", name)
		g.copied = append(g.copied, name)
		fmt.Fprintf(&copies, "%s := %s; ", local, variable)
		for _, id := range uses[name] {
			g.override[id] = local
		}
		for _, s := range how.after {
			g.edits.insert(g.offset(s.End()), "; "+variable+" = "+local)
		}
	}
	if copies.Len() == 0 {
		return
	}
	start := ast.Node(loop)
	if label, ok := g.parents[loop].(*ast.LabeledStmt); ok {
		start = label
	}
	g.edits.insert(g.offset(start.Pos()), "{ "+copies.String())
	g.edits.insert(g.offset(loop.End()), " }")
}

// canCopy tells whether an identifier is a session variable that a loop may work on a copy of, if it does not change
// it: one that is small, and that no pointer leads to.
func (g *generator) canCopy(id *ast.Ident) bool {
	v, ok := g.objectOf(id).(*types.Var)
	if !ok || v.IsField() || !g.isTop(v) || g.place(v).indirect || g.addressed[v.Name()] || g.old.addressed[v.Name()] {
		return false
	}
	switch v.Type().(type) {
	case *types.Basic, *types.Slice, *types.Map, *types.Pointer:
		return true
	}
	return false
}

// canWriteThrough tells whether a changed copy is cheap to write back at once.
func canWriteThrough(t types.Type) bool {
	switch t.(type) {
	case *types.Basic, *types.Slice:
		return true
	}
	return false
}

// change says where a loop changes a variable: after which statements it is to be written back, or that one of them
// stands in a header, where nothing can follow it.
type change struct {
	after    []ast.Stmt
	inHeader bool
}

// changes finds the changes of a loop, by variable.
func (g *generator) changes(loop ast.Stmt) map[string]change {
	all := map[string]change{}
	note := func(x ast.Expr, s ast.Stmt, header bool) {
		id, ok := ast.Unparen(x).(*ast.Ident)
		if !ok {
			return
		}
		c := all[id.Name]
		c.inHeader = c.inHeader || header
		if !slices.Contains(c.after, s) {
			c.after = append(c.after, s)
		}
		all[id.Name] = c
	}
	ast.Inspect(loop, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				return true
			}
			for _, x := range n.Lhs {
				note(x, n, !g.inList(n))
			}
		case *ast.IncDecStmt:
			note(n.X, n, !g.inList(n))
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				note(n.Key, n, true)
				if n.Value != nil {
					note(n.Value, n, true)
				}
			}
		}
		return true
	})
	return all
}

// inList tells whether a statement is one of a list, so that another can follow it.
func (g *generator) inList(s ast.Stmt) bool {
	switch p := g.parents[s].(type) {
	case *ast.BlockStmt, *ast.CaseClause:
		return true
	case *ast.LabeledStmt:
		return g.inList(p)
	}
	return false
}

// findAddressed notes the variables whose address the cell takes: a pointer may change them later.
func (g *generator) findAddressed() {
	g.addressed = map[string]bool{}
	ast.Inspect(g.tree, func(n ast.Node) bool {
		if u, ok := n.(*ast.UnaryExpr); ok && u.Op == token.AND {
			if id, ok := ast.Unparen(u.X).(*ast.Ident); ok {
				g.addressed[id.Name] = true
			}
		}
		return true
	})
}
