package translate

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"unicode"
)

// nothing stands for what was refused.
const nothing = "0"

// expr returns the C expression with the value of e; operators stand in parentheses. What must happen before, in order, is emitted.
func (f *function) expr(e ast.Expr) string {
	if tv, ok := f.info.Types[e]; ok && tv.Value != nil {
		return f.literal(e, tv.Value, tv.Type)
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return f.expr(e.X)
	case *ast.Ident:
		return f.ident(e)
	case *ast.BinaryExpr:
		return f.binary(e)
	case *ast.UnaryExpr:
		return f.unary(e)
	case *ast.CallExpr:
		return f.call(e)
	case *ast.IndexExpr:
		return f.element(e)
	case *ast.SelectorExpr:
		return f.selector(e)
	case *ast.StarExpr:
		return "(*" + f.expr(e.X) + ")"
	case *ast.CompositeLit:
		return f.composite(e)
	case *ast.FuncLit:
		f.refuse(e, "a function literal: kernels have no closures", "declare a function at top level")
	case *ast.TypeAssertExpr:
		f.refuse(e, "a type assertion: kernels have no interfaces", "use the type itself")
	default:
		f.refuse(e, fmt.Sprintf("%s is not available in a kernel", types.ExprString(e)), "")
	}
	return nothing
}

// literal returns a constant as C writes it.
func (f *function) literal(n ast.Node, v constant.Value, t types.Type) string {
	b, ok := types.Default(t).Underlying().(*types.Basic)
	if !ok || scalars[b.Kind()] == "" {
		f.refuseType(n, t)
		return nothing
	}
	c := f.types.of(b)
	switch info := b.Info(); {
	case info&types.IsBoolean != 0:
		if constant.BoolVal(v) {
			return "1"
		}
		return "0"
	case info&types.IsFloat != 0:
		return floatLiteral(v, b.Kind() == types.Float32)
	}
	return integerLiteral(constant.ToInt(v).ExactString(), c)
}

// integerLiteral returns digits as a C constant of that type.
func integerLiteral(digits, c string) string {
	switch c {
	case "long":
		if digits == "-9223372036854775808" {
			return "(-9223372036854775807L - 1L)"
		}
		digits += "L"
	case "ulong":
		return digits + "UL"
	case "uint":
		return digits + "U"
	case "int":
		if digits == "-2147483648" {
			return "(-2147483647 - 1)"
		}
	default:
		return fmt.Sprintf("(%s)(%s)", c, digits)
	}
	if digits[0] == '-' {
		return "(" + digits + ")"
	}
	return digits
}

func floatLiteral(v constant.Value, single bool) string {
	bits, suffix := 64, ""
	x, _ := constant.Float64Val(constant.ToFloat(v))
	if single {
		y, _ := constant.Float32Val(constant.ToFloat(v))
		x, bits, suffix = float64(y), 32, "f"
	}
	s := strconv.FormatFloat(x, 'g', -1, bits)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	if s += suffix; s[0] == '-' {
		return "(" + s + ")"
	}
	return s
}

// ident returns a variable. A slice stands for its pointer only where that is asked for (see slice).
func (f *function) ident(e *ast.Ident) string {
	obj := f.info.ObjectOf(e)
	if name, ok := f.vars[obj]; ok {
		return name
	}
	switch obj := obj.(type) {
	case *types.Var:
		switch {
		case isItem(obj.Type()):
			f.refuse(e, "the item is used as a value", "call its methods, or pass it to a function")
		case obj.Parent() == f.pkg.Scope():
			f.refuse(e, fmt.Sprintf("%s is a variable of the package, which a kernel cannot reach", e.Name), "pass it as a parameter, or make it a constant")
		default:
			f.doubt(e)
		}
	case nil:
		f.doubt(e)
	case *types.Func:
		f.refuse(e, fmt.Sprintf("the function %s is used as a value", e.Name), "call it")
	case *types.Nil:
		f.refuse(e, "nil: kernels have no pointers or interfaces that could be nil", "")
	default:
		f.refuse(e, fmt.Sprintf("%s is not available in a kernel", e.Name), "")
	}
	return nothing
}

// selector returns a field.
func (f *function) selector(e *ast.SelectorExpr) string {
	sel := f.info.Selections[e]
	if sel == nil {
		f.refuseQualified(e)
		return nothing
	}
	if sel.Kind() != types.FieldVal {
		f.refuse(e, fmt.Sprintf("the method %s: kernels call functions only", types.ExprString(e)), "declare it as a function")
		return nothing
	}
	return f.field(f.expr(e.X), sel)
}

// field follows the path to a field, through embedded ones.
func (f *function) field(x string, sel *types.Selection) string {
	typ := sel.Recv()
	for _, i := range sel.Index() {
		dot := "."
		if p, ok := typ.Underlying().(*types.Pointer); ok {
			typ, dot = p.Elem(), "->"
		}
		s := typ.Underlying().(*types.Struct)
		x += dot + fieldNames(s)[i]
		typ = s.Field(i).Type()
	}
	return x
}

// refuseQualified refuses a name of another package.
func (f *function) refuseQualified(e *ast.SelectorExpr) {
	name := types.ExprString(e)
	if id, ok := e.X.(*ast.Ident); ok {
		if pn, ok := f.info.ObjectOf(id).(*types.PkgName); ok && library[pn.Imported().Path()] == "" {
			f.refuse(e, fmt.Sprintf("%s: kernels cannot use package %s", name, pn.Imported().Path()), "they know math, math/bits and opencl")
			return
		}
	}
	f.refuse(e, name+" is not available in a kernel", "")
}

// element returns an element of a slice or array, checked.
func (f *function) element(e *ast.IndexExpr) string {
	switch t := f.typeOf(e.X).Underlying().(type) {
	case *types.Slice:
		s := f.slice(e.X)
		return fmt.Sprintf("%s[%s]", s.pointer, f.index(e, s.length))
	case *types.Array:
		return fmt.Sprintf("%s.v[%s]", f.addressable(e.X), f.index(e, arrayLength(t)))
	case *types.Pointer:
		if a, ok := t.Elem().Underlying().(*types.Array); ok {
			return fmt.Sprintf("%s->v[%s]", f.expr(e.X), f.index(e, arrayLength(a)))
		}
	case *types.Signature:
		f.refuse(e, "a generic function: kernels call functions of fixed types", "write the function for the type it is used with")
		return nothing
	}
	f.refuseType(e.X, f.typeOf(e.X))
	return nothing
}

func arrayLength(a *types.Array) string {
	return integerLiteral(strconv.FormatInt(a.Len(), 10), "long")
}

// addressable returns an array that C lets be indexed: the result of a function goes into a variable first.
func (f *function) addressable(e ast.Expr) string {
	switch ast.Unparen(e).(type) {
	case *ast.CallExpr, *ast.CompositeLit:
		return f.temporary(f.types.of(f.typeOf(e)), f.expr(e))
	}
	return f.expr(e)
}

// index returns the index of an element, which a check keeps in range.
func (f *function) index(e *ast.IndexExpr, length string) string {
	i := f.checkedIndex(e, length)
	if f.stable && (f.moving || !isName(i)) {
		return f.temporary("long", i)
	}
	return i
}

// isName tells whether C text is a name or a number.
func isName(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) }) < 0
}

func (f *function) checkedIndex(e *ast.IndexExpr, length string) string {
	i := f.expr(e.Index)
	if f.opts.Unchecked || f.info.Types[e.Index].Value != nil && !f.isSlice(e.X) || f.inRange(e) || f.safe[e.Index] {
		return bare(i)
	}
	return fmt.Sprintf("%s(%s, %s, %s, %d)", f.need("go_index"), itemName, bare(i), length, f.fault(IndexFault, e, e.Index))
}

// inRange tells whether an index is the counter of a range loop over that very slice or array, and neither is assigned to.
func (f *function) inRange(e *ast.IndexExpr) bool {
	i, ok := ast.Unparen(e.Index).(*ast.Ident)
	x, ok2 := ast.Unparen(e.X).(*ast.Ident)
	return ok && ok2 && f.ranged[f.info.ObjectOf(i)] != nil && f.ranged[f.info.ObjectOf(i)] == f.info.ObjectOf(x)
}

// bare takes off the parentheses around an expression.
func bare(s string) string {
	if len(s) < 2 || s[0] != '(' || s[len(s)-1] != ')' {
		return s
	}
	depth := 0
	for i := range len(s) - 1 {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			return s
		}
	}
	return s[1 : len(s)-1]
}

// unary returns an operation on one value.
func (f *function) unary(e *ast.UnaryExpr) string {
	t := f.typeOf(e)
	switch {
	case e.Op == token.NOT:
		return "(!" + f.expr(e.X) + ")"
	case e.Op == token.AND:
		f.refuse(e, "the address of a variable: kernels have pointers only to what opencl.LocalVar returns", "pass the value, and return the new one; &x[i] is for the atomic functions")
		return nothing
	case e.Op == token.ARROW:
		f.refuse(e, "a channel: kernels have none", "use barriers, or atomic functions")
		return nothing
	case isInteger(t):
		return f.wrapped(e, t)
	case e.Op == token.SUB:
		return "(-" + f.expr(e.X) + ")"
	}
	return f.expr(e.X)
}

// binary returns an operation on two values.
func (f *function) binary(e *ast.BinaryExpr) string {
	t := f.typeOf(e)
	switch e.Op {
	case token.LAND, token.LOR:
		return f.shortCircuit(e)
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		return f.compare(e)
	case token.SHL, token.SHR:
		return f.shift(e, t, f.expr(e.X), e.Op, e.Y)
	}
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 {
		f.refuse(e, "a string: kernels have none", "")
		return nothing
	}
	if isInteger(t) && ring[e.Op] {
		return f.wrapped(e, t)
	}
	x := f.expr(e.X)
	return f.arithmetic(e, t, x, e.Op, e.Y)
}

// arithmetic returns x op y for values of type t.
func (f *function) arithmetic(at ast.Expr, t types.Type, x string, op token.Token, y ast.Expr) string {
	switch {
	case op == token.SHL || op == token.SHR:
		return f.shift(at, t, x, op, y)
	case isInteger(t) && (op == token.QUO || op == token.REM):
		return f.divide(at, t, x, op, y)
	case isInteger(t) && op == token.AND_NOT:
		return fmt.Sprintf("(%s & ~%s)", x, f.expr(y))
	case isInteger(t) && ring[op]:
		u := unsignedOf(t)
		return f.cast(t, fmt.Sprintf("(%s %s %s)", castTo(u, x), op, f.modular(y, u)))
	}
	return fmt.Sprintf("(%s %s %s)", x, op, f.expr(y))
}

// ring are the operations whose low bits depend on the low bits of their operands only.
var ring = map[token.Token]bool{token.ADD: true, token.SUB: true, token.MUL: true, token.AND: true, token.OR: true, token.XOR: true, token.AND_NOT: true}

// wrapped returns an integer expression that wraps around, by computing it in an unsigned type.
func (f *function) wrapped(e ast.Expr, t types.Type) string {
	return f.cast(t, f.modular(e, unsignedOf(t)))
}

// modular returns an integer expression in the unsigned type u, correct modulo the range of its own type.
func (f *function) modular(e ast.Expr, u string) string {
	e = ast.Unparen(e)
	if tv := f.info.Types[e]; tv.Value != nil {
		return f.literalIn(e, tv, u)
	}
	switch e := e.(type) {
	case *ast.BinaryExpr:
		if !ring[e.Op] {
			break
		}
		x, y := f.modular(e.X, u), ""
		y = f.modular(e.Y, u)
		if e.Op == token.AND_NOT {
			return fmt.Sprintf("(%s & ~%s)", x, y)
		}
		return fmt.Sprintf("(%s %s %s)", x, e.Op, y)
	case *ast.UnaryExpr:
		switch e.Op {
		case token.SUB:
			return fmt.Sprintf("(0 - %s)", f.modular(e.X, u))
		case token.XOR:
			return "(~" + f.modular(e.X, u) + ")"
		case token.ADD:
			return f.modular(e.X, u)
		}
	}
	if f.types.of(f.typeOf(e)) == u {
		return f.expr(e)
	}
	return castTo(u, f.expr(e))
}

// literalIn returns a constant in the unsigned type u.
func (f *function) literalIn(n ast.Node, tv types.TypeAndValue, u string) string {
	v := constant.ToInt(tv.Value)
	if v.Kind() == constant.Int && constant.Sign(v) >= 0 {
		return integerLiteral(v.ExactString(), u)
	}
	return castTo(u, f.literal(n, tv.Value, tv.Type))
}

func castTo(c, x string) string { return fmt.Sprintf("((%s)%s)", c, x) }

// cast brings x, of the unsigned type that stands for t or of int, to t.
func (f *function) cast(t types.Type, x string) string {
	if c := f.types.of(t); c != "uint" && c != "ulong" {
		return castTo(c, x)
	}
	return x
}

// unsignedOf returns the unsigned C type in which arithmetic of an integer type is done.
func unsignedOf(t types.Type) string {
	if width(t) == 64 {
		return "ulong"
	}
	return "uint"
}

func basic(t types.Type) *types.Basic {
	if b, ok := types.Default(t).Underlying().(*types.Basic); ok {
		return b
	}
	return types.Typ[types.Invalid]
}

func isInteger(t types.Type) bool  { return basic(t).Info()&types.IsInteger != 0 }
func isUnsigned(t types.Type) bool { return basic(t).Info()&types.IsUnsigned != 0 }
func isFloat(t types.Type) bool    { return basic(t).Info()&types.IsFloat != 0 }

// width returns the bits of an integer type.
func width(t types.Type) int {
	switch basic(t).Kind() {
	case types.Int8, types.Uint8:
		return 8
	case types.Int16, types.Uint16:
		return 16
	case types.Int32, types.Uint32:
		return 32
	}
	return 64
}

// divide returns a quotient or remainder of integers. C leaves open what Go defines: division by zero, and the smallest
// number by -1.
func (f *function) divide(at ast.Expr, t types.Type, x string, op token.Token, y ast.Expr) string {
	if v := f.info.Types[y].Value; v != nil && constant.Sign(constant.ToInt(v)) > 0 {
		return f.cast(t, fmt.Sprintf("(%s %s %s)", x, op, f.expr(y)))
	}
	helper := map[token.Token]string{token.QUO: "go_divide", token.REM: "go_remainder"}[op]
	d := f.expr(y)
	if f.safe[y] && !f.opts.Unchecked {
		return fmt.Sprintf("%s(%s, %s)", f.need(helper+"_safely_"+f.types.of(t)), bare(x), bare(d))
	}
	return fmt.Sprintf("%s(%s%s, %s%s)", f.need(helper+"_"+f.types.of(t)), f.reporting(), bare(x), bare(d), f.faultNumber(DivisionFault, at, y))
}

// reporting and faultNumber are the arguments that a checking helper takes, where faults are reported.
func (f *function) reporting() string {
	if f.opts.Unchecked {
		return ""
	}
	return itemName + ", "
}

func (f *function) faultNumber(kind FaultKind, at, checked ast.Expr) string {
	if f.opts.Unchecked {
		return ""
	}
	return fmt.Sprintf(", %d", f.fault(kind, at, checked))
}

// shift returns x shifted by y. C leaves open, and OpenCL reduces, counts beyond the width.
func (f *function) shift(at ast.Expr, t types.Type, x string, op token.Token, y ast.Expr) string {
	c, u := f.types.of(t), unsignedOf(t)
	if v := f.info.Types[y].Value; v != nil {
		count, exact := constant.Uint64Val(constant.ToInt(v))
		inside := exact && count < uint64(width(t))
		switch {
		case op == token.SHL && inside:
			return f.cast(t, fmt.Sprintf("(%s << %d)", castTo(u, x), count))
		case op == token.SHL:
			return castTo(c, "0")
		case inside:
			return f.cast(t, fmt.Sprintf("(%s >> %d)", x, count))
		case isUnsigned(t):
			return castTo(c, "0")
		}
		return f.cast(t, fmt.Sprintf("(%s >> %d)", x, width(t)-1))
	}
	helper := "go_left_"
	if op == token.SHR {
		helper = "go_right_"
	}
	count := f.expr(y)
	if !isUnsigned(f.typeOf(y)) && !f.safe[y] {
		count = fmt.Sprintf("%s(%s%s%s)", f.need("go_count"), f.reporting(), bare(count), f.faultNumber(ShiftFault, at, y))
	}
	return fmt.Sprintf("%s(%s, %s)", f.need(helper+c), bare(x), bare(count))
}

// compare returns a comparison.
func (f *function) compare(e *ast.BinaryExpr) string {
	t := f.typeOf(e.X)
	if isUntyped(t) {
		t = f.typeOf(e.Y)
	}
	switch t.Underlying().(type) {
	case *types.Basic:
		if f.types.of(t) == "" {
			f.refuseType(e.X, t)
			return nothing
		}
		x := f.expr(e.X)
		return fmt.Sprintf("(%s %s %s)", x, e.Op, f.expr(e.Y))
	case *types.Array, *types.Struct:
		if f.types.of(t) == "" {
			f.refuseType(e.X, t)
			return nothing
		}
		x := f.expr(e.X)
		equal := f.equalText(t, bare(x), bare(f.expr(e.Y)))
		if e.Op == token.NEQ {
			return "(!" + equal + ")"
		}
		return equal
	}
	f.refuse(e, fmt.Sprintf("a comparison of values of type %s", f.typeText(t)), "compare their elements")
	return nothing
}

func isUntyped(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Info()&types.IsUntyped != 0
}

// shortCircuit returns && or ||. What the right side needs to happen before must only happen if the right side is reached.
func (f *function) shortCircuit(e *ast.BinaryExpr) string {
	x := f.expr(e.X)
	before, y := f.capture(e.Y)
	if len(before) == 0 {
		return fmt.Sprintf("(%s %s %s)", x, e.Op, y)
	}
	v := f.temporary("uchar", x)
	condition := v
	if e.Op == token.LOR {
		condition = "!" + v
	}
	f.emit("if (%s) {", condition)
	f.lines = append(f.lines, before...)
	f.emit("%s = %s;", v, bare(y))
	f.emit("}")
	return v
}

// capture returns an expression, and apart from it what it needs to happen before.
func (f *function) capture(e ast.Expr) (before []line, value string) {
	outer := f.lines
	f.lines = nil
	value = f.expr(e)
	before, f.lines = f.lines, outer
	return before, value
}

// composite returns a value of an array or struct written with its elements.
func (f *function) composite(e *ast.CompositeLit) string {
	t := f.typeOf(e)
	c := f.types.of(t)
	switch u := t.Underlying().(type) {
	case *types.Array:
		if c == "" {
			break
		}
		return fmt.Sprintf("((%s){{%s}})", c, f.arrayElements(e))
	case *types.Struct:
		if c == "" {
			break
		}
		return fmt.Sprintf("((%s){%s})", c, f.structElements(e, u))
	case *types.Slice, *types.Map:
		f.refuse(e, fmt.Sprintf("a literal of type %s: kernels cannot allocate memory", f.typeText(t)), "use an array, as [4]int32{…}")
		return nothing
	}
	f.refuseType(e, t)
	return nothing
}

func (f *function) arrayElements(e *ast.CompositeLit) string {
	var parts []string
	for _, x := range e.Elts {
		at := ""
		if kv, ok := x.(*ast.KeyValueExpr); ok {
			at, x = fmt.Sprintf("[%s] = ", f.info.Types[kv.Key].Value), kv.Value
		}
		parts = append(parts, at+bare(f.expr(x)))
	}
	return orZero(parts)
}

func (f *function) structElements(e *ast.CompositeLit, s *types.Struct) string {
	var parts []string
	fields := fieldNames(s)
	for i, x := range e.Elts {
		if kv, ok := x.(*ast.KeyValueExpr); ok {
			x = kv.Value
			for j := range s.NumFields() {
				if s.Field(j).Name() == kv.Key.(*ast.Ident).Name {
					i = j
				}
			}
		}
		parts = append(parts, fmt.Sprintf(".%s = %s", fields[i], bare(f.expr(x))))
	}
	return orZero(parts)
}

func orZero(parts []string) string {
	if len(parts) == 0 {
		return "0"
	}
	return strings.Join(parts, ", ")
}

// doubt notes that an expression has no translation since something before it, or its type, is wrong. That is to be refused itself.
func (f *function) doubt(n ast.Node) {
	if f.doubtful == nil {
		f.doubtful = n
	}
}

// isDoubtful tells whether an expression is a variable whose declaration was refused.
func (f *function) isDoubtful(n ast.Node) bool {
	id, ok := n.(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.info.Uses[id].(*types.Var)
	return ok && v.Parent() != f.pkg.Scope() && !isItem(v.Type())
}

// refuseType refuses a value of a type that kernels do not have.
func (f *function) refuseType(n ast.Node, t types.Type) {
	if f.isDoubtful(n) {
		f.doubt(n)
		return
	}
	why, instead := "kernels have numbers, bools, arrays and structs of them, and slices of those", ""
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Kind() == types.Invalid:
			f.doubt(n) // an error of types, which is reported itself
			return
		case u.Info()&types.IsString != 0:
			why, instead = "kernels have no strings", "use numbers"
		case u.Info()&types.IsComplex != 0:
			why, instead = "OpenCL C has no complex numbers", "use a struct of two floats"
		}
	case *types.Map, *types.Chan, *types.Interface, *types.Signature:
		why = "kernels have no maps, channels, interfaces and function values"
	case *types.Slice:
		why, instead = "slices are parameters or variables of their own, not parts of other values, and their elements have a fixed size", "use an array, or one slice and an index into it"
	case *types.Pointer:
		why, instead = "kernels have pointers only to what opencl.LocalVar returns", "use a slice or a value"
	case *types.Struct:
		why = "not all of its fields can be in a kernel"
		if u.NumFields() == 0 {
			why = "OpenCL C has no types of size zero"
		}
	case *types.Array:
		why = "its elements cannot be in a kernel"
		if u.Len() == 0 {
			why = "OpenCL C has no types of size zero"
		}
	}
	f.refuse(n, fmt.Sprintf("the type %s: %s", f.typeText(t), why), instead)
}

func (f *function) typeText(t types.Type) string { return types.TypeString(t, types.RelativeTo(f.pkg)) }
