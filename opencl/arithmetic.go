package opencl

import (
	"math"
	"reflect"
)

// The operations of this file take the options On, Into and WaitFor. Arrays have the same length; a result is a new array, if Into
// names none.

// Add is a + b for each pair of elements. Integers wrap around, as in Go.
func (a *Array[T]) Add(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Add", b, opts)
}

// AddScalar is Add with the number b for all elements.
func (a *Array[T]) AddScalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "AddScalar", b, opts)
}

// Sub is a - b for each pair of elements.
func (a *Array[T]) Sub(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Sub", b, opts)
}

// SubScalar is Sub with the number b for all elements.
func (a *Array[T]) SubScalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "SubScalar", b, opts)
}

// Mul is a * b for each pair of elements.
func (a *Array[T]) Mul(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Mul", b, opts)
}

// MulScalar is Mul with the number b for all elements.
func (a *Array[T]) MulScalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "MulScalar", b, opts)
}

// Div is a / b for each pair of elements. Integers are rounded towards zero, as in Go; where b holds a zero it is an error, for which
// b is looked through first, and waited for.
func (a *Array[T]) Div(b *Array[T], opts ...Option) (*Array[T], error) {
	if err := checkDivisors("Array.Div", a, b); err != nil {
		return nil, err
	}
	return elementwise[T](a, "Div", b, opts)
}

// DivScalar is Div with the number b for all elements.
func (a *Array[T]) DivScalar(b T, opts ...Option) (*Array[T], error) {
	if err := checkDivisor("Array.DivScalar", b); err != nil {
		return nil, err
	}
	return elementwise[T](a, "DivScalar", b, opts)
}

// Mod is the remainder of [Array.Div] for each pair of elements; it has the sign of a, as in Go and for math.Mod.
func (a *Array[T]) Mod(b *Array[T], opts ...Option) (*Array[T], error) {
	if err := checkDivisors("Array.Mod", a, b); err != nil {
		return nil, err
	}
	return elementwise[T](a, "Mod", b, opts)
}

// ModScalar is Mod with the number b for all elements.
func (a *Array[T]) ModScalar(b T, opts ...Option) (*Array[T], error) {
	if err := checkDivisor("Array.ModScalar", b); err != nil {
		return nil, err
	}
	return elementwise[T](a, "ModScalar", b, opts)
}

// checkDivisor refuses to divide integers by zero, which stops some processors and means nothing to others.
func checkDivisor[T any](op string, b T) error {
	if v := reflect.ValueOf(b); isInteger(v.Type()) && v.IsZero() {
		return refused(op, "division by zero")
	}
	return nil
}

// checkDivisors is checkDivisor for each element.
func checkDivisors[T any](op string, a, b *Array[T]) error {
	if err := a.check(op); err != nil {
		return err
	}
	if err := sameLength(op, a, b); err != nil || !isInteger(b.buffer.element) {
		return err
	}
	at, err := firstIndex(b, "first_zero", "x[i] == v", *new(T), nil)
	if err == nil && at < math.MaxInt64 {
		err = refused(op, "division by zero at element %d", at)
	}
	return err
}

// And is a & b for each pair of integers.
func (a *Array[T]) And(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "And", b, opts)
}

// AndScalar is And with the number b for all elements.
func (a *Array[T]) AndScalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "AndScalar", b, opts)
}

// Or is a | b for each pair of integers.
func (a *Array[T]) Or(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Or", b, opts)
}

// OrScalar is Or with the number b for all elements.
func (a *Array[T]) OrScalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "OrScalar", b, opts)
}

// Xor is a ^ b for each pair of integers.
func (a *Array[T]) Xor(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Xor", b, opts)
}

// XorScalar is Xor with the number b for all elements.
func (a *Array[T]) XorScalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "XorScalar", b, opts)
}

// AndNot is a &^ b for each pair of integers.
func (a *Array[T]) AndNot(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "AndNot", b, opts)
}

// AndNotScalar is AndNot with the number b for all elements.
func (a *Array[T]) AndNotScalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "AndNotScalar", b, opts)
}

// Minimum is the smaller of each pair of elements, and NaN where one is NaN, as with Go's min.
func (a *Array[T]) Minimum(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Minimum", b, opts)
}

// MinimumScalar is Minimum with the number b for all elements.
func (a *Array[T]) MinimumScalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "MinimumScalar", b, opts)
}

// Maximum is the larger of each pair of elements, and NaN where one is NaN, as with Go's max.
func (a *Array[T]) Maximum(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Maximum", b, opts)
}

// MaximumScalar is Maximum with the number b for all elements.
func (a *Array[T]) MaximumScalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "MaximumScalar", b, opts)
}

// Neg is -a for each element.
func (a *Array[T]) Neg(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Neg", nil, opts)
}

// Abs is the absolute value of each element; the least integer stays what it is.
func (a *Array[T]) Abs(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Abs", nil, opts)
}

// Not is ^a, the bits the other way round, for each integer.
func (a *Array[T]) Not(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Not", nil, opts)
}

// Square is a * a for each element.
func (a *Array[T]) Square(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Square", nil, opts)
}

// Sign is 1, 0 or -1 as each element is positive, zero or negative; NaN becomes 0.
func (a *Array[T]) Sign(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Sign", nil, opts)
}
