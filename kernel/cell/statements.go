package cell

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"strings"
)

// rewriteStatements turns declarations among the statements into assignments to session variables, and shows the
// value of the last expression.
func (g *generator) rewriteStatements() {
	for _, d := range g.tree.Decls {
		g.rewriteTopDecl(d)
	}
	if g.run == nil {
		return
	}
	g.edits.insert(g.offset(g.run.Body.Lbrace)+1, " "+prologueName+"();")
	for i, s := range g.run.Body.List {
		if i > 0 {
			g.edits.insert(g.offset(s.Pos()), g.rt("Poll")+"();")
		}
		g.rewriteStatement(s)
	}
	var special strings.Builder
	if !g.hasStatements() {
		g.callInits(&special)
	}
	g.callMain(&special)
	g.edits.insert(g.offset(g.run.Body.Rbrace), special.String())
	if x := g.lastExpression(); x != nil {
		g.showLast(x, g.stmts[len(g.stmts)-1].noValue)
	}
}

// showLast shows the value of the cell's last expression, or, where a semicolon says that nobody wants to see it, lets
// it stand for itself, which Go allows of calls only.
func (g *generator) showLast(x ast.Expr, noValue bool) {
	tv, _ := g.typeOf(x)
	start, end := g.offset(x.Pos()), g.offset(x.End())
	_, isCall := ast.Unparen(x).(*ast.CallExpr)
	switch {
	case noValue && isCall && tv.Value == nil:
	case tv.Value != nil && overflows(tv):
		g.showBig(x, tv.Value, noValue)
	case noValue && tv.Type == types.Typ[types.UntypedNil]:
		g.edits.insert(start, "_ = any(")
		g.edits.insert(end, ")")
	case noValue:
		g.edits.insert(start, "_ = ")
	case g.hasValue(x):
		g.edits.insert(start, g.rt("Result")+"(")
		g.edits.insert(end, ")")
	}
}

// overflows tells whether an untyped constant does not fit the type it would get as a value.
func overflows(tv types.TypeAndValue) bool {
	b, ok := tv.Type.(*types.Basic)
	if !ok || b.Kind() != types.UntypedInt && b.Kind() != types.UntypedFloat {
		return false
	}
	if b.Kind() == types.UntypedFloat {
		f, _ := constant.Float64Val(tv.Value)
		return math.IsInf(f, 0)
	}
	_, exact := constant.Int64Val(tv.Value)
	return !exact
}

// showBig shows a constant too big for Go's own types.
func (g *generator) showBig(x ast.Expr, v constant.Value, noValue bool) {
	text := "_ = 0"
	if !noValue {
		if v = constant.ToInt(v); v.Kind() != constant.Int {
			g.fail("the constant " + v.String() + " overflows float64")
			return
		}
		text = fmt.Sprintf("%s(func() any { n, _ := new(%s.Int).SetString(%q, 10); return n }())", g.rt("Result"), g.packageName("math/big"), v.ExactString())
	}
	ast.Inspect(x, func(n ast.Node) bool { // its names are gone, and with them what they would have to be imported from
		if id, ok := n.(*ast.Ident); ok {
			g.replaced[id.Pos()] = true
		}
		return true
	})
	start, end := g.offset(x.Pos()), g.offset(x.End())
	g.edits.wrap(start, end, func(func(int, int) string) string {
		return text + strings.Repeat("\n", strings.Count(g.text[start:end], "\n"))
	})
}

// rewriteTopDecl renames func init and func main, and empties the variables of a whole program: they are declared and
// assigned elsewhere.
func (g *generator) rewriteTopDecl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil || d.Name.Name != "init" && d.Name.Name != "main" {
			return
		}
		name := "ꞏmain"
		if d.Name.Name == "init" {
			g.inits++
			name = fmt.Sprintf("ꞏinit%d", g.inits)
		}
		g.override[d.Name] = name
		g.replaced[d.Name.Pos()] = true
		g.edits.replace(g.offset(d.Name.Pos()), g.offset(d.Name.End()), name)
	case *ast.GenDecl:
		if d.Tok != token.VAR {
			return
		}
		start, end := g.offset(d.Pos()), g.offset(d.End())
		g.edits.wrap(start, end, func(func(int, int) string) string {
			return strings.Repeat("\n", strings.Count(g.text[start:end], "\n"))
		})
	}
}

func (g *generator) rewriteStatement(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.LabeledStmt:
		g.rewriteStatement(s.Stmt)
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE {
			at := g.offset(s.TokPos)
			g.edits.replace(at, at+2, "=")
		}
	case *ast.DeclStmt:
		if decl := s.Decl.(*ast.GenDecl); decl.Tok == token.VAR {
			g.rewriteVar(decl)
		}
	}
}

// rewriteVar turns var x, y T = 1, 2 into x, y = 1, 2, and var x T into x = *new(T): declaring a variable again means
// its zero value again.
func (g *generator) rewriteVar(decl *ast.GenDecl) {
	at := g.offset(decl.Pos())
	for i, spec := range decl.Specs {
		v := spec.(*ast.ValueSpec)
		start := g.offset(v.Pos())
		if i == 0 || decl.Lparen.IsValid() {
			g.blank(at, start)
		}
		at = g.offset(v.End())
		if allBlank(v.Names) && v.Type != nil {
			g.edits.insert(start, "var ")
			continue
		}
		namesEnd := g.offset(v.Names[len(v.Names)-1].End())
		if len(v.Values) > 0 {
			if v.Type != nil {
				g.blank(namesEnd, g.offset(v.Type.End()))
			}
			continue
		}
		g.zero(v, namesEnd)
	}
	if decl.Rparen.IsValid() {
		g.blank(at, g.offset(decl.Rparen)+1)
	}
}

func (g *generator) zero(v *ast.ValueSpec, namesEnd int) {
	tv, _ := g.typeOf(v.Type)
	zero := "*new(" + g.typeText(tv.Type) + ")"
	g.blank(namesEnd, g.offset(v.Type.End()))
	g.edits.insert(namesEnd, " = "+zero+strings.Repeat(", "+zero, len(v.Names)-1))
}

func allBlank(names []*ast.Ident) bool {
	for _, n := range names {
		if n.Name != "_" {
			return false
		}
	}
	return true
}

// blank removes text but keeps its lines, and whatever edits lie in it are lost.
func (g *generator) blank(start, end int) {
	if start >= end {
		return
	}
	lines := strings.Count(g.text[start:end], "\n")
	g.edits.wrap(start, end, func(func(int, int) string) string { return strings.Repeat("\n", lines) })
}

// quiet are calls whose results nobody wants to see under a cell.
var quiet = map[string]bool{
	"fmt.Print": true, "fmt.Println": true, "fmt.Printf": true, "fmt.Fprint": true, "fmt.Fprintln": true, "fmt.Fprintf": true,
	"fmt.Scan": true, "fmt.Scanln": true, "fmt.Scanf": true, "fmt.Fscan": true, "fmt.Fscanln": true, "fmt.Fscanf": true,
}

// hasValue tells whether the cell's last expression has a value to show.
func (g *generator) hasValue(x ast.Expr) bool {
	tv, ok := g.typeOf(x)
	if isOfC(x) {
		return true
	}
	if !ok || tv.IsVoid() || tv.IsType() || tv.IsBuiltin() {
		return false
	}
	if tv.Type == types.Typ[types.UntypedNil] {
		return true
	}
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return true
	}
	if strings.HasSuffix(tv.Type.String(), "kernel/display.Handle") {
		return false
	}
	fn := g.callee(call)
	return fn == nil || !quiet[fn.FullName()]
}

// isOfC tells whether an expression is a C function's call or a C variable. Its type is known to cgo only, but that it has
// a value is sure: for cgo, even void is a type, whose values are not shown (see rt.Result).
func isOfC(x ast.Expr) bool {
	x = ast.Unparen(x)
	if call, ok := x.(*ast.CallExpr); ok {
		x = ast.Unparen(call.Fun)
	}
	sel, ok := x.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == "C"
}

// callee returns the function that a call names, or nil.
func (g *generator) callee(call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = x.X
	case *ast.IndexListExpr:
		fun = x.X
	}
	var id *ast.Ident
	switch x := fun.(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return nil
	}
	fn, _ := g.objectOf(id).(*types.Func)
	return fn
}
