package linalg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

// orders are numbers of rows and columns: small ones, those around where routines change their ways, and one for which workers share.
var orders = [][3]int{{1, 1, 1}, {17, 20, 16}, {50, 33, 64}, {64, 130, 25}, {0, 5, 4}, {5, 4, 0}, {80, 100, 90}}

var (
	ops   = []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans}
	uplos = []blas.Uplo{blas.Upper, blas.Lower}
	sides = []blas.Side{blas.Left, blas.Right}
	diags = []blas.Diag{blas.NonUnit, blas.Unit}
)

// TestRoutinesAgreeWithGonum compares every routine that is replaced with gonum's, element by element, gaps between rows included.
func TestRoutinesAgreeWithGonum(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		t.Run("float64", func(t *testing.T) { agree(t, blas64.Implementation().(BLAS).double, 1e-12) })
		t.Run("float32", func(t *testing.T) { agree(t, blas32.Implementation().(BLAS).single, 2e-3) })
	})
}

func agree[T float](t *testing.T, r routines[T], tolerance float64) {
	const gap = 2
	for _, o := range orders {
		m, n, k := o[0], o[1], o[2]
		betas, ops := []T{0, 1, -0.5}, ops
		if m*n*k > serialWork { // gonum takes long
			betas, ops = betas[2:], ops[:2]
		}
		for _, beta := range betas {
			c := comparison[T]{t, fmt.Sprintf("%d,%d,%d beta %v", m, n, k, beta), tolerance}
			const alpha = 1.5
			for _, tA := range ops {
				for _, tB := range ops {
					rowsA, colsA := shape(tA, m, k)
					rowsB, colsB := shape(tB, k, n)
					a, b := values[T](rowsA*(colsA+gap)), values[T](rowsB*(colsB+gap))
					c.check("gemm", m*(n+gap), func(r reference[T], x []T) {
						r.gemm(tA, tB, m, n, k, alpha, a, colsA+gap, b, colsB+gap, beta, x, n+gap)
					}, r)
				}
				a, x := values[T](m*(n+gap)), values[T](2*max(m, n))
				rows, _ := shape(tA, m, n)
				for _, inc := range []int{1, 2, -1} {
					// gonum's Sgemv clears what follows the last element of y, where there is something.
					c.check("gemv", max(0, (rows-1)*max(inc, -inc)+1), func(r reference[T], y []T) {
						r.gemv(tA, m, n, alpha, a, n+gap, x, inc, beta, y, inc)
					}, r)
				}
			}
			x, y := values[T](2*m), values[T](2*n)
			c.check("ger", m*(n+gap), func(r reference[T], a []T) { r.ger(m, n, alpha, x, 2, y, 1, a, n+gap) }, r)
			for _, ul := range uplos {
				c.checkTriangles(r, ops, ul, m, n, k, beta)
			}
		}
	}
}

func (c comparison[T]) checkTriangles(r routines[T], ops []blas.Transpose, ul blas.Uplo, m, n, k int, beta T) {
	const gap, alpha = 2, 1.5
	a, x := values[T](n*(n+gap)), values[T](2*n)
	c.check("symv", 2*n, func(r reference[T], y []T) { r.symv(ul, n, alpha, a, n+gap, x, 2, beta, y, 1) }, r)
	for _, op := range ops {
		rows, cols := shape(op, n, k)
		a, b := values[T](rows*(cols+gap)), values[T](rows*(cols+gap))
		c.check("syrk", n*(n+gap), func(r reference[T], x []T) { r.syrk(ul, op, n, k, alpha, a, cols+gap, beta, x, n+gap) }, r)
		if op != blas.ConjTrans {
			c.check("syr2k", n*(n+gap), func(r reference[T], x []T) {
				r.syr2k(ul, op, n, k, alpha, a, cols+gap, b, cols+gap, beta, x, n+gap)
			}, r)
		}
	}
	for _, s := range sides {
		order := orderOf(s, m, n)
		a, b := values[T](order*(order+gap)), values[T](m*(n+gap))
		for i := range order {
			a[i*(order+gap)+i] += T(order) // so that solving with it is well conditioned
		}
		c.check("symm", m*(n+gap), func(r reference[T], x []T) { r.symm(s, ul, m, n, alpha, a, order+gap, b, n+gap, beta, x, n+gap) }, r)
		for _, op := range ops {
			for _, d := range diags {
				a := a
				if d == blas.Unit { // whose elements must be small, then
					a = values[T](len(a))
					for i := range a {
						a[i] /= T(order)
					}
				}
				c.check("trsm", m*(n+gap), func(r reference[T], x []T) { r.trsm(s, ul, op, d, m, n, alpha, a, order+gap, x, n+gap) }, r)
				c.check("trmm", m*(n+gap), func(r reference[T], x []T) { r.trmm(s, ul, op, d, m, n, alpha, a, order+gap, x, n+gap) }, r)
			}
		}
	}
}

// replaced gives the routines the form of gonum's.
func (r routines[T]) replaced() reference[T] {
	return reference[T]{r.gemm, r.symm, r.syrk, r.syr2k, r.trsm, r.trmm, r.gemv, r.symv, r.ger}
}

type comparison[T float] struct {
	t         *testing.T
	name      string
	tolerance float64
}

// check runs a routine on the same values by gonum and by r.
func (c comparison[T]) check(name string, n int, call func(r reference[T], x []T), r routines[T]) {
	c.t.Helper()
	want := values[T](n)
	got := append([]T(nil), want...)
	call(*r.gonum, want)
	call(r.replaced(), got)
	for i := range want {
		diff, size := math.Abs(float64(got[i]-want[i])), math.Abs(float64(want[i]))
		if !(diff <= c.tolerance*max(1, size)) {
			c.t.Errorf("%s %s: element %d is %v; gonum has %v", c.name, name, i, got[i], want[i])
			return
		}
	}
}

func values[T float](n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(2*rand.Float64() - 1)
	}
	return x
}
