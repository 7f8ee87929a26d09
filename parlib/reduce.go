package parlib

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/warren-go/warren/parlib/internal/simd"
	"github.com/warren-go/warren/parlib/team"
)

// Float is a floating-point number.
type Float interface{ ~float32 | ~float64 }

// Number is what can be summed and multiplied.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 |
		~float32 | ~float64 | ~complex64 | ~complex128
}

// ErrEmpty is wrapped by the error of a function that has no result for no elements.
var ErrEmpty = errors.New("there are no elements")

// reduceBlock is how many elements of a sum are added before the result joins the others. It does not depend on the
// workers: floating-point addition gives another result in another order, so a fixed cut is what makes a sum the same on
// any number of them. 4096 float64 of two vectors are 64 KB, about 2 µs of work, and stay in a core's own cache.
const reduceBlock = 4096

// Sum adds the elements of x. The result does not depend on the number of workers. The sum of no elements is 0.
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

// Norm is the Euclidean length of x, the root of the sum of the squares. It does not overflow or vanish where the squares
// do, and does not depend on the number of workers.
func Norm[T Float](x []T, options ...Option) (float64, error) {
	parts, err := blockwise("Norm", len(x), reduceBlock, 0, func(lo, hi int) float64 { return simd.Norm(x[lo:hi]) }, options)
	return simd.Norm(parts), err
}

// Min returns the smallest element of x and its index: of several the first. A NaN counts as smaller than all numbers. The
// error wraps ErrEmpty if there is no element.
func Min[T cmp.Ordered](x []T, options ...Option) (least T, index int, err error) {
	return extreme("Min", x, minBlock[T], func(a, b T) bool { return a < b }, options)
}

// Max returns the greatest element of x and its index: of several the first. A NaN counts as greater than all numbers. The
// error wraps ErrEmpty if there is no element.
func Max[T cmp.Ordered](x []T, options ...Option) (greatest T, index int, err error) {
	return extreme("Max", x, maxBlock[T], func(a, b T) bool { return a > b }, options)
}

// extreme finds the element that is before all others; block does so for a part of x.
func extreme[T cmp.Ordered](op string, x []T, block func([]T) int, before func(a, b T) bool, options []Option) (value T, index int, err error) {
	if len(x) == 0 {
		return value, -1, fmt.Errorf("parlib: %s: %w", op, ErrEmpty)
	}
	found, err := blockwise(op, len(x), reduceBlock, 0, func(lo, hi int) int { return lo + block(x[lo:hi]) }, options)
	if err != nil {
		return value, -1, err
	}
	index = firstBefore(len(found), func(i int) T { return x[found[i]] }, before)
	return x[found[index]], found[index], nil
}

// firstBefore is the index of the first of n values that is NaN or, if there is none, before all others.
func firstBefore[T cmp.Ordered](n int, value func(i int) T, before func(a, b T) bool) int {
	best := 0
	for i := range n {
		switch v := value(i); {
		case v != v:
			return i
		case before(v, value(best)):
			best = i
		}
	}
	return best
}

func minBlock[T cmp.Ordered](x []T) int {
	switch x := any(x).(type) {
	case []float64:
		return simd.ArgMin(x)
	case []float32:
		return simd.ArgMin(x)
	}
	return firstBefore(len(x), func(i int) T { return x[i] }, func(a, b T) bool { return a < b })
}

func maxBlock[T cmp.Ordered](x []T) int {
	switch x := any(x).(type) {
	case []float64:
		return simd.ArgMax(x)
	case []float32:
		return simd.ArgMax(x)
	}
	return firstBefore(len(x), func(i int) T { return x[i] }, func(a, b T) bool { return a > b })
}

// Reduce combines neutral and the elements of x with a function, in their order but grouped in any way: so the function
// must be associative, and neutral such that combining it with a value gives that value. The grouping depends on len(x)
// alone, so that a function that is only nearly associative, as floating-point addition, gives the same on any number of
// workers.
func Reduce[T any](x []T, neutral T, combine func(a, b T) T, options ...Option) (T, error) {
	if combine == nil {
		return neutral, errNil("Reduce", "function", len(x))
	}
	return reduceBlocks("Reduce", len(x), codeOf(combine), neutral, func(i int, acc T) T { return combine(acc, x[i]) }, combine, options)
}

// ForReduce is a loop that accumulates: body(i, acc) returns acc with what index i adds to it. Every block of neighbouring
// indices begins with neutral, and combine joins the results of the blocks in their order. The blocks depend on n alone,
// so that the result is the same on any number of workers.
func ForReduce[T any](n int, neutral T, body func(i int, acc T) T, combine func(a, b T) T, options ...Option) (T, error) {
	switch {
	case body == nil:
		return neutral, errNil("ForReduce", "body", n)
	case combine == nil:
		return neutral, errNil("ForReduce", "function that combines", n)
	case n < 0:
		return neutral, fmt.Errorf("parlib: ForReduce: number of indices is %d; it must not be negative", n)
	}
	return reduceBlocks("ForReduce", n, codeOf(body), neutral, body, combine, options)
}

// blocksOfReduce is in how many blocks a reduction by a function is cut at least: enough for many workers, whatever an
// element costs. mostBlocks is in how many it is cut at most, as each has a result to be kept.
const (
	blocksOfReduce = 128
	mostBlocks     = 1 << 20
)

func reduceBlocks[T any](op string, n int, code uintptr, neutral T, body func(i int, acc T) T, combine func(a, b T) T, options []Option) (T, error) {
	size := max(1, min(reduceBlock, n/blocksOfReduce), n/mostBlocks)
	parts, err := blockwise(op, n, size, code, func(lo, hi int) T {
		acc := neutral
		for i := lo; i < hi; i++ {
			acc = body(i, acc)
		}
		return acc
	}, options)
	if err != nil {
		return neutral, err
	}
	return combineAll(op, neutral, parts, combine)
}

// combineAll combines neutral and the results of parts, in their order, in the calling goroutine.
func combineAll[T any](op string, neutral T, parts []T, combine func(a, b T) T) (total T, err error) {
	at := 0
	defer func() {
		if v := recover(); v != nil {
			total, err = neutral, fmt.Errorf("parlib: %s: combining part %d of %d: %w", op, at, len(parts), team.NewPanicError(v))
		}
	}()
	total = neutral
	for at = range parts {
		total = combine(total, parts[at])
	}
	return total, nil
}

// sumOf adds block(lo, hi) over the blocks of n indices, in their order.
func sumOf[T Number](op string, n int, block func(lo, hi int) T, options []Option) (total T, err error) {
	parts, err := blockwise(op, n, reduceBlock, 0, block, options)
	for _, part := range parts {
		total += part
	}
	return total, err
}

// blockwise returns block(lo, hi) of the blocks of n indices. Each has size indices but the last, which may have fewer. An
// error that a block causes names its indices. code is that of the function that the user gave, or 0, see run.
func blockwise[T any](op string, n, size int, code uintptr, block func(lo, hi int) T, options []Option) ([]T, error) {
	parts := make([]T, n/size+min(1, n%size))
	options = grainInBlocks(options, size)
	if code == 0 {
		code = codeOf(block)
	}
	err := run(work{op: op, n: len(parts), span: func(first, end int) {
		for i := first; i < end; i++ {
			lo := i * size
			parts[i] = block(lo, lo+min(size, n-lo))
		}
	}}, code, options)
	var failed *ItemError
	if errors.As(err, &failed) {
		first, end := failed.Index*size, n
		if last := failed.Index + failed.Count; last < len(parts) {
			end = last * size
		}
		failed.Index, failed.Count = first, end-first
	}
	if err != nil {
		return nil, err
	}
	return parts, nil
}

// grainInBlocks returns options whose grains, given in indices, count blocks of a size.
func grainInBlocks(options []Option, size int) []Option {
	isGrain := func(o Option) bool { return o.kind == grainOption && o.n > 1 }
	if !slices.ContainsFunc(options, isGrain) {
		return options
	}
	options = slices.Clone(options)
	for i, o := range options {
		if isGrain(o) {
			options[i] = Grain((o.n-1)/size + 1)
		}
	}
	return options
}

func sumBlock[T Number](x []T) T {
	switch x := any(x).(type) {
	case []float64:
		return any(simd.Sum(x)).(T)
	case []float32:
		return any(float32(simd.Sum(x))).(T)
	}
	// Four sums: an addition takes about four cycles, and one sum would wait for itself each time.
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

// dotBlock needs a y that is as long as x.
func dotBlock[T Number](x, y []T) T {
	switch x := any(x).(type) {
	case []float64:
		return any(simd.Dot(x, any(y).([]float64))).(T)
	case []float32:
		return any(float32(simd.Dot(x, any(y).([]float32)))).(T)
	}
	var a, b, c, d T // four sums, as in sumBlock
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
