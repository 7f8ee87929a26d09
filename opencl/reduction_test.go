package opencl

import (
	"math"
	"testing"

	"github.com/warren-go/warren/opencl/internal/driver"
)

func TestReductionsAreExact(t *testing.T) {
	eachShape(t, func(t *testing.T, c *Context) {
		dot := must(NewReductionKernel[int]("0", "a+b", "x[i]*y[i]", "const int *x, __global const char *y", On(c)))(t)
		least := must(NewReductionKernel[float32]("", "fmin(a, b)", "x[i]", "const float *x", On(c)))(t)
		for _, n := range sizes {
			x, y := numbersFrom[int32](0, n), numbersFrom[int8](31, n)
			want := 0
			for i := range x {
				want += int(x[i]) * int(y[i])
			}
			if got, err := dot.Call(toDevice(t, c, x...), toDevice(t, c, y...)); got != want || err != nil {
				t.Errorf("dot of %d is %d, want %d; %v", n, got, want, err)
			}
			if n == 0 {
				continue
			}
			for _, at := range []int{0, n / 2, n - 1} {
				f := numbersFrom[float32](0, n)
				f[at] = -5
				if got, err := least.Call(toDevice(t, c, f...)); got != -5 || err != nil {
					t.Errorf("minimum of %d at %d is %v; %v", n, at, got, err)
				}
			}
		}
	})
}

func TestReductionsOfViews(t *testing.T) {
	eachShape(t, func(t *testing.T, c *Context) {
		sum := must(NewReductionKernel[float64]("0", "a+b", "x[i]", "const float *x", On(c)))(t)
		x := make([]float32, 200000)
		for i := range x {
			x[i] = float32(i%1000) / 1000
		}
		a := toDevice(t, c, x...)
		for _, s := range [][3]int{{0, 200000, 1}, {5, 200000, 3}, {0, 199999, 2}, {30, 100000, 1}, {199999, -1, -1}, {150000, 77, -3}, {7, 7, 1}} {
			want := 0.0
			for _, v := range sliced(x, s) {
				want += float64(v)
			}
			got, err := sum.Call(slice(t, a, s[0], s[1], s[2]))
			if math.Abs(got-want) > 1e-9*math.Abs(want) || err != nil {
				t.Errorf("sum of %v is %v, want %v; %v", s, got, want, err)
			}
			got, err = sum.Call(a, Over{s[0], s[1], s[2]})
			if math.Abs(got-want) > 1e-9*math.Abs(want) || err != nil {
				t.Errorf("sum over %v is %v, want %v; %v", s, got, want, err)
			}
		}
	})
}

func TestReductionsTakeNumbersFirst(t *testing.T) {
	c := newContext(t)
	k := must(NewReductionKernel[float32]("0", "a+b", "factor*x[i] + offset", "float factor, const float *x, int offset", On(c)))(t)
	if got, err := k.Call(3.0, toDevice[float32](t, c, 1, 2, 3), 10); got != 48 || err != nil {
		t.Errorf("%v, %v; want 48", got, err)
	}
}

// Extremes are the least and the greatest value with their indices.
type Extremes struct {
	Least, Greatest     float32
	LeastAt, GreatestAt int64
}

func TestReductionsToStructs(t *testing.T) {
	eachShape(t, func(t *testing.T, c *Context) {
		k := must(NewReductionKernel[Extremes]("(Extremes){INFINITY, -INFINITY, -1, -1}", "extremes(a, b)", "(Extremes){x[i], x[i], i, i}",
			"const float *x", On(c), Preamble(`Extremes extremes(Extremes a, Extremes b) {
				if (b.Least < a.Least || b.Least == a.Least && b.LeastAt < a.LeastAt) { a.Least = b.Least; a.LeastAt = b.LeastAt; }
				if (b.Greatest > a.Greatest || b.Greatest == a.Greatest && b.GreatestAt < a.GreatestAt) { a.Greatest = b.Greatest; a.GreatestAt = b.GreatestAt; }
				return a;
			}`)))(t)
		for _, n := range sizes {
			x := numbersFrom[float32](13, n)
			want := Extremes{float32(math.Inf(1)), float32(math.Inf(-1)), -1, -1}
			for i, v := range x {
				if v < want.Least {
					want.Least, want.LeastAt = v, int64(i)
				}
				if v > want.Greatest {
					want.Greatest, want.GreatestAt = v, int64(i)
				}
			}
			if got, err := k.Call(toDevice(t, c, x...)); got != want || err != nil {
				t.Errorf("n=%d: %+v, want %+v; %v", n, got, want, err)
			}
		}
	})
}

func TestReductionsOfNothing(t *testing.T) {
	eachShape(t, func(t *testing.T, c *Context) {
		none := must(Zeros[float32](0, On(c)))(t)
		with := must(NewReductionKernel[float32]("42", "a+b", "x[i]", "const float *x", On(c)))(t)
		if got, err := with.Call(none); got != 42 || err != nil {
			t.Errorf("%v, %v; want 42", got, err)
		}
		without := must(NewReductionKernel[float32]("", "a+b", "x[i]", "const float *x", On(c)))(t)
		_, err := without.Call(none)
		wantError(t, err, "no elements", "neutral")
	})
}

func TestReductionsRespectLocalMemory(t *testing.T) {
	type Large struct{ V [100]int32 }
	c := contextWith(t, func(d *driver.DeviceInfo) { d.Type, d.LocalMemory, d.MaxWorkGroup = driver.GPU, 8192, 64 })
	k := must(NewReductionKernel[Large]("", "plus(a, b)", "x[i]", "const Large *x", On(c),
		Preamble("Large plus(Large a, Large b) { for (int i = 0; i < 100; i++) a.V[i] += b.V[i]; return a; }")))(t)
	x := make([]Large, 1000)
	for i := range x {
		x[i].V[i%100] = 1
	}
	got := must(k.Call(toDevice(t, c, x...)))(t)
	for i, v := range got.V {
		if v != 10 {
			t.Fatalf("value %d is %d, want 10", i, v)
		}
	}
	for _, kernels := range k.built {
		if n := treeSizeOf(kernels[0]); n != 8 {
			t.Errorf("work-groups of %d; 8 values of 401 bytes fit into half of 8192", n)
		}
	}
}

func TestReductionsIntoArrays(t *testing.T) {
	c := newContext(t)
	k := must(NewReductionKernel[int32]("0", "a+b", "x[i]", "const int *x", On(c)))(t)
	sums := must(Zeros[int32](3, On(c)))(t)
	for i, n := range []int{10, 20000} {
		if err := k.CallInto(slice(t, sums, i+1, i+2, 1), must(Full(n, int32(2), On(c)))(t)); err != nil {
			t.Fatal(err)
		}
	}
	sameSlices(t, "sums", must(sums.Get())(t), []int32{0, 20, 40000})
	wantError(t, k.CallInto(sums, sums), "3 elements", "takes one")
	wantError(t, k.CallInto(nil, sums), "holds nothing")
}

func TestReductionsRefuseWrongDefinitions(t *testing.T) {
	c := newContext(t)
	_, err := NewReductionKernel[string]("0", "a+b", "x[i]", "const int *x", On(c))
	wantError(t, err, "string")
	_, err = NewReductionKernel[int]("0", "a+b)", "x[i]", "const int *x", On(c))
	wantError(t, err, "without its counterpart")
	_, err = NewReductionKernel[int]("0", "a+c", "x[i]", "const int *x", On(c))
	wantError(t, err, "compile")
	_, err = NewReductionKernel[float64]("0", "a+b", "x[i]", "const int *x", On(contextWith(t, func(d *driver.DeviceInfo) { d.Float64 = false })))
	wantError(t, err, "float64")
	k := must(NewReductionKernel[int]("0", "a+b", "n", "int m", On(c)))(t)
	_, err = k.Call(3)
	wantError(t, err, "Over")
}
