package translate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// itemName is the variable that leads to the report of faults, in every function of a kernel.
const itemName = "item"

// function translates one function's body.
type function struct {
	*translator
	*routine
	kernel  bool
	names   *names
	vars    map[types.Object]string
	slices  map[types.Object]sliceValue
	params  map[types.Object]int
	ranged  map[types.Object]types.Object // counters of range loops that are always indices of what they range over
	labels  map[types.Object]*label
	outputs []*types.Var // named results
	at      token.Pos    // of the statement under way
	stable  bool         // indices go into variables, since they are used twice
	moving  bool         // even those that are variables
}

// sliceValue are the C expressions that make up a slice: neither has effects.
type sliceValue struct {
	pointer, length string
	root            types.Object // the variable that it is (a part of)
}

// use translates a function once.
func (t *translator) use(obj *types.Func, call ast.Node, kernel bool) *routine {
	if r := t.functions[obj]; r != nil {
		if r.busy {
			t.refuse(call, fmt.Sprintf("a call of %s within itself: kernels have no stack for recursion", obj.Name()), "write a loop")
		}
		return r
	}
	r := &routine{obj: obj, decl: t.decls[obj], name: t.names.take(obj.Name()), results: "void", written: map[int]bool{}, busy: true}
	t.functions[obj] = r
	if r.decl == nil || r.decl.Body == nil {
		if call == nil {
			call = r.decl
		}
		t.refuse(call, fmt.Sprintf("%s has no body in Go", obj.Name()), "")
		r.busy, r.refused = false, true
		return r
	}
	f := &function{
		translator: t, routine: r, kernel: kernel, names: newNames(t.names), vars: map[types.Object]string{}, slices: map[types.Object]sliceValue{},
		params: map[types.Object]int{}, ranged: map[types.Object]types.Object{}, labels: map[types.Object]*label{},
	}
	f.names.used[itemName] = true
	before := len(t.refusals)
	f.translate()
	r.refused = len(t.refusals) > before
	r.busy = false
	t.order = append(t.order, r)
	return r
}

// translate writes the function.
func (f *function) translate() {
	f.at = f.decl.Pos()
	if f.obj.Signature().TypeParams() != nil {
		f.refuse(f.decl.Name, fmt.Sprintf("%s is generic: kernels have functions of fixed types only", f.decl.Name.Name), "write it for the type it is used with")
		return
	}
	params := f.parameters()
	f.resultTypes()
	f.block(f.decl.Body.List)
	body := f.lines
	f.lines = nil
	f.header(params)
	f.lines = append(f.lines, body...)
	f.at = f.decl.Body.Rbrace
	f.emit("}")
	indent(f.lines)
	f.typeErrors()
}

// header writes what stands before the body.
func (f *function) header(params []string) {
	f.at = f.decl.Pos()
	checked := !f.opts.Unchecked
	switch {
	case !f.kernel:
		if checked {
			params = slices.Insert(params, 0, f.need("go_item")+" *"+itemName)
		}
		f.emit("static %s %s(%s) {", f.results, f.name, orVoid(params))
		for _, v := range f.outputs {
			f.emit("%s;", f.zero(f.types.of(v.Type()), f.vars[v]))
		}
		return
	case checked && len(f.faults) > 0:
		params = append(params, "__global int *go_report")
	}
	f.emit("__kernel void %s(%s) {", f.name, strings.Join(params, ", "))
	if checked {
		report := "0"
		if len(f.faults) > 0 {
			report = "go_report"
		}
		f.emit("%s go_own = {%s, 0};", f.need("go_item"), report)
		f.emit("%s *%s = &go_own;", f.need("go_item"), itemName)
	}
}

func orVoid(params []string) string {
	if len(params) == 0 {
		return "void"
	}
	return strings.Join(params, ", ")
}

// parameters names the parameters, and returns their declarations.
func (f *function) parameters() (decls []string) {
	sig := f.obj.Signature()
	nodes := paramNodes(f.decl)
	if f.kernel {
		f.checkKernel(sig)
	}
	for i := range sig.Params().Len() {
		p := sig.Params().At(i)
		f.params[p] = i
		t := p.Type()
		if isItem(t) {
			if f.kernel && i > 0 {
				f.refuse(nodes[i], "a second item", "a kernel has one, its first parameter")
			}
			continue
		}
		name := p.Name()
		if name == "_" || name == "" {
			name = "unused"
		}
		name = f.names.take(name)
		if s, ok := t.Underlying().(*types.Slice); ok {
			elem := f.types.of(s.Elem())
			if sig.Variadic() && i == sig.Params().Len()-1 {
				f.refuse(nodes[i], "a list of arguments: kernels cannot allocate the slice for it", "give the function one parameter for each")
				continue
			}
			if elem == "" || strings.Contains(elem, "*") {
				f.refuseType(nodes[i], s.Elem())
				continue
			}
			length := f.names.take(name + "_len")
			f.slices[p] = sliceValue{name, length, p}
			decls = append(decls, fmt.Sprintf("__global %s *%s", elem, name), "long "+length)
			f.effects = true
			continue
		}
		c := f.types.of(t)
		if c == "" || f.kernel && strings.Contains(c, "*") {
			f.refuseType(nodes[i], t)
			continue
		}
		f.effects = f.effects || strings.Contains(c, "*")
		f.vars[p] = name
		if f.kernel && !isScalarType(c) { // drivers were met that share such arguments between items
			own := name
			name = f.names.take(name + "_given")
			f.emit("%s = %s;", declare(c, own), name)
		}
		decls = append(decls, declare(c, name))
	}
	return decls
}

func declare(c, name string) string {
	if strings.HasSuffix(c, "*") {
		return c + name
	}
	return c + " " + name
}

// paramNodes returns where each parameter stands.
func paramNodes(d *ast.FuncDecl) (nodes []ast.Node) {
	for _, field := range d.Type.Params.List {
		for _, n := range field.Names {
			nodes = append(nodes, n)
		}
		if len(field.Names) == 0 {
			nodes = append(nodes, field)
		}
	}
	return nodes
}

// checkKernel refuses functions that are no kernels by their signature.
func (f *function) checkKernel(sig *types.Signature) {
	if sig.Params().Len() == 0 || !isItem(sig.Params().At(0).Type()) {
		f.refuse(f.decl.Name, f.decl.Name.Name+" does not take an opencl.Item first", "declare it as func "+f.decl.Name.Name+"(it opencl.Item, …)")
	}
	if sig.Results().Len() > 0 {
		f.refuse(f.decl.Type.Results, "a kernel returns nothing", "write results into a slice")
	}
}

func isItem(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == "Item" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == Package
}

// resultTypes chooses the C type of what the function returns, and names named results.
func (f *function) resultTypes() {
	results := f.obj.Signature().Results()
	var fields string
	for i := range results.Len() {
		v := results.At(i)
		c := f.types.of(v.Type())
		if c == "" {
			f.refuseType(f.decl.Type.Results, v.Type())
			return
		}
		if v.Name() != "" {
			name := v.Name()
			if name == "_" {
				name = "unused"
			}
			f.vars[v] = f.names.take(name)
			f.outputs = append(f.outputs, v)
		}
		f.results = c
		fields += fmt.Sprintf("\t%s;\n", declare(c, fmt.Sprintf("r%d", i)))
	}
	if results.Len() > 1 {
		f.results = f.translator.names.take(f.name + "_results")
		f.types.declarations = append(f.types.declarations, fmt.Sprintf("typedef struct {\n%s} %s;", fields, f.results))
	}
}

// emit writes a line of C.
func (f *function) emit(format string, args ...any) {
	f.lines = append(f.lines, line{fmt.Sprintf(format, args...), f.at})
}

// temporary declares a variable that the Go source does not have.
func (f *function) temporary(c, value string) string {
	name := f.names.take("t")
	f.emit("%s = %s;", declare(c, name), bare(value))
	return name
}

// zero declares a variable with Go's zero value.
func (f *function) zero(c, name string) string {
	if isScalarType(c) || strings.Contains(c, "*") {
		return declare(c, name) + " = 0"
	}
	return declare(c, name) + " = {0}"
}

func isScalarType(c string) bool {
	for _, s := range scalars {
		if s == c {
			return true
		}
	}
	return false
}

// indent brings the lines of a function into shape.
func indent(lines []line) {
	depth := 0
	for i, l := range lines {
		if strings.HasPrefix(l.text, "}") {
			depth--
		}
		lines[i].text = strings.Repeat("\t", max(depth, 0)) + l.text
		if strings.HasSuffix(l.text, "{") {
			depth++
		}
	}
}

// typeErrors refuses what does not even type-check, unless it was refused already.
func (f *function) typeErrors() {
	for _, e := range f.errs {
		if e.Pos < f.decl.Pos() || e.Pos >= f.decl.End() || e.Soft {
			continue
		}
		pos := f.fset.Position(e.Pos)
		known := slices.ContainsFunc(f.refusals, func(r Refusal) bool { return r.Pos.Filename == pos.Filename && r.Pos.Line == pos.Line })
		if !known {
			f.refusals = append(f.refusals, Refusal{pos, e.Msg, ""})
		}
	}
}

// slice returns a slice as its parts.
func (f *function) slice(e ast.Expr) sliceValue {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if s, ok := f.slices[f.info.ObjectOf(e)]; ok {
			return s
		}
		f.ident(e)
	case *ast.SliceExpr:
		return f.part(e)
	case *ast.CallExpr:
		if tv := f.info.Types[e.Fun]; tv.IsType() && len(e.Args) == 1 && f.isSlice(e.Args[0]) {
			return f.slice(e.Args[0])
		}
		if name := f.builtin(e); name != "" {
			f.refuse(e, name+": kernels cannot allocate memory", "pass a slice that is long enough")
			break
		}
		f.expr(e)
	default:
		f.expr(e)
	}
	return sliceValue{pointer: nothing, length: nothing}
}

// part returns a slice of a slice, with its bounds checked. What is empty starts where there is an element, so that its pointer
// can be followed after a fault.
func (f *function) part(e *ast.SliceExpr) sliceValue {
	st, ok := f.typeOf(e.X).Underlying().(*types.Slice)
	if !ok {
		f.refuse(e, fmt.Sprintf("a slice of a value of type %s: slices lead to global memory only", f.typeText(f.typeOf(e.X))), "pass the array, or a pointer from opencl.LocalVar, and index it")
		return sliceValue{pointer: nothing, length: nothing}
	}
	if e.Slice3 {
		f.refuse(e, "a slice with a capacity: slices of kernels have none", "leave out the third index")
	}
	whole := f.slice(e.X)
	low, high := "0L", whole.length
	if e.High != nil {
		high = f.temporary("long", f.bound(e, e.High, whole.length))
	}
	if e.Low != nil {
		low = f.temporary("long", f.bound(e, e.Low, high))
	}
	length := high
	if e.Low != nil {
		length = f.temporary("long", fmt.Sprintf("%s - %s", high, low))
		low = fmt.Sprintf("(%s < %s ? %s : 0)", low, whole.length, low)
	}
	pointer := whole.pointer
	if e.Low != nil {
		pointer = f.temporary("__global "+f.types.of(st.Elem())+" *", whole.pointer+" + "+low)
	}
	return sliceValue{pointer, length, whole.root}
}

// bound returns a slice bound between 0 and limit.
func (f *function) bound(at *ast.SliceExpr, e ast.Expr, limit string) string {
	x := bare(f.expr(e))
	if f.opts.Unchecked || f.safe[e] {
		return x
	}
	return fmt.Sprintf("%s(%s, %s, %s, %d)", f.need("go_bound"), itemName, x, limit, f.fault(SliceFault, at, e))
}

// write notes that the elements of what e leads to change.
func (f *function) write(root types.Object) {
	if i, ok := f.params[root]; ok {
		f.written[i] = true
	}
}
