package parlib

import "fmt"

// Number is what can be summed and multiplied.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 |
		~float32 | ~float64 | ~complex64 | ~complex128
}

// reduceBlock is how many elements of a sum are added before the result joins the others. It does not depend on the pool:
// floating-point addition gives another result in another order, so a fixed cut is what makes a sum the same on any number
// of workers. 4096 float64 of two vectors are 64 KB, about 2 µs of work, and stay in a core's own cache.
const reduceBlock = 4096

// Sum adds the elements of x. The result does not depend on the number of workers.
func Sum[T Number](p *Pool, x []T) (T, error) {
	return reduce(p, "Sum", len(x), func(lo, hi int) T { return sumBlock(x[lo:hi]) })
}

// Dot adds x[i]*y[i] over all i. The vectors must have equal lengths. The result does not depend on the number of workers.
func Dot[T Number](p *Pool, x, y []T) (T, error) {
	if len(x) != len(y) {
		return 0, fmt.Errorf("parlib: Dot: the vectors have %d and %d elements; the lengths must be equal", len(x), len(y))
	}
	return reduce(p, "Dot", len(x), func(lo, hi int) T { return dotBlock(x[lo:hi], y[lo:hi]) })
}

// reduce adds block(lo, hi) over the blocks of n indices, in their order.
func reduce[T Number](p *Pool, op string, n int, block func(lo, hi int) T) (T, error) {
	parts := make([]T, (n+reduceBlock-1)/reduceBlock)
	j := job{op: op, grain: reduceBlock, body: func(lo, hi int, at *int) error {
		for ; lo < hi; lo += reduceBlock {
			parts[lo/reduceBlock] = block(lo, min(hi, lo+reduceBlock))
		}
		return nil
	}}
	if err := j.each(p, n); err != nil {
		return 0, err
	}
	var total T
	for _, part := range parts {
		total += part
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
