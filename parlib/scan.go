package parlib

import (
	"fmt"
	"unsafe"
)

// Scan sets dst[i] to the sum of x[0] to x[i], the element itself included. dst has the length of x; it may be x, but must
// not overlap it otherwise. The result does not depend on the number of workers.
func Scan[T Number](dst, x []T, options ...Option) error {
	s := scanner[T]{op: "Scan", combine: func(a, b T) T { return a + b }, all: sumBlock[T], fill: func(dst, x []T, acc T) {
		for i, v := range x {
			acc += v
			dst[i] = acc
		}
	}}
	_, err := s.scan(dst, x, options)
	return err
}

// ExclusiveScan sets dst[i] to the sum of x[0] to x[i-1], the element itself excluded, so dst[0] is 0; and returns the sum
// of all. For the rest it is as Scan.
func ExclusiveScan[T Number](dst, x []T, options ...Option) (total T, err error) {
	s := scanner[T]{op: "ExclusiveScan", combine: func(a, b T) T { return a + b }, all: sumBlock[T], fill: func(dst, x []T, acc T) {
		for i, v := range x {
			dst[i] = acc // after x[i] was read, as they may be the same
			acc += v
		}
	}}
	return s.scan(dst, x, options)
}

// ScanFunc sets dst[i] to x[0] to x[i] combined by a function, which must be associative; neutral combined with a value
// must give that value. For the rest it is as Scan.
func ScanFunc[T any](dst, x []T, neutral T, combine func(a, b T) T, options ...Option) error {
	if combine == nil {
		return errNil("ScanFunc", "function", len(x))
	}
	s := scanner[T]{op: "ScanFunc", neutral: neutral, combine: combine}
	s.fill = func(dst, x []T, acc T) {
		for i, v := range x {
			acc = combine(acc, v)
			dst[i] = acc
		}
	}
	s.all = func(x []T) T {
		acc := neutral
		for _, v := range x {
			acc = combine(acc, v)
		}
		return acc
	}
	_, err := s.scan(dst, x, options)
	return err
}

// scanner goes over elements twice: it combines those of each block, and then, knowing what is before each block, fills
// the destination.
type scanner[T any] struct {
	op      string
	neutral T
	combine func(a, b T) T
	all     func(x []T) T           // elements combined
	fill    func(dst, x []T, acc T) // scan x with acc before it
}

// scan returns all elements combined.
func (s *scanner[T]) scan(dst, x []T, options []Option) (total T, err error) {
	if err := checkDestination(s.op, dst, x); err != nil {
		return s.neutral, err
	}
	before, err := blockwise(s.op, len(x), reduceBlock, codeOf(s.all), func(lo, hi int) T { return s.all(x[lo:hi]) }, options)
	if err != nil {
		return s.neutral, err
	}
	at := 0
	total, err = combineAll(s.op, s.neutral, before, func(acc, sum T) T {
		before[at] = acc // combineAll has read it
		at++
		return s.combine(acc, sum)
	})
	if err != nil {
		return s.neutral, err
	}
	return total, eachBlock(s.op, len(x), reduceBlock, codeOf(s.combine), func(lo, hi int) { s.fill(dst[lo:hi], x[lo:hi], before[lo/reduceBlock]) }, options)
}

// checkDestination refuses a destination that is not as long as the source, or overlaps it without being it.
func checkDestination[T any](op string, dst, x []T) error {
	if len(dst) != len(x) {
		return fmt.Errorf("parlib: %s: the destination has %d elements and the source %d; the lengths must be equal", op, len(dst), len(x))
	}
	if len(x) == 0 || &dst[0] == &x[0] {
		return nil
	}
	size := unsafe.Sizeof(x[0])
	d, s := uintptr(unsafe.Pointer(&dst[0])), uintptr(unsafe.Pointer(&x[0]))
	if extent := size * uintptr(len(x)); d < s+extent && s < d+extent {
		return fmt.Errorf("parlib: %s: the destination begins %d elements from the source and overlaps it; it must be the source or apart from it",
			op, (int(d)-int(s))/int(max(1, size)))
	}
	return nil
}
