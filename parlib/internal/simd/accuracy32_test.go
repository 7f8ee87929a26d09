package simd

import (
	"math"
	"testing"
)

// accuracy32 are the greatest errors of functions that are computed in float32.
var accuracy32 = map[Op]float64{Exp: 0.9, Log: 0.9, Sin: 0.9, Cos: 0.9}

// Where the result is exact, as those of zeros, infinities and NaN, so is it as a float32, its sign included.
func TestSpecialFloat32s(t *testing.T) {
	inf := math.Inf(1)
	x := []float32{0, float32(math.Copysign(0, -1)), float32(inf), float32(-inf), float32(math.NaN()), 1, -1, -0x1p-149, math.MaxFloat32, -math.MaxFloat32}
	got := make([]float32, len(x))
	for op := range accuracy32 {
		Apply(op, got, x, nil, nil)
		for i, v := range x {
			want := make([]float64, 1)
			Apply(op, want, []float64{float64(v)}, nil, nil)
			exact := math.IsNaN(want[0]) || math.IsInf(float64(float32(want[0])), 0) || float64(float32(want[0])) == want[0]
			if exact && !same(got[i], float32(want[0])) {
				t.Errorf("%v(%v) = %v, want %v", op, v, got[i], want[0])
			}
		}
	}
}

// With a stride of 1 this test goes over all numbers of 32 bits, and takes some minutes; the bounds hold then, too.
func TestAccuracyOfFloat32(t *testing.T) {
	const stride = 4001
	for op, bound := range accuracy32 {
		worst, at := 0.0, float32(0)
		x, got := make([]float32, 0, blockLength), make([]float32, blockLength)
		wide, want := make([]float64, blockLength), make([]float64, blockLength)
		for first := uint64(0); first < 1<<32; first += stride * blockLength {
			x = x[:0]
			for bits := first; bits < min(1<<32, first+stride*blockLength); bits += stride {
				x = append(x, math.Float32frombits(uint32(bits)))
			}
			for i, v := range x {
				wide[i] = float64(v)
			}
			n := len(x)
			Apply(op, got[:n], x, nil, nil)
			Apply(op, want[:n], wide[:n], nil, nil) // whose error is nothing beside that of a float32
			for i, w := range want[:n] {
				if u := ulps32(got[i], w); !(u <= worst) {
					worst, at = u, x[i]
				}
			}
		}
		t.Logf("%v: %.3f ulp at %v", op, worst, at)
		if !(worst <= bound) {
			t.Errorf("%v(%v) is off by %.3f ulp, more than %v", op, at, worst, bound)
		}
	}
}

// ulps32 is how far got is from want, in units of the last place of a float32 of want's size.
func ulps32(got float32, want float64) float64 {
	nearest := float32(want)
	switch {
	case got == nearest || got != got && want != want:
		if math.IsInf(float64(got), 0) || got != got {
			return 0
		}
	case got != got || want != want || math.IsInf(float64(got), 0) || math.IsInf(float64(nearest), 0):
		return math.Inf(1)
	}
	_, exponent := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(exponent-24, -149))
}
