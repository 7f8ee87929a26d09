package parlib

import "fmt"

// Number is what can be summed and multiplied.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 |
		~float32 | ~float64 | ~complex64 | ~complex128
}

// reduceBlock is how many elements of a sum are added before the result joins the others. It does not depend on the
// workers: floating-point addition gives another result in another order, so a fixed cut is what makes a sum the same on
// any number of them. 4096 float64 of two vectors are 64 KB, about 2 µs of work, and stay in a core's own cache.
const reduceBlock = 4096

// Sum adds the elements of x. The result does not depend on the number of workers.
func Sum[T Number](x []T, options ...Option) (T, error) {
	return sumOf("Sum", len(x), func(lo, hi int) T { return sumBlock(x[lo:hi]) }, options)
}

// Dot adds x[i]*y[i] over all i. The vectors must have equal lengths. The result does not depend on the number of workers.
func Dot[T Number](x, y []T, options ...Option) (T, error) {
	if len(x) != len(y) {
		return 0, fmt.Errorf("parlib: Dot: the vectors have %d and %d elements; the lengths must be equal", len(x), len(y))
	}
	return sumOf("Dot", len(x), func(lo, hi int) T { return dotBlock(x[lo:hi], y[lo:hi]) }, options)
}

// sumOf adds block(lo, hi) over the blocks of n indices, in their order.
func sumOf[T Number](op string, n int, block func(lo, hi int) T, options []Option) (T, error) {
	return inBlocks(op, n, reduceBlock, block, func(a, b T) T { return a + b }, options)
}

// inBlocks combines block(lo, hi) of the blocks of n indices, in their order. Of no indices it is the zero T.
func inBlocks[T any](op string, n, size int, block func(lo, hi int) T, combine func(a, b T) T, options []Option) (total T, err error) {
	if n == 0 {
		_, err := settle(op, options)
		return total, err
	}
	parts := make([]T, (n-1)/size+1)
	err = run(op, len(parts), nil, func(first, end int) {
		for i := first; i < end; i++ {
			parts[i] = block(i*size, min(n, (i+1)*size))
		}
	}, nil, options)
	if err != nil {
		return total, err
	}
	total = parts[0]
	for _, part := range parts[1:] {
		total = combine(total, part)
	}
	return total, nil
}

// sumBlock keeps four sums: an addition takes about four cycles, and one sum would wait for itself each time.
func sumBlock[T Number](x []T) T {
	var a, b, c, d T
	for ; len(x) >= 4; x = x[4:] {
		a += x[0]
		b += x[1]
		c += x[2]
		d += x[3]
	}
	for _, v := range x {
		a += v
	}
	return a + b + (c + d)
}

// dotBlock keeps four sums, as sumBlock does. y is as long as x.
func dotBlock[T Number](x, y []T) T {
	var a, b, c, d T
	for ; len(x) >= 4 && len(y) >= 4; x, y = x[4:], y[4:] {
		a += x[0] * y[0]
		b += x[1] * y[1]
		c += x[2] * y[2]
		d += x[3] * y[3]
	}
	for i, v := range x {
		a += v * y[i]
	}
	return a + b + (c + d)
}
