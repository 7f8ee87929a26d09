package opencl

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// samples are numbers of a type with its extremes.
func samples[T Element](more ...T) []T {
	x := []T{0, 1, 2, 3, 7, 100, 0 - T(1), 0 - T(2), 0 - T(7)}
	return append(x, more...)
}

// pairs are all pairs of some numbers.
func pairs[T any](x []T) (a, b []T) {
	for _, v := range x {
		for _, w := range x {
			a, b = append(a, v), append(b, w)
		}
	}
	return a, b
}

func TestIntegersAreComputedAsInGo(t *testing.T) {
	c := newContext(t)
	// Of types and operations, which are programs to be compiled, all that differ: narrow numbers, which C computes with as int, and
	// those of 32 bits, whose overflow C leaves open, with all; unsigned ones with those that C has other instructions for.
	t.Run("int8", integersAsInGo[int8](c, "", math.MinInt8, math.MaxInt8))
	t.Run("int32", integersAsInGo[int32](c, "Add Sub Mul Div Mod DivScalar Neg Abs Square Product Dot", math.MinInt32, math.MaxInt32))
	t.Run("uint64", integersAsInGo[uint64](c, "Mul Div Mod DivScalar Minimum Maximum Neg Sum", math.MaxUint64))
}

type integer interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~int | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uint
}

// integersAsInGo tries the operations of that list, or all.
func integersAsInGo[T integer](c *Context, list string, extremes ...T) func(t *testing.T) {
	listed := func(name string) bool { return list == "" || slices.Contains(strings.Fields(list), name) }
	return func(t *testing.T) {
		x, y := pairs(samples(extremes...))
		var noZero []T
		for _, v := range y {
			noZero = append(noZero, max(v, 1)|v)
		}
		a, b, d := toDevice(t, c, x...), toDevice(t, c, y...), toDevice(t, c, noZero...)
		for name, test := range map[string]struct {
			device func(...Option) (*Array[T], error)
			host   func(i int) T
		}{
			"Add":       {func(o ...Option) (*Array[T], error) { return a.Add(b, o...) }, func(i int) T { return x[i] + y[i] }},
			"Sub":       {func(o ...Option) (*Array[T], error) { return a.Sub(b, o...) }, func(i int) T { return x[i] - y[i] }},
			"Mul":       {func(o ...Option) (*Array[T], error) { return a.Mul(b, o...) }, func(i int) T { return x[i] * y[i] }},
			"MulScalar": {func(o ...Option) (*Array[T], error) { return a.MulScalar(extremes[0], o...) }, func(i int) T { return x[i] * extremes[0] }},
			"Div":       {func(o ...Option) (*Array[T], error) { return a.Div(d, o...) }, func(i int) T { return x[i] / noZero[i] }},
			"Mod":       {func(o ...Option) (*Array[T], error) { return a.Mod(d, o...) }, func(i int) T { return x[i] % noZero[i] }},
			"DivScalar": {func(o ...Option) (*Array[T], error) { return a.DivScalar(0-T(1), o...) }, func(i int) T { return x[i] / (0 - T(1)) }},
			"And":       {func(o ...Option) (*Array[T], error) { return a.And(b, o...) }, func(i int) T { return x[i] & y[i] }},
			"Or":        {func(o ...Option) (*Array[T], error) { return a.Or(b, o...) }, func(i int) T { return x[i] | y[i] }},
			"XorScalar": {func(o ...Option) (*Array[T], error) { return a.XorScalar(7, o...) }, func(i int) T { return x[i] ^ 7 }},
			"AndNot":    {func(o ...Option) (*Array[T], error) { return a.AndNot(b, o...) }, func(i int) T { return x[i] &^ y[i] }},
			"Minimum":   {func(o ...Option) (*Array[T], error) { return a.Minimum(b, o...) }, func(i int) T { return min(x[i], y[i]) }},
			"Maximum":   {func(o ...Option) (*Array[T], error) { return a.Maximum(b, o...) }, func(i int) T { return max(x[i], y[i]) }},
			"Neg":       {a.Neg, func(i int) T { return -x[i] }},
			"Abs": {a.Abs, func(i int) T {
				if x[i] < 0 {
					return -x[i]
				}
				return x[i]
			}},
			"Not":        {a.Not, func(i int) T { return ^x[i] }},
			"Square":     {a.Square, func(i int) T { return x[i] * x[i] }},
			"Add in one": {func(o ...Option) (*Array[T], error) { z := must(a.Copy())(t); return z.Add(b, append(o, Into(z))...) }, func(i int) T { return x[i] + y[i] }},
		} {
			if !listed(name) {
				continue
			}
			want := make([]T, len(x))
			for i := range want {
				want[i] = test.host(i)
			}
			sameSlices(t, name, must(must(test.device())(t).Get())(t), want)
		}
		sum, product, dot := T(0), T(1), T(0)
		for i := range x {
			sum += x[i]
			product *= x[i]
			dot += x[i] * y[i]
		}
		for name, test := range map[string]struct {
			device func() (T, error)
			want   T
		}{
			"Sum":     {func() (T, error) { return a.Sum() }, sum},
			"Product": {func() (T, error) { return a.Product() }, product},
			"Dot":     {func() (T, error) { return a.Dot(b) }, dot},
		} {
			if !listed(name) {
				continue
			}
			if got := must(test.device())(t); got != test.want {
				t.Errorf("%s is %v, want %v", name, got, test.want)
			}
		}
	}
}

func TestDivisionByZeroIsAnError(t *testing.T) {
	c := newContext(t)
	a, b := toDevice(t, c, 1, 2, 3, 4), toDevice(t, c, 1, 2, 0, 0)
	_, err := a.Div(b)
	wantError(t, err, "Array.Div", "division by zero", "element 2")
	_, err = a.Mod(b)
	wantError(t, err, "Array.Mod", "element 2")
	_, err = a.ModScalar(0)
	wantError(t, err, "division by zero")
	z := must(toDevice(t, c, 1.0, 0, -1).DivScalar(0))(t)
	if x := must(z.Get())(t); !math.IsInf(x[0], 1) || !math.IsNaN(x[1]) || !math.IsInf(x[2], -1) {
		t.Errorf("1, 0 and -1 divided by 0.0 are %v", x)
	}
}

func TestComparisons(t *testing.T) {
	c := newContext(t)
	nan := math.NaN()
	x, y := pairs([]float64{-1, 0, 2.5, math.Inf(1), nan})
	a, b := toDevice(t, c, x...), toDevice(t, c, y...)
	for name, test := range map[string]struct {
		device func(*Array[float64], ...Option) (*Array[uint8], error)
		host   func(x, y float64) bool
	}{
		"Less":         {a.Less, func(x, y float64) bool { return x < y }},
		"LessEqual":    {a.LessEqual, func(x, y float64) bool { return x <= y }},
		"Greater":      {a.Greater, func(x, y float64) bool { return x > y }},
		"GreaterEqual": {a.GreaterEqual, func(x, y float64) bool { return x >= y }},
		"Equal":        {a.Equal, func(x, y float64) bool { return x == y }},
		"NotEqual":     {a.NotEqual, func(x, y float64) bool { return x != y }},
	} {
		want := make([]uint8, len(x))
		for i := range x {
			if test.host(x[i], y[i]) {
				want[i] = 1
			}
		}
		sameSlices(t, name, must(must(test.device(b))(t).Get())(t), want)
	}
	sameSlices(t, "IsNaN", must(must(toDevice(t, c, 1, nan, math.Inf(-1)).IsNaN())(t).Get())(t), []uint8{0, 1, 0})
	sameSlices(t, "IsInf", must(must(toDevice(t, c, 1, nan, math.Inf(-1)).IsInf())(t).Get())(t), []uint8{0, 0, 1})
	sameSlices(t, "LessScalar", must(must(toDevice(t, c, 1, 2, 3).LessScalar(2))(t).Get())(t), []uint8{1, 0, 0})
}

func TestMathsIsAsInGo(t *testing.T) {
	c := newContext(t)
	x := []float64{-10.25, -2.5, -1, -0.75, -1e-9, 0, 1e-9, 0.3, 0.5, 1, 1.5, 2.5, 7.9, 30}
	a, f := toDevice(t, c, x...), must(Convert[float32](toDevice(t, c, x...)))(t)
	type unary64 = func(*Array[float64], ...Option) (*Array[float64], error)
	type unary32 = func(*Array[float32], ...Option) (*Array[float32], error)
	type A = Array[float64]
	type B = Array[float32]
	for i, test := range []struct {
		name string
		f64  unary64
		f32  unary32
		host func(float64) float64
	}{
		{"Sin", (*A).Sin, (*B).Sin, math.Sin}, {"Cos", (*A).Cos, (*B).Cos, math.Cos}, {"Tan", (*A).Tan, (*B).Tan, math.Tan},
		{"Asin", (*A).Asin, (*B).Asin, math.Asin}, {"Acos", (*A).Acos, (*B).Acos, math.Acos}, {"Atan", (*A).Atan, (*B).Atan, math.Atan},
		{"Sinh", (*A).Sinh, (*B).Sinh, math.Sinh}, {"Cosh", (*A).Cosh, (*B).Cosh, math.Cosh}, {"Tanh", (*A).Tanh, (*B).Tanh, math.Tanh},
		{"Exp", (*A).Exp, (*B).Exp, math.Exp}, {"Exp2", (*A).Exp2, (*B).Exp2, math.Exp2}, {"Expm1", (*A).Expm1, (*B).Expm1, math.Expm1},
		{"Log", (*A).Log, (*B).Log, math.Log}, {"Log2", (*A).Log2, (*B).Log2, math.Log2}, {"Log10", (*A).Log10, (*B).Log10, math.Log10},
		{"Log1p", (*A).Log1p, (*B).Log1p, math.Log1p}, {"Sqrt", (*A).Sqrt, (*B).Sqrt, math.Sqrt},
		{"Rsqrt", (*A).Rsqrt, (*B).Rsqrt, func(x float64) float64 { return 1 / math.Sqrt(x) }}, {"Cbrt", (*A).Cbrt, (*B).Cbrt, math.Cbrt},
		{"Erf", (*A).Erf, (*B).Erf, math.Erf}, {"Floor", (*A).Floor, (*B).Floor, math.Floor}, {"Ceil", (*A).Ceil, (*B).Ceil, math.Ceil},
		{"Round", (*A).Round, (*B).Round, math.Round}, {"Trunc", (*A).Trunc, (*B).Trunc, math.Trunc}, {"Abs", (*A).Abs, (*B).Abs, math.Abs},
		{"Neg", (*A).Neg, (*B).Neg, func(x float64) float64 { return -x }},
	} {
		if i%5 != 0 { // of float64 fewer: each is a program to be compiled
			near(t, test.name+" of float32", must(must(test.f32(f))(t).Get())(t), x, func(x float64) float64 { return test.host(float64(float32(x))) }, 3e-6)
			continue
		}
		near(t, test.name+" of float64", must(must(test.f64(a))(t).Get())(t), x, test.host, 1e-14)
	}
	two := must(FullLike(a, 2))(t)
	near(t, "Pow", must(must(a.Pow(two))(t).Get())(t), x, func(x float64) float64 { return x * x }, 1e-14)
	near(t, "Hypot", must(must(a.HypotScalar(2))(t).Get())(t), x, func(x float64) float64 { return math.Hypot(x, 2) }, 1e-14)
	near(t, "Atan2", must(must(a.Atan2(two))(t).Get())(t), x, func(x float64) float64 { return math.Atan2(x, 2) }, 1e-14)
	near(t, "Mod", must(must(a.ModScalar(2))(t).Get())(t), x, func(x float64) float64 { return math.Mod(x, 2) }, 1e-14)
	_, err := toDevice(t, c, 1, 2).Sin()
	wantError(t, err, "Array.Sin", "int", "Convert")
	_, err = a.And(two)
	wantError(t, err, "Array.And", "float64", "integers")
}

// near compares with a function of Go. Errors are relative, and absolute below 1.
func near[T ~float32 | ~float64](t *testing.T, name string, got []T, x []float64, f func(float64) float64, within float64) {
	t.Helper()
	for i, v := range x {
		want := f(v)
		if g := float64(got[i]); !(math.Abs(g-want) <= within*max(1, math.Abs(want))) && !(math.IsNaN(g) && math.IsNaN(want)) && g != want && float64(T(want)) != g {
			t.Errorf("%s: %v becomes %v, want %v", name, v, g, want)
		}
	}
}

func TestNaNComesThroughMinimumAndMaximum(t *testing.T) {
	nan := float32(math.NaN())
	eachShape(t, func(t *testing.T, c *Context) {
		for _, at := range []int{0, 1, 63, 5000, 9999} {
			x := numbersFrom[float32](1, 10000)
			x[at] = nan
			a := toDevice(t, c, x...)
			if least, greatest := must(a.Min())(t), must(a.Max())(t); least == least || greatest == greatest {
				t.Errorf("minimum %v and maximum %v with NaN at %d", least, greatest, at)
			}
			if i, j := must(a.ArgMin())(t), must(a.ArgMax())(t); i != at || j != at {
				t.Errorf("ArgMin %d, ArgMax %d with NaN at %d", i, j, at)
			}
		}
		a, b := toDevice(t, c, nan, 1, 2), toDevice(t, c, 1, nan, 3)
		if x := must(must(a.Minimum(b))(t).Get())(t); x[0] == x[0] || x[1] == x[1] || x[2] != 2 {
			t.Errorf("Minimum gives %v", x)
		}
	})
}

func TestExtremesAndCounts(t *testing.T) {
	c := newContext(t)
	for _, n := range someSizes(1 << 20)[1:] {
		x := numbersFrom[int16](5, n)
		x[n/3], x[n-1] = -7, -7
		x[n/2] = 1000
		least, greatest, count := 0, 0, 0
		for i, v := range x {
			if v < x[least] {
				least = i
			}
			if v > x[greatest] {
				greatest = i
			}
			if v != 0 {
				count++
			}
		}
		a := toDevice(t, c, x...)
		got := []int{int(must(a.Min())(t)), int(must(a.Max())(t)), must(a.ArgMin())(t), must(a.ArgMax())(t), must(a.Count())(t)}
		sameSlices(t, name(n), got, []int{int(x[least]), int(x[greatest]), least, greatest, count})
	}
	none := must(Zeros[int16](0, On(c)))(t)
	_, err := none.Min()
	wantError(t, err, "Array.Min", "no elements")
	_, err = none.ArgMax()
	wantError(t, err, "Array.ArgMax", "no elements")
	if s := must(none.Sum())(t); s != 0 {
		t.Errorf("the sum of nothing is %d", s)
	}
	many := must(Full(300, int8(100), On(c)))(t)
	if s := must(SumAs[int](many))(t); s != 30000 {
		t.Errorf("SumAs gives %d", s)
	}
}

func TestOperationsRefuseArraysThatDoNotFit(t *testing.T) {
	c := newContext(t)
	a, b := toDevice(t, c, 1, 2, 3), toDevice(t, c, 1, 2)
	_, err := a.Add(b)
	wantError(t, err, "Array.Add", "3 and 2")
	_, err = a.Dot(b)
	wantError(t, err, "Array.Dot", "3 and 2")
	_, err = a.Add(nil)
	wantError(t, err, "Array.Add", "holds nothing")
	_, err = a.Add(a, Into(b))
	wantError(t, err, "Into", "2 elements")
	_, err = a.Add(a, Into(toDevice[float32](t, c, 1, 2, 3)))
	wantError(t, err, "Into", "float32")
	_, err = a.Add(a, Over{0, 1, 1})
	wantError(t, err, "Over is no option")
	_, err = a.Add(toDevice(t, newContext(t), 1, 2, 3))
	wantError(t, err, "another context")
	long := toDevice(t, c, numbersFrom[int](0, 10)...)
	_, err = slice(t, long, 0, 5, 1).Neg(Into(slice(t, long, 1, 6, 1)))
	wantError(t, err, "Array.Neg", "shares some memory")
	must(slice(t, long, 0, 10, 2).Neg(Into(slice(t, long, 1, 10, 2))))(t)
	sameSlices(t, "odd from even", must(long.Get())(t), []int{0, 0, 2, -2, 4, -4, 6, -6, 8, -8})
	_, err = toDevice(t, c, struct{ A, B int32 }{1, 2}).Neg()
	wantError(t, err, "no type of numbers")
}

func TestMap(t *testing.T) {
	c := newContext(t)
	x, y := toDevice[float32](t, c, 1, 2, 3), toDevice[int32](t, c, 10, 20, 30)
	z := must(Map[float32]("a*k + b + n*i", Vars{"a": x, "b": y, "k": 0.5}))(t)
	sameSlices(t, "Map", must(z.Get())(t), []float32{10.5, 24, 37.5})
	z = must(Map[float32]("a*k + b + n*i", Vars{"a": x, "b": y, "k": 2}))(t)
	sameSlices(t, "Map with another number", must(z.Get())(t), []float32{12, 27, 42})
	_, err := Map[float32]("a +", Vars{"a": x})
	wantError(t, err, "compile")
	_, err = Map[float32]("a", nil)
	wantError(t, err, "Map", "no array")
	_, err = Map[float32]("a", Vars{"a": "x"})
	wantError(t, err, "variable a", "string")
	_, err = Map[float32]("i", Vars{"i": x})
	wantError(t, err, `"i"`)
	_, err = Map[float32]("a)", Vars{"a": x})
	wantError(t, err, "without its counterpart")
	_, err = Map[float32]("a+b", Vars{"a": x, "b": toDevice[float32](t, c, 1)})
	wantError(t, err, "1 elements", "has 3")
}

func TestWhereAndTake(t *testing.T) {
	c := newContext(t)
	a, b := toDevice[float32](t, c, 1, 2, 3, 4), toDevice[float32](t, c, -1, -2, -3, -4)
	sameSlices(t, "Where", must(must(Where(toDevice[uint8](t, c, 1, 0, 0, 2), a, b))(t).Get())(t), []float32{1, -2, -3, 4})
	_, err := Where(toDevice[uint8](t, c, 1), a, b)
	wantError(t, err, "Where", "4 and 1")
	sameSlices(t, "Take", must(must(Take(must(a.Reverse())(t), toDevice[int16](t, c, 3, 0, 0)))(t).Get())(t), []float32{1, 4, 4})
	for _, at := range []int64{-1, 4, math.MaxInt64, math.MinInt64} {
		_, err = Take(a, toDevice(t, c, 0, at))
		wantError(t, err, "Take", fmt.Sprint("index ", at))
	}
	_, err = Take(a, toDevice[uint64](t, c, math.MaxUint64))
	wantError(t, err, "Take", "4 elements")
	_, err = Take(a, b)
	wantError(t, err, "float32", "integers")
	sameSlices(t, "Take nothing", must(must(Take(a, must(Zeros[int](0, On(c)))(t)))(t).Get())(t), nil)
}

func TestConvert(t *testing.T) {
	c := newContext(t)
	sameSlices(t, "to int8", must(must(Convert[int8](toDevice(t, c, 1.9, -1.9, 1000, -1000, math.NaN())))(t).Get())(t), []int8{1, -1, 127, -128, 0})
	sameSlices(t, "to uint8", must(must(Convert[uint8](toDevice(t, c, 300, -1)))(t).Get())(t), []uint8{44, 255})
	sameSlices(t, "to float32", must(must(Convert[float32](toDevice(t, c, 300, -1)))(t).Get())(t), []float32{300, -1})
}
