package opencl

import (
	"testing"
)

func TestScansAreExact(t *testing.T) {
	eachShape(t, func(t *testing.T, c *Context) {
		k := must(NewScanKernel[int32](Scan{
			Arguments: "const int *x, int *with, int *without, int *last", Input: "x[i]", Reduce: "a+b", Neutral: "0",
			Output: "with[i] = item; without[i] = prev_item; if (i == n-1) last[0] = last_item",
		}, On(c)))(t)
		for _, n := range sizes {
			x := numbersFrom[int32](0, n)
			with, without, sum := make([]int32, n), make([]int32, n), int32(0)
			for i, v := range x {
				without[i] = sum
				sum += v
				with[i] = sum
			}
			a, b, last := must(Zeros[int32](n, On(c)))(t), must(Zeros[int32](n, On(c)))(t), must(Zeros[int32](1, On(c)))(t)
			must(k.Call(toDevice(t, c, x...), a, b, last))(t)
			sameSlices(t, "inclusive", must(a.Get())(t), with)
			sameSlices(t, "exclusive", must(b.Get())(t), without)
			sameSlices(t, "last", must(last.Get())(t), []int32{sum})
			sameSlices(t, "CumSum", must(must(toDevice(t, c, x...).CumSum())(t).Get())(t), with)
		}
	})
}

func TestScansKeepTheOrder(t *testing.T) {
	// Affine maps a*x + b, one after the other, which does not give the same in another order.
	type affine struct{ A, B uint32 }
	eachShape(t, func(t *testing.T, c *Context) {
		k := must(NewScanKernel[affine](Scan{
			Arguments: "const affine *x, affine *z", Input: "x[i]", Reduce: "(affine){a.A*b.A, a.B*b.A + b.B}", Neutral: "(affine){1, 0}", Output: "z[i] = item",
		}, On(c)))(t)
		for _, n := range someSizes(1 << 20) {
			x, want, sum := make([]affine, n), make([]affine, n), affine{1, 0}
			for i := range x {
				x[i] = affine{uint32(i%7 + 1), uint32(i % 11)}
				sum = affine{sum.A * x[i].A, sum.B*x[i].A + x[i].B}
				want[i] = sum
			}
			z := must(Empty[affine](n, On(c)))(t)
			must(k.Call(toDevice(t, c, x...), z))(t)
			sameSlices(t, name(n), must(z.Get())(t), want)
		}
	})
}

func TestScansBySegments(t *testing.T) {
	eachShape(t, func(t *testing.T, c *Context) {
		k := must(NewScanKernel[int32](Scan{
			Arguments: "const int *x, const uchar *start, int *with, int *without", Input: "x[i]", Reduce: "a+b", Neutral: "0", Segment: "start[i]",
			Output: "with[i] = item; without[i] = prev_item", Name: "by_segments",
		}, On(c)))(t)
		for _, every := range []int{1, 3, 1000, 50021, 1 << 30} {
			for _, n := range someSizes(1 << 20) {
				x, start := numbersFrom[int32](0, n), make([]uint8, n)
				with, without, sum := make([]int32, n), make([]int32, n), int32(0)
				for i, v := range x {
					if i%every == every/2 {
						start[i], sum = 1, 0
					}
					without[i] = sum
					sum += v
					with[i] = sum
				}
				a, b := must(Zeros[int32](n, On(c)))(t), must(Zeros[int32](n, On(c)))(t)
				must(k.Call(toDevice(t, c, x...), toDevice(t, c, start...), a, b))(t)
				sameSlices(t, "inclusive", must(a.Get())(t), with)
				sameSlices(t, "exclusive", must(b.Get())(t), without)
			}
		}
	})
}

func TestScansInPlaceAndOfViews(t *testing.T) {
	c := newContext(t)
	x := numbersFrom[int](0, 30000)
	a := toDevice(t, c, x...)
	view := slice(t, a, 29999, 0, -2)
	must(view.CumSum(Into(view)))(t)
	sum := 0
	for i := 29999; i > 0; i -= 2 {
		sum += x[i]
		x[i] = sum
	}
	sameSlices(t, "in place", must(a.Get())(t), x)
	_, err := slice(t, a, 0, 10, 1).CumSum(Into(slice(t, a, 1, 11, 1)))
	wantError(t, err, "Array.CumSum", "shares some memory")
}

func TestDiff(t *testing.T) {
	c := newContext(t)
	a := toDevice(t, c, 5, 7, 4, 4)
	sameSlices(t, "Diff", must(must(a.Diff())(t).Get())(t), []int{2, -3, 0})
	sameSlices(t, "Diff of a view", must(must(must(a.Reverse())(t).Diff())(t).Get())(t), []int{0, 3, -2})
	for _, n := range []int{0, 1} {
		sameSlices(t, "Diff of few", must(must(slice(t, a, 0, n, 1).Diff())(t).Get())(t), nil)
	}
}

func TestScansRefuseWrongDefinitions(t *testing.T) {
	c := newContext(t)
	_, err := NewScanKernel[int](Scan{Arguments: "const long *x", Input: "x[i]", Reduce: "a+b", Output: ";"}, On(c))
	wantError(t, err, "Neutral is empty")
	_, err = NewScanKernel[int](Scan{Arguments: "const long *x", Input: "x[i]", Reduce: "a+b)", Neutral: "0", Output: ";"}, On(c))
	wantError(t, err, "without its counterpart")
	k := must(NewScanKernel[int](Scan{Arguments: "const long *x", Input: "x[i]", Reduce: "a+b", Neutral: "0", Output: "" + ";"}, On(c)))(t)
	_, err = k.Call(toDevice(t, c, 1, 2), Over{0, 1, 1})
	wantError(t, err, "Over")
}
