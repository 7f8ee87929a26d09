package opencl

import (
	"slices"
	"testing"
)

func TestSelections(t *testing.T) {
	eachShape(t, func(t *testing.T, c *Context) {
		for _, n := range sizes {
			x := numbersFrom[int32](0, n)
			a := toDevice(t, c, x...)
			var small, large, unique []int32
			for i, v := range x {
				if v < 30 || v == 60 {
					small = append(small, v)
				} else {
					large = append(large, v)
				}
				if i == 0 || v/10 != x[i-1]/10 {
					unique = append(unique, v/10)
				}
			}
			const predicate = "x[i] < limit || x[i] == 60"
			vars := Vars{"limit": int32(30)}
			sameSlices(t, "CopyIf", must(must(CopyIf(a, predicate, vars))(t).Get())(t), small)
			sameSlices(t, "RemoveIf", must(must(RemoveIf(a, predicate, vars))(t).Get())(t), large)
			kept, others, err := Partition(a, predicate, vars)
			if err != nil {
				t.Fatal(err)
			}
			sameSlices(t, "Partition, kept", must(kept.Get())(t), small)
			sameSlices(t, "Partition, others", must(others.Get())(t), large)
			tens := must(a.DivScalar(10))(t)
			sameSlices(t, "Unique", must(must(Unique(tens))(t).Get())(t), unique)
		}
	})
}

func TestSelectionsByMaskAndOfViews(t *testing.T) {
	c := newContext(t)
	a := toDevice(t, c, 1.5, 2.5, 3.5, 4.5)
	mask := must(a.GreaterScalar(2))(t)
	sameSlices(t, "mask", must(must(CopyIf(must(a.Reverse())(t), "mask[i] && x[i] < limit", Vars{"mask": must(mask.Reverse())(t), "limit": 4}))(t).Get())(t), []float64{3.5, 2.5})
	type pair struct{ A, B int32 }
	p := toDevice(t, c, pair{1, 2}, pair{4, 3}, pair{5, 6})
	sameSlices(t, "structs", must(must(CopyIf(p, "x[i].A < x[i].B", nil))(t).Get())(t), []pair{{1, 2}, {5, 6}})
	_, err := CopyIf(a, "x[i] > )", nil)
	wantError(t, err, "CopyIf", "without its counterpart")
	_, err = RemoveIf(a, "x[i]) + (1", nil)
	wantError(t, err, "RemoveIf", "without its counterpart")
	_, err = CopyIf(a, "x[i]", Vars{"kept": 1})
	wantError(t, err, `"kept"`)
	_, err = CopyIf(a, "y[i]", Vars{"y": toDevice(t, c, 1)})
	wantError(t, err, "has")
}

// Each type is a set of programs to be compiled: one of each size, each kind, and each shape of the kernels.
func TestSortIsAsInGo(t *testing.T) {
	eachShape(t, func(t *testing.T, c *Context) {
		for _, n := range someSizes(1 << 20) {
			t.Run(name(n), func(t *testing.T) {
				sortAsInGo[int32](t, c, n)
				if c.device.Type() == CPU && n < 5000 {
					sortAsInGo[uint8](t, c, n)
					sortAsInGo[float64](t, c, n)
				}
			})
		}
	})
}

func sortAsInGo[T Element](t *testing.T, c *Context, n int) {
	t.Helper()
	half := T(0) // a fraction, of floating-point numbers
	if v := T(1); v/2 != 0 {
		half = v / 2
	}
	x := make([]T, n)
	state := uint32(1)
	for i := range x {
		state = state*1664525 + 1013904223
		x[i] = T(int32(state)>>20) + half
	}
	a := toDevice(t, c, x...)
	index := must(Arange(0, n, 1, On(c)))(t)
	keys, order, err := SortByKey(a, index)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]int, n)
	for i := range want {
		want[i] = i
	}
	slices.SortStableFunc(want, func(i, j int) int {
		switch {
		case x[i] < x[j]:
			return -1
		case x[i] > x[j]:
			return 1
		}
		return 0
	})
	sameSlices(t, "order", must(order.Get())(t), want)
	slices.Sort(x)
	sameSlices(t, "keys", must(keys.Get())(t), x)
	sameSlices(t, "Sort", must(must(Sort(must(a.Reverse())(t)))(t).Get())(t), x)
	if n < 5000 {
		if err := BitonicSort(a); err != nil {
			t.Fatal(err)
		}
		sameSlices(t, "BitonicSort", must(a.Get())(t), x)
	}
}

func TestBitonicSortOfPowersOfTwo(t *testing.T) {
	c := newContext(t)
	for n := 4; n <= 1<<18; n *= 2 {
		x := numbersFrom[int32](50, n)
		a := toDevice(t, c, x...)
		if err := BitonicSort(a); err != nil {
			t.Fatal(err)
		}
		slices.Sort(x)
		sameSlices(t, name(n), must(a.Get())(t), x)
	}
}

func TestSortOptions(t *testing.T) {
	c := newContext(t)
	nan := float32(0)
	nan /= nan
	x := must(must(Sort(toDevice(t, c, 3, nan, -1, 2)))(t).Get())(t)
	if x[0] == x[0] || !slices.Equal(x[1:], []float32{-1, 2, 3}) {
		t.Errorf("with NaN: %v", x)
	}
	u := toDevice[uint16](t, c, 0x301, 0x102, 0x201, 0x100)
	sameSlices(t, "KeyBits", must(must(Sort(u, KeyBits(8)))(t).Get())(t), []uint16{0x100, 0x301, 0x201, 0x102})
	must(Sort(u, Into(u)))(t)
	sameSlices(t, "in place", must(u.Get())(t), []uint16{0x100, 0x102, 0x201, 0x301})
	_, err := Sort(u, KeyBits(17))
	wantError(t, err, "Sort", "KeyBits(17)")
	_, err = Sort(toDevice(t, c, 1), KeyBits(3))
	wantError(t, err, "unsigned")
	_, _, err = SortByKey(u, toDevice(t, c, 1))
	wantError(t, err, "SortByKey", "4 and 1")
}
