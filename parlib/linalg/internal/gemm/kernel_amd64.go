package gemm

import "golang.org/x/sys/cpu"

//go:noescape
func tile8x24AVX512(k int, a, b, c *float64, ldc int)

//go:noescape
func tile8x48AVX512(k int, a, b, c *float32, ldc int)

//go:noescape
func tile4x12AVX2(k int, a, b, c *float64, ldc int)

//go:noescape
func tile4x24AVX2(k int, a, b, c *float32, ldc int)

// kernels64 and kernels32 list what this processor can run, the fastest first; both lists are in the same order.
func kernels64() []kernel[float64] {
	return available(
		kernel[float64]{name: "AVX-512", rows: 8, cols: 24, tile: tile8x24AVX512},
		kernel[float64]{name: "AVX2", rows: 4, cols: 12, tile: tile4x12AVX2},
		portable[float64]())
}

func kernels32() []kernel[float32] {
	return available(
		kernel[float32]{name: "AVX-512", rows: 8, cols: 48, tile: tile8x48AVX512},
		kernel[float32]{name: "AVX2", rows: 4, cols: 24, tile: tile4x24AVX2},
		portable[float32]())
}

func available[T Float](avx512, avx2, portable kernel[T]) []kernel[T] {
	var list []kernel[T]
	if cpu.X86.HasAVX512F {
		list = append(list, avx512)
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		list = append(list, avx2)
	}
	return append(list, portable)
}
