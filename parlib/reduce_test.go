package parlib

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/warren-go/warren/parlib/schedule"
)

func TestSumsAreExactAndDoNotDependOnTheWorkers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 3, reduceBlock - 1, reduceBlock, reduceBlock + 1, 10*reduceBlock + 17} {
		x, y := make([]float64, n), make([]float64, n)
		whole := make([]int, n)
		var exact, size float64
		wantWhole := 0
		for i := range x {
			x[i], y[i], whole[i] = random.NormFloat64(), random.NormFloat64(), i
			exact += x[i] * y[i]
			size += math.Abs(x[i] * y[i])
			wantWhole += i
		}
		want, err := Dot(x, y, Workers(1))
		if err != nil {
			t.Fatal(err)
		}
		// Both orders are within n roundings of the true value (Higham, Accuracy and Stability, section 3.1).
		if bound := 2 * float64(n) * 0x1p-53 * size; math.Abs(want-exact) > bound {
			t.Errorf("Dot of %d is %g, want %g within %g", n, want, exact, bound)
		}
		wantSum, err := Sum(x, Workers(1))
		if err != nil {
			t.Fatal(err)
		}
		for _, options := range [][]Option{{Workers(2)}, {Workers(7)}, {Workers(3), Schedule(schedule.Dynamic(1))}} {
			if got, err := Dot(x, y, options...); got != want || err != nil {
				t.Errorf("Dot of %d on %v is %v, %v; on one worker %v", n, options, got, err, want)
			}
			if got, err := Sum(x, options...); got != wantSum || err != nil {
				t.Errorf("Sum of %d on %v is %v, %v; on one worker %v", n, options, got, err, wantSum)
			}
			if got, err := Sum(whole, options...); got != wantWhole || err != nil {
				t.Errorf("Sum of 0…%d on %v is %d, %v; want %d", n-1, options, got, err, wantWhole)
			}
		}
	}
}
