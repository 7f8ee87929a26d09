package opencl

import "reflect"

// Convert makes an array of the same numbers in another type. Integers that do not fit wrap around, as in Go. Floating-point
// numbers lose their fraction; what is too large for an integer becomes the largest or least, and NaN becomes 0. Options: On, Into,
// WaitFor.
func Convert[R, T Element](a *Array[T], opts ...Option) (*Array[R], error) {
	const op = "Convert"
	if err := a.check(op); err != nil {
		return nil, err
	}
	o, z, err := result[R](op, a.view(), opts)
	if err != nil {
		return nil, err
	}
	t, r := a.buffer.element, reflect.TypeFor[R]()
	if z.memory() == a.memory() {
		return nil, refused(op, "Into names memory that is read")
	}
	k, err := operation(a.buffer.context, operationKey{op, t, r}, func() (*ElementwiseKernel, error) {
		conversion := "convert_" + cName(r)
		if isFloat(t) && isInteger(r) {
			conversion += "_sat"
		}
		return newOperation(a.buffer.context, op, "const "+cName(t)+" *x, "+cName(r)+" *z", "z[i] = "+conversion+"(x[i])", t, r)
	})
	if err != nil {
		return nil, err
	}
	_, err = k.call(op, o, []any{a, z})
	return either(z, err)
}
