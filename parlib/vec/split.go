package vec

import (
	"fmt"
	"unsafe"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/internal/simd"
)

// cost is the time of one element on one worker, in tenths of a nanosecond. It need not be right by more than a factor of
// two or three: it decides from where on a slice is shared.
type cost int

// opCosts are what differs from cheap, measured with AVX-512.
var opCosts = map[simd.Op]cost{
	simd.Div: 8, simd.Sqrt: 12, simd.Exp: 12, simd.Log: 15, simd.Sin: 12, simd.Cos: 12, simd.Tanh: 20, simd.Pow: 70,
}

const cheap cost = 2

func costOf(op simd.Op) cost {
	if c := opCosts[op]; c != 0 {
		return c
	}
	return cheap
}

// worthSharing is the work, in tenths of a nanosecond, below which another worker costs more than it helps: a few times
// what it takes to start one that is awake.
const worthSharing = 5000

// grainOf is how many elements of a cost are worth a worker.
func grainOf(c cost) int { return max(1, worthSharing/int(c)) }

// share calls body for ranges of the indices 0 to n-1, on several workers if n is above grain.
func share(n, grain int, body func(lo, hi int), opts []parlib.Option) error {
	var room [8]parlib.Option
	return parlib.ForRange(n, body, append(append(room[:0], parlib.Grain(grain)), opts...)...)
}

// unit is how many elements are not parted between workers: where a slice begins at a cache line, so do its ranges.
const unit = 64

// shareUnits is share with ranges that begin at multiples of unit, but where options may count in elements.
func shareUnits(n, grain int, body func(lo, hi int), opts []parlib.Option) error {
	if len(opts) > 0 {
		return share(n, grain, body, opts)
	}
	return share((n+unit-1)/unit, max(1, grain/unit), func(lo, hi int) { body(lo*unit, min(hi*unit, n)) }, nil)
}

// check finds what is wrong with the operands of a function.
func check[T Float](op string, dst []T, operands ...[]T) error {
	for i, x := range operands {
		if len(x) != len(dst) {
			return fmt.Errorf("vec: %s: operand %d has %d elements and the destination %d; the lengths must be equal", op, i+1, len(x), len(dst))
		}
		if shift := overlap(dst, x); shift != 0 {
			return fmt.Errorf("vec: %s: operand %d begins %d elements %s the destination and overlaps it; they must be the same slice or apart", op, i+1, abs(shift), side(shift))
		}
	}
	return nil
}

// overlap is by how many elements x begins before dst (below 0) or behind it, where they overlap; 0 if they do not, or
// begin at the same element.
func overlap[T Float](dst, x []T) int {
	if len(dst) == 0 || len(x) == 0 {
		return 0
	}
	if shift, ok := meet(dst, x); ok {
		return shift
	}
	return 0
}

// meet says whether two slices that are not empty overlap, and by how many elements x begins behind dst.
func meet[T Float](dst, x []T) (shift int, ok bool) {
	size := int(unsafe.Sizeof(dst[0]))
	shift = int(uintptr(unsafe.Pointer(&x[0]))-uintptr(unsafe.Pointer(&dst[0]))) / size
	return shift, shift < len(dst) && -shift < len(x)
}

func abs(n int) int { return max(n, -n) }

func side(shift int) string {
	if shift < 0 {
		return "before"
	}
	return "behind"
}
