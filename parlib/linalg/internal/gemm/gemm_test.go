package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// sizes are around the bounds of tiles and blocks.
var sizes = []struct{ m, n, k int }{
	{1, 1, 1}, {3, 2, 5}, {4, 4, 4}, {4, 12, 7}, {14, 16, 1}, {14, 32, 3}, {13, 15, 10}, {15, 33, 2}, {1, 100, 30}, {100, 1, 30},
	{25, 25, 385}, {1037, 20, 5}, {20, 401, 9}, {20, 641, 9}, {50, 60, 400},
}

// TestEveryKernelMultiplies compares with the formula, for all kernels the processor runs, operands as they are and transposed, and rows
// with gaps, whose content must stay.
func TestEveryKernelMultiplies(t *testing.T) {
	for _, k := range kernels64() {
		testKernel(t, k, 1e-13)
	}
	for _, k := range kernels32() {
		testKernel(t, k, 1e-4)
	}
}

func testKernel[T Float](t *testing.T, kernel kernel[T], tolerance float64) {
	for _, s := range sizes {
		for variant := range 8 {
			a, b := random[T](s.m, s.k, variant&1 > 0), random[T](s.k, s.n, variant&2 > 0)
			alpha, beta := T(1), T(0)
			if variant&4 > 0 {
				alpha, beta = -0.5, 2
			}
			name := fmt.Sprintf("%T/%s/%dx%dx%d/%d", alpha, kernel.name, s.m, s.n, s.k, variant)
			t.Run(name, func(t *testing.T) {
				const gap = 3
				c := fill[T](s.m * (s.n + gap))
				want := formula(s.m, s.n, s.k, alpha, a, b, beta, c, s.n+gap)
				small := blocking{m: 16, k: 16, n: 50} // so that there are many blocks
				for _, block := range []blocking{kernel.block, small} {
					got := append([]T(nil), c...)
					kernel.block = block
					newMultiplier(kernel).Multiply(s.m, s.n, s.k, alpha, a, b, beta, got, s.n+gap)
					compare(t, got, want, tolerance)
				}
			})
		}
	}
}

// random is an m × n matrix with two unused elements between its lines.
func random[T Float](m, n int, transposed bool) View[T] {
	lines, length := m, n
	if transposed {
		lines, length = n, m
	}
	return RowMajor(fill[T](lines*(length+2)), length+2, transposed)
}

func formula[T Float](m, n, k int, alpha T, a, b View[T], beta T, c []T, ldc int) []T {
	want := append([]T(nil), c...)
	for i := range m {
		for j := range n {
			var sum float64
			for p := range k {
				sum += float64(a.From(i, p).Data[0]) * float64(b.From(p, j).Data[0])
			}
			want[i*ldc+j] = T(float64(alpha)*sum + float64(beta)*float64(c[i*ldc+j]))
		}
	}
	return want
}

func compare[T Float](t *testing.T, got, want []T, tolerance float64) {
	t.Helper()
	for i := range want {
		if diff := math.Abs(float64(got[i] - want[i])); !(diff <= tolerance*float64(1+len(want)/100)) {
			t.Fatalf("element %d is %v; want %v", i, got[i], want[i])
		}
	}
}

func fill[T Float](n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(rand.Float64() - 0.5)
	}
	return x
}

func TestZeroBetaDoesNotReadC(t *testing.T) {
	for _, k := range []int{0, 1} {
		c := []float64{math.NaN(), math.Inf(1)}
		New64().Multiply(1, 2, k, 1, RowMajor([]float64{2}, 1, false), RowMajor([]float64{3, 4}, 2, false), 0, c, 2)
		if want := []float64{6 * float64(k), 8 * float64(k)}; c[0] != want[0] || c[1] != want[1] {
			t.Errorf("k = %d: %v; want %v", k, c, want)
		}
	}
}

// NaN times zero is NaN: no product may be left out because a factor is zero.
func TestNaNComesThrough(t *testing.T) {
	for _, k := range kernels64() {
		c := make([]float64, 4)
		newMultiplier(k).Multiply(2, 2, 1, 1, RowMajor([]float64{0, 1}, 1, false), RowMajor([]float64{math.NaN(), 2}, 2, false), 0, c, 2)
		if !math.IsNaN(c[0]) || c[1] != 0 || !math.IsNaN(c[2]) || c[3] != 2 {
			t.Errorf("%s: %v", k.name, c)
		}
	}
}

func TestBlocksAreEven(t *testing.T) {
	for _, c := range []struct{ n, most, step, want int }{
		{2048, 400, 16, 352}, {400, 400, 16, 400}, {401, 400, 16, 208}, {1, 1036, 14, 14}, {2048, 1036, 14, 1036}, {320, 320, 1, 320}, {321, 320, 1, 161},
	} {
		if got := evenly(c.n, c.most, c.step); got != c.want {
			t.Errorf("evenly(%d, %d, %d) is %d; want %d", c.n, c.most, c.step, got, c.want)
		}
	}
}

func BenchmarkMultiply(b *testing.B) {
	for _, n := range []int{8, 16, 64, 256, 1024} {
		for _, k := range kernels64() {
			b.Run(fmt.Sprintf("%s/%d", k.name, n), func(b *testing.B) {
				g := newMultiplier(k)
				x, y, z := fill[float64](n*n), fill[float64](n*n), fill[float64](n*n)
				for b.Loop() {
					g.Multiply(n, n, n, 1, RowMajor(x, n, false), RowMajor(y, n, false), 0, z, n)
				}
				b.ReportMetric(2*float64(n*n*n)*float64(b.N)/1e9/b.Elapsed().Seconds(), "GFLOPS")
			})
		}
	}
}
