package translate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// forStatement translates a loop with or without init, condition and post statement.
func (f *function) forStatement(s *ast.ForStmt, l *label) {
	if s.Init != nil {
		f.statement(s.Init)
		f.at = s.Pos()
	}
	var before []line
	cond := "1"
	if s.Cond != nil {
		before, cond = f.capture(s.Cond)
	}
	post := f.captureStatement(s.Post)
	f.at = s.Pos()
	if f.mayRunOn(s) {
		cond = "!" + itemName + "->failed && " + cond
	}
	if len(before) == 0 && len(post) <= 1 {
		text := ""
		if len(post) == 1 {
			text = " " + strings.TrimSuffix(post[0].text, ";")
		}
		f.emit("for (; %s;%s) {", bare(cond), text)
		f.body(s.Body, l)
		f.emit("}")
		return
	}
	first := f.temporary("uchar", "1")
	f.emit("for (;;) {")
	f.emit("if (!%s) {", first)
	f.lines = append(f.lines, post...)
	f.emit("}")
	f.emit("%s = 0;", first)
	f.lines = append(f.lines, before...)
	f.emit("if (!(%s)) {", cond)
	f.emit("break;")
	f.emit("}")
	f.body(s.Body, l)
	f.emit("}")
}

// captureStatement returns the lines of a statement without writing them.
func (f *function) captureStatement(s ast.Stmt) []line {
	if s == nil {
		return nil
	}
	outer := f.lines
	f.lines = nil
	f.statement(s)
	captured := f.lines
	f.lines = outer
	return captured
}

// body writes the statements of a loop, and where continue with the loop's label leads.
func (f *function) body(b *ast.BlockStmt, l *label) {
	f.block(b.List)
	if l != nil && l.continued {
		f.emit("%s_continue:;", l.name)
	}
}

// mayRunOn tells whether a loop might not end after a fault: in Go that ends the item, here the item goes on with other values.
// Loops that count towards a limit end all the same; loops with barriers must go on as those of other items do.
func (f *function) mayRunOn(s *ast.ForStmt) bool {
	if f.opts.Unchecked || hasBarrier(s) {
		return false
	}
	step, ok := s.Post.(*ast.IncDecStmt)
	cond, ok2 := s.Cond.(*ast.BinaryExpr)
	if !ok || !ok2 {
		return true
	}
	counter, ok := step.X.(*ast.Ident)
	if !ok || f.assigns(s.Body, f.info.ObjectOf(counter)) {
		return true
	}
	limit := cond.Y
	if id, ok := cond.X.(*ast.Ident); !ok || id.Name != counter.Name {
		return true
	}
	_, isCall := limit.(*ast.CallExpr)
	_, isName := limit.(*ast.Ident)
	up := step.Tok == token.INC && (cond.Op == token.LSS || cond.Op == token.LEQ)
	down := step.Tok == token.DEC && (cond.Op == token.GTR || cond.Op == token.GEQ)
	return !(up || down) || !isCall && !isName && f.info.Types[limit].Value == nil
}

// hasBarrier tells whether a statement itself waits at a barrier.
func hasBarrier(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Barrier" {
			found = true
		}
		return !found
	})
	return found
}

// assigns tells whether a statement changes a variable.
func (f *function) assigns(n ast.Node, obj types.Object) bool {
	found := false
	is := func(e ast.Expr) {
		if id, ok := ast.Unparen(e).(*ast.Ident); ok && f.info.ObjectOf(id) == obj {
			found = true
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				is(e)
			}
		case *ast.IncDecStmt:
			is(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				for _, e := range []ast.Expr{n.Key, n.Value} {
					if e != nil {
						is(e)
					}
				}
			}
		}
		return !found
	})
	return found
}

// ranging is what a range loop goes over.
type ranging struct {
	length  string                // C expression, evaluated once
	counter string                // C type of the counter
	element func(i string) string // nil if there are only numbers
	typ     types.Type            // of an element
}

// rangeStatement translates a loop over numbers, a slice or an array.
func (f *function) rangeStatement(s *ast.RangeStmt, l *label) {
	r, ok := f.ranging(s)
	if !ok {
		return
	}
	i := f.names.take("i")
	key, ok := s.Key.(*ast.Ident)
	plain := ok && s.Tok == token.DEFINE && key.Name != "_" && !f.assigns(s.Body, f.info.Defs[key])
	if plain {
		delete(f.names.used, i)
		i = f.names.take(key.Name)
		f.vars[f.info.Defs[key]] = i
		f.noteRanged(s, f.info.Defs[key])
	}
	f.emit("for (%s %s = 0; %s < %s; %s++) {", r.counter, i, i, r.length, i)
	if !plain && s.Key != nil {
		f.bind(s, s.Key, r.counter, i)
	}
	if s.Value != nil {
		f.bind(s, s.Value, f.types.of(r.typ), r.element(i))
	}
	f.body(s.Body, l)
	f.emit("}")
}

// bind gives the key or value of a range loop its value.
func (f *function) bind(s *ast.RangeStmt, e ast.Expr, c, value string) {
	id, ok := e.(*ast.Ident)
	switch {
	case ok && id.Name == "_":
	case s.Tok == token.DEFINE:
		obj := f.info.Defs[id]
		f.vars[obj] = f.names.take(id.Name)
		f.emit("%s = %s;", declare(c, f.vars[obj]), value)
	default:
		f.emit("%s = %s;", f.target(e, false), value)
	}
}

func (f *function) ranging(s *ast.RangeStmt) (ranging, bool) {
	t := f.typeOf(s.X)
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if !isInteger(t) {
			break
		}
		c := f.types.of(types.Default(t))
		if s.Key != nil {
			c = f.types.of(types.Default(f.typeOf(s.Key)))
		}
		if id, ok := s.Key.(*ast.Ident); ok && f.info.Defs[id] != nil {
			c = f.types.of(f.info.Defs[id].Type())
		}
		return ranging{length: f.steady(c, s.X), counter: c}, true
	case *types.Slice:
		x := f.slice(s.X)
		if f.isAssignedIn(s, x) {
			x = f.copySlice(x, u)
		}
		return ranging{x.length, "long", func(i string) string { return x.pointer + "[" + i + "]" }, u.Elem()}, true
	case *types.Array:
		if f.types.of(t) == "" {
			break
		}
		x := "" // Go ranges over a copy; of which only the elements matter
		if s.Value != nil {
			x = f.temporary(f.types.of(t), f.expr(s.X))
		}
		return ranging{arrayLength(u), "long", func(i string) string { return x + ".v[" + i + "]" }, u.Elem()}, true
	case *types.Pointer:
		if a, ok := u.Elem().Underlying().(*types.Array); ok && f.types.of(t) != "" {
			x := f.expr(s.X)
			return ranging{arrayLength(a), "long", func(i string) string { return x + "->v[" + i + "]" }, a.Elem()}, true
		}
	}
	if f.isDoubtful(s.X) {
		f.doubt(s.X)
		return ranging{}, false
	}
	f.refuse(s.X, fmt.Sprintf("a range loop over a value of type %s", f.typeText(types.Default(t))), "kernels range over integers, slices and arrays")
	return ranging{}, false
}

// steady returns a value that the loop's body cannot change.
func (f *function) steady(c string, e ast.Expr) string {
	if f.info.Types[e].Value != nil {
		return f.expr(e)
	}
	return f.temporary(c, f.expr(e))
}

// isAssignedIn tells whether the slice variable that x stands for is assigned to within the loop.
func (f *function) isAssignedIn(s *ast.RangeStmt, x sliceValue) bool {
	id, ok := ast.Unparen(s.X).(*ast.Ident)
	return ok && f.assigns(s.Body, f.info.ObjectOf(id))
}

func (f *function) copySlice(x sliceValue, t *types.Slice) sliceValue {
	return sliceValue{f.temporary("__global "+f.types.of(t.Elem())+" *", x.pointer), f.temporary("long", x.length), x.root}
}

// noteRanged remembers that a counter is always an index of what the loop ranges over.
func (f *function) noteRanged(s *ast.RangeStmt, counter types.Object) {
	x, ok := ast.Unparen(s.X).(*ast.Ident)
	if call, isCall := ast.Unparen(s.X).(*ast.CallExpr); isCall && f.builtin(call) == "len" {
		x, ok = ast.Unparen(call.Args[0]).(*ast.Ident)
	}
	if !ok {
		return
	}
	if obj := f.info.ObjectOf(x); obj != nil && !f.assigns(s.Body, obj) {
		f.ranged[counter] = obj
	}
}
