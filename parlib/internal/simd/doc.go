// Package simd computes the same function of many floating-point numbers, with the vector instructions of the processor:
// AVX-512 or AVX2 with FMA on amd64, and plain Go anywhere else. Which is decided once, when the program starts.
//
// All three come from one description (folder gen) and do the same operations in the same order. A result is the same to
// the last bit on every machine, wherever in a slice an element lies, and sums are, too.
//
// # Accuracy
//
// The largest errors found, over random, special and huge arguments, against values correctly rounded by math/big
// (TestAccuracy holds them to these bounds):
//
//	float64: exp, log, sin, cos and pow 0.9 ulp, tanh 1.6 ulp
//	float32: exp, log, sin and cos 0.9 ulp; tanh and pow are computed as float64 and rounded once: 0.51 ulp
//
// The errors of float32 were found for all arguments, but for sine and cosine beyond 2¹⁷, which Go computes as float64: exp
// 0.885 ulp, log 0.835, sin 0.840, cos 0.844. As float64 they were more exact still, but took twice as long.
//
// Sine and cosine of arguments beyond 2³⁰, of float32 beyond 2¹⁷, are reduced by as many digits of π as it takes. Infinities, NaN, zeros of either
// sign and denormal numbers give what C99 says.
//
// # Why generated assembly
//
// Go's own simd/archsimd needs GOEXPERIMENT=simd, which "go build" in a user's module does not set: a package that
// imports it does not build there. Vector libraries on the module proxy have few of these functions, no stated accuracy,
// and no way to a common portable twin. With github.com/mmcloughlin/avo registers are allocated and instructions checked
// by a program, and the .s files that it writes need nothing at run time; the generator is a module of its own.
package simd

//go:generate go run -C gen .
