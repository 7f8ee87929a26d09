package simd

import (
	"fmt"
	"unsafe"
)

// Float is a floating-point type.
type Float interface{ ~float32 | ~float64 }

// Op is an element-wise operation.
type Op uint8

func (op Op) String() string {
	if op < numOps {
		return opNames[op]
	}
	return fmt.Sprintf("Op(%d)", uint8(op))
}

// Arity is the number of op's operands, 1 to 3.
func (op Op) Arity() int { return opArity[op] }

// kernel sets dst[i] to its operation of a[i], b[i], c[i]. An operand of one element has it at every index. Retry says
// that some elements were left as they were in a.
type kernel[T float32 | float64] func(dst, a, b, c []T) (retry bool)

// level is what is computed with one instruction set.
type level struct {
	name    string
	kernels struct {
		f32 *[numOps]kernel[float32]
		f64 *[numOps]kernel[float64]
	}
	f32    reductions[float32, [64]float32]
	f64    reductions[float64, [32]float64]
	stream func(dst, src *byte, n int) // nil: an ordinary copy
	fence  func()                      // waits for what was streamed
}

// levels are those that this machine has, the best one first.
var levels = append(assembled(), portable)

// Level names the instructions in use: "AVX-512", "AVX2" or "portable".
func Level() string { return levels[0].name }

// blockLength bounds what is computed in one call: assembly cannot be preempted, and a garbage collection waits for it.
const blockLength = 1 << 14

// Apply sets dst[i] to op of a[i], b[i] and c[i], of which those beyond op's arity are ignored. Each operand is as long as
// dst, or has one element, which then counts at every index. An operand may be dst itself, but must not overlap it otherwise.
func Apply[T Float](op Op, dst, a, b, c []T) { apply(levels[0], op, dst, a, b, c) }

func apply[T Float](l *level, op Op, dst, a, b, c []T) {
	var zero T
	if unsafe.Sizeof(zero) == 4 {
		applyBlocks(l.kernels.f32[op], op, cast[float32](dst), cast[float32](a), cast[float32](b), cast[float32](c))
	} else {
		applyBlocks(l.kernels.f64[op], op, cast[float64](dst), cast[float64](a), cast[float64](b), cast[float64](c))
	}
}

func applyBlocks[T float32 | float64](k kernel[T], op Op, dst, a, b, c []T) {
	for len(dst) > blockLength {
		applyBlock(k, op, dst[:blockLength], head(a), head(b), head(c))
		dst, a, b, c = dst[blockLength:], rest(a), rest(b), rest(c)
	}
	applyBlock(k, op, dst, a, b, c)
}

func applyBlock[T float32 | float64](k kernel[T], op Op, dst, a, b, c []T) {
	if k(dst, a, b, c) {
		finish(op, dst)
	}
}

// head and rest cut an operand as dst is cut.
func head[T any](x []T) []T { return x[:min(len(x), blockLength)] }

func rest[T any](x []T) []T {
	if len(x) <= 1 {
		return x
	}
	return x[blockLength:]
}

// cast views x as a slice of the type that T is made of.
func cast[To, T Float](x []T) []To {
	return unsafe.Slice((*To)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// Copy copies src to dst past the caches where the machine can: for results so long that the caches cannot keep them.
// The slices have equal lengths and do not overlap. Other goroutines may not read dst before Arrived has returned.
func Copy[T Float](dst, src []T) {
	stream := levels[0].stream
	if stream == nil || len(dst) == 0 {
		copy(dst, src)
		return
	}
	size, address := int(unsafe.Sizeof(dst[0])), uintptr(unsafe.Pointer(&dst[0]))
	if address%uintptr(size) != 0 { // made by package unsafe: no element of it is where streaming could begin
		copy(dst, src)
		return
	}
	const alignment, step = 32, 128
	skip := min(len(dst), int(-address%alignment)/size)
	copy(dst[:skip], src)
	dst, src = dst[skip:], src[skip:]
	whole := len(dst) * size / step * step
	if whole > 0 {
		stream((*byte)(unsafe.Pointer(&dst[0])), (*byte)(unsafe.Pointer(&src[0])), whole)
	}
	copy(dst[whole/size:], src[whole/size:])
}

// Arrived waits until all that Copy has written in this goroutine is in memory: call it after the last of many copies.
func Arrived() {
	if fence := levels[0].fence; fence != nil {
		fence()
	}
}
