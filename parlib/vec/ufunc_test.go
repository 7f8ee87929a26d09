package vec_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/schedule"
	"github.com/warren-go/warren/parlib/vec"
)

// numbers are n positive and negative ones, the same at each call.
func numbers(n int, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(1, seed))
	x := make([]float64, n)
	for i := range x {
		x[i] = 3 * r.NormFloat64()
	}
	return x
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// functions are all functions of elements, as functions of three slices, with what they should give.
var functions = []struct {
	name string
	call func(dst, x, y, z []float64, opts ...parlib.Option) error
	want func(x, y, z float64) float64
}{
	{"Neg", first(vec.Neg[float64]), func(x, _, _ float64) float64 { return -x }},
	{"Abs", first(vec.Abs[float64]), func(x, _, _ float64) float64 { return math.Abs(x) }},
	{"Sqrt", first(vec.Sqrt[float64]), func(x, _, _ float64) float64 { return math.Sqrt(x) }},
	{"Exp", first(vec.Exp[float64]), func(x, _, _ float64) float64 { return math.Exp(x) }},
	{"Log", first(vec.Log[float64]), func(x, _, _ float64) float64 { return math.Log(x) }},
	{"Sin", first(vec.Sin[float64]), func(x, _, _ float64) float64 { return math.Sin(x) }},
	{"Cos", first(vec.Cos[float64]), func(x, _, _ float64) float64 { return math.Cos(x) }},
	{"Tanh", first(vec.Tanh[float64]), func(x, _, _ float64) float64 { return math.Tanh(x) }},
	{"Add", second(vec.Add[float64]), func(x, y, _ float64) float64 { return x + y }},
	{"Sub", second(vec.Sub[float64]), func(x, y, _ float64) float64 { return x - y }},
	{"Mul", second(vec.Mul[float64]), func(x, y, _ float64) float64 { return x * y }},
	{"Div", second(vec.Div[float64]), func(x, y, _ float64) float64 { return x / y }},
	{"Pow", second(vec.Pow[float64]), func(x, y, _ float64) float64 { return math.Pow(x, y) }},
	{"Min", second(vec.Min[float64]), func(x, y, _ float64) float64 { return min(x, y) }},
	{"Max", second(vec.Max[float64]), func(x, y, _ float64) float64 { return max(x, y) }},
	{"Less", second(vec.Less[float64]), func(x, y, _ float64) float64 { return truth(x < y) }},
	{"LessEqual", second(vec.LessEqual[float64]), func(x, y, _ float64) float64 { return truth(x <= y) }},
	{"Greater", second(vec.Greater[float64]), func(x, y, _ float64) float64 { return truth(x > y) }},
	{"GreaterEqual", second(vec.GreaterEqual[float64]), func(x, y, _ float64) float64 { return truth(x >= y) }},
	{"Equal", second(vec.Equal[float64]), func(x, y, _ float64) float64 { return truth(x == y) }},
	{"NotEqual", second(vec.NotEqual[float64]), func(x, y, _ float64) float64 { return truth(x != y) }},
	{"FMA", vec.FMA[float64], math.FMA},
	{"Where", vec.Where[float64], func(x, y, z float64) float64 {
		if x != 0 {
			return y
		}
		return z
	}},
	{"Scale", func(dst, x, _, _ []float64, opts ...parlib.Option) error { return vec.Scale(dst, 2.5, x, opts...) },
		func(x, _, _ float64) float64 { return 2.5 * x }},
}

func first(f func(dst, x []float64, opts ...parlib.Option) error) func(dst, x, y, z []float64, opts ...parlib.Option) error {
	return func(dst, x, _, _ []float64, opts ...parlib.Option) error { return f(dst, x, opts...) }
}

func second(f func(dst, x, y []float64, opts ...parlib.Option) error) func(dst, x, y, z []float64, opts ...parlib.Option) error {
	return func(dst, x, y, _ []float64, opts ...parlib.Option) error { return f(dst, x, y, opts...) }
}

// like takes NaN for equal, and allows what package math is off by.
func like(x, y float64) bool {
	return x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-14*math.Abs(y)
}

func TestFunctionsOfElements(t *testing.T) {
	for _, f := range functions {
		for _, n := range []int{0, 1, 1000, 50_001} {
			x, y, z, dst := numbers(n, 1), numbers(n, 2), numbers(n, 3), make([]float64, n)
			if n > 10 {
				x[3], y[4], x[5] = 0, x[4], math.NaN()
			}
			if err := f.call(dst, x, y, z, parlib.Workers(3)); err != nil {
				t.Fatalf("%s of %d elements: %v", f.name, n, err)
			}
			for i, got := range dst {
				if want := f.want(x[i], y[i], z[i]); !like(got, want) {
					t.Fatalf("%s(%v, %v, %v) = %v, want %v", f.name, x[i], y[i], z[i], got, want)
				}
			}
		}
	}
}

func TestInPlaceGivesTheSame(t *testing.T) {
	for _, f := range functions {
		const n = 30_000
		x, y, z, want := numbers(n, 1), numbers(n, 2), numbers(n, 3), make([]float64, n)
		if err := f.call(want, x, y, z); err != nil {
			t.Fatal(err)
		}
		if err := f.call(x, x, y, z, parlib.Workers(2)); err != nil || !slices.EqualFunc(x, want, like) {
			t.Errorf("%s in place differs, or error %v", f.name, err)
		}
	}
}

func TestAXPYAddsToItsDestination(t *testing.T) {
	y := []float32{1, 2, 3}
	if err := vec.AXPY(y, 2, []float32{10, 20, 30}); err != nil || !slices.Equal(y, []float32{21, 42, 63}) {
		t.Errorf("AXPY gives %v, %v", y, err)
	}
}

func TestBadOperands(t *testing.T) {
	x := numbers(100, 1)
	nothing := func(float64) float64 { return 0 }
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"lengths", vec.Sin(x[:3], x[:4]), "operand 1 has 4 elements and the destination 3"},
		{"length of the second", vec.Add(x[:3], x[:3], x[:2]), "operand 2 has 2 elements and the destination 3"},
		{"length in a swapped comparison", vec.Greater(x[:3], x[:4], x[:3]), "Greater: operand 1 has 4 elements"},
		{"length of the third", vec.FMA(x[:3], x[:3], x[:3], nil), "operand 3 has 0 elements and the destination 3"},
		{"overlap behind", vec.Sin(x[:10], x[4:14]), "operand 1 begins 4 elements behind the destination"},
		{"overlap before", vec.Add(x[9:19], x[50:60], x[0:10]), "operand 2 begins 9 elements before the destination"},
		{"scale", vec.Scale(x[:10], 2, x[1:11]), "overlaps"},
		{"axpy", vec.AXPY(x[:10], 2, x[:9]), "operand 1 has 9 elements and the destination 10"},
		{"nil function", vec.Apply[float64, float64](x, x, nil), "the function is nil"},
		{"nil block function", vec.ApplyBlocks(x, x, nil), "the function is nil"},
		{"lengths of Apply", vec.Apply(x[:1], x[:2], nothing), "has 2 elements and the destination 1"},
		{"workers", vec.Sin(x, x, parlib.Workers(0)), "number of workers is 0"},
	}
	for _, tt := range tests {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want one with %q", tt.name, tt.err, tt.want)
		}
	}
	if err := vec.Sin(x[10:20], x[:10]); err != nil {
		t.Errorf("neighbours do not overlap, but: %v", err)
	}
}

func TestApplyCallsTheFunctionOnce(t *testing.T) {
	const n = 20_000
	words := make([]string, n)
	for i := range words {
		words[i] = strings.Repeat("x", i%7)
	}
	lengths := make([]int, n)
	if err := vec.Apply(lengths, words, func(s string) int { return len(s) }, parlib.Workers(3)); err != nil {
		t.Fatal(err)
	}
	for i, l := range lengths {
		if l != i%7 {
			t.Fatalf("element %d is %d, want %d", i, l, i%7)
		}
	}
	x, dst := numbers(n, 1), make([]float64, n)
	err := vec.ApplyBlocks(dst, x, func(dst, x []float64) {
		for i, v := range x {
			dst[i] += v + 1
		}
	})
	if err != nil || dst[n-1] != x[n-1]+1 || dst[0] != x[0]+1 {
		t.Errorf("ApplyBlocks gives %v … %v, %v", dst[0], dst[n-1], err)
	}
}

func TestPanicOfAnOwnFunctionIsAnError(t *testing.T) {
	for _, n := range []int{3, 10_000} {
		x := make([]float64, n)
		err := vec.Apply(x, x, func(float64) float64 { panic("no") })
		var item *parlib.ItemError
		if !errors.As(err, &item) {
			t.Errorf("of %d elements: error is %v, want a *parlib.ItemError", n, err)
		}
	}
}

// counting is a schedule that notes how many indices there are.
type counting struct {
	schedule.Schedule
	indices *int
}

func (c counting) Split(n, workers int, old schedule.Ranges) schedule.Ranges {
	*c.indices = n
	return c.Schedule.Split(n, workers, old)
}

func TestOptionsCountElements(t *testing.T) {
	x, indices := make([]float64, 10_000), 0
	if err := vec.Sin(x, x, parlib.Schedule(counting{schedule.Guided(1), &indices})); err != nil || indices != len(x) {
		t.Errorf("the schedule was given %d indices for %d elements, error %v", indices, len(x), err)
	}
}

func TestShortCallsAllocateNothing(t *testing.T) {
	x := numbers(100, 1)
	if n := testing.AllocsPerRun(100, func() { vec.Sin(x, x) }); n != 0 {
		t.Errorf("Sin of 100 elements allocates %v times", n)
	}
}
