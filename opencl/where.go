package opencl

import (
	"math"
	"reflect"
	"unsafe"
)

// Where takes each element from a where the condition is not zero, and else from b. Options: On, Into, WaitFor.
func Where[T any](condition *Array[uint8], a, b *Array[T], opts ...Option) (*Array[T], error) {
	const op = "Where"
	if err := a.check(op); err != nil {
		return nil, err
	}
	for _, err := range []error{sameLength(op, a, b), sameLength(op, a, condition)} {
		if err != nil {
			return nil, err
		}
	}
	o, z, err := result[T](op, a.view(), opts)
	if err != nil {
		return nil, err
	}
	if z.view().overlaps(a.view()) || z.view().overlaps(b.view()) || z.view().overlaps(condition.view()) {
		return nil, refused(op, "Into names a view that shares some memory with an array that is read, but is not the same view; Copy one of them")
	}
	t := a.buffer.element
	k, err := operation(a.buffer.context, operationKey{op: op, x: t}, func() (*ElementwiseKernel, error) {
		n := cName(t)
		return newOperation(a.buffer.context, op, "const uchar *condition, const "+n+" *x, const "+n+" *y, "+n+" *z",
			"const T a = x[i], b = y[i]; if (condition[i]) z[i] = a; else z[i] = b", t)
	})
	if err != nil {
		return nil, err
	}
	_, err = k.call(op, o, []any{condition, a, b, z})
	return either(z, err)
}

// bounds are the least and the greatest of some indices.
type bounds struct{ least, greatest int64 }

// Take makes an array of the elements of a with the given indices, which may repeat. An index that there is not is an error; to find
// that, the indices are looked through first, and waited for. Options: On, Into, WaitFor.
func Take[T any, I Element](a *Array[T], indices *Array[I], opts ...Option) (*Array[T], error) {
	const op = "Take"
	if err := a.check(op); err != nil {
		return nil, err
	}
	if err := indices.check(op); err != nil {
		return nil, err
	}
	o, z, err := result[T](op, indices.view(), opts)
	if err != nil {
		return nil, err
	}
	if err := checkIndices(op, indices, a.count); err != nil {
		return nil, err
	}
	if z.buffer == a.buffer || z.memory() == indices.memory() && z.view().overlaps(indices.view()) {
		return nil, refused(op, "Into names memory that is read: the elements would change while they are taken")
	}
	t, it := a.buffer.element, indices.buffer.element
	k, err := operation(a.buffer.context, operationKey{op, t, it}, func() (*ElementwiseKernel, error) {
		return newOperation(a.buffer.context, op, "const "+cName(t)+" *x, const "+cName(it)+" *at, "+cName(t)+" *z", "z[i] = x[at[i]]", t, it)
	})
	if err != nil {
		return nil, err
	}
	_, err = k.call(op, o, []any{a, indices, z})
	return either(z, err)
}

// checkIndices refuses indices that n elements do not have.
func checkIndices(op string, indices arrayArgument, n int) error {
	v := indices.view()
	t, c := v.element, v.context
	if !isInteger(t) {
		return refused(op, "indices of type %v; they are integers", t)
	}
	if v.count == 0 {
		return nil
	}
	k, err := operation(c, operationKey{op: "bounds", x: t}, func() (*reducer, error) {
		return newReducer(reflect.TypeFor[bounds](), kernelName("bounds", []reflect.Type{t}), "", "(bounds){min(a.least, b.least), max(a.greatest, b.greatest)}", "(bounds){index(x[i]), index(x[i])}",
			"const "+cName(t)+" *x", []GeneratorOption{On(c), Preamble(typedefs(t) + "long index(T x) { return x > 0 && (ulong)x > LONG_MAX ? LONG_MAX : (long)x; }\n")})
	})
	if err != nil {
		return err
	}
	var found bounds
	err = k.value(op, options{}, []any{indices}, unsafe.Pointer(&found))
	switch {
	case err != nil:
		return err
	case found.least < 0:
		return refused(op, "there is an index %d", found.least)
	case found.greatest == math.MaxInt64 || found.greatest >= int64(n):
		return refused(op, "there is an index %d; the array has %d elements", found.greatest, n)
	}
	return nil
}
