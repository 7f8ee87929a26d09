package parlib

import (
	"cmp"
	"fmt"
	"slices"
	"unsafe"

	"github.com/warren-go/warren/parlib/internal/memory"
)

// serialSort is how many elements are sorted by one worker: a few hundred microseconds of work.
const serialSort = 1 << 13

// Sort sorts x in ascending order; NaNs come first. It needs memory for another len(x) elements or, for
// numbers of 64 bits, which are sorted by their digits, twice as many.
func Sort[T cmp.Ordered](x []T, options ...Option) error {
	return sortBlocks("Sort", x, sortBlock[T], cmp.Compare[T], interleave[T], options)
}

// SortFunc sorts x by a function as slices.SortFunc does: compare(a, b) is negative where a comes before b, positive where
// it comes after b, and 0 where that does not matter. Elements that compare as equal end in any order. If compare panics or
// contradicts itself, the elements of x are in any order.
func SortFunc[T any](x []T, compare func(a, b T) int, options ...Option) error {
	if compare == nil {
		return errNil("SortFunc", "function", len(x))
	}
	return sortBlocks("SortFunc", x, func(x []T) { slices.SortFunc(x, compare) }, compare, interleaveBy(compare), options)
}

// SortStableFunc is SortFunc, but elements that compare as equal keep their order.
func SortStableFunc[T any](x []T, compare func(a, b T) int, options ...Option) error {
	if compare == nil {
		return errNil("SortStableFunc", "function", len(x))
	}
	return sortBlocks("SortStableFunc", x, func(x []T) { slices.SortStableFunc(x, compare) }, compare, interleaveBy(compare), options)
}

// interleave fills dst with the least elements of a and b, both sorted.
func interleave[T cmp.Ordered](dst, a, b []T) {
	for len(dst) > 0 && len(a) > 0 && len(b) > 0 {
		if cmp.Less(b[0], a[0]) {
			dst[0], b = b[0], b[1:]
		} else {
			dst[0], a = a[0], a[1:]
		}
		dst = dst[1:]
	}
	copy(dst[copy(dst, a):], b)
}

// interleaveBy is interleave for a comparison: of equal elements those of a come first.
func interleaveBy[T any](compare func(a, b T) int) func(dst, a, b []T) {
	return func(dst, a, b []T) {
		for len(dst) > 0 && len(a) > 0 && len(b) > 0 {
			if compare(a[0], b[0]) > 0 {
				dst[0], b = b[0], b[1:]
			} else {
				dst[0], a = a[0], a[1:]
			}
			dst = dst[1:]
		}
		copy(dst[copy(dst, a):], b)
	}
}

// sortBlocks sorts blocks of x and then merges neighbours until there is one.
func sortBlocks[T any](op string, x []T, sort func([]T), compare func(a, b T) int, interleave func(dst, a, b []T), options []Option) error {
	s, err := settle(op, options)
	if err != nil {
		return err
	}
	var one T
	if err := memory.Check(len(x), int(unsafe.Sizeof(one))); err != nil {
		return fmt.Errorf("parlib: %s of %d elements: beside them %w", op, len(x), err)
	}
	size := len(x)
	for n := 1; n < 2*s.workers && size > serialSort; n *= 2 {
		size = (size + 1) / 2
	}
	size = max(1, size)
	if err := eachBlock(op, len(x), size, codeOf(sort), func(lo, hi int) { sort(x[lo:hi]) }, options); err != nil {
		return err
	}
	if size >= len(x) {
		return nil
	}
	from, to, cuts := x, make([]T, len(x)), make([]int, (len(x)-1)/serialSort+1)
	for ; size < len(x); size *= 2 {
		m := merger[T]{from: from, to: to, size: size, compare: compare, interleave: interleave, cuts: cuts}
		if err = eachBlock(op, len(x), serialSort, 0, m.cut, options); err != nil {
			break
		}
		if err = eachBlock(op, len(x), serialSort, codeOf(compare), m.fill, options); err != nil {
			break
		}
		from, to = to, from
	}
	if &from[0] != &x[0] { // also after a failure: from has all elements
		copy(x, from)
	}
	return err
}

// eachBlock runs body on blocks of n indices.
func eachBlock(op string, n, size int, code uintptr, body func(lo, hi int), options []Option) error {
	_, err := blockwise(op, n, size, code, func(lo, hi int) struct{} { body(lo, hi); return struct{}{} }, options)
	return err
}

// merger merges pairs of neighbouring blocks of a size. Where to cut both is found before anything is moved, so that no
// element is lost or doubled even where compare contradicts itself.
type merger[T any] struct {
	from, to   []T
	size       int
	cuts       []int // for each stretch of serialSort elements to fill, how many of the first block of its pair are before it
	compare    func(a, b T) int
	interleave func(dst, a, b []T)
}

// pair returns the blocks of the pair that fills the place lo, and where that begins.
func (m merger[T]) pair(lo int) (a, b []T, start int) {
	start = lo / (2 * m.size) * (2 * m.size)
	middle, end := min(start+m.size, len(m.from)), min(start+2*m.size, len(m.from))
	return m.from[start:middle], m.from[middle:end], start
}

// cut finds where the pair that fills the place lo is cut there.
func (m merger[T]) cut(lo, _ int) {
	a, b, start := m.pair(lo)
	m.cuts[lo/serialSort] = m.split(a, b, lo-start)
}

// fill sets to[lo:hi] to what belongs there, which may span several pairs of blocks.
func (m merger[T]) fill(lo, hi int) {
	i := m.cuts[lo/serialSort]
	for lo < hi {
		a, b, start := m.pair(lo)
		stop, end := start+len(a)+len(b), len(a)
		if hi < stop {
			stop, end = hi, m.cuts[hi/serialSort]
		}
		j, last := lo-start-i, stop-start-end
		if i > end || j > last {
			panic(fmt.Sprintf("the comparison contradicts itself: %d elements of a block are before place %d, and %d before place %d", i, lo, end, stop))
		}
		m.interleave(m.to[lo:stop], a[i:end], b[j:last])
		lo, i = stop, 0
	}
}

// split returns how many of the first rank elements of a and b merged are from a: equal ones from a come first.
func (m merger[T]) split(a, b []T, rank int) int {
	low, high := max(0, rank-len(b)), min(rank, len(a))
	for low < high {
		i := low + (high-low)/2
		if m.compare(a[i], b[rank-i-1]) <= 0 {
			low = i + 1
		} else {
			high = i
		}
	}
	return low
}
