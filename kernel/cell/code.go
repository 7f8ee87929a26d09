package cell

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// findParents notes what each node of the tree is part of.
func (g *generator) findParents() {
	g.parents = map[ast.Node]ast.Node{}
	var path []ast.Node
	ast.Inspect(g.tree, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		if len(path) > 0 {
			g.parents[n] = path[len(path)-1]
		}
		path = append(path, n)
		return true
	})
}

// rewriteCode changes what must not run as it stands: what would end the process, goroutines whose panics would, and
// loops that could not be interrupted.
func (g *generator) rewriteCode() {
	ast.Inspect(g.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			g.rewriteGo(n)
		case *ast.CallExpr:
			g.rewriteCall(n)
		case *ast.SelectStmt:
			if len(n.Body.List) == 0 {
				g.edits.replace(g.offset(n.Pos()), g.offset(n.End()), g.rt("Block")+"()")
			}
		case *ast.ForStmt:
			g.rewriteFor(n)
		case *ast.RangeStmt:
			g.rewriteRange(n)
		}
		return true
	})
	for id := range g.unused {
		g.use(id)
	}
}

// instead names the functions of package rt that stand for functions that would end or block the process, or start a
// goroutine that belongs to no run.
var instead = map[string]string{
	"os.Exit": "OSExit", "log.Fatal": "Fatal", "log.Fatalf": "Fatalf", "log.Fatalln": "Fatalln", "time.Sleep": "Sleep",
	"time.AfterFunc": "AfterFunc", "context.AfterFunc": "ContextAfterFunc",
}

// insteadMethods are methods whose receiver becomes the first argument.
var insteadMethods = map[string]string{
	"(*log.Logger).Fatal": "LoggerFatal", "(*log.Logger).Fatalf": "LoggerFatalf", "(*log.Logger).Fatalln": "LoggerFatalln",
}

// launchers are functions that call a function argument in a goroutine of their own. Of modules other than the
// standard library, every function is taken for one.
var launchers = map[string]bool{
	"(*sync.WaitGroup).Go": true, "runtime.SetFinalizer": true, "runtime.AddCleanup": true,
}

func (g *generator) rewriteCall(call *ast.CallExpr) {
	fn := g.callee(call)
	if fn == nil {
		return
	}
	name := fn.FullName()
	sel, _ := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	switch {
	case instead[name] != "" && sel != nil:
		if id, ok := sel.X.(*ast.Ident); ok {
			g.packages[rtPath] = true
			g.override[id], g.override[sel.Sel] = aliasOf(rtPath), instead[name]
		}
	case insteadMethods[name] != "" && sel != nil:
		comma := ", "
		if len(call.Args) == 0 {
			comma = ""
		}
		address, fields := g.receiver(sel)
		g.edits.insert(g.offset(call.Pos()), g.rt(insteadMethods[name])+"("+address)
		g.edits.replace(g.offset(sel.X.End()), g.offset(call.Lparen)+1, fields+comma)
	case launchers[name] || isForeign(fn.Pkg()):
		for _, arg := range call.Args {
			g.guardArgument(arg)
		}
	}
}

// receiver returns what makes the expression before a method with a pointer receiver that pointer: "&" before a value,
// and behind it the embedded fields through which the method is reached.
func (g *generator) receiver(sel *ast.SelectorExpr) (address, fields string) {
	tv, _ := g.typeOf(sel.X)
	t := tv.Type
	for _, info := range []*types.Info{g.bodies, g.info} {
		if info == nil || info.Selections[sel] == nil {
			continue
		}
		path := info.Selections[sel].Index()
		for _, i := range path[:len(path)-1] {
			if p, ok := t.Underlying().(*types.Pointer); ok {
				t = p.Elem()
			}
			field := t.Underlying().(*types.Struct).Field(i)
			name := field.Name()
			if field.Pkg() != nil && field.Pkg().Path() == mainPath {
				name = marked(name)
			}
			fields, t = fields+"."+name, field.Type()
		}
		break
	}
	if _, ok := t.Underlying().(*types.Pointer); !ok {
		address = "&"
	}
	return address, fields
}

// isForeign tells whether a package is neither of the standard library nor one that is known to guard its goroutines.
func isForeign(p *types.Package) bool {
	if p == nil {
		return false
	}
	first, _, _ := strings.Cut(p.Path(), "/")
	return strings.Contains(first, ".") && !strings.HasPrefix(p.Path(), "github.com/warren-go/warren/") && !strings.HasPrefix(p.Path(), "gonum.org/")
}

// guardArgument guards a function that a library may call in a goroutine of its own.
func (g *generator) guardArgument(arg ast.Expr) {
	if lit, ok := ast.Unparen(arg).(*ast.FuncLit); ok {
		g.edits.insert(g.offset(lit.Body.Lbrace)+1, " defer "+g.rt("GuardCall")+"();")
		return
	}
	tv, ok := g.typeOf(arg)
	if !ok {
		return
	}
	if sig, ok := tv.Type.Underlying().(*types.Signature); ok && sig.Params().Len() == 0 && sig.Results().Len() == 0 && sig.TypeParams().Len() == 0 {
		g.edits.insert(g.offset(arg.Pos()), g.rt("Guarded")+"(")
		g.edits.insert(g.offset(arg.End()), ")")
	}
}

// rewriteGo puts a guard around the goroutine. The function and its arguments are still evaluated by the go statement.
func (g *generator) rewriteGo(s *ast.GoStmt) {
	guard := "defer " + g.rt("Guard") + "(); "
	if lit, ok := ast.Unparen(s.Call.Fun).(*ast.FuncLit); ok {
		g.edits.insert(g.offset(lit.Body.Lbrace)+1, " "+guard)
		return
	}
	tv, ok := g.typeOf(s.Call.Fun)
	if !ok {
		return
	}
	start, lparen := g.offset(s.Call.Pos()), g.offset(s.Call.Lparen)
	sig, ok := tv.Type.Underlying().(*types.Signature)
	if tv.IsBuiltin() || !ok {
		g.edits.insert(start, "func() { "+guard)
		g.edits.insert(g.offset(s.Call.End()), " }()")
		return
	}
	params, args, ok := g.goParams(s.Call, sig)
	if !ok {
		return // types that cannot be written: the goroutine runs without a guard
	}
	call := fmt.Sprintf("%sꞏf(%s)", guard, strings.Join(args, ", "))
	list := strings.Join(params, ", ")
	f := "ꞏf " + g.typeText(sig)
	if s.Call.Ellipsis.IsValid() {
		dots := g.offset(s.Call.Ellipsis)
		g.edits.replace(dots, dots+len("..."), "")
	}
	g.edits.insert(start, fmt.Sprintf("func(%s) func(%s) { return func(%s) { %s } }(", f, list, list, call))
	g.edits.replace(lparen, lparen+1, ")(")
}

// goParams returns the parameters of the function that guards a go statement, and the arguments it passes on.
func (g *generator) goParams(call *ast.CallExpr, sig *types.Signature) (params, args []string, ok bool) {
	saved := g.broken
	defer func() { g.broken = saved }()
	for i, t := range g.argTypes(call, sig) {
		args = append(args, fmt.Sprintf("ꞏ%d", i))
		params = append(params, args[i]+" "+g.typeText(t))
	}
	if call.Ellipsis.IsValid() {
		args[len(args)-1] += "..."
	}
	return params, args, g.broken == saved
}

// argTypes returns the types of the values that a call passes: of its parameters, or the results of f in go g(f()).
func (g *generator) argTypes(call *ast.CallExpr, sig *types.Signature) []types.Type {
	var list []types.Type
	if len(call.Args) == 1 {
		if tv, ok := g.typeOf(call.Args[0]); ok {
			if results, ok := tv.Type.(*types.Tuple); ok {
				for v := range results.Variables() {
					list = append(list, v.Type())
				}
				return list
			}
		}
	}
	for i := range call.Args {
		list = append(list, paramType(sig, i, call.Ellipsis.IsValid()))
	}
	return list
}

func paramType(sig *types.Signature, i int, ellipsis bool) types.Type {
	last := sig.Params().Len() - 1
	if sig.Variadic() && i >= last {
		t := sig.Params().At(last).Type()
		if s, ok := t.Underlying().(*types.Slice); ok && !ellipsis {
			return s.Elem()
		}
		return t
	}
	return sig.Params().At(i).Type()
}

// use makes an unused variable count as used, or takes it away: students' half-done cells have them.
func (g *generator) use(id *ast.Ident) {
	name := id.Name
	if o := g.objectOf(id); o != nil && g.isTop(o) {
		return // a session variable
	}
	parent := g.parents[id]
	if spec, ok := parent.(*ast.ValueSpec); ok {
		parent = g.parents[g.parents[spec]] // GenDecl, DeclStmt
	}
	switch s := parent.(type) {
	case *ast.DeclStmt:
		g.edits.insert(g.offset(s.End()), "; _ = "+name)
	case *ast.RangeStmt:
		g.dropRangeVar(s, id)
	case *ast.AssignStmt:
		g.useAssigned(s, id)
	}
}

func (g *generator) dropRangeVar(s *ast.RangeStmt, id *ast.Ident) {
	g.edits.replace(g.offset(id.Pos()), g.offset(id.End()), "_")
	for _, e := range []ast.Expr{s.Key, s.Value} {
		if other, ok := e.(*ast.Ident); ok && other.Name != "_" && !g.unused[other] {
			return
		}
	}
	if !g.replaced[s.TokPos] {
		g.replaced[s.TokPos] = true
		g.edits.replace(g.offset(s.TokPos), g.offset(s.TokPos)+2, "=")
	}
}

func (g *generator) useAssigned(s *ast.AssignStmt, id *ast.Ident) {
	use := " _ = " + id.Name + ";"
	switch p := g.parents[s].(type) {
	case *ast.IfStmt:
		g.edits.insert(g.offset(p.Body.Lbrace)+1, use)
	case *ast.ForStmt:
		g.edits.insert(g.offset(p.Body.Lbrace)+1, use)
	case *ast.TypeSwitchStmt:
		if p.Assign == s {
			g.edits.replace(g.offset(id.Pos()), g.offset(s.Rhs[0].Pos()), "")
			return
		}
		g.dropAssigned(s, id)
	case *ast.SwitchStmt:
		g.dropAssigned(s, id)
	case *ast.CommClause:
		if p.Comm == s {
			g.edits.insert(g.offset(p.Colon)+1, use)
			return
		}
		g.edits.insert(g.offset(s.End()), "; _ = "+id.Name)
	default:
		g.edits.insert(g.offset(s.End()), "; _ = "+id.Name)
	}
}

func (g *generator) dropAssigned(s *ast.AssignStmt, id *ast.Ident) {
	g.edits.replace(g.offset(id.Pos()), g.offset(id.End()), "_")
	for _, e := range s.Lhs {
		if other, ok := e.(*ast.Ident); ok && other.Name != "_" && !g.unused[other] {
			return
		}
	}
	if !g.replaced[s.TokPos] {
		g.replaced[s.TokPos] = true
		g.edits.replace(g.offset(s.TokPos), g.offset(s.TokPos)+2, "=")
	}
}
