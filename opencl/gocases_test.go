package opencl_test

import (
	"math"

	"github.com/warren-go/warren/opencl"
)

const items = 300

// line is the range that most kernels are run for.
var line = opencl.Global(items)

// mixed gives numbers in no order: small ones, and for integers of all sizes.
func mixed[T number](n int) []T {
	x := make([]T, n)
	s := uint64(88172645463325252)
	for i := range x {
		s ^= s << 13
		s ^= s >> 7
		s ^= s << 17
		x[i] = T(int64(s) >> (s % 61))
		if x[i]/2 != 0 && x[i]/2+x[i]/2 != x[i] && x[i] != x[i]/2*2 && i%2 == 0 {
			x[i] /= 3
		}
	}
	return x
}

func zeros[T any](n int) []T { return make([]T, n) }

// reals gives moderate floats.
func reals[T float32 | float64](n int) []T {
	x := ramp[T](n)
	for i := range x {
		x[i] = x[i] * 1.37
	}
	return x
}

// specials gives pairs of what is special among floats.
func specials[T float32 | float64]() (a, b []T) {
	all := []T{0, T(math.Copysign(0, -1)), 1, -1, 2.5, -2.5, 0.5, -0.5, T(math.Inf(1)), T(math.Inf(-1)), T(math.NaN()), math.MaxFloat32}
	for _, x := range all {
		for _, y := range all {
			a, b = append(a, x), append(b, y)
		}
	}
	return a, b
}

var (
	special64a, special64b = specials[float64]()
	special32a, special32b = specials[float32]()
	pairs                  = opencl.Global(len(special64a))
)

func three[T number](kernel func(opencl.Item, []T, []T, []T)) kernelCase {
	return kernelCase{kernel: kernel, r: line, args: []any{mixed[T](items), mixed[T](items + 5)[5:], zeros[T](items)}}
}

// inexact is a kernel of functions that OpenCL allows to differ from Go's by some units.
func inexact(kernel any, ulps float64, args ...any) kernelCase {
	return kernelCase{kernel: kernel, r: line, args: args, ulps: ulps}
}

func one(kernel any, args ...any) kernelCase {
	return kernelCase{kernel: kernel, r: opencl.Global(1), args: args}
}

func many(kernel any, args ...any) kernelCase { return kernelCase{kernel: kernel, r: line, args: args} }

func f64() any { return reals[float64](items) }
func o64() any { return zeros[float64](items) }

var kernelCases = map[string]kernelCase{
	"saxpy":        {kernel: saxpy, r: opencl.Global(1024), args: []any{float32(2), ramp[float32](1000), ramp[float32](1000)}},
	"nothing":      {kernel: nothing, r: line},
	"int8":         three(addInt8),
	"int16":        three(addInt16),
	"int32":        three(addInt32),
	"int64":        three(addInt64),
	"int":          three(addInt),
	"uint8":        three(addUint8),
	"uint16":       three(addUint16),
	"uint32":       three(addUint32),
	"uint64":       three(addUint64),
	"uint":         three(addUint),
	"float32":      three(addFloat32),
	"float64":      three(addFloat64),
	"int8 /":       three(divInt8),
	"int32 /":      three(divInt32),
	"int64 /":      three(divInt64),
	"uint32 /":     three(divUint32),
	"/ constant":   many(divConstant, mixed[int](items), zeros[int](items)),
	"min / -1":     one(minimumByMinusOne, []int64{math.MinInt64, -1, 0, 0}),
	"int32 <<":     three(shiftsInt32),
	"int8 <<":      three(shiftsInt8),
	"uint64 <<":    many(shiftsUint64, mixed[uint64](items), ramp[uint64](items), zeros[uint64](items)),
	"<<=":          many(shiftAssign, mixed[int](items), zeros[int](items)),
	"bitwise":      three(bitwise),
	"precedence":   three(precedence),
	"comparisons":  three(comparisons),
	"unsigned <":   many(compareUnsigned, ramp[uint32](items), ramp[uint8](items), zeros[int32](items)),
	"integers":     many(convertIntegers, mixed[int64](items), zeros[int64](items)),
	"to float":     many(convertToFloat, mixed[int64](items), mixed[uint64](items), zeros[float32](items), zeros[float64](items)),
	"from float":   many(convertFromFloat, reals[float32](items), reals[float64](items), zeros[int64](items), zeros[uint8](items)),
	"narrow":       many(narrowFloat, f64(), zeros[float32](items)),
	"types":        many(definedTypes, ramp[celsius](items), ramp[index](items), zeros[float32](items)),
	"constants":    one(constants, zeros[int](8)),
	"constants64":  one(constantFloats, zeros[float64](8)),
	"specials":     {kernel: floatSpecials, r: pairs, args: []any{special64a, special64b, zeros[float64](len(special64a))}},
	"extremes32":   {kernel: floatExtremes32, r: pairs, args: []any{special32a, special32b, zeros[float32](len(special32a)), zeros[float32](len(special32a))}},
	"math.Max":     {kernel: mathExtremes, r: pairs, args: []any{special64a, special64b, zeros[float64](len(special64a)), zeros[float64](len(special64a)), zeros[float64](len(special64a))}},
	"math.IsNaN":   {kernel: mathTests, r: pairs, args: []any{special64a, zeros[int32](len(special64a))}},
	"math.Floor":   many(mathExact, f64(), o64()),
	"math.Sqrt":    many(mathSqrt, f64(), o64()),
	"sqrt32":       many(sqrt32, mixedReals(), zeros[float32](items)),
	"math.Mod":     many(mathMod, f64(), reals[float64](items + 7)[7:], o64()),
	"math.Exp":     inexact(mathExp, 3, f64(), o64()),
	"math.Log":     inexact(mathLog, 3, f64(), o64()),
	"math.Sin":     inexact(mathSin, 4, f64(), o64()),
	"math.Cos":     inexact(mathCos, 4, f64(), o64()),
	"math.Tan":     inexact(mathTan, 6, f64(), o64()),
	"math.Pow":     inexact(mathPow, 16, f64(), reals[float64](items + 7)[7:], o64()),
	"math.Atan2":   inexact(mathAtan2, 6, f64(), reals[float64](items + 7)[7:], o64()),
	"math.Hypot":   inexact(mathHypot, 4, f64(), reals[float64](items + 7)[7:], o64()),
	"math.Tanh":    inexact(mathTanh, 5, f64(), o64()),
	"math.Asin":    inexact(mathInverse, 5, f64(), o64(), o64(), o64()),
	"math.Exp2":    inexact(mathExps, 4, f64(), o64(), o64(), o64()),
	"math.Log2":    inexact(mathLogs, 4, f64(), o64(), o64(), o64()),
	"math.Sinh":    inexact(mathHyperbolic, 5, f64(), o64(), o64(), o64()),
	"math.Erf":     inexact(mathErf, 16, f64(), o64(), o64()),
	"single":       inexact(single, 16, reals[float32](items), zeros[float32](items), zeros[float32](items), zeros[float32](items)),
	"bits of":      many(floatBits, reals[float32](items), reals[float64](items), zeros[uint32](items), zeros[uint64](items), zeros[float32](items)),
	"bits":         many(bitCounts, mixed[uint64](items), zeros[int](items)),
	"rotate":       many(rotations, mixed[uint32](items), ramp[int](items), zeros[uint32](items)),
	"min, max":     many(integerExtremes, mixed[int32](items), ramp[int32](items), ramp[uint8](items), zeros[int32](items)),
	"for":          many(counted, zeros[int](items)),
	"range int":    many(rangeInteger, zeros[int](items)),
	"range slice":  many(rangeSlice, ramp[float32](items), zeros[float32](items)),
	"range array":  many(rangeArray, zeros[int32](items)),
	"switch":       many(switches, zeros[int](items)),
	"switch float": many(switchFloat, ramp[float32](items), zeros[float32](items)),
	"labels":       many(labels, zeros[int](items)),
	"shadows":      many(shadows, zeros[int](items)),
	"names":        many(awkwardNames, ramp[int32](items), zeros[int32](items), int32(9)),
	"assignments":  many(assignments, ramp[int32](4*items)),
	"bools":        many(booleans, bools(), true, zeros[int32](items)),
	"structs":      many(particles, swarm(items), float32(0.01), vector{1, -2, 3}),
	"arrays":       many(arrays, [3][2]int32{{1, 2}, {3, 4}, {5, 50}}, zeros[int32](items)),
	"==":           many(compareStructs, swarm(items), zeros[int32](items)),
	"embedded":     many(embeds, make([]outer, items)),
	"anonymous":    many(anonymous, zeros[int32](items)),
	"results":      many(severalResults, zeros[int](items)),
	"forwards":     many(forwards, zeros[int](items)),
	"order":        one(orderOfCalls, make([]int, 9)),
	"nested":       many(nested, reals[float32](items)),
	"slices":       many(rows, reals[float32](items*7), 7, zeros[float32](items)),
	"empty slices": one(emptyParts, ramp[int32](5), zeros[int32](1)),
	"ids":          {kernel: ids, r: opencl.Global(12, 6).Groups(4, 3), args: []any{zeros[int](72)}},
	"ids, offset":  {kernel: ids, r: opencl.Global(12, 6).Groups(4, 3).From(5, 7), args: []any{zeros[int](72)}},
	"barrier":      {kernel: reverseGroup, r: opencl.Global(640).Groups(64), args: []any{ramp[int32](640)}},
	"reduce":       {kernel: reduceGroup, r: opencl.Global(640).Groups(64), args: []any{ramp[int64](640), zeros[int64](10)}},
	"tiles":        {kernel: matmulTiled, r: opencl.Global(32, 32).Groups(8, 8), args: []any{32, reals[float32](1024), reals[float32](1024), zeros[float32](1024)}},
	"local struct": {kernel: localStruct, r: opencl.Global(64).Groups(16), args: []any{zeros[int32](64), zeros[float32](64)}},
	"local helper": {kernel: localHelper, r: opencl.Global(64).Groups(16), args: []any{zeros[int32](64)}},
	"histogram":    many(histogram, mixed[uint8](items), zeros[int32](16)),
	"atomics32":    many(atomics32, []uint32{0, 100, 0, math.MaxUint32, 0, 0, 7, 0, 0, 308: 0}),
	"atomics64":    many(atomics64, make([]int64, 5)),
	"atomicFloats": many(atomicFloats, make([]float32, 3), make([]float64, 2)),
	"compact":      many(compact, ramp[int32](items), zeros[int32](items), zeros[int32](1)),
	"mandelbrot":   {kernel: mandelbrot, r: opencl.Global(64, 48), args: []any{60, 40, zeros[int32](2400)}},
	"stencil":      {kernel: stencil, r: opencl.Global(20, 20), args: []any{reals[float32](400), zeros[float32](400), 20}},
	"bitonic":      {kernel: bitonic, r: opencl.Global(256), args: []any{mixed[int32](256), uint32(4), uint32(32)}},
	"xorshift":     many(xorshift, uint64(42), o64()),
	"collatz":      many(collatz, zeros[int32](items)),
	"gcd":          many(gcds, zeros[int](items)),
	"grid stride":  {kernel: gridStride, r: opencl.Global(7), args: []any{reals[float32](100)}},
}

func mixedReals() []float32 {
	x := reals[float32](items)
	for i := range x {
		x[i] *= x[i] * 1.01
	}
	return x
}

func bools() []bool {
	x := make([]bool, items)
	for i := range x {
		x[i] = i%3 == 0
	}
	return x
}

func swarm(n int) []particle {
	ps := make([]particle, n)
	for i := range ps {
		f := float32(i % 5)
		ps[i] = particle{vector{f, 2 * f, 1}, vector{1, f, 0}, 2, int32(i % 5), [3]int16{1, 2, int16(i % 5)}}
	}
	return ps
}
