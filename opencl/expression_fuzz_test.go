package opencl

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// formula is a random expression in OpenCL C, with what it gives for x[i] = x and y[i] = y. Unsigned numbers wrap around in both
// languages.
type formula struct {
	text string
	eval func(x, y, i uint32) uint32
}

func randomFormula(r *rand.Rand, depth int) formula {
	if depth == 0 || r.IntN(8) == 0 {
		switch k := r.Uint32N(100); r.IntN(4) {
		case 0:
			return formula{"x[i]", func(x, _, _ uint32) uint32 { return x }}
		case 1:
			return formula{"y[i]", func(_, y, _ uint32) uint32 { return y }}
		case 2:
			return formula{"(uint)i", func(_, _, i uint32) uint32 { return i }}
		default:
			return formula{fmt.Sprint(k, "u"), func(_, _, _ uint32) uint32 { return k }}
		}
	}
	a, b := randomFormula(r, depth-1), randomFormula(r, depth-1)
	op := []struct {
		format string
		eval   func(a, b uint32) uint32
	}{
		{"(%s + %s)", func(a, b uint32) uint32 { return a + b }},
		{"(%s - %s)", func(a, b uint32) uint32 { return a - b }},
		{"(%s * %s)", func(a, b uint32) uint32 { return a * b }},
		{"min(%s, %s)", func(a, b uint32) uint32 { return min(a, b) }},
		{"max(%s, %s)", func(a, b uint32) uint32 { return max(a, b) }},
		{"(%s ^ %s)", func(a, b uint32) uint32 { return a ^ b }},
		{"(%s / (%s | 1u))", func(a, b uint32) uint32 { return a / (b | 1) }},
		{"(%s < %s ? 3u : 5u)", func(a, b uint32) uint32 {
			if a < b {
				return 3
			}
			return 5
		}},
	}[r.IntN(8)]
	return formula{fmt.Sprintf(op.format, a.text, b.text), func(x, y, i uint32) uint32 { return op.eval(a.eval(x, y, i), b.eval(x, y, i)) }}
}

// FuzzGeneratorsAgreeWithGo has random expressions computed by all three generators, on views too.
func FuzzGeneratorsAgreeWithGo(f *testing.F) {
	f.Add(uint64(1), uint16(1000), int8(1)) // few: each makes a handful of programs
	f.Add(uint64(9), uint16(10000), int8(-2))
	f.Fuzz(func(t *testing.T, seed uint64, n uint16, step int8) {
		if step == 0 || step == -128 {
			return
		}
		for _, c := range []*Context{newContext(t)} {
			generatorsAgree(t, c, randomFormula(rand.New(rand.NewPCG(seed, 0)), 4), int(n), int(step))
		}
	})
}

func generatorsAgree(t *testing.T, c *Context, e formula, n, step int) {
	x := make([]uint32, n*max(step, -step))
	for i := range x {
		x[i] = uint32(i)*2654435761 ^ 99
	}
	whole := toDevice(t, c, x...)
	at := [3]int{0, len(x), step}
	if step < 0 {
		at = [3]int{len(x) - 1, -1, step}
	}
	a, u := slice(t, whole, at[0], at[1], at[2]), sliced(x, at)
	b := must(a.Reverse())(t)
	want, sums, sum := make([]uint32, len(u)), make([]uint32, len(u)), uint32(0)
	for i := range u {
		want[i] = e.eval(u[i], u[len(u)-1-i], uint32(i))
		sum += want[i]
		sums[i] = sum
	}
	const arguments = "const uint *x, const uint *y"
	z := must(Zeros[uint32](len(u), On(c)))(t)
	must(must(NewElementwiseKernel(arguments+", uint *z", "z[i] = "+e.text, "fuzzed", On(c)))(t).Call(a, b, z))(t)
	sameSlices(t, "element-wise "+e.text, must(z.Get())(t), want)
	if got := must(must(NewReductionKernel[uint32]("0", "a+b", e.text, arguments, On(c)))(t).Call(a, b, Over{0, len(u), 1}))(t); got != sum {
		t.Errorf("reduction of %s is %d, want %d", e.text, got, sum)
	}
	k := must(NewScanKernel[uint32](Scan{Arguments: arguments + ", uint *z", Input: e.text, Reduce: "a+b", Neutral: "0", Output: "z[i] = item"}, On(c)))(t)
	must(k.Call(a, b, z))(t)
	sameSlices(t, "scan of "+e.text, must(z.Get())(t), sums)
}
