package simd

import "math"

// portable is the level in plain Go.
var portable = func() *level {
	l := &level{name: "portable"}
	l.kernels.f32, l.kernels.f64 = &kernelsPortableF32, &kernelsPortableF64
	l.f32 = reductions[float32, [64]float32]{
		sum: sumPortable[float32], dot: dotPortable[float32],
		smallest: func(x []float32, best *[64]float32) bool { return extremePortable(x, best[:], false) },
		greatest: func(x []float32, best *[64]float32) bool { return extremePortable(x, best[:], true) },
	}
	l.f64 = reductions[float64, [32]float64]{
		sum: sumPortable[float64], dot: dotPortable[float64],
		smallest: func(x []float64, best *[32]float64) bool { return extremePortable(x, best[:], false) },
		greatest: func(x []float64, best *[32]float64) bool { return extremePortable(x, best[:], true) },
	}
	return l
}()

// step is how far an operand moves on with each element of dst.
func step[T any](dst, operand []T) int {
	if len(operand) == 1 {
		return 0
	}
	_ = operand[:len(dst)]
	return 1
}

func fusedF64(a, b, c float64) float64 { return math.FMA(a, b, c) }

// fusedF32 is a*b + c rounded once. The product is exact as a float64. The sum is not: it is rounded to odd, so that
// rounding it again to float32 gives what rounding the exact sum would.
func fusedF32(a, b, c float32) float32 {
	product, addend := float64(a)*float64(b), float64(c)
	sum := float64(product + addend)
	back := float64(sum - product)
	lost := float64(product-float64(sum-back)) + float64(addend-back)
	if lost == 0 || lost != lost || math.IsInf(sum, 0) {
		return float32(sum)
	}
	bits := math.Float64bits(sum)
	if bits&1 == 0 {
		if (lost > 0) == (sum > 0) {
			bits++
		} else {
			bits--
		}
	}
	return float32(math.Float64frombits(bits))
}

func sumPortable[T float32 | float64](x []T) float64 {
	var sums [sumLanes]float64
	for ; len(x) >= sumLanes; x = x[sumLanes:] {
		for i, v := range x[:sumLanes] {
			sums[i] += float64(v)
		}
	}
	return fold(&sums)
}

func dotPortable[T float32 | float64](x, y []T) float64 {
	var sums [sumLanes]float64
	for ; len(x) >= sumLanes; x, y = x[sumLanes:], y[sumLanes:] {
		for i, v := range x[:sumLanes] {
			sums[i] = math.FMA(float64(v), float64(y[i]), sums[i])
		}
	}
	return fold(&sums)
}

func extremePortable[T float32 | float64](x, best []T, greatest bool) (nan bool) {
	for i, v := range x {
		b := &best[i%len(best)]
		if greatest && v > *b || !greatest && v < *b {
			*b = v
		}
		nan = nan || v != v
	}
	return nan
}
