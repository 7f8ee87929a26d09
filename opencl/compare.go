package opencl

// Comparisons give arrays of 1 where they hold and 0 where they do not: OpenCL has no arrays of bool. [Where] and [CopyIf] take them,
// and And, Or and [Array.EqualScalar](0) put them together.

// Less is 1 where a < b and 0 elsewhere, for each pair of elements.
func (a *Array[T]) Less(b *Array[T], opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "Less", b, opts)
}

// LessScalar is Less with the number b for all elements.
func (a *Array[T]) LessScalar(b T, opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "LessScalar", b, opts)
}

// LessEqual is 1 where a <= b and 0 elsewhere, for each pair of elements.
func (a *Array[T]) LessEqual(b *Array[T], opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "LessEqual", b, opts)
}

// LessEqualScalar is LessEqual with the number b for all elements.
func (a *Array[T]) LessEqualScalar(b T, opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "LessEqualScalar", b, opts)
}

// Greater is 1 where a > b and 0 elsewhere, for each pair of elements.
func (a *Array[T]) Greater(b *Array[T], opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "Greater", b, opts)
}

// GreaterScalar is Greater with the number b for all elements.
func (a *Array[T]) GreaterScalar(b T, opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "GreaterScalar", b, opts)
}

// GreaterEqual is 1 where a >= b and 0 elsewhere, for each pair of elements.
func (a *Array[T]) GreaterEqual(b *Array[T], opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "GreaterEqual", b, opts)
}

// GreaterEqualScalar is GreaterEqual with the number b for all elements.
func (a *Array[T]) GreaterEqualScalar(b T, opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "GreaterEqualScalar", b, opts)
}

// Equal is 1 where a == b and 0 elsewhere, for each pair of elements.
func (a *Array[T]) Equal(b *Array[T], opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "Equal", b, opts)
}

// EqualScalar is Equal with the number b for all elements.
func (a *Array[T]) EqualScalar(b T, opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "EqualScalar", b, opts)
}

// NotEqual is 1 where a != b and 0 elsewhere, for each pair of elements.
func (a *Array[T]) NotEqual(b *Array[T], opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "NotEqual", b, opts)
}

// NotEqualScalar is NotEqual with the number b for all elements.
func (a *Array[T]) NotEqualScalar(b T, opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "NotEqualScalar", b, opts)
}

// IsNaN is 1 where an element is NaN and 0 elsewhere.
func (a *Array[T]) IsNaN(opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "IsNaN", nil, opts)
}

// IsInf is 1 where an element is infinite and 0 elsewhere.
func (a *Array[T]) IsInf(opts ...Option) (*Array[uint8], error) {
	return elementwise[uint8](a, "IsInf", nil, opts)
}
