package parlib

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSortByDigitsIsSortByComparing(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	special := []float64{math.NaN(), -math.NaN(), math.Copysign(math.NaN(), -1), 0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1),
		math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64}
	for _, n := range []int{radixFrom - 1, radixFrom, radixFrom + 1, 20_000} {
		floats, whole, ints, few := make([]float64, n), make([]int64, n), make([]int, n), make([]int, n)
		for i := range n {
			floats[i] = math.Float64frombits(r.Uint64())
			whole[i] = int64(r.Uint64())
			ints[i] = int(r.Uint64())
			few[i] = r.IntN(5) - 2
		}
		copy(floats[n/2:], special)
		checkBlock(t, "float64", floats)
		checkBlock(t, "int64", whole)
		checkBlock(t, "int", ints)
		checkBlock(t, "a few int", few)
		checkBlock(t, "only NaN", slices.Repeat([]float64{math.NaN()}, n))
		checkBlock(t, "equal", slices.Repeat([]float64{-1.5}, n))
	}
}

func checkBlock[T cmp.Ordered](t *testing.T, what string, x []T) {
	t.Helper()
	want := slices.Clone(x)
	slices.Sort(want)
	got := slices.Clone(x)
	sortBlock(got)
	for i := range got {
		if cmp.Compare(got[i], want[i]) != 0 {
			t.Fatalf("%d %s: element %d is %v, want %v", len(x), what, i, got[i], want[i])
		}
	}
}
