package opencl

import (
	"reflect"
	"strings"

	"github.com/warren-go/warren/opencl/internal/generate"
)

// expression is an operation on the elements a and b of arrays of numbers, in OpenCL C, for each kind of numbers. T is their
// type, and U the unsigned type that integers are computed with: signed numbers that overflow mean nothing in C, and wrap
// around in Go. An empty text means that there is no such operation.
type expression struct{ float, signed, unsigned string }

// forType is the text for numbers of type t; empty where there is none.
func (e expression) forType(t reflect.Type) string {
	switch {
	case isFloat(t):
		return e.float
	case isSigned(t):
		return e.signed
	case isInteger(t):
		return e.unsigned
	}
	return ""
}

// all is an expression that is the same for all numbers.
func all(text string) expression { return expression{text, text, text} }

// integers is an expression that integers have.
func integers(text string) expression { return expression{"", text, text} }

// floats is an expression that float32 and float64 have.
func floats(text string) expression { return expression{float: text} }

// wrapping is an operator that is computed with unsigned numbers for integers.
func wrapping(operator string) expression {
	i := "(T)((U)a " + operator + " (U)b)"
	return expression{"a " + operator + " b", i, i}
}

// expressions are the operations of arrays, by the names of their methods. Comparisons give 1 or 0.
var expressions = map[string]expression{
	"Add": wrapping("+"), "Sub": wrapping("-"), "Mul": wrapping("*"),
	// A quotient by -1 may be too large, which stops some processors.
	"Div": {"a / b", "b == -1 ? (T)(0 - (U)a) : a / b", "a / b"},
	"Mod": {"fmod(a, b)", "b == -1 ? 0 : a % b", "a % b"},
	"And": integers("a & b"), "Or": integers("a | b"), "Xor": integers("a ^ b"), "AndNot": integers("a & ~b"),

	// Of the two, that which is not a number goes before all numbers, as in Go.
	"Minimum": {"(a != a || a < b) ? a : b", "a < b ? a : b", "a < b ? a : b"},
	"Maximum": {"(a != a || a > b) ? a : b", "a > b ? a : b", "a > b ? a : b"},

	"Pow": floats("pow(a, b)"), "Atan2": floats("atan2(a, b)"), "Hypot": floats("hypot(a, b)"), "CopySign": floats("copysign(a, b)"),

	"Less": all("a < b"), "LessEqual": all("a <= b"), "Greater": all("a > b"), "GreaterEqual": all("a >= b"),
	"Equal": all("a == b"), "NotEqual": all("a != b"),

	"Neg": {"-a", "(T)(0 - (U)a)", "(T)(0 - (U)a)"}, "Abs": {"fabs(a)", "a < 0 ? (T)(0 - (U)a) : a", "a"}, "Not": integers("~a"),
	"Square": {"a * a", "(T)((U)a * (U)a)", "(T)((U)a * (U)a)"}, "Sign": {"sign(a)", "(a > 0) - (a < 0)", "a > 0"},

	"Sin": floats("sin(a)"), "Cos": floats("cos(a)"), "Tan": floats("tan(a)"), "Asin": floats("asin(a)"), "Acos": floats("acos(a)"),
	"Atan": floats("atan(a)"), "Sinh": floats("sinh(a)"), "Cosh": floats("cosh(a)"), "Tanh": floats("tanh(a)"),
	"Exp": floats("exp(a)"), "Exp2": floats("exp2(a)"), "Expm1": floats("expm1(a)"),
	"Log": floats("log(a)"), "Log2": floats("log2(a)"), "Log10": floats("log10(a)"), "Log1p": floats("log1p(a)"),
	"Sqrt": floats("sqrt(a)"), "Rsqrt": floats("rsqrt(a)"), "Cbrt": floats("cbrt(a)"), "Erf": floats("erf(a)"), "Gamma": floats("tgamma(a)"),
	"Floor": floats("floor(a)"), "Ceil": floats("ceil(a)"), "Round": floats("round(a)"), "Trunc": floats("trunc(a)"),
	"IsNaN": {"isnan(a) != 0", "0", "0"}, "IsInf": {"isinf(a) != 0", "0", "0"},
}

// elementwise does an operation on an array and perhaps another, or a number, of the same type.
func elementwise[R, T any](a *Array[T], method string, other any, opts []Option) (*Array[R], error) {
	e := elements{op: "Array." + method, other: other, result: reflect.TypeFor[R]()}
	if err := a.check(e.op); err != nil {
		return nil, err
	}
	e.a = a
	if b, isArray := other.(*Array[T]); isArray {
		if err := sameLength(e.op, a, b); err != nil {
			return nil, err
		}
		e.b = b
	}
	if err := e.find(method); err != nil {
		return nil, err
	}
	o, z, err := result[R](e.op, a.view(), opts)
	if err != nil {
		return nil, err
	}
	return either(z, e.write(z, o))
}

// elements is an operation on those of arrays.
type elements struct {
	op     string
	a, b   arrayArgument // b is nil where the operation has one operand, or a number for the other
	other  any           // b, or that number
	result reflect.Type
	text   string
}

// find finds the expression for a method.
func (e *elements) find(method string) error {
	t := e.a.view().element
	e.text = expressions[strings.TrimSuffix(method, "Scalar")].forType(t)
	if e.text == "" {
		return refused(e.op, "there is no such operation for %v%s", t, hintFor(t))
	}
	return nil
}

// write does the operation and writes the results to z.
func (e *elements) write(z arrayArgument, o options) error {
	a, to := e.a.view(), z.view()
	if to.overlaps(a) || e.b != nil && to.overlaps(e.b.view()) {
		return refused(e.op, "Into names a view that shares some memory with an array that is read, but is not the same view; Copy one of them")
	}
	k, err := operation(a.context, operationKey{e.op, a.element, reflect.TypeOf(e.other)}, func() (*ElementwiseKernel, error) {
		return newExpression(a.context, e.op, e.text, a.element, e.result, e.other != nil, e.b != nil)
	})
	if err != nil {
		return err
	}
	args := []any{e.a, z}
	if e.other != nil {
		args = append(args, e.other)
	}
	_, err = k.call(e.op, o, args)
	return err
}

func hintFor(t reflect.Type) string {
	switch {
	case isFloat(t):
		return ", but for integers"
	case isInteger(t):
		return ", but for float32 and float64: see Convert"
	}
	return ", which is no type of numbers"
}

// sameLength says why two arrays cannot be used together.
func sameLength[T, U any](op string, a *Array[T], b *Array[U]) error {
	if err := b.check(op); err != nil {
		return err
	}
	if a.count != b.count {
		return refused(op, "arrays of %d and %d elements", a.count, b.count)
	}
	return nil
}

// newExpression makes the kernel of an operation on the elements a and b.
func newExpression(c *Context, op, text string, t, result reflect.Type, binary, isArray bool) (*ElementwiseKernel, error) {
	list, value := "const "+cName(t)+" *x, "+cName(result)+" *z", "const T a = x[i]; "
	switch {
	case binary && isArray:
		list += ", const " + cName(t) + " *y"
		value += "const T b = y[i]; "
	case binary:
		list += ", " + cName(t) + " b"
	}
	return newOperation(c, op, list, value+"z[i] = "+text, t)
}

// Vars are the values of an expression's variables: arrays and buffers, or numbers.
type Vars map[string]any

// Map makes an array of what an expression of OpenCL C gives for the elements of arrays, as
//
//	z, err := opencl.Map[float32]("2*a + sin(b)*c", opencl.Vars{"a": x, "b": y, "c": 3})
//
// where x and y are arrays of the same length. Numbers keep their type, but an int or float64 counts as a T where T is a
// floating-point type. The expression also knows the index i and the length n. It is compiled when it is first used. Options:
// On, Into, WaitFor.
func Map[T any](expression string, vars Vars, opts ...Option) (*Array[T], error) {
	const op = "Map"
	if err := generate.Balanced(expression); err != nil {
		return nil, failed(op, err)
	}
	v, first, err := readVars[T](op, vars, false)
	if err != nil {
		return nil, err
	}
	if first == nil {
		return nil, refused(op, "there is no array among the variables")
	}
	o, z, err := result[T](op, *first, opts)
	if err != nil {
		return nil, err
	}
	c := z.buffer.context
	t := reflect.TypeFor[T]()
	key := operationKey{op: op + "\x00" + expression + "\x00" + v.list, x: t}
	k, err := operation(c, key, func() (*ElementwiseKernel, error) {
		types := append([]reflect.Type{t}, v.types...)
		return newOperation(c, op, v.list+cName(t)+" *result", v.values+"result[i] = ("+expression+")", types...)
	})
	if err != nil {
		return nil, err
	}
	_, err = k.call(op, o, append(v.args, z))
	return either(z, err)
}
