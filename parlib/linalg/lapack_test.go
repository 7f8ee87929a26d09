package linalg

import (
	"math"
	"math/cmplx"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// alone runs f with gonum's own LAPACK.
func alone(f func()) {
	lapack64.Use(gonum.Implementation{})
	defer lapack64.Use(LAPACK{choice: &chosen})
	f()
}

var shapes = [][2]int{{30, 30}, {60, 40}, {40, 60}, {200, 25}, {3, 5}}

func TestSingularValues(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		for _, s := range shapes {
			a := dense(s[0], s[1])
			var want mat.SVD
			alone(func() { want.Factorize(a, mat.SVDNone) })
			for _, kind := range []mat.SVDKind{mat.SVDNone, mat.SVDThin, mat.SVDFull, mat.SVDThinU, mat.SVDFullV} {
				var svd mat.SVD
				if !svd.Factorize(a, kind) {
					t.Errorf("%v, kind %d: no convergence", s, kind)
					continue
				}
				if !floats.EqualApprox(svd.Values(nil), want.Values(nil), 1e-12*float64(s[0]+s[1])) {
					t.Errorf("%v, kind %d: other singular values than gonum's", s, kind)
				}
				if kind == mat.SVDThin || kind == mat.SVDFull {
					checkFactors(t, &svd, a)
				}
			}
		}
	})
}

// checkFactors multiplies the factors, and U and V with their transposed.
func checkFactors(t *testing.T, svd *mat.SVD, a *mat.Dense) {
	t.Helper()
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	_, cols := u.Dims()
	_, rows := v.Dims()
	sigma := mat.NewDense(cols, rows, nil)
	for i, x := range svd.Values(nil) {
		sigma.Set(i, i, x)
	}
	if !mat.EqualApprox(byFormula(byFormula(&u, sigma), v.T()), a, 1e-11) {
		t.Errorf("%d×%d: the factors' product is not the matrix", len(a.RawMatrix().Data)/a.RawMatrix().Cols, a.RawMatrix().Cols)
	}
	for _, x := range []*mat.Dense{&u, &v} {
		_, n := x.Dims()
		if !mat.EqualApprox(byFormula(x.T(), x), identity(n), 1e-11) {
			t.Errorf("vectors are not orthonormal")
		}
	}
}

func identity(n int) *mat.Dense {
	m := mat.NewDense(n, n, nil)
	for i := range n {
		m.Set(i, i, 1)
	}
	return m
}

func TestSymmetricEigenvalues(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		for _, n := range []int{5, 25, 70} {
			a := symmetric(n).(*mat.SymDense)
			var want, got, values mat.EigenSym
			alone(func() { want.Factorize(a, false) })
			if !got.Factorize(a, true) || !values.Factorize(a, false) {
				t.Fatalf("%d: no convergence", n)
			}
			for _, w := range [][]float64{got.Values(nil), values.Values(nil)} {
				if !floats.EqualApprox(w, want.Values(nil), 1e-12*float64(n)) {
					t.Errorf("%d: other eigenvalues than gonum's", n)
				}
			}
			var v mat.Dense
			got.VectorsTo(&v)
			var scaled mat.Dense
			scaled.Mul(&v, mat.NewDiagDense(n, got.Values(nil)))
			if !mat.EqualApprox(byFormula(a, &v), &scaled, 1e-11) || !mat.EqualApprox(byFormula(v.T(), &v), identity(n), 1e-11) {
				t.Errorf("%d: vectors are not eigenvectors of length 1", n)
			}
		}
	})
}

func TestEigenvalues(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		for _, n := range []int{5, 25, 70} {
			a := dense(n, n)
			var want, got mat.Eigen
			alone(func() { want.Factorize(a, mat.EigenNone) })
			if !got.Factorize(a, mat.EigenBoth) {
				t.Fatalf("%d: no convergence", n)
			}
			if !sameValues(got.Values(nil), want.Values(nil)) {
				t.Errorf("%d: other eigenvalues than gonum's", n)
			}
			var right, left mat.CDense
			got.VectorsTo(&right)
			got.LeftVectorsTo(&left)
			for k, value := range got.Values(nil) {
				for i := range n {
					var ax, xa complex128
					for j := range n {
						ax += complex(a.At(i, j), 0) * right.At(j, k)
						xa += cmplx.Conj(left.At(j, k)) * complex(a.At(j, i), 0)
					}
					if cmplx.Abs(ax-value*right.At(i, k)) > 1e-10 || cmplx.Abs(xa-value*cmplx.Conj(left.At(i, k))) > 1e-10 {
						t.Fatalf("%d: vector %d is none of eigenvalue %v", n, k, value)
					}
				}
			}
		}
	})
}

// sameValues compares without regard to the order, which differs between versions of LAPACK.
func sameValues(x, y []complex128) bool {
	for _, v := range x {
		if !slices.ContainsFunc(y, func(w complex128) bool { return cmplx.Abs(v-w) < 1e-10 }) {
			return false
		}
	}
	return len(x) == len(y)
}

// By itself gonum does not come back from some of these.
func TestNothingIsDecomposedWithNaN(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			for _, n := range []int{5, 40} {
				a := identity(n)
				a.Set(3, 4, bad)
				var svd mat.SVD
				var eigen mat.Eigen
				var symmetric mat.EigenSym
				if svd.Factorize(a, mat.SVDThin) || eigen.Factorize(a, mat.EigenRight) {
					t.Errorf("a %d×%d matrix with %v has a decomposition", n, n, bad)
				}
				if symmetric.Factorize(mat.NewSymDense(n, a.RawMatrix().Data), true) {
					t.Errorf("a symmetric %d×%d matrix with %v has a decomposition", n, n, bad)
				}
			}
		}
	})
}

// What is in the triangle that is not read does not matter.
func TestOtherTriangleMayHoldAnything(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		for _, ul := range uplos {
			const n = 30
			a, w := identity(n).RawMatrix(), make([]float64, n)
			a.Data[3*n+4], a.Data[4*n+3] = 0.5, math.NaN()
			if ul == blas.Lower {
				a.Data[3*n+4], a.Data[4*n+3] = math.NaN(), 0.5
			}
			if ok := (LAPACK{choice: &chosen}).Dsyev(lapack.EVCompute, ul, n, a.Data, n, w, make([]float64, 3*n), 3*n); !ok || math.Abs(w[n-1]-1.5) > 1e-14 {
				t.Errorf("%c: largest eigenvalue %v, ok %v; want 1.5", ul, w[n-1], ok)
			}
		}
	})
}
