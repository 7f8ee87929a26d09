package translate

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// refusedStatements are statements that kernels have no counterpart for.
var refusedStatements = map[string][2]string{
	"*ast.GoStmt":         {"a go statement: kernels start no goroutines", "each work-item is one: launch more of them"},
	"*ast.DeferStmt":      {"a defer statement: kernels have no deferred calls", "write the call where it is to happen"},
	"*ast.SelectStmt":     {"a select statement: kernels have no channels", "use barriers, or atomic functions"},
	"*ast.SendStmt":       {"a send: kernels have no channels", "use barriers, or atomic functions"},
	"*ast.TypeSwitchStmt": {"a type switch: kernels have no interfaces", ""},
}

func (f *function) block(list []ast.Stmt) {
	for _, s := range list {
		f.statement(s)
	}
}

// statement translates one statement. Variables of a function have different names in C, so blocks need no scopes.
func (f *function) statement(s ast.Stmt) {
	f.at = s.Pos()
	switch s := s.(type) {
	case *ast.AssignStmt:
		f.assign(s)
	case *ast.IncDecStmt:
		op := token.ADD
		if s.Tok == token.DEC {
			op = token.SUB
		}
		f.update(s, s.X, op, nil)
	case *ast.DeclStmt:
		f.declaration(s.Decl.(*ast.GenDecl))
	case *ast.ExprStmt:
		if call, ok := ast.Unparen(s.X).(*ast.CallExpr); ok {
			f.callStatement(call)
			return
		}
		f.refuse(s, "a receive: kernels have no channels", "")
	case *ast.BlockStmt:
		f.block(s.List)
	case *ast.IfStmt:
		f.ifStatement(s)
	case *ast.ForStmt:
		f.forStatement(s, nil)
	case *ast.RangeStmt:
		f.rangeStatement(s, nil)
	case *ast.SwitchStmt:
		f.switchStatement(s, nil)
	case *ast.LabeledStmt:
		f.labeled(s)
	case *ast.BranchStmt:
		f.branch(s)
	case *ast.ReturnStmt:
		f.returnStatement(s)
	case *ast.EmptyStmt:
	default:
		r := refusedStatements[fmt.Sprintf("%T", s)]
		f.refuse(s, r[0], r[1])
	}
}

// declaration translates var, and passes over const and type, which show where they are used.
func (f *function) declaration(d *ast.GenDecl) {
	if d.Tok != token.VAR {
		return
	}
	for _, spec := range d.Specs {
		vs := spec.(*ast.ValueSpec)
		lhs := make([]ast.Expr, len(vs.Names))
		for i, id := range vs.Names {
			lhs[i] = id
		}
		if len(vs.Values) > 0 {
			f.assignAll(vs, lhs, vs.Values)
			continue
		}
		for _, id := range vs.Names {
			obj := f.info.Defs[id]
			if obj == nil || id.Name == "_" {
				continue
			}
			if s, ok := obj.Type().Underlying().(*types.Slice); ok {
				f.refuse(vs, fmt.Sprintf("the slice %s starts as nil, of type %s", id.Name, f.typeText(s)), "give it a value: "+id.Name+" := x[a:b]")
				continue
			}
			c := f.types.of(obj.Type())
			if c == "" || strings.Contains(c, "*") {
				f.refuseType(vs, obj.Type())
				continue
			}
			f.vars[obj] = f.names.take(id.Name)
			f.emit("%s;", f.zero(c, f.vars[obj]))
		}
	}
}

func (f *function) ifStatement(s *ast.IfStmt) {
	if s.Init != nil {
		f.statement(s.Init)
		f.at = s.Pos()
	}
	f.emit("if (%s) {", bare(f.expr(s.Cond)))
	f.block(s.Body.List)
	if s.Else == nil {
		f.emit("}")
		return
	}
	if next, ok := s.Else.(*ast.IfStmt); ok && next.Init == nil {
		if before, cond := f.capture(next.Cond); len(before) == 0 {
			_ = cond
			f.emit("} else {")
			f.statement(next)
			f.emit("}")
			return
		}
	}
	f.emit("} else {")
	f.statement(s.Else)
	f.emit("}")
}

// label is a label of Go, with the labels of C that stand for where break and continue lead.
type label struct {
	name              string
	broken, continued bool
}

func (f *function) labeled(s *ast.LabeledStmt) {
	l := &label{name: f.names.take(s.Label.Name)}
	f.labels[f.info.Defs[s.Label]] = l
	switch inner := s.Stmt.(type) {
	case *ast.ForStmt:
		f.forStatement(inner, l)
	case *ast.RangeStmt:
		f.rangeStatement(inner, l)
	case *ast.SwitchStmt:
		f.switchStatement(inner, l)
	default:
		f.statement(s.Stmt)
	}
	if l.broken {
		f.emit("%s_break:;", l.name)
	}
}

func (f *function) branch(s *ast.BranchStmt) {
	var l *label
	if s.Label != nil {
		l = f.labels[f.info.Uses[s.Label]]
	}
	switch {
	case s.Tok == token.FALLTHROUGH: // the case ends without break
	case s.Tok == token.GOTO || s.Label != nil && l == nil:
		f.refuse(s, "a goto statement", "use loops, break and continue")
	case l == nil:
		f.emit("%s;", s.Tok)
	case s.Tok == token.BREAK:
		l.broken = true
		f.emit("goto %s_break;", l.name)
	default:
		l.continued = true
		f.emit("goto %s_continue;", l.name)
	}
}

func (f *function) returnStatement(s *ast.ReturnStmt) {
	results := f.obj.Signature().Results()
	var values []string
	switch {
	case results.Len() == 0:
		f.emit("return;")
		return
	case len(s.Results) == 0:
		for _, v := range f.outputs {
			values = append(values, f.vars[v])
		}
	case len(s.Results) < results.Len():
		values = f.several(s.Results[0], results.Len())
	default:
		for _, e := range s.Results {
			values = append(values, bare(f.expr(e)))
		}
	}
	if len(values) == 1 {
		f.emit("return %s;", values[0])
		return
	}
	f.emit("return (%s){%s};", f.results, strings.Join(values, ", "))
}

// several returns the results of a call that has more than one.
func (f *function) several(e ast.Expr, n int) []string {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	values := make([]string, n)
	for i := range values {
		values[i] = nothing
	}
	if !ok {
		f.refuse(e, "two results of "+types.ExprString(e), "")
		return values
	}
	if v := f.callSeveral(call); v != "" {
		for i := range values {
			values[i] = fmt.Sprintf("%s.r%d", v, i)
		}
	}
	return values
}

// switchStatement chooses a case, by C's switch where the cases are integer constants, else by a number computed before: break,
// continue and fallthrough then mean the same as in Go.
func (f *function) switchStatement(s *ast.SwitchStmt, l *label) {
	if s.Init != nil {
		f.statement(s.Init)
		f.at = s.Pos()
	}
	selector := ""
	direct := s.Tag != nil && isInteger(f.typeOf(s.Tag)) && f.constantCases(s)
	if direct {
		selector = f.expr(s.Tag)
	} else {
		selector = f.choose(s)
	}
	f.emit("switch (%s) {", bare(selector))
	for i, c := range s.Body.List {
		c := c.(*ast.CaseClause)
		f.at = c.Pos()
		switch {
		case direct && c.List != nil:
			for _, e := range c.List {
				f.emit("case %s:", f.expr(e))
			}
		case c.List == nil:
			f.emit("default:")
		default:
			f.emit("case %d:", i)
		}
		f.emit("{")
		f.block(c.Body)
		if !fallsThrough(c.Body) {
			f.emit("break;")
		}
		f.emit("}")
	}
	f.emit("}")
}

func fallsThrough(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	b, ok := body[len(body)-1].(*ast.BranchStmt)
	return ok && b.Tok == token.FALLTHROUGH
}

func (f *function) constantCases(s *ast.SwitchStmt) bool {
	for _, c := range s.Body.List {
		for _, e := range c.(*ast.CaseClause).List {
			if v := f.info.Types[e].Value; v == nil || constant.ToInt(v).Kind() != constant.Int {
				return false
			}
		}
	}
	return true
}

// choose computes the number of the case that applies. Conditions are tried in order, and no further than needed.
func (f *function) choose(s *ast.SwitchStmt) string {
	tag := ""
	var tagType types.Type
	if s.Tag != nil {
		tagType = types.Default(f.typeOf(s.Tag))
		c := f.types.of(tagType)
		if c == "" {
			f.refuseType(s.Tag, tagType)
			return nothing
		}
		tag = f.temporary(c, f.expr(s.Tag))
	}
	choice := f.temporary("int", "-1")
	open := 0
	for i, c := range s.Body.List {
		for _, e := range c.(*ast.CaseClause).List {
			f.at = e.Pos()
			condition := f.expr(e)
			if tag != "" {
				condition = f.equalText(tagType, tag, condition)
			}
			f.emit("if (%s) {", bare(condition))
			f.emit("%s = %d;", choice, i)
			f.emit("} else {")
			open++
		}
	}
	for range open {
		f.emit("}")
	}
	f.at = s.Pos()
	return choice
}
