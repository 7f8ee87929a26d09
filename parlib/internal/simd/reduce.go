package simd

import (
	"math"
	"sync"
	"unsafe"
)

// sumLanes is how many partial sums run side by side; gen knows it, too.
const sumLanes = 32

// reductions are the loops for one type of element. Lengths are multiples of the number of lanes.
type reductions[T float32 | float64, Lanes any] struct {
	sum      func(x []T) float64
	dot      func(x, y []T) float64
	smallest func(x []T, best *Lanes) (nan bool)
	greatest func(x []T, best *Lanes) (nan bool)
}

// Sum adds the elements of x. float32 are added as float64.
func Sum[T Float](x []T) float64 { return sum(levels[0], x) }

func sum[T Float](l *level, x []T) float64 {
	if unsafe.Sizeof(*new(T)) == 4 {
		return sumOf(l.f32.sum, cast[float32](x))
	}
	return sumOf(l.f64.sum, cast[float64](x))
}

// Dot adds the products of the elements of x and y, which have equal lengths. float32 are multiplied as float64.
func Dot[T Float](x, y []T) float64 { return dot(levels[0], x, y) }

func dot[T Float](l *level, x, y []T) float64 {
	if unsafe.Sizeof(*new(T)) == 4 {
		return dotOf(l.f32.dot, cast[float32](x), cast[float32](y))
	}
	return dotOf(l.f64.dot, cast[float64](x), cast[float64](y))
}

func sumOf[T float32 | float64](add func(x []T) float64, x []T) (total float64) {
	for len(x) >= sumLanes {
		n := min(len(x), blockLength) / sumLanes * sumLanes
		total += add(x[:n])
		x = x[n:]
	}
	for _, v := range x {
		total += float64(v)
	}
	return total
}

func dotOf[T float32 | float64](add func(x, y []T) float64, x, y []T) (total float64) {
	for len(x) >= sumLanes {
		n := min(len(x), blockLength) / sumLanes * sumLanes
		total += add(x[:n], y[:n])
		x, y = x[n:], y[n:]
	}
	for i, v := range x {
		total = math.FMA(float64(v), float64(y[i]), total)
	}
	return total
}

// fold adds partial sums in pairs, those half of them apart, until one is left.
func fold(sums *[sumLanes]float64) float64 {
	for n := sumLanes / 2; n > 0; n /= 2 {
		for i := range n {
			sums[i] += sums[i+n]
		}
	}
	return sums[0]
}

// Norm is the Euclidean length of x. It does not overflow or vanish where the squares do.
func Norm[T Float](x []T) float64 {
	const least, most = 1e-280, 1e300 // between these the squares lost nothing
	square := Dot(x, x)
	if square > least && square < most || len(x) == 0 || math.IsNaN(square) {
		return math.Sqrt(square)
	}
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(float64(v)))
	}
	if largest == 0 || math.IsInf(largest, 1) {
		return largest
	}
	_, exponent := math.Frexp(largest)
	scaled := 0.0
	for _, v := range x {
		s := math.Ldexp(float64(v), -exponent)
		scaled += s * s
	}
	return math.Ldexp(math.Sqrt(scaled), exponent)
}

// ArgMin is the index of the first of the smallest elements of x, or of its first NaN; -1 if x is empty.
func ArgMin[T Float](x []T) int { return extreme(levels[0], x, false) }

// ArgMax is the index of the first of the greatest elements of x, or of its first NaN; -1 if x is empty.
func ArgMax[T Float](x []T) int { return extreme(levels[0], x, true) }

// lanes32 and lanes64 keep what kernels put their results into: passed to a function of a table, it would be allocated anew
// for each call.
var (
	lanes32 = sync.Pool{New: func() any { return new([64]float32) }}
	lanes64 = sync.Pool{New: func() any { return new([32]float64) }}
)

func extreme[T Float](l *level, x []T, greatest bool) int {
	if unsafe.Sizeof(*new(T)) == 4 {
		find := l.f32.smallest
		if greatest {
			find = l.f32.greatest
		}
		lanes := lanes32.Get().(*[64]float32)
		defer lanes32.Put(lanes)
		return extremeOf(cast[float32](x), greatest, lanes[:], func(x []float32) bool { return find(x, lanes) })
	}
	find := l.f64.smallest
	if greatest {
		find = l.f64.greatest
	}
	lanes := lanes64.Get().(*[32]float64)
	defer lanes64.Put(lanes)
	return extremeOf(cast[float64](x), greatest, lanes[:], func(x []float64) bool { return find(x, lanes) })
}

// extremeOf finds the first block with the extreme, then the element within it. find moves lanes on to the extremes of so many
// elements side by side, and says whether there was a NaN.
func extremeOf[T float32 | float64](x []T, greatest bool, lanes []T, find func([]T) (nan bool)) int {
	if len(x) == 0 {
		return -1
	}
	const block = 4096
	at, value := 0, x[0]
	for lo := 0; lo < len(x); lo += block {
		v, nan := extremeOfBlock(x[lo:min(lo+block, len(x))], greatest, lanes, find)
		if nan {
			return lo + index(x[lo:], func(e T) bool { return e != e })
		}
		if lo > 0 && (greatest && v > value || !greatest && v < value) || lo == 0 {
			at, value = lo, v
		}
	}
	return at + index(x[at:], func(e T) bool { return e == value })
}

func extremeOfBlock[T float32 | float64](x []T, greatest bool, lanes []T, find func([]T) (nan bool)) (value T, nan bool) {
	for i := range lanes {
		lanes[i] = x[0]
	}
	n := len(lanes)
	if len(x) < n {
		nan = extremePortable(x, lanes, greatest)
		return best(lanes, greatest), nan
	}
	nan = find(x[:len(x)/n*n])
	if len(x)%n > 0 {
		nan = find(x[len(x)-n:]) || nan // some elements twice
	}
	return best(lanes, greatest), nan
}

func index[T any](x []T, is func(T) bool) int {
	for i, v := range x {
		if is(v) {
			return i
		}
	}
	return -1
}

func best[T float32 | float64](x []T, greatest bool) T {
	v := x[0]
	for _, e := range x[1:] {
		if greatest && e > v || !greatest && e < v {
			v = e
		}
	}
	return v
}
