package gemm

import "golang.org/x/sys/cpu"

//go:generate go run -C gen .

//go:noescape
func tile4x12AVX2(k int, a, b, c *float64, ldc int)

//go:noescape
func tile4x24AVX2(k int, a, b, c *float32, ldc int)

// kernels64 and kernels32 list what this processor can run, the fastest first; both lists are in the same order.
func kernels64() []kernel[float64] {
	return available(
		wide(wideBlock64, tiles64, across64, alongfloat64),
		kernel[float64]{name: "AVX2", rows: 4, cols: 12, block: blocking{m: 1024, k: 256, n: 96}, tile: whole(4, 12, tile4x12AVX2), packer: portablePacker[float64]()},
		portable[float64]())
}

func kernels32() []kernel[float32] {
	return available(
		wide(wideBlock32, tiles32, across32, alongfloat32),
		kernel[float32]{name: "AVX2", rows: 4, cols: 24, block: blocking{m: 1024, k: 256, n: 192}, tile: whole(4, 24, tile4x24AVX2), packer: portablePacker[float32]()},
		portable[float32]())
}

// available leaves out what the processor lacks. Package cpu also asks whether the system saves the registers.
func available[T Float](avx512, avx2, portable kernel[T]) []kernel[T] {
	var list []kernel[T]
	x86 := &cpu.X86
	if x86.HasAVX512F && x86.HasAVX512VL && x86.HasBMI2 {
		list = append(list, avx512)
	}
	if x86.HasAVX2 && x86.HasFMA {
		list = append(list, avx2)
	}
	return append(list, portable)
}
