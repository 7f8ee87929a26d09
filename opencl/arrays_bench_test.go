package opencl

import (
	"fmt"
	"testing"
)

func BenchmarkReductions(b *testing.B) {
	c := newContext(b)
	for _, n := range []int{1000, 10_000_000} {
		x, y := must(Full[float32](n, 1, On(c)))(b), must(Full[float32](n, 2, On(c)))(b)
		b.Run(fmt.Sprint("sum ", n), func(b *testing.B) {
			b.SetBytes(int64(4 * n))
			for b.Loop() {
				must(x.Sum())(b)
			}
		})
		b.Run(fmt.Sprint("dot ", n), func(b *testing.B) {
			b.SetBytes(int64(8 * n))
			for b.Loop() {
				must(x.Dot(y))(b)
			}
		})
	}
}

func BenchmarkElementwise(b *testing.B) {
	const n = 10_000_000
	c := newContext(b)
	k := must(NewElementwiseKernel("const float *x, const float *y, float *z", "z[i] = 2*x[i] + 3*y[i]", "axpy", On(c)))(b)
	x, y := must(Full[float32](n, 1, On(c)))(b), must(Full[float32](n, 2, On(c)))(b)
	b.SetBytes(12 * n)
	for b.Loop() {
		z := must(EmptyLike(x))(b)
		if err := must(k.Call(x, y, z))(b).Wait(); err != nil {
			b.Fatal(err)
		}
		z.Close()
	}
}
