package simd

import "golang.org/x/sys/cpu"

// assembled are the levels in assembly that this processor, and the system's saving of registers, allow.
func assembled() []*level {
	var found []*level
	fused := cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2
	if fused && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512BW {
		l := &level{name: "AVX-512", stream: streamAVX2, fence: fence}
		l.kernels.f32, l.kernels.f64 = &kernelsAVX512F32, &kernelsAVX512F64
		l.f32 = reductions[float32, [64]float32]{sumAVX512F32, dotAVX512F32, smallestAVX512F32, greatestAVX512F32}
		l.f64 = reductions[float64, [32]float64]{sumAVX512F64, dotAVX512F64, smallestAVX512F64, greatestAVX512F64}
		found = append(found, l)
	}
	if fused {
		l := &level{name: "AVX2", stream: streamAVX2, fence: fence}
		l.kernels.f32, l.kernels.f64 = &kernelsAVX2F32, &kernelsAVX2F64
		l.f32 = reductions[float32, [64]float32]{sumAVX2F32, dotAVX2F32, smallestAVX2F32, greatestAVX2F32}
		l.f64 = reductions[float64, [32]float64]{sumAVX2F64, dotAVX2F64, smallestAVX2F64, greatestAVX2F64}
		found = append(found, l)
	}
	return found
}
