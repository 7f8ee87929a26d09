package opencl

// Functions of float32 and float64, as accurate as OpenCL C asks of a device: errors are of few units in the last place. Arguments
// outside of what a function takes give NaN, as in package math.

// Sin is the sine of each element.
func (a *Array[T]) Sin(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Sin", nil, opts)
}

// Cos is the cosine of each element.
func (a *Array[T]) Cos(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Cos", nil, opts)
}

// Tan is the tangent of each element.
func (a *Array[T]) Tan(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Tan", nil, opts)
}

// Asin is the arcsine of each element.
func (a *Array[T]) Asin(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Asin", nil, opts)
}

// Acos is the arccosine of each element.
func (a *Array[T]) Acos(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Acos", nil, opts)
}

// Atan is the arctangent of each element.
func (a *Array[T]) Atan(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Atan", nil, opts)
}

// Sinh is the hyperbolic sine of each element.
func (a *Array[T]) Sinh(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Sinh", nil, opts)
}

// Cosh is the hyperbolic cosine of each element.
func (a *Array[T]) Cosh(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Cosh", nil, opts)
}

// Tanh is the hyperbolic tangent of each element.
func (a *Array[T]) Tanh(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Tanh", nil, opts)
}

// Exp is e to the power of each element.
func (a *Array[T]) Exp(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Exp", nil, opts)
}

// Exp2 is 2 to the power of each element.
func (a *Array[T]) Exp2(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Exp2", nil, opts)
}

// Expm1 is Exp less 1 of each element, accurate near 0.
func (a *Array[T]) Expm1(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Expm1", nil, opts)
}

// Log is the natural logarithm of each element.
func (a *Array[T]) Log(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Log", nil, opts)
}

// Log2 is the logarithm to base 2 of each element.
func (a *Array[T]) Log2(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Log2", nil, opts)
}

// Log10 is the logarithm to base 10 of each element.
func (a *Array[T]) Log10(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Log10", nil, opts)
}

// Log1p is the natural logarithm of 1 plus each element, accurate near 0.
func (a *Array[T]) Log1p(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Log1p", nil, opts)
}

// Sqrt is the square root of each element.
func (a *Array[T]) Sqrt(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Sqrt", nil, opts)
}

// Rsqrt is 1 divided by the square root of each element.
func (a *Array[T]) Rsqrt(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Rsqrt", nil, opts)
}

// Cbrt is the cube root of each element.
func (a *Array[T]) Cbrt(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Cbrt", nil, opts)
}

// Erf is the error function of each element.
func (a *Array[T]) Erf(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Erf", nil, opts)
}

// Gamma is the gamma function of each element.
func (a *Array[T]) Gamma(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Gamma", nil, opts)
}

// Floor is the greatest whole number that is not above each element.
func (a *Array[T]) Floor(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Floor", nil, opts)
}

// Ceil is the least whole number that is not below each element.
func (a *Array[T]) Ceil(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Ceil", nil, opts)
}

// Round is the whole number next to each element; halves go away from zero.
func (a *Array[T]) Round(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Round", nil, opts)
}

// Trunc is each element without its fraction.
func (a *Array[T]) Trunc(opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Trunc", nil, opts)
}

// Pow is a to the power of b for each pair of elements.
func (a *Array[T]) Pow(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Pow", b, opts)
}

// PowScalar is Pow with the number b for all elements.
func (a *Array[T]) PowScalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "PowScalar", b, opts)
}

// Atan2 is the angle of the point (b, a) for each pair of elements, as math.Atan2(a, b).
func (a *Array[T]) Atan2(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Atan2", b, opts)
}

// Atan2Scalar is Atan2 with the number b for all elements.
func (a *Array[T]) Atan2Scalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Atan2Scalar", b, opts)
}

// Hypot is the square root of a*a + b*b for each pair of elements.
func (a *Array[T]) Hypot(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "Hypot", b, opts)
}

// HypotScalar is Hypot with the number b for all elements.
func (a *Array[T]) HypotScalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "HypotScalar", b, opts)
}

// CopySign is a with the sign of b for each pair of elements.
func (a *Array[T]) CopySign(b *Array[T], opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "CopySign", b, opts)
}

// CopySignScalar is CopySign with the number b for all elements.
func (a *Array[T]) CopySignScalar(b T, opts ...Option) (*Array[T], error) {
	return elementwise[T](a, "CopySignScalar", b, opts)
}
