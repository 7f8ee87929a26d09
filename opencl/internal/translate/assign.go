package translate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// assignments are the operations of assignments such as +=.
var assignments = map[token.Token]token.Token{
	token.ADD_ASSIGN: token.ADD, token.SUB_ASSIGN: token.SUB, token.MUL_ASSIGN: token.MUL, token.QUO_ASSIGN: token.QUO, token.REM_ASSIGN: token.REM,
	token.AND_ASSIGN: token.AND, token.OR_ASSIGN: token.OR, token.XOR_ASSIGN: token.XOR, token.AND_NOT_ASSIGN: token.AND_NOT,
	token.SHL_ASSIGN: token.SHL, token.SHR_ASSIGN: token.SHR,
}

func (f *function) assign(s *ast.AssignStmt) {
	if op, ok := assignments[s.Tok]; ok {
		f.update(s, s.Lhs[0], op, s.Rhs[0])
		return
	}
	f.assignAll(s, s.Lhs, s.Rhs)
}

// update translates x op= y, and x++ where y is nil. What x stands for is found once.
func (f *function) update(s ast.Stmt, x ast.Expr, op token.Token, y ast.Expr) {
	t := f.typeOf(x)
	if f.types.of(t) == "" {
		f.refuseType(x, t)
		return
	}
	place := f.target(x, true)
	if y != nil {
		at, _ := s.(*ast.AssignStmt)
		whole := &ast.BinaryExpr{X: x, OpPos: at.TokPos, Op: op, Y: y} // for messages
		f.emit("%s = %s;", place, bare(f.arithmetic(whole, t, place, op, y)))
		return
	}
	if isFloat(t) {
		f.emit("%s = %s %s 1;", place, place, op)
		return
	}
	u := unsignedOf(t)
	f.emit("%s = %s;", place, bare(f.cast(t, fmt.Sprintf("(%s %s %s)", castTo(u, place), op, integerLiteral("1", u)))))
}

// assignAll translates an assignment, or a definition, of one or more values.
func (f *function) assignAll(at ast.Node, lhs, rhs []ast.Expr) {
	switch {
	case len(lhs) == 1 && len(rhs) == 1:
		f.assignOne(at, lhs[0], rhs[0])
	case len(rhs) == 1:
		targets := f.targets(lhs)
		for i, v := range f.several(rhs[0], len(lhs)) {
			f.store(at, lhs[i], targets[i], v)
		}
	default:
		f.assignTogether(at, lhs, rhs)
	}
}

// assignTogether evaluates all values before the first is assigned.
func (f *function) assignTogether(at ast.Node, lhs, rhs []ast.Expr) {
	targets := f.targets(lhs)
	values := make([]any, len(rhs))
	for i, e := range rhs {
		t := types.Default(f.typeOf(e))
		if st, ok := t.Underlying().(*types.Slice); ok {
			values[i] = f.copySlice(f.slice(e), st)
			continue
		}
		c := f.types.of(t)
		if c == "" {
			f.refuseType(e, t)
			values[i] = nothing
			continue
		}
		if lt := f.typeOf(lhs[i]); !isBlank(lhs[i]) && f.types.of(lt) != "" {
			c = f.types.of(lt)
		}
		values[i] = f.temporary(c, f.expr(e))
	}
	for i := range lhs {
		if v, ok := values[i].(string); ok {
			f.store(at, lhs[i], targets[i], v)
		}
	}
	for i := range lhs { // last, since the places above are elements of what slices were before
		if v, ok := values[i].(sliceValue); ok {
			f.storeSlice(at, lhs[i], v)
		}
	}
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// targets returns the places that are assigned to; "" for those that are defined, or dropped.
func (f *function) targets(lhs []ast.Expr) []string {
	places := make([]string, len(lhs))
	for i, e := range lhs {
		if !f.isNew(e) && !f.isSlice(e) {
			f.moving = true // a variable that is an index may be assigned to first
			places[i] = f.target(e, true)
			f.moving = false
		}
	}
	return places
}

// isNew tells whether an assignment defines a variable, or drops the value.
func (f *function) isNew(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && (id.Name == "_" || f.info.Defs[id] != nil)
}

func (f *function) assignOne(at ast.Node, x, value ast.Expr) {
	t := f.typeOf(value)
	if f.isSlice(value) {
		f.storeSlice(at, x, f.slice(value))
		return
	}
	if f.localVar(x, value) {
		return
	}
	if b, ok := t.(*types.Basic); ok && b.Kind() == types.UntypedNil || f.types.of(types.Default(t)) == "" {
		if _, known := t.(*types.Tuple); !known {
			f.refuseValue(value, t)
		}
		return
	}
	place := ""
	if !f.isNew(x) {
		place = f.target(x, false)
	}
	f.store(at, x, place, bare(f.expr(value)))
}

// refuseValue refuses a value for what it is, else for its type.
func (f *function) refuseValue(e ast.Expr, t types.Type) {
	n := len(f.refusals)
	f.expr(e)
	if len(f.refusals) == n {
		f.refuseType(e, t)
	}
}

// store assigns a value to a place, or to a new variable.
func (f *function) store(at ast.Node, x ast.Expr, place, value string) {
	id, _ := x.(*ast.Ident)
	switch {
	case place != "":
		f.emit("%s = %s;", place, value)
	case id == nil:
	case id.Name == "_":
		f.emit("(void)(%s);", value)
	default:
		obj := f.info.Defs[id]
		c := f.types.of(obj.Type())
		if c == "" {
			f.refuseType(x, obj.Type())
			return
		}
		f.vars[obj] = f.names.take(id.Name)
		f.emit("%s = %s;", declare(c, f.vars[obj]), value)
	}
}

// storeSlice assigns a slice. From then on writes to the variable may reach the parameter that it came from.
func (f *function) storeSlice(at ast.Node, x ast.Expr, s sliceValue) {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		f.refuseType(x, f.typeOf(x))
		return
	}
	if id.Name == "_" {
		return
	}
	f.write(s.root)
	if obj := f.info.Defs[id]; obj != nil {
		st := obj.Type().Underlying().(*types.Slice)
		name := f.names.take(id.Name)
		v := sliceValue{name, f.names.take(name + "_len"), obj}
		f.slices[obj] = v
		f.emit("__global %s *%s = %s;", f.types.of(st.Elem()), v.pointer, s.pointer)
		f.emit("long %s = %s;", v.length, s.length)
		return
	}
	v := f.slice(id)
	f.write(v.root)
	if v.length == s.pointer { // refused
		return
	}
	f.emit("%s = %s;", v.pointer, s.pointer)
	f.emit("%s = %s;", v.length, s.length)
}

// target returns the place that x stands for. With stable, its indices are computed once.
func (f *function) target(x ast.Expr, stable bool) string {
	outer := f.stable
	f.stable = stable
	defer func() { f.stable = outer }()
	f.noteWrite(x)
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident, *ast.IndexExpr, *ast.SelectorExpr, *ast.StarExpr:
		return f.expr(x)
	}
	f.refuse(x, "an assignment to "+types.ExprString(x), "")
	return nothing
}

// noteWrite notes which slice an assignment to x, or an atomic operation on it, changes.
func (f *function) noteWrite(x ast.Expr) {
	for {
		switch e := ast.Unparen(x).(type) {
		case *ast.IndexExpr:
			if f.isSlice(e.X) {
				f.write(f.rootOf(e.X))
				return
			}
			x = e.X
		case *ast.SelectorExpr:
			x = e.X
		default:
			return
		}
	}
}

// rootOf returns the variable that a slice is (a part of).
func (f *function) rootOf(e ast.Expr) types.Object {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.SliceExpr:
			e = x.X
		case *ast.Ident:
			return f.info.ObjectOf(x)
		default:
			return nil
		}
	}
}

// localVar translates the definition of a variable in the group's memory, which C wants at the start of the kernel.
func (f *function) localVar(x, value ast.Expr) bool {
	call, ok := ast.Unparen(value).(*ast.CallExpr)
	if !ok || f.calleeName(call) != Package+".LocalVar" {
		return false
	}
	id, ok := x.(*ast.Ident)
	if !ok || f.info.Defs[id] == nil {
		f.refuse(x, "what opencl.LocalVar returns is assigned to an existing variable", "define one: "+types.ExprString(x)+" := "+types.ExprString(value))
		return true
	}
	if !f.kernel || !f.topLevel(value) {
		f.refuse(value, "opencl.LocalVar within a block or a function that the kernel calls", "call it at the top level of the kernel, and pass on what it returns")
		return true
	}
	p, ok := f.typeOf(value).Underlying().(*types.Pointer)
	c := ""
	if ok {
		c = f.types.of(p.Elem())
	}
	if c == "" || strings.Contains(c, "*") {
		f.refuseType(value, f.typeOf(value))
		return true
	}
	f.vars[f.info.Defs[id]] = f.names.take(id.Name)
	f.emit("__local %s %s[1];", c, f.vars[f.info.Defs[id]])
	return true
}

// topLevel tells whether an expression stands in a statement of the function's own block.
func (f *function) topLevel(e ast.Expr) bool {
	for _, s := range f.decl.Body.List {
		if _, isAssign := s.(*ast.AssignStmt); isAssign && s.Pos() <= e.Pos() && e.End() <= s.End() {
			return true
		}
		if _, isDecl := s.(*ast.DeclStmt); isDecl && s.Pos() <= e.Pos() && e.End() <= s.End() {
			return true
		}
	}
	return false
}
