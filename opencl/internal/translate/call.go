package translate

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// call returns the value of a call.
func (f *function) call(e *ast.CallExpr) string {
	if tv := f.info.Types[e.Fun]; tv.IsType() && len(e.Args) == 1 {
		return f.conversion(e, tv.Type)
	}
	if name := f.builtin(e); name != "" {
		return f.builtinCall(e, name)
	}
	fn := f.callee(e)
	if fn == nil {
		f.refuseCallee(e)
		return nothing
	}
	if sig := fn.Signature(); sig.Recv() != nil {
		return f.methodCall(e, fn)
	}
	if fn.Pkg() != f.pkg {
		return f.libraryCall(e, fn)
	}
	text, r := f.userCall(e, fn)
	if r == nil {
		return nothing
	}
	if r.results == "void" {
		f.refuse(e, types.ExprString(e)+" has no value", "")
		return nothing
	}
	if r.effects { // calls that may see each other's effects happen in Go's order
		return f.temporary(r.results, text)
	}
	return text
}

// refuseCallee refuses a call of something that is no function by name.
func (f *function) refuseCallee(e *ast.CallExpr) {
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && f.info.Selections[sel] == nil {
		f.refuseQualified(sel)
		return
	}
	if id, ok := ast.Unparen(e.Fun).(*ast.Ident); ok && (f.isDoubtful(id) || f.info.Uses[id] == nil) {
		f.doubt(e)
		return
	}
	f.refuse(e, fmt.Sprintf("a call of %s, which is not a function by name: kernels have no function values", types.ExprString(e.Fun)), "call a function declared at top level")
}

// callSeveral makes a call with more than one result, and returns the variable that holds them.
func (f *function) callSeveral(e *ast.CallExpr) string {
	fn := f.callee(e)
	switch {
	case fn == nil:
		f.refuseCallee(e)
	case fn.Pkg() != f.pkg || fn.Signature().Recv() != nil:
		f.refuse(e, fn.FullName()+" has no counterpart in a kernel", "")
	default:
		if text, r := f.userCall(e, fn); r != nil && r.results != "void" {
			return f.temporary(r.results, text)
		}
	}
	return ""
}

// callStatement translates a call that stands alone.
func (f *function) callStatement(e *ast.CallExpr) {
	fn := f.callee(e)
	switch {
	case f.builtin(e) == "panic":
		f.refuse(e, "panic: an item of a kernel cannot end the others", "write an error code into a slice, and return")
	case fn == nil || fn.Signature().Recv() != nil || fn.Pkg() != f.pkg:
		if text := f.call(e); text != "" && text != nothing {
			f.emit("%s;", bare(text))
		}
	default:
		if text, r := f.userCall(e, fn); r != nil {
			f.emit("%s;", text)
		}
	}
}

// userCall returns the call of a function of the package, which is translated first.
func (f *function) userCall(e *ast.CallExpr, fn *types.Func) (string, *routine) {
	r := f.use(fn, e, false)
	if r.busy || r.refused || fn.Signature().Params().Len() != len(e.Args) {
		f.doubt(e)
		return nothing, nil
	}
	var args []string
	if !f.opts.Unchecked {
		args = append(args, itemName)
	}
	for i, x := range e.Args {
		switch {
		case isItem(f.typeOf(x)):
		case f.isSlice(x):
			s := f.slice(x)
			if r.written[i] {
				f.write(s.root)
			}
			args = append(args, s.pointer, s.length)
		default:
			args = append(args, bare(f.expr(x)))
		}
	}
	f.effects = f.effects || r.effects
	return fmt.Sprintf("%s(%s)", r.name, strings.Join(args, ", ")), r
}

// itemMethods are the methods of an item that ask for a number, by the function of OpenCL C.
var itemMethods = map[string]string{
	"GlobalID": "get_global_id", "LocalID": "get_local_id", "GroupID": "get_group_id", "GlobalSize": "get_global_size",
	"LocalSize": "get_local_size", "NumGroups": "get_num_groups", "GlobalOffset": "get_global_offset",
}

// methodCall translates the methods of the item.
func (f *function) methodCall(e *ast.CallExpr, fn *types.Func) string {
	sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
	if !ok || !isItem(f.typeOf(sel.X)) {
		f.refuse(e, fmt.Sprintf("the method %s: kernels call functions only", types.ExprString(e.Fun)), "declare it as a function")
		return nothing
	}
	switch name := fn.Name(); {
	case name == "Barrier":
		f.effects, f.barrier = true, true
		return "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)"
	case name == "Dims":
		return "((long)get_work_dim())"
	case itemMethods[name] != "" && len(e.Args) == 1:
		dim := f.expr(e.Args[0])
		if v := f.info.Types[e.Args[0]].Value; v != nil {
			dim = v.ExactString()
		} else {
			dim = castTo("uint", dim)
		}
		return fmt.Sprintf("((long)%s(%s))", itemMethods[name], bare(dim))
	}
	f.refuse(e, fn.Name()+" is not available in a kernel", "")
	return nothing
}

// builtinCall translates the predeclared functions.
func (f *function) builtinCall(e *ast.CallExpr, name string) string {
	switch name {
	case "len":
		t := f.typeOf(e.Args[0])
		if f.isSlice(e.Args[0]) {
			return f.slice(e.Args[0]).length
		}
		f.refuseType(e.Args[0], t)
	case "min", "max":
		return f.extreme(e, name)
	case "cap":
		f.refuse(e, "cap: slices of kernels have no capacity", "use len")
	case "append", "make", "new":
		f.refuse(e, name+": kernels cannot allocate memory", "pass a slice that is long enough, or use an array")
	case "copy", "clear":
		f.refuse(e, name+" is not available in a kernel", "write a loop over the elements")
	case "print", "println":
		f.refuse(e, name+": kernels cannot print", "write what you want to see into a slice")
	default:
		f.refuse(e, name+" is not available in a kernel", "")
	}
	return nothing
}

// extreme returns the least or greatest of some values.
func (f *function) extreme(e *ast.CallExpr, name string) string {
	c := f.types.of(types.Default(f.typeOf(e)))
	if c == "" {
		f.refuseType(e, f.typeOf(e))
		return nothing
	}
	text := f.expr(e.Args[0])
	for _, x := range e.Args[1:] {
		text = fmt.Sprintf("%s(%s, %s)", f.need("go_"+name+"_"+c), bare(text), bare(f.expr(x)))
	}
	return text
}

// conversion returns a value in another type.
func (f *function) conversion(e *ast.CallExpr, to types.Type) string {
	x := e.Args[0]
	from := f.typeOf(x)
	_, isBasic := to.Underlying().(*types.Basic)
	switch {
	case !f.types.has(to) || !f.types.has(types.Default(from)):
		if _, isString := from.Underlying().(*types.Basic); !f.types.has(to) || !isString {
			f.refuseType(e, to)
		} else {
			f.refuseValue(x, from)
		}
		return nothing
	case !isBasic || basic(from).Info()&types.IsBoolean != 0:
		return f.expr(x)
	case basic(to).Kind() == types.Float32:
		if text := f.singleCall(x); text != "" {
			return text
		}
	case isInteger(to) && isFloat(from):
		// C leaves open what is out of range; so does Go, but not whether the program goes on.
		return fmt.Sprintf("convert_%s_sat_rtz(%s)", f.types.of(to), bare(f.expr(x)))
	}
	c := f.types.of(to)
	if c == f.types.of(from) {
		return f.expr(x)
	}
	return castTo(c, f.expr(x))
}

// singleCall translates float32(math.F(float64(x))) with x of type float32 as a call in single precision, or returns "". Go has
// no other way to ask for one, and not every device has doubles.
func (f *function) singleCall(e ast.Expr) string {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || f.info.Types[e].Value != nil {
		return ""
	}
	fn := f.callee(call)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "math" {
		return ""
	}
	c, ok := mathFunctions[fn.Name()]
	if !ok {
		return ""
	}
	for _, x := range call.Args {
		if !f.isSingle(x) {
			return ""
		}
	}
	args := make([]string, len(call.Args))
	for i, x := range call.Args {
		args[i] = f.single(x)
	}
	return f.mathText(c, "float", args)
}

// isSingle tells whether an argument of type float64 is a float32 in fact.
func (f *function) isSingle(e ast.Expr) bool {
	e = ast.Unparen(e)
	if v := f.info.Types[e].Value; v != nil {
		x, _ := constant.Float64Val(constant.ToFloat(v))
		return float64(float32(x)) == x
	}
	call, ok := e.(*ast.CallExpr)
	return ok && f.info.Types[call.Fun].IsType() && len(call.Args) == 1 && basic(f.typeOf(call.Args[0])).Kind() == types.Float32
}

func (f *function) single(e ast.Expr) string {
	e = ast.Unparen(e)
	if v := f.info.Types[e].Value; v != nil {
		return floatLiteral(v, true)
	}
	return bare(f.expr(e.(*ast.CallExpr).Args[0]))
}

// libraryCall translates a call of package math, math/bits or opencl.
func (f *function) libraryCall(e *ast.CallExpr, fn *types.Func) string {
	path := fn.Pkg().Path()
	switch {
	case path == Package && fn.Name() == "LocalVar":
		f.refuse(e, "the value of opencl.LocalVar is used without a variable", "define one: v := "+types.ExprString(e))
		return nothing
	case path == Package:
		return f.atomicCall(e, fn)
	case path == "math":
		return f.mathCall(e, fn)
	case path == "math/bits":
		return f.bitsCall(e, fn)
	}
	f.refuse(e, fmt.Sprintf("%s: kernels cannot use package %s", types.ExprString(e.Fun), path), "they know math, math/bits and opencl")
	return nothing
}

// mathCall translates a call of package math.
func (f *function) mathCall(e *ast.CallExpr, fn *types.Func) string {
	name := fn.Name()
	args := make([]string, len(e.Args))
	for i, x := range e.Args {
		args[i] = bare(f.expr(x))
	}
	if c, ok := mathFunctions[name]; ok {
		f.types.float64 = true
		return f.mathText(c, "double", args)
	}
	if c, ok := mathOthers[name]; ok {
		f.types.float64 = f.types.float64 || !strings.Contains(name, "32")
		if strings.HasPrefix(c, "go_") {
			c = f.need(c)
		}
		return fmt.Sprintf("%s(%s)", c, strings.Join(args, ", "))
	}
	f.refuse(e, "math."+name+" has no counterpart in OpenCL C", "")
	return nothing
}

// mathText returns a call in the precision of type c. Names with %s are helpers of this package.
func (f *function) mathText(name, c string, args []string) string {
	if strings.Contains(name, "%s") {
		name = f.need(fmt.Sprintf(name, c))
	}
	return fmt.Sprintf("%s(%s)", name, strings.Join(args, ", "))
}

// bitsCall translates a call of package math/bits.
func (f *function) bitsCall(e *ast.CallExpr, fn *types.Func) string {
	name := strings.TrimRight(fn.Name(), "0123456789")
	pattern, ok := bitsFunctions[name]
	if !ok {
		f.refuse(e, "math/bits."+fn.Name()+" has no counterpart in OpenCL C", "")
		return nothing
	}
	c := f.types.of(fn.Signature().Params().At(0).Type())
	x := bare(f.expr(e.Args[0]))
	values := []string{"{T}", c, "{W}", fmt.Sprint(width(fn.Signature().Params().At(0).Type())), "{x}", x}
	if len(e.Args) > 1 {
		values = append(values, "{k}", f.expr(e.Args[1]))
	}
	return strings.NewReplacer(values...).Replace(pattern)
}

// atomicCall translates a call of an atomic function.
func (f *function) atomicCall(e *ast.CallExpr, fn *types.Func) string {
	op, ok := strings.CutPrefix(fn.Name(), "Atomic")
	t := f.pointee(e.Args[0])
	if !ok || t == nil {
		if !ok {
			f.refuse(e, "opencl."+fn.Name()+" is not available in a kernel", "")
		}
		return nothing
	}
	c := f.types.of(t)
	if c == "" {
		f.refuseType(e.Args[0], t)
		return nothing
	}
	f.effects = true
	f.int64Atomics = f.int64Atomics || width(t) == 64 && (isInteger(t) || isFloat(t)) && c != "float"
	p, space := f.address(e.Args[0])
	if space == "" {
		return nothing
	}
	args := []string{p}
	for _, x := range e.Args[1:] {
		args = append(args, bare(f.expr(x)))
	}
	text := fmt.Sprintf("%s(%s)", f.need(fmt.Sprintf("go_atomic_%s_%s_%s", op, c, space)), strings.Join(args, ", "))
	if results := fn.Signature().Results(); results.Len() == 0 {
		return text
	} else if _, isBool := results.At(0).Type().Underlying().(*types.Basic); isBool {
		c = "uchar"
	}
	return f.temporary(c, text)
}

// pointee returns the type of what an address leads to.
func (f *function) pointee(e ast.Expr) types.Type {
	if p, ok := f.typeOf(e).Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return nil
}

// address returns a pointer for an atomic operation, and whether it is to "global" or "local" memory.
func (f *function) address(e ast.Expr) (text, space string) {
	u, ok := ast.Unparen(e).(*ast.UnaryExpr)
	if !ok || u.Op != token.AND {
		return f.expr(e), "local"
	}
	x := u.X
	for space == "" {
		switch y := ast.Unparen(x).(type) {
		case *ast.IndexExpr:
			x = y.X
		case *ast.SelectorExpr:
			x = y.X
		case *ast.StarExpr:
			x = y.X
		default:
			switch f.typeOf(x).Underlying().(type) {
			case *types.Slice:
				space = "global"
			case *types.Pointer:
				space = "local"
			default:
				f.refuse(e, "an atomic operation on a variable of one item's own", "use an element of a slice, or what opencl.LocalVar returns")
				return nothing, ""
			}
		}
		if f.isSlice(x) {
			space = "global"
		}
	}
	return "&" + f.target(u.X, false), space
}
