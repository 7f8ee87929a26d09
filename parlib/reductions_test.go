package parlib

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// sizes are around the cuts that reductions, scans and sorts make.
var sizes = []int{0, 1, 2, 3, 127, 129, reduceBlock - 1, reduceBlock, reduceBlock + 1, 3*serialSort + 7, 100_003}

func random(n int) []float64 {
	r := rand.New(rand.NewPCG(uint64(n), 3))
	x := make([]float64, n)
	for i := range x {
		x[i] = math.Round(100*r.NormFloat64()) / 4 // with equal ones, and sums that are exact
	}
	return x
}

func TestMinAndMaxFindTheFirst(t *testing.T) {
	type named float64
	for _, n := range sizes[1:] {
		x := random(n)
		whole, other := make([]int, n), make([]named, n)
		for i, v := range x {
			whole[i], other[i] = int(4*v), named(v)
		}
		least, greatest := slices.Min(x), slices.Max(x)
		for name, check := range map[string]func() (float64, int, error){
			"float64": func() (float64, int, error) { return Min(x) },
			"int":     func() (float64, int, error) { v, i, err := Min(whole, Workers(3)); return float64(v) / 4, i, err },
			"named":   func() (float64, int, error) { v, i, err := Min(other); return float64(v), i, err },
		} {
			if v, i, err := check(); v != least || i != slices.Index(x, least) || err != nil {
				t.Errorf("Min of %d %s is %v at %d, %v; want %v at %d", n, name, v, i, err, least, slices.Index(x, least))
			}
		}
		for name, check := range map[string]func() (float64, int, error){
			"float64": func() (float64, int, error) { return Max(x, Workers(3)) },
			"int":     func() (float64, int, error) { v, i, err := Max(whole); return float64(v) / 4, i, err },
		} {
			if v, i, err := check(); v != greatest || i != slices.Index(x, greatest) || err != nil {
				t.Errorf("Max of %d %s is %v at %d, %v; want %v at %d", n, name, v, i, err, greatest, slices.Index(x, greatest))
			}
		}
		at := n / 2
		x[at], x[n-1] = math.NaN(), math.NaN()
		if v, i, err := Min(x); v == v || i != min(at, n-1) || err != nil {
			t.Errorf("Min with NaN at %d is %v at %d, %v", at, v, i, err)
		}
		if v, i, err := Max(x); v == v || i != min(at, n-1) || err != nil {
			t.Errorf("Max with NaN at %d is %v at %d, %v", at, v, i, err)
		}
	}
	if _, _, err := Min([]int{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("Min of nothing: %v", err)
	}
	if v, i, err := Max([]string{"b", "c", "a"}); v != "c" || i != 1 || err != nil {
		t.Errorf("Max of strings is %q at %d, %v", v, i, err)
	}
}

func TestNormNeitherOverflowsNorVanishes(t *testing.T) {
	for _, scale := range []float64{1, 1e-200, 1e200} {
		for _, n := range []int{0, 1, 100_003} {
			x := make([]float64, n)
			for i := range x {
				x[i] = scale
			}
			want := scale * math.Sqrt(float64(n))
			if got, err := Norm(x); err != nil || math.Abs(got-want) > 1e-12*want {
				t.Errorf("Norm of %d times %g is %g, %v; want %g", n, scale, got, err, want)
			}
		}
	}
}

// Joining strings is associative, but not commutative.
func TestReduceKeepsTheOrder(t *testing.T) {
	for _, n := range sizes {
		x := make([]string, n)
		for i := range x {
			x[i] = string(rune('a' + i%26))
		}
		want := strings.Join(x, "")
		join := func(a, b string) string { return a + b }
		if got, err := Reduce(x, "", join, Workers(3)); got != want || err != nil {
			t.Errorf("Reduce of %d letters is wrong, %v", n, err)
		}
		got, err := ForReduce(n, "", func(i int, acc string) string { return acc + x[i] }, join)
		if got != want || err != nil {
			t.Errorf("ForReduce of %d letters is wrong, %v", n, err)
		}
	}
}

func TestReduceIsReproducible(t *testing.T) {
	x := make([]float64, 100_003)
	for i := range x {
		x[i] = math.Sin(float64(i))
	}
	add := func(a, b float64) float64 { return a + b }
	want, err := Reduce(x, 0, add, Workers(1))
	if err != nil {
		t.Fatal(err)
	}
	for workers := 2; workers < 9; workers++ {
		if got, err := Reduce(x, 0, add, Workers(workers)); got != want || err != nil {
			t.Errorf("on %d workers the sum is %v, %v; on one %v", workers, got, err, want)
		}
	}
}

func TestScans(t *testing.T) {
	for _, n := range sizes {
		x := random(n)
		inclusive, exclusive := make([]float64, n), make([]float64, n)
		total := 0.0
		for i, v := range x {
			exclusive[i] = total
			total += v
			inclusive[i] = total
		}
		add := func(a, b float64) float64 { return a + b }
		for name, c := range map[string]struct {
			scan func(dst, x []float64) error
			want []float64
		}{
			"Scan":     {func(dst, x []float64) error { return Scan(dst, x, Workers(3)) }, inclusive},
			"ScanFunc": {func(dst, x []float64) error { return ScanFunc(dst, x, 0, add) }, inclusive},
			"ExclusiveScan": {func(dst, x []float64) error {
				sum, err := ExclusiveScan(dst, x)
				if sum != total {
					t.Errorf("the total of %d is %v, want %v", n, sum, total)
				}
				return err
			}, exclusive},
		} {
			dst := make([]float64, n)
			if err := c.scan(dst, x); err != nil || !slices.Equal(dst, c.want) {
				t.Errorf("%s of %d is wrong, %v", name, n, err)
			}
			copy(dst, x)
			if err := c.scan(dst, dst); err != nil || !slices.Equal(dst, c.want) {
				t.Errorf("%s of %d in place is wrong, %v", name, n, err)
			}
		}
	}
}

func TestHistogramCountsAll(t *testing.T) {
	x := random(100_003)
	x[7], x[8], x[9] = math.NaN(), math.Inf(1), math.Inf(-1)
	for _, bins := range []int{1, 3, 10, 20_000} {
		h, err := Histogram(x, bins, -20, 25, Workers(3))
		if err != nil {
			t.Fatal(err)
		}
		want := Counts{Bins: make([]int, bins), Low: -20, High: 25}
		for _, v := range x {
			switch {
			case v != v:
				want.NaN++
			case v < -20:
				want.Below++
			case v > 25:
				want.Above++
			default:
				for b := range bins {
					low, high := h.Bounds(b)
					if v >= low && (v < high || b == bins-1) {
						want.Bins[b]++
						break
					}
				}
			}
			if bins > 100 && want.Bins[0] > 3 {
				break // enough of the slow way: the sum is checked below
			}
		}
		sum := h.Below + h.Above + h.NaN
		for b, n := range h.Bins {
			sum += n
			if bins <= 100 && n != want.Bins[b] {
				t.Errorf("bin %d of %d has %d, want %d", b, bins, n, want.Bins[b])
			}
		}
		if sum != len(x) || h.NaN != 1 {
			t.Errorf("%d of %d values were counted, %d NaN", sum, len(x), h.NaN)
		}
	}
}

func TestSortsSort(t *testing.T) {
	for _, n := range sizes {
		for _, workers := range []int{1, 2, 3, 8} {
			x := random(n)
			if n > 2 {
				x[n/2], x[n/3] = math.NaN(), math.Inf(-1)
			}
			want := slices.Clone(x)
			slices.Sort(want)
			got := slices.Clone(x)
			if err := Sort(got, Workers(workers)); err != nil || slices.CompareFunc(got, want, cmp.Compare[float64]) != 0 {
				t.Errorf("Sort of %d on %d workers is wrong, %v", n, workers, err)
			}
			got = slices.Clone(x)
			if err := SortFunc(got, func(a, b float64) int { return cmp.Compare(b, a) }, Workers(workers)); err != nil {
				t.Error(err)
			}
			slices.Reverse(got)
			if slices.CompareFunc(got, want, cmp.Compare[float64]) != 0 {
				t.Errorf("SortFunc of %d on %d workers is wrong", n, workers)
			}
			type item struct{ key, place int }
			items := make([]item, n)
			for i := range items {
				items[i] = item{i * 7919 % 10, i}
			}
			err := SortStableFunc(items, func(a, b item) int { return a.key - b.key }, Workers(workers))
			if err != nil || !slices.IsSortedFunc(items, func(a, b item) int { return cmp.Or(a.key-b.key, a.place-b.place) }) {
				t.Errorf("SortStableFunc of %d on %d workers is wrong, %v", n, workers, err)
			}
		}
	}
}

func TestAComparisonThatPanicsLosesNoElement(t *testing.T) {
	const n = 5 * serialSort
	for after := range 5 {
		x := make([]int, n)
		for i := range x {
			x[i] = i * 7919 % n
		}
		fuse := after * n * 4
		err := SortFunc(x, func(a, b int) int {
			if fuse--; fuse < 0 {
				panic("enough")
			}
			return a - b
		}, Workers(1), Grain(1))
		if after < 2 && err == nil {
			t.Error("no error")
		}
		slices.Sort(x)
		for i, v := range x {
			if v != i {
				t.Fatalf("element %d is %d after a failure", i, v)
			}
		}
	}
}

func TestHistogramOfExtremeBounds(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		x         []float64
	}{
		{-8e307, 8e307, []float64{-8e307, -4e307, 0, 4e307, 8e307}},
		{0, 1e-308, []float64{0, 2.5e-309, 5e-309, 7.5e-309, 1e-308}},
	} {
		h, err := Histogram(c.x, 10, c.low, c.high)
		if err != nil {
			t.Fatal(err)
		}
		if want := []int{1, 0, 1, 0, 0, 1, 0, 1, 0, 1}; !slices.Equal(h.Bins, want) {
			t.Errorf("between %g and %g: %v, want %v", c.low, c.high, h.Bins, want)
		}
	}
}

// partners is an observer that knows how many workers there can be.
type partners struct{ n int }

func (p *partners) Workers(n int)                         { p.n = n }
func (*partners) Chunk(_, _, _ int, begin, end time.Time) {}

func TestGrainsOfReductionsCountElements(t *testing.T) {
	const n = 10 * reduceBlock
	x := make([]int, n)
	for _, c := range []struct{ grain, want int }{
		{1, 10}, {reduceBlock, 10}, {2 * reduceBlock, 5}, {n / 2, 2}, {n, 1}, {math.MaxInt, 1},
	} {
		var p partners
		if _, err := Sum(x, Workers(10), Grain(c.grain), Observe(&p)); err != nil || p.n != c.want {
			t.Errorf("a sum of %d with a grain of %d has %d workers, %v; want %d", n, c.grain, p.n, err, c.want)
		}
	}
}

func TestHugeReductionDoesNotOverflow(t *testing.T) {
	within(t, "ForReduce", func() {
		_, err := ForReduce(math.MaxInt, 0, func(int, int) int { panic("enough") }, func(a, b int) int { return a }, Workers(1))
		var failed *ItemError
		if !errors.As(err, &failed) || failed.Index != 0 || failed.Count < 1 {
			t.Errorf("error is %v", err)
		}
	})
}

func TestBadReductionsAreErrorsThatNameTheValues(t *testing.T) {
	x := make([]float64, 10)
	boom := func(a, b float64) float64 { panic("boom") }
	for _, c := range []struct {
		name string
		call func() error
		want string
	}{
		{"reduce nil", func() error { _, err := Reduce(x, 0, nil); return err }, "Reduce on 10 items: the function is nil"},
		{"reduce panic", func() error { _, err := Reduce(x, 0, boom); return err }, "Reduce: item 0: panic at "},
		{"for reduce nil", func() error { _, err := ForReduce(3, 0, nil, func(a, b int) int { return a }); return err }, "the body is nil"},
		{"for reduce combine nil", func() error {
			_, err := ForReduce(3, 0, func(int, int) int { return 0 }, nil)
			return err
		}, "the function that combines is nil"},
		{"for reduce negative", func() error {
			_, err := ForReduce(-3, 0, func(i, a int) int { return a }, func(a, b int) int { return a })
			return err
		}, "number of indices is -3"},
		{"scan lengths", func() error { return Scan(x[:3], x) }, "the destination has 3 elements and the source 10"},
		{"scan overlap", func() error { return Scan(x[2:], x[:8]) }, "begins 2 elements from the source and overlaps it"},
		{"scan overlap before", func() error { return Scan(x[:8], x[2:]) }, "begins -2 elements from the source"},
		{"scan nil", func() error { return ScanFunc(x, x, 0, nil) }, "the function is nil"},
		{"no bins", func() error { _, err := Histogram(x, 0, 0, 1); return err }, "number of bins is 0"},
		{"bounds", func() error { _, err := Histogram(x, 3, 2, 1); return err }, "the bounds are 2 and 1"},
		{"infinite bound", func() error { _, err := Histogram(x, 3, 0, math.Inf(1)); return err }, "the bounds are 0 and +Inf"},
		{"NaN bound", func() error { _, err := Histogram(x, 3, math.NaN(), 1); return err }, "the bounds are NaN and 1"},
		{"sort nil", func() error { return SortFunc(x, nil) }, "SortFunc on 10 items: the function is nil"},
		{"stable sort nil", func() error { return SortStableFunc(x, nil) }, "the function is nil"},
		{"workers", func() error { return Sort(x, Workers(0)) }, "Sort: number of workers is 0"},
		{"sum workers", func() error { _, err := Sum([]int{}, Workers(-1)); return err }, "Sum: number of workers is -1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
		})
	}
}
