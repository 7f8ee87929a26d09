package opencl

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/warren-go/warren/opencl/internal/driver"
)

func TestArraysComeBackAsTheyWere(t *testing.T) {
	c := newContext(t)
	t.Run("int8", roundTrip[int8](c))
	t.Run("uint16", roundTrip[uint16](c))
	t.Run("int", roundTrip[int](c))
	t.Run("float32", roundTrip[float32](c))
	t.Run("float64", roundTrip[float64](c))
}

func roundTrip[T Element](c *Context) func(t *testing.T) {
	return func(t *testing.T) {
		for _, n := range someSizes(5000) {
			x := numbersFrom[T](3, n)
			a := toDevice(t, c, x...)
			sameSlices(t, name(n), must(a.Get())(t), x)
			into := make([]T, n)
			if err := a.GetInto(into); err != nil {
				t.Error(err)
			}
			sameSlices(t, "GetInto", into, x)
			sameSlices(t, "Copy", must(must(a.Copy())(t).Get())(t), x)
		}
	}
}

func TestStructsAndVectorsAreElements(t *testing.T) {
	type Particle struct {
		Position [4]float32
		Mass     float64
		Kind     int8
		Charge   int16
	}
	c := newContext(t)
	x := []Particle{{[4]float32{1, 2, 3, 4}, 5, 6, 7}, {Mass: 8, Charge: -9}, {Kind: 10}}
	a := toDevice(t, c, x...)
	r := must(a.Reverse())(t)
	sameSlices(t, "Reverse", must(r.Get())(t), []Particle{x[2], x[1], x[0]})
	k := must(NewElementwiseKernel("Particle *p, float *mass, const float4 *v",
		"p[i].Charge += 1; p[i].Position[3] = v[i].x; mass[i] = p[i].Mass", "weigh", Struct[Particle](), On(c)))(t)
	mass := must(Zeros[float32](3, On(c)))(t)
	v := toDevice(t, c, [4]float32{10}, [4]float32{20}, [4]float32{30})
	must(k.Call(a, mass, v))(t)
	sameSlices(t, "masses", must(mass.Get())(t), []float32{5, 8, 0})
	got := must(a.Get())(t)
	if got[1].Charge != -8 || got[2].Charge != 1 || got[2].Position[3] != 30 || got[0].Kind != 6 {
		t.Errorf("particles are %+v", got)
	}
}

func TestTypesThatAreNotLaidOutAsInCAreRefused(t *testing.T) {
	c := newContext(t)
	_, err := ToDevice([]string{"a"}, On(c))
	wantError(t, err, "string")
	_, err = ToDevice([]struct{ P *int }{{}}, On(c))
	wantError(t, err, "field P")
	_, err = ToDevice([][3]float32{{}}, On(c))
	wantError(t, err, "[3]float32", "2, 4, 8 or 16")
	_, err = Zeros[bool](3, On(c))
	wantError(t, err, "bool")
}

func TestArraysAreMadeWithValues(t *testing.T) {
	c := newContext(t)
	for _, n := range someSizes(5000) {
		sameSlices(t, "Zeros", must(must(Zeros[int32](n, On(c)))(t).Get())(t), make([]int32, n))
		full := must(must(Full(n, uint8(7), On(c)))(t).Get())(t)
		for _, v := range full {
			if v != 7 {
				t.Fatalf("Full holds %d", v)
			}
		}
	}
	for _, test := range []struct {
		start, stop, step int32
		want              []int32
	}{
		{0, 5, 1, []int32{0, 1, 2, 3, 4}}, {7, -8, -5, []int32{7, 2, -3}}, {3, 3, 1, nil}, {0, 5, -1, nil}, {1, 8, 3, []int32{1, 4, 7}},
	} {
		sameSlices(t, "Arange", must(must(Arange(test.start, test.stop, test.step, On(c)))(t).Get())(t), test.want)
	}
	sameSlices(t, "Linspace", must(must(Linspace[float64](1, 2, 5, On(c)))(t).Get())(t), []float64{1, 1.25, 1.5, 1.75, 2})
	sameSlices(t, "Linspace of one", must(must(Linspace[float32](1, 2, 1, On(c)))(t).Get())(t), []float32{1})
	_, err := Arange(0, 1, 0, On(c))
	wantError(t, err, "Arange", "step is 0")
	_, err = Arange(0, math.Inf(1), 1, On(c))
	wantError(t, err, "no end")
	_, err = Zeros[float32](-1, On(c))
	wantError(t, err, "-1 elements")
}

func TestSlicesHaveTheirElements(t *testing.T) {
	c := newContext(t)
	x := numbersFrom[float32](0, 1000)
	a := toDevice(t, c, x...)
	for _, s := range [][3]int{{0, 1000, 1}, {5, 900, 17}, {5, 901, 3}, {999, -1, -1}, {999, 0, -7}, {10, 10, 1}, {1000, 1000, 1}, {20, 10, 1}, {-1, -1, -1},
		{0, 1000, 999}, {0, 1000, 1000}, {0, 1000, math.MaxInt}, {999, -1, math.MinInt}} {
		want := sliced(x, s)
		view := slice(t, a, s[0], s[1], s[2])
		sameSlices(t, "slice", must(view.Get())(t), want)
		if view.Len() > 2 {
			of := [3]int{view.Len() - 1, 0, -2}
			sameSlices(t, "slice of a slice", must(slice(t, view, of[0], of[1], of[2]).Get())(t), sliced(want, of))
			if v, err := view.At(2); v != want[2] || err != nil {
				t.Errorf("At(2) of %v is %v, %v; want %v", s, v, err, want[2])
			}
		}
	}
}

// sliced is what Python gives for x[lo:hi:step], where hi may be -1 for a negative step.
func sliced[T any](x []T, s [3]int) []T {
	var y []T
	if s[2] > 0 {
		for i := s[0]; i < s[1] && i >= 0; i += s[2] {
			y = append(y, x[i])
		}
		return y
	}
	for i := s[0]; i > s[1] && i >= 0; i += s[2] {
		y = append(y, x[i])
	}
	return y
}

func TestSettingViewsLeavesTheOthers(t *testing.T) {
	c := newContext(t)
	x := numbersFrom[int16](0, 100)
	a := toDevice(t, c, x...)
	if err := slice(t, a, 90, 10, -3).Fill(-1); err != nil {
		t.Fatal(err)
	}
	for i := 90; i > 10; i -= 3 {
		x[i] = -1
	}
	sameSlices(t, "Fill", must(a.Get())(t), x)
	if err := slice(t, a, 0, 10, 4).Set([]int16{5, 6, 7}); err != nil {
		t.Fatal(err)
	}
	x[0], x[4], x[8] = 5, 6, 7
	sameSlices(t, "Set", must(a.Get())(t), x)
	if err := slice(t, a, 40, 42, 1).Set([]int16{8, 9}); err != nil {
		t.Fatal(err)
	}
	x[40], x[41] = 8, 9
	sameSlices(t, "Set side by side", must(a.Get())(t), x)
}

func TestViewsThatReachOutAreErrors(t *testing.T) {
	c := newContext(t)
	a := toDevice(t, c, 1, 2, 3)
	for _, s := range [][3]int{{-1, 2, 1}, {0, 4, 1}, {4, 4, 1}, {3, 0, -1}, {2, -2, -1}, {0, 3, 0}, {math.MinInt, 0, 1}, {0, math.MaxInt, 1}} {
		_, err := a.Slice(s[0], s[1], s[2])
		wantError(t, err, "Array.Slice")
	}
	_, err := a.At(3)
	wantError(t, err, "no element 3", "array of 3")
	wantError(t, a.Set([]int{1}), "slice of 1", "array of 3")
	wantError(t, a.GetInto(nil), "slice of 0", "array of 3")
}

func TestConcatenate(t *testing.T) {
	c := newContext(t)
	a, b := toDevice(t, c, 1, 2, 3), toDevice(t, c, 4, 5)
	all := must(Concatenate(must(a.Reverse())(t), must(Zeros[int](0, On(c)))(t), b))(t)
	sameSlices(t, "Concatenate", must(all.Get())(t), []int{3, 2, 1, 4, 5})
	_, err := Concatenate[int]()
	wantError(t, err, "no arrays")
	_, err = Concatenate(a, nil)
	wantError(t, err, "array 1", "holds nothing")
}

func TestClosedArraysAreErrors(t *testing.T) {
	c := newContext(t)
	a := toDevice(t, c, 1, 2, 3)
	view := must(a.Reverse())(t)
	if err := errors.Join(a.Close(), a.Close()); err != nil {
		t.Fatal(err)
	}
	for _, b := range []*Array[int]{a, view} {
		_, err := b.Get()
		if !errors.Is(err, ErrClosed) {
			t.Errorf("Get after Close: %v", err)
		}
	}
	var none Array[int]
	_, err := none.Get()
	wantError(t, err, "holds nothing")
	_, err = (*Array[int])(nil).Copy()
	wantError(t, err, "holds nothing")
}

func TestDevicesWithoutFloat64RefuseIt(t *testing.T) {
	c := contextWith(t, func(d *driver.DeviceInfo) { d.Float64 = false })
	_, err := ToDevice([]float64{1}, On(c))
	wantError(t, err, "float64", "float32")
	_, err = Zeros[struct{ A float64 }](1, On(c))
	wantError(t, err, "float64")
	toDevice[float32](t, c, 1)
}

func TestKernelsTakeWholeArraysOnly(t *testing.T) {
	c := newContext(t)
	k := build(t, c, `__kernel void twice(__global float *x) { x[get_global_id(0)] *= 2; }`)
	a := toDevice[float32](t, c, 1, 2, 3)
	launch(t, k, Global(3), a)
	sameSlices(t, "twice", must(a.Get())(t), []float32{2, 4, 6})
	_, err := k.Launch(nil, Global(2), slice(t, a, 1, 3, 1))
	wantError(t, err, "twice", "view", "Copy")
	_, err = k.Launch(nil, Global(2), new(Array[float32]))
	wantError(t, err, "holds nothing")
}

func TestDroppedArraysAreGivenBack(t *testing.T) {
	c := newContext(t)
	for range 3000 {
		a := must(Empty[float32](1<<20, On(c)))(t)
		must(a.Reverse())(t)
	}
	if use := c.Memory(); use.Peak > 2<<30 {
		t.Errorf("3000 arrays of 4 MiB that were dropped: %v", use)
	}
}

func TestArraysShowTheirElements(t *testing.T) {
	c := newContext(t)
	on := " on " + c.device.Name() + ")"
	long := must(Arange[int32](0, 100000, 1, On(c)))(t)
	closed := toDevice(t, c, 1)
	closed.Close()
	for _, test := range []struct{ got, want string }{
		{toDevice(t, c, 1.5, -2).String(), "[1.5 -2] (2 float64" + on},
		{must(Zeros[uint8](0, On(c)))(t).String(), "[] (0 uint8" + on},
		{long.String(), "[0 1 2 … 99997 99998 99999] (100000 int32" + on},
		{must(long.Reverse())(t).String(), "[99999 99998 99997 … 2 1 0] (100000 int32" + on},
		{new(Array[int]).String(), "opencl.Array that holds nothing"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
	if s := closed.String(); !strings.Contains(s, "closed") {
		t.Errorf("a closed array is %q", s)
	}
}
