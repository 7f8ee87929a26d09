package vec_test

import (
	"math"
	"strings"
	"testing"

	"github.com/warren-go/warren/parlib/vec"
)

func mustView(t *testing.T, data []float64, offset, stride, n int) vec.View[float64] {
	t.Helper()
	v, err := vec.Strided(data, offset, stride, n)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestStridedFunctions(t *testing.T) {
	const rows, columns = 3000, 7
	matrix := numbers(rows*columns, 1)
	before := append([]float64(nil), matrix...)
	third := mustView(t, matrix, 3, columns, rows)
	backwards := mustView(t, matrix, (rows-1)*columns+1, -columns, rows)

	if err := vec.StridedUnary(third, vec.Sin, third); err != nil {
		t.Fatal(err)
	}
	if err := vec.StridedBinary(mustView(t, matrix, 0, columns, rows), vec.Add, third, backwards); err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		row, was := matrix[i*columns:][:columns], before[i*columns:][:columns]
		if want := math.Sin(was[3]); !like(row[3], want) {
			t.Fatalf("row %d: sine of the third column is %v, want %v", i, row[3], want)
		}
		if want := row[3] + matrix[(rows-1-i)*columns+1]; row[0] != want {
			t.Fatalf("row %d: sum is %v, want %v", i, row[0], want)
		}
		for _, untouched := range []int{1, 2, 4, 5, 6} {
			if row[untouched] != was[untouched] {
				t.Fatalf("row %d: column %d was changed", i, untouched)
			}
		}
	}
}

func TestStridedFunctionsOfThreeViews(t *testing.T) {
	const rows, columns = 3000, 5
	matrix := numbers(rows*columns, 1)
	for i := 0; i < rows; i += 2 {
		matrix[i*columns+4] = 0 // half of the conditions
	}
	before := append([]float64(nil), matrix...)
	column := func(c int) vec.View[float64] { return mustView(t, matrix, c, columns, rows) }
	backwards := mustView(t, matrix, (rows-1)*columns+2, -columns, rows)
	if err := vec.StridedTernary(column(0), vec.FMA, column(0), column(1), backwards); err != nil {
		t.Fatal(err)
	}
	if err := vec.StridedTernary(column(3), vec.Where, column(4), column(1), column(2)); err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		row, was := matrix[i*columns:][:columns], before[i*columns:][:columns]
		if want := math.FMA(was[0], was[1], before[(rows-1-i)*columns+2]); !like(row[0], want) {
			t.Fatalf("row %d: x*y + z is %v, want %v", i, row[0], want)
		}
		want := was[2]
		if was[4] != 0 {
			want = was[1]
		}
		if !like(row[3], want) {
			t.Fatalf("row %d: the choice is %v, want %v", i, row[3], want)
		}
		for _, untouched := range []int{1, 2, 4} {
			if !like(row[untouched], was[untouched]) {
				t.Fatalf("row %d: column %d was changed", i, untouched)
			}
		}
	}
}

func TestAViewHasNoElementsBeyondItsOwn(t *testing.T) {
	v := mustView(t, numbers(10, 1), 1, 3, 2)
	for _, i := range []int{-1, 2} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("element %d of a view of 2 was had", i)
				}
			}()
			v.At(i)
		}()
	}
}

func TestStridedIntoASlice(t *testing.T) {
	x, dst := []float64{1, 0, 4, 0, 9, 0}, make([]float64, 3)
	if err := vec.StridedUnary(vec.All(dst), vec.Sqrt, mustView(t, x, 0, 2, 3)); err != nil || dst[0] != 1 || dst[1] != 2 || dst[2] != 3 {
		t.Errorf("roots are %v, %v", dst, err)
	}
}

func TestBadViews(t *testing.T) {
	x := numbers(100, 1)
	bad := func(offset, stride, n int) error {
		_, err := vec.Strided(x, offset, stride, n)
		return err
	}
	even, odd := mustView(t, x, 0, 2, 50), mustView(t, x, 1, 2, 50)
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"too long", bad(0, 2, 51), "51 elements from 0 on at distances of 2 go beyond a slice of 100"},
		{"before the start", bad(10, -2, 7), "go beyond"},
		{"overflow", bad(1, math.MaxInt/2+1, 3), "go beyond"},
		{"overflow below", bad(0, math.MinInt, 3), "go beyond"},
		{"stride 0", bad(0, 0, 3), "the stride is 0"},
		{"negative length", bad(0, 1, -3), "must not be negative"},
		{"lengths", vec.StridedUnary(even, vec.Sin, mustView(t, x, 0, 2, 49)), "operand 1 has 49 elements and the destination 50"},
		{"shifted", vec.StridedUnary(mustView(t, x, 0, 2, 40), vec.Sin, mustView(t, x, 2, 2, 40)), "overlap"},
		{"reversed", vec.StridedUnary(mustView(t, x, 0, 1, 100), vec.Sin, mustView(t, x, 99, -1, 100)), "overlap"},
		{"nil function", vec.StridedUnary(even, nil, odd), "the function is nil"},
		{"nil ternary function", vec.StridedTernary(even, nil, odd, odd, odd), "the function is nil"},
		{"third length", vec.StridedTernary(even, vec.FMA, odd, odd, mustView(t, x, 0, 2, 49)), "operand 3 has 49 elements and the destination 50"},
		{"nil binary function", vec.StridedBinary(even, nil, odd, odd), "the function is nil"},
	}
	for _, tt := range tests {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want one with %q", tt.name, tt.err, tt.want)
		}
	}
	if err := vec.StridedBinary(even, vec.Mul, odd, odd); err != nil {
		t.Errorf("interleaved views do not overlap, but: %v", err)
	}
	var empty vec.View[float64]
	if err := vec.StridedUnary(empty, vec.Sin, empty); err != nil {
		t.Errorf("empty views: %v", err)
	}
}

func TestApplyRefusesSlicesThatOverlap(t *testing.T) {
	x := numbers(100, 1)
	double := func(v float64) float64 { return 2 * v }
	for name, err := range map[string]error{
		"shifted": vec.Apply(x[1:], x[:99], double),
		"behind":  vec.Apply(x[:99], x[1:], double),
	} {
		if err == nil || !strings.Contains(err.Error(), "the operand overlaps the destination, both of 99 elements") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"the same":   vec.Apply(x, x, double),
		"neighbours": vec.Apply(x[:50], x[50:], double),
		"empty":      vec.Apply(x[:0], x[:0], double),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnExpressionThatWasNotCompiledIsAnError(t *testing.T) {
	for name, e := range map[string]*vec.Expression{"nil": nil, "zero": {}} {
		if err := e.Eval(make([]float64, 3), nil); err == nil || !strings.Contains(err.Error(), "was not made by Expr") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}
