package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// special are the arguments for which functions have a case of their own, and their neighbours.
func special() []float64 {
	nan, inf := math.NaN(), math.Inf(1)
	up := func(x float64) float64 { return math.Nextafter(x, inf) }
	down := func(x float64) float64 { return math.Nextafter(x, -inf) }
	positive := []float64{
		0, math.SmallestNonzeroFloat64, down(0x1p-1022), 0x1p-1022, 1e-300, 1e-30, 0x1p-54, 0.25, 0.5, down(1), 1, up(1), 1.5, 2, 3,
		math.Pi / 2, math.Pi, 21.9, 22.1, 100, 101, 708.5, 709.782712893384, 709.9, 745.1, 745.2, 746, 800, 1 << 30, up(1 << 30), 1 << 31,
		1<<53 - 1, 1 << 53, 1<<53 + 2, 1e17, 1e100, 1e300, math.MaxFloat64, inf,
	}
	all := []float64{nan}
	for _, x := range positive {
		all = append(all, x, -x)
	}
	return all
}

// operands are random and special numbers for a, b and c.
func operands(n int) (a, b, c []float64) {
	r := rand.New(rand.NewPCG(3, 4))
	s := special()
	number := func() float64 {
		switch r.IntN(4) {
		case 0:
			return s[r.IntN(len(s))]
		case 1:
			return math.Float64frombits(r.Uint64())
		case 2:
			return math.Round(20 * r.NormFloat64())
		}
		return 100 * r.NormFloat64()
	}
	a, b, c = make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range a {
		a[i], b[i], c[i] = number(), number(), number()
	}
	return a, b, c
}

func converted[T Float](x []float64) []T {
	y := make([]T, len(x))
	for i, v := range x {
		y[i] = T(v)
	}
	return y
}

// same takes any two NaN for equal, and zeros of different signs for different.
func same[T Float](x, y T) bool {
	return x == y && math.Signbit(float64(x)) == math.Signbit(float64(y)) || x != x && y != y
}

func eachLevel(t *testing.T, test func(t *testing.T, l *level)) {
	for _, l := range levels {
		t.Run(l.name, func(t *testing.T) { test(t, l) })
	}
}

func TestLevelsAgreeToTheLastBit(t *testing.T) {
	const n = 10_000
	eachLevel(t, func(t *testing.T, l *level) {
		levelAgrees[float64](t, l, n)
		levelAgrees[float32](t, l, n)
	})
}

func levelAgrees[T Float](t *testing.T, l *level, n int) {
	x, y, z := operands(n)
	a, b, c := converted[T](x), converted[T](y), converted[T](z)
	got, want := make([]T, n), make([]T, n)
	for op := range numOps {
		apply(l, op, got, a, b, c)
		apply(portable, op, want, a, b, c)
		for i := range got {
			if !same(got[i], want[i]) {
				t.Errorf("%v(%v, %v, %v) of %T is %v, portable %v", op, a[i], b[i], c[i], a[i], got[i], want[i])
				break
			}
		}
	}
}

func TestEveryLengthAndPlaceGivesTheSame(t *testing.T) {
	eachLevel(t, func(t *testing.T, l *level) {
		everyLength[float64](t, l)
		everyLength[float32](t, l)
	})
}

func everyLength[T Float](t *testing.T, l *level) {
	const longest = 40
	x, y, z := operands(longest + 8)
	a, b, c := converted[T](x), converted[T](y), converted[T](z)
	whole := make([]T, len(a))
	got := make([]T, len(a)+2)
	for op := range numOps {
		apply(l, op, whole, a, b, c)
		for n := range longest {
			for lo := range 8 {
				const guard = 12345
				for i := range got {
					got[i] = guard
				}
				apply(l, op, got[lo+1:lo+1+n], a[lo:lo+n], b[lo:lo+n], c[lo:lo+n])
				if !slices.EqualFunc(got[lo+1:lo+1+n], whole[lo:lo+n], same[T]) {
					t.Fatalf("%v of elements %d to %d differs from that of all", op, lo, lo+n)
				}
				if got[lo] != guard || got[lo+1+n] != guard {
					t.Fatalf("%v of %d elements writes beside dst", op, n)
				}
			}
		}
	}
}

func TestOperandOfOneElementCountsEverywhere(t *testing.T) {
	eachLevel(t, func(t *testing.T, l *level) {
		for _, n := range []int{2, 7, 16, 100, blockLength + 9} {
			a, b, c := operands(n)
			for which := range 3 {
				all := [3][]float64{a, b, c}
				one := all
				all[which] = slices.Repeat([]float64{0.75}, n)
				one[which] = []float64{0.75}
				got, want := make([]float64, n), make([]float64, n)
				for op := range numOps {
					apply(l, op, want, all[0], all[1], all[2])
					apply(l, op, got, one[0], one[1], one[2])
					if !slices.EqualFunc(got, want, same) {
						t.Errorf("%v of %d elements with operand %d repeated differs", op, n, which)
					}
				}
			}
		}
	})
}

func TestDestinationMayBeAnOperand(t *testing.T) {
	eachLevel(t, func(t *testing.T, l *level) {
		n := 3*blockLength + 5
		a, b, c := operands(n)
		want := make([]float64, n)
		for op := range numOps {
			apply(l, op, want, a, b, c)
			for which := range op.Arity() {
				in := [3][]float64{slices.Clone(a), slices.Clone(b), slices.Clone(c)}
				apply(l, op, in[which], in[0], in[1], in[2])
				if !slices.EqualFunc(in[which], want, same) {
					t.Errorf("%v into operand %d differs", op, which)
				}
			}
		}
	})
}

func TestSpecialCasesAreThoseOfPackageMath(t *testing.T) {
	truth := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	exactly := map[Op]func(a, b, c float64) float64{
		Neg: func(a, b, c float64) float64 { return -a }, Abs: func(a, b, c float64) float64 { return math.Abs(a) },
		Sqrt: func(a, b, c float64) float64 { return math.Sqrt(a) },
		Add:  func(a, b, c float64) float64 { return a + b }, Sub: func(a, b, c float64) float64 { return a - b },
		Mul: func(a, b, c float64) float64 { return a * b }, Div: func(a, b, c float64) float64 { return a / b },
		Min: func(a, b, c float64) float64 { return min(a, b) }, Max: func(a, b, c float64) float64 { return max(a, b) },
		Less:      func(a, b, c float64) float64 { return truth(a < b) },
		LessEqual: func(a, b, c float64) float64 { return truth(a <= b) },
		Equal:     func(a, b, c float64) float64 { return truth(a == b) },
		NotEqual:  func(a, b, c float64) float64 { return truth(a != b) },
		Not:       func(a, b, c float64) float64 { return truth(a == 0) },
		And:       func(a, b, c float64) float64 { return truth(a != 0 && b != 0) },
		Or:        func(a, b, c float64) float64 { return truth(a != 0 || b != 0) },
		FMA:       math.FMA, FMS: func(a, b, c float64) float64 { return math.FMA(a, b, -c) },
		FNMA: func(a, b, c float64) float64 { return math.FMA(-a, b, c) },
		Where: func(a, b, c float64) float64 {
			if a != 0 {
				return b
			}
			return c
		},
	}
	about := map[Op]func(a, b, c float64) float64{ // zeros, infinities and NaN; package math is wrong by more than an ulp elsewhere
		Exp: func(a, b, c float64) float64 { return math.Exp(a) }, Log: func(a, b, c float64) float64 { return math.Log(a) },
		Sin: func(a, b, c float64) float64 { return math.Sin(a) }, Cos: func(a, b, c float64) float64 { return math.Cos(a) },
		Tanh: func(a, b, c float64) float64 { return math.Tanh(a) }, Pow: func(a, b, c float64) float64 { return math.Pow(a, b) },
	}
	ordinary := func(x float64) bool { return x != 0 && !math.IsInf(x, 0) && !math.IsNaN(x) }
	eachLevel(t, func(t *testing.T, l *level) {
		dst := make([]float64, 1)
		for op := range numOps {
			want, near := exactly[op], false
			if want == nil {
				want, near = about[op], true
			}
			for _, a := range special() {
				for _, b := range special() {
					if op.Arity() == 1 && b == b {
						continue
					}
					apply(l, op, dst, []float64{a}, []float64{b}, []float64{0.1})
					w, y := want(a, b, 0.1), b
					if b != b {
						y = 0 // the only argument counts
					}
					if near && ordinary(a) && (op.Arity() == 1 || ordinary(b)) && (ordinary(w) || ordinary(dst[0])) {
						if u := ulps(dst[0], references[op](exact(a), exact(y))); u > 1.5 {
							t.Errorf("%v(%v, %v) = %v, off by %.2f ulp", op, a, b, dst[0], u)
						}
					} else if !same(dst[0], w) {
						t.Errorf("%v(%v, %v) = %v, want %v", op, a, b, dst[0], w)
					}
				}
			}
		}
	})
}

// What is wide is computed as float64, so its error is half an ulp and a little.
func TestFloat32IsRoundedOnce(t *testing.T) {
	x, y, _ := operands(50_000)
	a, b := converted[float32](x), converted[float32](y)
	got, want := make([]float32, len(a)), make([]float64, len(a))
	for _, op := range []Op{Tanh, Pow} {
		Apply(op, got, a, b, nil)
		Apply(op, want, converted[float64](slices.Collect(float64s(a))), converted[float64](slices.Collect(float64s(b))), nil)
		for i := range got {
			if !same(got[i], float32(want[i])) {
				t.Fatalf("%v(%v, %v) = %v, want %v", op, a[i], b[i], got[i], float32(want[i]))
			}
		}
	}
}

func float64s[T Float](x []T) func(yield func(float64) bool) {
	return func(yield func(float64) bool) {
		for _, v := range x {
			if !yield(float64(v)) {
				return
			}
		}
	}
}

func TestFusedFloat32IsRoundedOnce(t *testing.T) {
	// 1 + 2⁻²⁴ is half way between float32; the product's last part decides.
	tests := []struct{ a, b, c, want float32 }{
		{1, 0x1p-24, 1, 1},
		{0x1.000002p-12, 0x1p-12, 1, 1 + 0x1p-23},
		{0x1.000002p-30, 0x1.000002p-30, 1, 1},
		{0x1.000002p0, 0x1.000002p-24, 1, 1 + 0x1p-23},
		{-0x1.000002p-13, 0x1.fffffep-13, 1, 1 - 0x1p-24},
		{float32(math.Inf(1)), 1, 1, float32(math.Inf(1))},
	}
	for _, l := range levels {
		for _, tt := range tests {
			got := make([]float32, 1)
			apply(l, FMA, got, []float32{tt.a}, []float32{tt.b}, []float32{tt.c})
			if got[0] != tt.want {
				t.Errorf("%s: %x*%x + %x = %x, want %x", l.name, tt.a, tt.b, tt.c, got[0], tt.want)
			}
		}
	}
}

func TestSumsAgreeToTheLastBit(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 31, 32, 33, 1000, blockLength + 1, 100_001} {
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], y[i] = r.NormFloat64(), r.NormFloat64()
		}
		a, b := converted[float32](x), converted[float32](y)
		exactSum, exactDot := 0.0, 0.0
		for i := range x {
			exactSum += x[i]
			exactDot += x[i] * y[i]
		}
		if got := Sum(x); math.Abs(got-exactSum) > 1e-9 {
			t.Errorf("Sum of %d is %v, want %v", n, got, exactSum)
		}
		if got := Dot(x, y); math.Abs(got-exactDot) > 1e-9 {
			t.Errorf("Dot of %d is %v, want %v", n, got, exactDot)
		}
		for _, l := range levels {
			for what, pair := range map[string][2]float64{
				"Sum of float64": {sum(l, x), sum(portable, x)}, "Dot of float64": {dot(l, x, y), dot(portable, x, y)},
				"Sum of float32": {sum(l, a), sum(portable, a)}, "Dot of float32": {dot(l, a, b), dot(portable, a, b)},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s: %s of %d elements is %v, portable %v", l.name, what, n, pair[0], pair[1])
				}
			}
		}
	}
}

// Those of blocks are called thousands of times in a row: with garbage from each they took three times as long.
func TestReductionsAllocateNothing(t *testing.T) {
	x, y := make([]float64, 4097), make([]float32, 4097)
	eachLevel(t, func(t *testing.T, l *level) {
		for what, f := range map[string]func() float64{
			"Sum of float64": func() float64 { return sum(l, x) }, "Dot of float64": func() float64 { return dot(l, x, x) },
			"Sum of float32": func() float64 { return sum(l, y) }, "Dot of float32": func() float64 { return dot(l, y, y) },
			"ArgMin of float64": func() float64 { return float64(extreme(l, x, false)) }, "ArgMax of float32": func() float64 { return float64(extreme(l, y, true)) },
			"ArgMin of few": func() float64 { return float64(extreme(l, x[:5], false)) },
		} {
			if n := testing.AllocsPerRun(100, func() { f() }); n >= 1 { // a collection may empty a pool
				t.Errorf("%s allocates %v times", what, n)
			}
		}
	})
}

func TestNormNeitherOverflowsNorVanishes(t *testing.T) {
	inf := math.Inf(1)
	for _, tt := range []struct {
		x    []float64
		want float64
	}{
		{nil, 0}, {[]float64{0, 0}, 0}, {[]float64{3, 4}, 5}, {[]float64{3e300, 4e300}, 5e300}, {[]float64{3e-300, -4e-300}, 5e-300},
		{[]float64{5e-324}, 5e-324}, {[]float64{inf, 1}, inf}, {[]float64{math.NaN(), 1}, math.NaN()}, {[]float64{inf, math.NaN()}, math.NaN()},
	} {
		if got := Norm(tt.x); !same(got, tt.want) && math.Abs(got-tt.want) > 1e-15*tt.want {
			t.Errorf("Norm(%v) = %v, want %v", tt.x, got, tt.want)
		}
	}
}

func TestExtremesAreTheFirst(t *testing.T) {
	eachLevel(t, func(t *testing.T, l *level) {
		firstExtremes[float64](t, l)
		firstExtremes[float32](t, l)
	})
}

func firstExtremes[T Float](t *testing.T, l *level) {
	r := rand.New(rand.NewPCG(7, 8))
	for n := range 300 {
		if n > 280 {
			n *= 100
		}
		x := make([]T, n)
		for i := range x {
			x[i] = T(r.IntN(n/2 + 1))
		}
		for _, nan := range []bool{false, true} {
			if nan && n > 0 {
				x[r.IntN(n)] = T(math.NaN())
				x[n-1] = T(math.NaN())
			}
			least, most := -1, -1
			for i, v := range x {
				if least < 0 || v < x[least] || v != v && x[least] == x[least] {
					least = i
				}
				if most < 0 || v > x[most] || v != v && x[most] == x[most] {
					most = i
				}
			}
			if got := extreme(l, x, false); got != least {
				t.Fatalf("the first of the smallest of %d %T is at %d, want %d", n, T(0), got, least)
			}
			if got := extreme(l, x, true); got != most {
				t.Fatalf("the first of the greatest of %d %T is at %d, want %d", n, T(0), got, most)
			}
		}
	}
}

func TestWhatStreamsCanBeWaitedFor(t *testing.T) {
	for _, l := range levels {
		if (l.stream == nil) != (l.fence == nil) {
			t.Errorf("%s has one of stream and fence without the other", l.name)
		}
	}
	Arrived()
}

func TestCopyCopiesAll(t *testing.T) {
	for n := range 200 {
		for lo := range 6 {
			src, dst := make([]float32, n), make([]float32, n+lo+1)
			for i := range src {
				src[i] = float32(i + 1)
			}
			Copy(dst[lo:lo+n], src)
			if !slices.Equal(dst[lo:lo+n], src) || dst[lo+n] != 0 {
				t.Fatalf("Copy of %d elements to place %d gives %v", n, lo, dst)
			}
		}
	}
}

func BenchmarkApply(b *testing.B) {
	for _, size := range []int{4, 8} {
		for _, l := range levels {
			for op := range numOps {
				b.Run(fmt.Sprintf("%v/float%d/%s", op, 8*size, l.name), func(b *testing.B) {
					if size == 4 {
						benchmarkApply[float32](b, l, op)
					} else {
						benchmarkApply[float64](b, l, op)
					}
				})
			}
		}
	}
}

func benchmarkApply[T Float](b *testing.B, l *level, op Op) {
	const n = 1000
	x, y, z, dst := make([]T, n), make([]T, n), make([]T, n), make([]T, n)
	for i := range x {
		x[i], y[i], z[i] = T(i)/10, T(i%7), 1
	}
	for b.Loop() {
		apply(l, op, dst, x, y, z)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
	b.SetBytes(int64(n) * int64(op.Arity()+1) * int64(unsafe.Sizeof(x[0])))
}
