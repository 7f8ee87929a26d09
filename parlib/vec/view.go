package vec

import (
	"fmt"
	"sync/atomic"

	"github.com/warren-go/warren/parlib"
)

// View is elements of a slice at equal distances, as a column of a matrix that is stored by rows. The zero View is empty.
type View[T Float] struct {
	data   []T
	offset int
	stride int
	n      int
}

// Strided is the view of n elements of data: data[offset], data[offset+stride], and so on. The stride may be negative, to
// go backwards, but not 0.
func Strided[T Float](data []T, offset, stride, n int) (View[T], error) {
	v := View[T]{data: data, offset: offset, stride: stride, n: n}
	switch last := offset + (n-1)*stride; {
	case n < 0:
		return View[T]{}, fmt.Errorf("vec: Strided: the number of elements is %d; it must not be negative", n)
	case stride == 0:
		return View[T]{}, fmt.Errorf("vec: Strided: the stride is 0; elements must lie apart")
	case n > 0 && (offset < 0 || offset >= len(data) || last < 0 || last >= len(data) || n > len(data) || n > 1 && (stride > len(data) || stride < -len(data))):
		return View[T]{}, fmt.Errorf("vec: Strided: %d elements from %d on at distances of %d go beyond a slice of %d", n, offset, stride, len(data))
	}
	return v, nil
}

// All is the view of all elements of data.
func All[T Float](data []T) View[T] { return View[T]{data: data, stride: 1, n: len(data)} }

// Len is the number of elements.
func (v View[T]) Len() int { return v.n }

// At is element i. It panics where the view has no such element, as an index of a slice does.
func (v View[T]) At(i int) T {
	if i < 0 || i >= v.n {
		panic(fmt.Sprintf("vec: View.At: index %d is out of range of a view of %d elements", i, v.n))
	}
	return v.data[v.offset+i*v.stride]
}

// StridedUnary sets the elements of dst to f of those of x, as StridedUnary(dst, vec.Sin, x). The views have equal lengths;
// dst may be x, but must not overlap it otherwise.
func StridedUnary[T Float](dst View[T], f func(dst, x []T, opts ...parlib.Option) error, x View[T], opts ...parlib.Option) error {
	if f == nil {
		return fmt.Errorf("vec: StridedUnary: the function is nil")
	}
	if err := checkViews("StridedUnary", dst, x); err != nil {
		return err
	}
	return inBlocks(dst, opts, func(out []T, lo int, room *room[T]) error {
		return f(out, x.gather(lo, len(out), room[0][:]), parlib.Workers(1))
	})
}

// StridedBinary sets the elements of dst to f of those of x and y, as StridedBinary(dst, vec.Add, x, y). The views have
// equal lengths; dst may be x or y, but must not overlap them otherwise.
func StridedBinary[T Float](dst View[T], f func(dst, x, y []T, opts ...parlib.Option) error, x, y View[T], opts ...parlib.Option) error {
	if f == nil {
		return fmt.Errorf("vec: StridedBinary: the function is nil")
	}
	if err := checkViews("StridedBinary", dst, x, y); err != nil {
		return err
	}
	return inBlocks(dst, opts, func(out []T, lo int, room *room[T]) error {
		return f(out, x.gather(lo, len(out), room[0][:]), y.gather(lo, len(out), room[1][:]), parlib.Workers(1))
	})
}

// StridedTernary sets the elements of dst to f of those of x, y and z, as StridedTernary(dst, vec.FMA, x, y, z) or
// StridedTernary(dst, vec.Where, condition, x, y). The views have equal lengths; dst may be one of the others, but must not
// overlap them otherwise.
func StridedTernary[T Float](dst View[T], f func(dst, x, y, z []T, opts ...parlib.Option) error, x, y, z View[T], opts ...parlib.Option) error {
	if f == nil {
		return fmt.Errorf("vec: StridedTernary: the function is nil")
	}
	if err := checkViews("StridedTernary", dst, x, y, z); err != nil {
		return err
	}
	return inBlocks(dst, opts, func(out []T, lo int, room *room[T]) error {
		return f(out, x.gather(lo, len(out), room[0][:]), y.gather(lo, len(out), room[1][:]), z.gather(lo, len(out), room[2][:]), parlib.Workers(1))
	})
}

// viewBlock is how many elements are laid side by side at a time: four blocks fit the first cache.
const viewBlock = 1024

// room is where the elements of up to three views lie side by side.
type room[T Float] [3][viewBlock]T

// inBlocks computes dst block by block, and puts each where it belongs.
func inBlocks[T Float](dst View[T], opts []parlib.Option, compute func(out []T, lo int, room *room[T]) error) error {
	var failed atomic.Pointer[error]
	err := share(dst.n, grainOf(ownCost), func(lo, hi int) {
		var room room[T]
		var out [viewBlock]T
		for ; lo < hi && failed.Load() == nil; lo += viewBlock {
			block := out[:min(viewBlock, hi-lo)]
			if err := compute(block, lo, &room); err != nil {
				failed.CompareAndSwap(nil, &err)
				return
			}
			dst.scatter(lo, block)
		}
	}, opts)
	if first := failed.Load(); first != nil {
		return *first
	}
	return err
}

// gather lays n elements from lo on side by side, in room unless they lie so already.
func (v View[T]) gather(lo, n int, room []T) []T {
	at := v.offset + lo*v.stride
	if v.stride == 1 {
		return v.data[at : at+n]
	}
	for i := range room[:n] {
		room[i] = v.data[at]
		at += v.stride
	}
	return room[:n]
}

func (v View[T]) scatter(lo int, x []T) {
	at := v.offset + lo*v.stride
	for _, e := range x {
		v.data[at] = e
		at += v.stride
	}
}

func checkViews[T Float](op string, dst View[T], operands ...View[T]) error {
	for i, x := range operands {
		if x.n != dst.n {
			return fmt.Errorf("vec: %s: operand %d has %d elements and the destination %d; the lengths must be equal", op, i+1, x.n, dst.n)
		}
		if dst.n > 0 && dst.collides(x) {
			return fmt.Errorf("vec: %s: operand %d and the destination overlap; they must be the same elements or apart", op, i+1)
		}
	}
	return nil
}

// collides says whether v and x may have an element in common, unless they are the same elements in the same order.
func (v View[T]) collides(x View[T]) bool {
	shift, ok := meet(v.span(), x.span())
	if !ok || v.stride == x.stride && shift == 0 {
		return false
	}
	return shift%gcd(abs(v.stride), abs(x.stride)) == 0
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// span is the part of the slice from the view's lowest to its highest element.
func (v View[T]) span() []T {
	last := v.offset + (v.n-1)*v.stride
	return v.data[min(v.offset, last) : max(v.offset, last)+1]
}
