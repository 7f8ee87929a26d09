package vec

import (
	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/internal/simd"
)

// Float is a floating-point type.
type Float interface{ ~float32 | ~float64 }

// Neg sets dst[i] to -x[i].
func Neg[T Float](dst, x []T, opts ...parlib.Option) error { return unary(simd.Neg, dst, x, opts) }

// Abs sets dst[i] to |x[i]|.
func Abs[T Float](dst, x []T, opts ...parlib.Option) error { return unary(simd.Abs, dst, x, opts) }

// Sqrt sets dst[i] to the square root of x[i], NaN where that is negative.
func Sqrt[T Float](dst, x []T, opts ...parlib.Option) error { return unary(simd.Sqrt, dst, x, opts) }

// Exp sets dst[i] to e to the power x[i].
func Exp[T Float](dst, x []T, opts ...parlib.Option) error { return unary(simd.Exp, dst, x, opts) }

// Log sets dst[i] to the natural logarithm of x[i]: -Inf of 0, NaN of negative numbers.
func Log[T Float](dst, x []T, opts ...parlib.Option) error { return unary(simd.Log, dst, x, opts) }

// Sin sets dst[i] to the sine of x[i], in radians.
func Sin[T Float](dst, x []T, opts ...parlib.Option) error { return unary(simd.Sin, dst, x, opts) }

// Cos sets dst[i] to the cosine of x[i], in radians.
func Cos[T Float](dst, x []T, opts ...parlib.Option) error { return unary(simd.Cos, dst, x, opts) }

// Tanh sets dst[i] to the hyperbolic tangent of x[i].
func Tanh[T Float](dst, x []T, opts ...parlib.Option) error { return unary(simd.Tanh, dst, x, opts) }

// Add sets dst[i] to x[i] + y[i].
func Add[T Float](dst, x, y []T, opts ...parlib.Option) error {
	return binary(simd.Add, dst, x, y, opts)
}

// Sub sets dst[i] to x[i] - y[i].
func Sub[T Float](dst, x, y []T, opts ...parlib.Option) error {
	return binary(simd.Sub, dst, x, y, opts)
}

// Mul sets dst[i] to x[i] * y[i].
func Mul[T Float](dst, x, y []T, opts ...parlib.Option) error {
	return binary(simd.Mul, dst, x, y, opts)
}

// Div sets dst[i] to x[i] / y[i]; a division by zero gives an infinity or NaN.
func Div[T Float](dst, x, y []T, opts ...parlib.Option) error {
	return binary(simd.Div, dst, x, y, opts)
}

// Pow sets dst[i] to x[i] to the power y[i], with the special cases of math.Pow.
func Pow[T Float](dst, x, y []T, opts ...parlib.Option) error {
	return binary(simd.Pow, dst, x, y, opts)
}

// Min sets dst[i] to the smaller of x[i] and y[i], NaN if either is.
func Min[T Float](dst, x, y []T, opts ...parlib.Option) error {
	return binary(simd.Min, dst, x, y, opts)
}

// Max sets dst[i] to the greater of x[i] and y[i], NaN if either is.
func Max[T Float](dst, x, y []T, opts ...parlib.Option) error {
	return binary(simd.Max, dst, x, y, opts)
}

// Less sets dst[i] to 1 where x[i] < y[i], else to 0.
func Less[T Float](dst, x, y []T, opts ...parlib.Option) error {
	return binary(simd.Less, dst, x, y, opts)
}

// LessEqual sets dst[i] to 1 where x[i] <= y[i], else to 0.
func LessEqual[T Float](dst, x, y []T, opts ...parlib.Option) error {
	return binary(simd.LessEqual, dst, x, y, opts)
}

// Greater sets dst[i] to 1 where x[i] > y[i], else to 0.
func Greater[T Float](dst, x, y []T, opts ...parlib.Option) error {
	if err := check("Greater", dst, x, y); err != nil {
		return err
	}
	return elementwise(simd.Less, dst, y, x, nil, opts)
}

// GreaterEqual sets dst[i] to 1 where x[i] >= y[i], else to 0.
func GreaterEqual[T Float](dst, x, y []T, opts ...parlib.Option) error {
	if err := check("GreaterEqual", dst, x, y); err != nil {
		return err
	}
	return elementwise(simd.LessEqual, dst, y, x, nil, opts)
}

// Equal sets dst[i] to 1 where x[i] == y[i], else to 0.
func Equal[T Float](dst, x, y []T, opts ...parlib.Option) error {
	return binary(simd.Equal, dst, x, y, opts)
}

// NotEqual sets dst[i] to 1 where x[i] != y[i], else to 0.
func NotEqual[T Float](dst, x, y []T, opts ...parlib.Option) error {
	return binary(simd.NotEqual, dst, x, y, opts)
}

// FMA sets dst[i] to x[i]*y[i] + z[i], rounded once.
func FMA[T Float](dst, x, y, z []T, opts ...parlib.Option) error {
	return ternary(simd.FMA, dst, x, y, z, opts)
}

// Where sets dst[i] to x[i] where condition[i] is not 0, else to y[i]. Less and its kin make conditions.
func Where[T Float](dst, condition, x, y []T, opts ...parlib.Option) error {
	return ternary(simd.Where, dst, condition, x, y, opts)
}

// Scale sets dst[i] to alpha * x[i].
func Scale[T Float](dst []T, alpha T, x []T, opts ...parlib.Option) error {
	if err := check("Scale", dst, x); err != nil {
		return err
	}
	return elementwise(simd.Mul, dst, []T{alpha}, x, nil, opts)
}

// AXPY adds alpha * x[i] to y[i], rounded once.
func AXPY[T Float](y []T, alpha T, x []T, opts ...parlib.Option) error {
	if err := check("AXPY", y, x); err != nil {
		return err
	}
	return elementwise(simd.FMA, y, []T{alpha}, x, y, opts)
}

func unary[T Float](op simd.Op, dst, x []T, opts []parlib.Option) error {
	if err := check(op.String(), dst, x); err != nil {
		return err
	}
	return elementwise(op, dst, x, nil, nil, opts)
}

func binary[T Float](op simd.Op, dst, x, y []T, opts []parlib.Option) error {
	if err := check(op.String(), dst, x, y); err != nil {
		return err
	}
	return elementwise(op, dst, x, y, nil, opts)
}

func ternary[T Float](op simd.Op, dst, x, y, z []T, opts []parlib.Option) error {
	if err := check(op.String(), dst, x, y, z); err != nil {
		return err
	}
	return elementwise(op, dst, x, y, z, opts)
}

// elementwise computes op of operands that are as long as dst or have one element. It shares the work if that is worth it.
func elementwise[T Float](op simd.Op, dst, x, y, z []T, opts []parlib.Option) error {
	grain := grainOf(costOf(op))
	if len(dst) <= grain && len(opts) == 0 {
		simd.Apply(op, dst, x, y, z) // here, so that a short call needs no closure
		return nil
	}
	if streams(costOf(op), dst, x, y, z) {
		return shareUnits(len(dst), grain, func(lo, hi int) { applyStreaming(op, dst, x, y, z, lo, hi) }, opts)
	}
	return shareUnits(len(dst), grain, func(lo, hi int) {
		simd.Apply(op, dst[lo:hi], cut(x, lo, hi), cut(y, lo, hi), cut(z, lo, hi))
	}, opts)
}

// cut is a range of an operand, if it has more than one element.
func cut[T Float](x []T, lo, hi int) []T {
	if len(x) <= 1 {
		return x
	}
	return x[lo:hi]
}
