package opencl

import (
	"reflect"
	"unsafe"
)

// Sum is the sum of the elements, 0 of none. Integers wrap around, as in Go: see [SumAs]. Sums of float32 and float64 are put
// together from many partial sums, always the same for one length and device. Its option, as that of all functions that reduce, is
// On.
func (a *Array[T]) Sum(opts ...Option) (T, error) {
	return total[T](a, "Array.Sum", "0", "Add", "x[i]", opts)
}

// SumAs is the sum of the elements as numbers of another type, for those that their own type does not hold.
func SumAs[R Element, T Element](a *Array[T], opts ...Option) (R, error) {
	return total[R](a, "SumAs", "0", "Add", "x[i]", opts)
}

// Product is the product of the elements, 1 of none.
func (a *Array[T]) Product(opts ...Option) (T, error) {
	return total[T](a, "Array.Product", "1", "Mul", "x[i]", opts)
}

// Min is the least element, and NaN where there is one, as with Go's min. That of no elements is an error.
func (a *Array[T]) Min(opts ...Option) (T, error) {
	return total[T](a, "Array.Min", "", "Minimum", "x[i]", opts)
}

// Max is the greatest element, and NaN where there is one, as with Go's max. That of no elements is an error.
func (a *Array[T]) Max(opts ...Option) (T, error) {
	return total[T](a, "Array.Max", "", "Maximum", "x[i]", opts)
}

// Count is how many elements are not zero.
func (a *Array[T]) Count(opts ...Option) (int, error) {
	return total[int](a, "Array.Count", "0", "Add", "x[i] != 0", opts)
}

// Dot is the sum of the products of the elements of two arrays of the same length.
func (a *Array[T]) Dot(b *Array[T], opts ...Option) (value T, err error) {
	const op = "Array.Dot"
	if err := a.check(op); err != nil {
		return value, err
	}
	if err := sameLength(op, a, b); err != nil {
		return value, err
	}
	t := a.buffer.element
	err = reduceTo(t, unsafe.Pointer(&value), op, "0", "Add", products.forType(t), opts, a, b)
	return value, err
}

// products are those of the elements of two arrays.
var products = expression{"x[i] * y[i]", "(T)((U)x[i] * (U)y[i])", "(T)((U)x[i] * (U)y[i])"}

// total reduces the elements of an array to an R. The method is that which puts two Rs together.
func total[R, T any](a *Array[T], op, neutral, method, mapping string, opts []Option) (value R, err error) {
	if err := a.check(op); err != nil {
		return value, err
	}
	err = reduceTo(reflect.TypeFor[R](), unsafe.Pointer(&value), op, neutral, method, mapping, opts, a)
	return value, err
}

// reduceTo reduces what a mapping gives for the elements of arrays x and y to a value of a type, and puts it where it is to be.
func reduceTo(r reflect.Type, to unsafe.Pointer, op, neutral, method, mapping string, opts []Option, arrays ...arrayArgument) error {
	x := arrays[0].view()
	t, c := x.element, x.context
	text := expressions[method].forType(r)
	if text == "" || expressions[method].forType(t) == "" {
		return refused(op, "there is no such operation for %v%s", t, hintFor(t))
	}
	o, err := readOptions(op, opts, "On", "WaitFor")
	if err != nil {
		return err
	}
	k, err := operation(c, operationKey{op, t, r}, func() (*reducer, error) {
		list := "const " + cName(t) + " *x"
		if len(arrays) > 1 {
			list += ", const " + cName(t) + " *y"
		}
		return newReducer(r, kernelName(op, []reflect.Type{t}), neutral, text, mapping, list, []GeneratorOption{On(c), Preamble(typedefs(r))})
	})
	if err != nil {
		return err
	}
	args := make([]any, len(arrays))
	for i, a := range arrays {
		args[i] = a
	}
	return k.value(op, o, args, to)
}

// ArgMin is the index of the least element, the first of several; or of the first NaN. That of no elements is an error.
func (a *Array[T]) ArgMin(opts ...Option) (int, error) {
	return extreme(a, "Array.ArgMin", (*Array[T]).Min, opts)
}

// ArgMax is the index of the greatest element, the first of several; or of the first NaN. That of no elements is an error.
func (a *Array[T]) ArgMax(opts ...Option) (int, error) {
	return extreme(a, "Array.ArgMax", (*Array[T]).Max, opts)
}

// extreme finds the first element that is what a reduction gives.
func extreme[T any](a *Array[T], op string, reduce func(*Array[T], ...Option) (T, error), opts []Option) (int, error) {
	if err := a.check(op); err != nil {
		return 0, err
	}
	if a.count == 0 {
		return 0, refused(op, "there are no elements")
	}
	v, err := reduce(a, opts...)
	if err != nil {
		return 0, err
	}
	i, err := firstIndex(a, "first_of", "x[i] == v || x[i] != x[i]", v, opts)
	return int(i), err
}

// firstIndex is the first index for which a condition of x[i] and v holds, or math.MaxInt64.
func firstIndex(a arrayArgument, name, condition string, v any, opts []Option) (at int64, err error) {
	o, err := readOptions(name, opts, "On", "WaitFor")
	if err != nil {
		return 0, err
	}
	t, c := a.view().element, a.view().context
	k, err := operation(c, operationKey{op: name, x: t}, func() (*reducer, error) {
		n := cName(t)
		return newReducer(reflect.TypeFor[int64](), name+"_"+n, "LONG_MAX", "min(a, b)", "("+condition+") ? i : LONG_MAX", "const "+n+" *x, "+n+" v",
			[]GeneratorOption{On(c)})
	})
	if err != nil {
		return 0, err
	}
	err = k.value(name, o, []any{a, v}, unsafe.Pointer(&at))
	return at, err
}
