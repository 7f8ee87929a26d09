package vec

import (
	"fmt"
	"unsafe"

	"github.com/warren-go/warren/parlib"
)

// ownCost is what a call of a user's function is taken to cost.
const ownCost cost = 50

// Apply sets dst[i] to f(x[i]). dst has the length of x; it may be x, but must not overlap it otherwise. Calls run side by
// side, so f must not change what other calls read. If f panics, the error is a *parlib.ItemError with the range of indices.
func Apply[T, U any](dst []U, x []T, f func(T) U, opts ...parlib.Option) error {
	if f == nil {
		return fmt.Errorf("vec: Apply: the function is nil")
	}
	if len(x) != len(dst) {
		return fmt.Errorf("vec: Apply: the operand has %d elements and the destination %d; the lengths must be equal", len(x), len(dst))
	}
	if mixed(dst, x) {
		return fmt.Errorf("vec: Apply: the operand overlaps the destination, both of %d elements; they must be the same slice or apart", len(x))
	}
	return share(len(dst), grainOf(ownCost), func(lo, hi int) {
		out := dst[lo:hi]
		for i, v := range x[lo:hi] {
			out[i] = f(v)
		}
	}, opts)
}

// ApplyBlocks calls f for ranges of dst and the same ranges of x, side by side: for a function of one's own that works on
// slices. The order and the lengths of the ranges are not defined.
func ApplyBlocks[T Float](dst, x []T, f func(dst, x []T), opts ...parlib.Option) error {
	if f == nil {
		return fmt.Errorf("vec: ApplyBlocks: the function is nil")
	}
	if err := check("ApplyBlocks", dst, x); err != nil {
		return err
	}
	return share(len(dst), grainOf(ownCost), func(lo, hi int) { f(dst[lo:hi], x[lo:hi]) }, opts)
}

// mixed reports whether slices of equal lengths share memory without having each element in the same place.
func mixed[T, U any](a []T, b []U) bool {
	if len(a) == 0 {
		return false
	}
	sizeA, sizeB := unsafe.Sizeof(a[0]), unsafe.Sizeof(b[0])
	startA, startB := uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&b[0]))
	n := uintptr(len(a))
	return startA < startB+n*sizeB && startB < startA+n*sizeA && (startA != startB || sizeA != sizeB)
}
