package cell

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// An interrupt reaches a loop through a check at the start of its body. A check costs up to a quarter of the time of a
// tight loop, so counted loops without calls have none, if they are short: what their bounds say when they start
// decides between two copies of the loop, one with the check.

// longLoop is the number of iterations from which a loop is checked: some tens of milliseconds of work.
const longLoop = 1 << 24

func (g *generator) poll(body *ast.BlockStmt) {
	g.edits.insert(g.offset(body.Lbrace)+1, " "+g.rt("Poll")+"();")
}

func (g *generator) rewriteRange(s *ast.RangeStmt) {
	tv, ok := g.typeOf(s.X)
	if !ok || g.mayTakeLong(s.Body) {
		g.poll(s.Body)
		return
	}
	switch t := tv.Type.Underlying().(type) {
	case *types.Slice, *types.Array, *types.Pointer, *types.Map:
		return // as many iterations as fit in memory
	case *types.Basic:
		if t.Info()&types.IsString != 0 {
			return
		}
		if tv.Value != nil {
			if n, exact := constant.Int64Val(constant.ToInt(tv.Value)); !exact || n > longLoop {
				g.poll(s.Body)
			}
			return
		}
		if g.isSimple(s.X) && t.Info()&types.IsInteger != 0 {
			g.twoCopies(s, s.Body, func(inner func(ast.Expr) string) string { return fmt.Sprintf("int64(%s) > %d", inner(s.X), longLoop) })
			return
		}
	}
	g.poll(s.Body)
}

func (g *generator) rewriteFor(s *ast.ForStmt) {
	loop, ok := g.counted(s)
	if !ok || g.mayTakeLong(s.Body) {
		g.poll(s.Body)
		return
	}
	from, to := g.constInt(loop.low), g.constInt(loop.high)
	if from != nil && to != nil {
		if *to-*from > longLoop {
			g.poll(s.Body)
		}
		return
	}
	g.twoCopies(s, s.Body, func(inner func(ast.Expr) string) string {
		cond := fmt.Sprintf("int64(%s)-int64(%s) > %d", inner(loop.high), inner(loop.low), longLoop)
		if loop.step != nil {
			cond += fmt.Sprintf(" || %s < 1", inner(loop.step))
		}
		return cond
	})
}

// countedLoop is a loop over the integers from low to high.
type countedLoop struct {
	low, high ast.Expr
	step      ast.Expr // nil for a constant
}

// counted recognizes for i := low; i < high; i++ and its like, where the body leaves i alone.
func (g *generator) counted(s *ast.ForStmt) (countedLoop, bool) {
	var none countedLoop
	init, ok := s.Init.(*ast.AssignStmt)
	if !ok || init.Tok != token.DEFINE || len(init.Lhs) != 1 || len(init.Rhs) != 1 {
		return none, false
	}
	i, ok := init.Lhs[0].(*ast.Ident)
	cond, ok2 := s.Cond.(*ast.BinaryExpr)
	if !ok || !ok2 || !g.isInt(init.Rhs[0]) || !isName(cond.X, i.Name) || !g.isSimple(init.Rhs[0]) || !g.isSimple(cond.Y) || g.assigned(s.Body, i) {
		return none, false
	}
	up := cond.Op == token.LSS || cond.Op == token.LEQ
	down := cond.Op == token.GTR || cond.Op == token.GEQ
	loop := countedLoop{low: init.Rhs[0], high: cond.Y}
	if down {
		loop.low, loop.high = loop.high, loop.low
	}
	switch post := s.Post.(type) {
	case *ast.IncDecStmt:
		return loop, isName(post.X, i.Name) && (up && post.Tok == token.INC || down && post.Tok == token.DEC)
	case *ast.AssignStmt:
		if len(post.Lhs) != 1 || !isName(post.Lhs[0], i.Name) || !(up && post.Tok == token.ADD_ASSIGN || down && post.Tok == token.SUB_ASSIGN) || !g.isSimple(post.Rhs[0]) {
			return none, false
		}
		if c := g.constInt(post.Rhs[0]); c != nil {
			return loop, *c > 0
		}
		loop.step = post.Rhs[0]
		return loop, true
	}
	return none, false
}

func isName(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}

func (g *generator) isInt(x ast.Expr) bool {
	tv, ok := g.typeOf(x)
	if !ok {
		return false
	}
	b, ok := tv.Type.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}

func (g *generator) constInt(x ast.Expr) *int64 {
	tv, ok := g.typeOf(x)
	if !ok || tv.Value == nil {
		return nil
	}
	if n, exact := constant.Int64Val(constant.ToInt(tv.Value)); exact {
		return &n
	}
	return nil
}

// isSimple tells whether an integer expression can be evaluated once more without effect: names, constants, lengths,
// and sums and products of these.
func (g *generator) isSimple(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident, *ast.BasicLit:
		return g.isInt(x)
	case *ast.ParenExpr:
		return g.isSimple(x.X)
	case *ast.BinaryExpr:
		return (x.Op == token.ADD || x.Op == token.SUB || x.Op == token.MUL) && g.isSimple(x.X) && g.isSimple(x.Y)
	case *ast.CallExpr:
		if id, ok := x.Fun.(*ast.Ident); ok && id.Name == "len" && len(x.Args) == 1 {
			_, builtin := g.objectOf(id).(*types.Builtin)
			_, name := x.Args[0].(*ast.Ident)
			return builtin && name
		}
	}
	return false
}

// assigned tells whether a body changes a variable, or takes its address.
func (g *generator) assigned(body *ast.BlockStmt, v *ast.Ident) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				found = found || isName(l, v.Name)
			}
		case *ast.IncDecStmt:
			found = found || isName(n.X, v.Name)
		case *ast.UnaryExpr:
			found = found || n.Op == token.AND && isName(n.X, v.Name)
		}
		return !found
	})
	return found
}

// mayTakeLong tells whether a loop's body holds what may run on by itself: calls, other loops, channel operations.
func (g *generator) mayTakeLong(body *ast.BlockStmt) bool {
	long := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.SelectStmt, *ast.SendStmt, *ast.GoStmt, *ast.DeferStmt, *ast.FuncLit, *ast.LabeledStmt:
			long = true
		case *ast.BranchStmt:
			long = long || n.Tok == token.GOTO
		case *ast.UnaryExpr:
			long = long || n.Op == token.ARROW
		case *ast.CallExpr:
			long = long || !g.isCheap(n)
		}
		return !long
	})
	return long
}

// isCheap tells whether a call is a conversion, a builtin, or a function of package math: nothing that runs for long.
func (g *generator) isCheap(call *ast.CallExpr) bool {
	if tv, ok := g.typeOf(call.Fun); ok && (tv.IsType() || tv.IsBuiltin()) {
		return true
	}
	fn := g.callee(call)
	return fn != nil && fn.Pkg() != nil && (fn.Pkg().Path() == "math" || fn.Pkg().Path() == "math/bits" || fn.Pkg().Path() == "math/cmplx")
}

// twoCopies writes a loop twice: with the check for when long is true, and as it is.
func (g *generator) twoCopies(s ast.Stmt, body *ast.BlockStmt, long func(inner func(ast.Expr) string) string) {
	if _, labeled := g.parents[s].(*ast.LabeledStmt); labeled {
		g.poll(body)
		return
	}
	start, end, brace := g.offset(s.Pos()), g.offset(s.End()), g.offset(body.Lbrace)+1
	pos := g.c.fset.Position(s.Pos())
	poll := g.rt("Poll")
	g.edits.wrap(start, end, func(inner func(int, int) string) string {
		cond := long(func(x ast.Expr) string { return inner(g.offset(x.Pos()), g.offset(x.End())) })
		whole := inner(start, end)
		checked := inner(start, brace) + " " + poll + "();" + inner(brace, end)
		return fmt.Sprintf("if %s { %s } else {/*line %s:%d:%d*/%s}", cond, checked, pos.Filename, pos.Line, pos.Column, whole)
	})
}
