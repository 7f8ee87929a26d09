package linalg

import "gonum.org/v1/gonum/blas"

// triangle is a triangular matrix as BLAS describes one: part of a, perhaps read transposed. It is cut into
//
//	A11 A12
//	A21 A22
//
// of which, with op applied, A21 is zero if the triangle is an upper one, and A12 if it is a lower one. Nearly all of the
// work with it is then products with the rectangle, for which there is a fast kernel.
type triangle[T float] struct {
	uplo blas.Uplo
	op   blas.Transpose
	diag blas.Diag
	a    []T
	lda  int
}

// lower says whether op(A) is a lower triangle.
func (t triangle[T]) lower() bool { return (t.uplo == blas.Lower) == (t.op == blas.NoTrans) }

// second is A22 of a cut after h rows.
func (t triangle[T]) second(h int) triangle[T] {
	t.a = t.a[h*t.lda+h:]
	return t
}

// rectangle is the part of A beside the two triangles of a cut after h rows; where A is read transposed, so is it.
func (t triangle[T]) rectangle(h int) []T {
	if t.uplo == blas.Lower {
		return t.a[h*t.lda:]
	}
	return t.a[h:]
}

// smallTriangle is up to where gonum's loops over vectors do as well as cutting further.
const smallTriangle = 24

// cut halves a triangle, at a place that suits the kernels.
func cut(n int) int { return max(smallTriangle, n/2/smallTriangle*smallTriangle) }

func (g goKernels[T]) Trsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	g.solve(s, triangle[T]{ul, tA, d, a, lda}, m, n, alpha, b, ldb)
}

// solve computes X in op(A)·X = alpha·B or X·op(A) = alpha·B. One half of X is found first, its part in the other equations is
// subtracted, and then the other half is found.
func (g goKernels[T]) solve(s blas.Side, t triangle[T], m, n int, alpha T, b []T, ldb int) {
	order := orderOf(s, m, n)
	if order <= smallTriangle {
		g.gonum.trsm(s, t.uplo, t.op, t.diag, m, n, alpha, t.a, t.lda, b, ldb)
		return
	}
	h := cut(order)
	if s == blas.Left {
		b1, b2 := b, b[h*ldb:]
		if t.lower() {
			g.solve(s, t, h, n, alpha, b1, ldb)
			g.Gemm(t.op, blas.NoTrans, m-h, n, h, -1, t.rectangle(h), t.lda, b1, ldb, alpha, b2, ldb)
			g.solve(s, t.second(h), m-h, n, 1, b2, ldb)
		} else {
			g.solve(s, t.second(h), m-h, n, alpha, b2, ldb)
			g.Gemm(t.op, blas.NoTrans, h, n, m-h, -1, t.rectangle(h), t.lda, b2, ldb, alpha, b1, ldb)
			g.solve(s, t, h, n, 1, b1, ldb)
		}
		return
	}
	b1, b2 := b, b[h:]
	if t.lower() {
		g.solve(s, t.second(h), m, n-h, alpha, b2, ldb)
		g.Gemm(blas.NoTrans, t.op, m, h, n-h, -1, b2, ldb, t.rectangle(h), t.lda, alpha, b1, ldb)
		g.solve(s, t, m, h, 1, b1, ldb)
	} else {
		g.solve(s, t, m, h, alpha, b1, ldb)
		g.Gemm(blas.NoTrans, t.op, m, n-h, h, -1, b1, ldb, t.rectangle(h), t.lda, alpha, b2, ldb)
		g.solve(s, t.second(h), m, n-h, 1, b2, ldb)
	}
}

func (g goKernels[T]) Trmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	g.scale(s, triangle[T]{ul, tA, d, a, lda}, m, n, alpha, b, ldb)
}

// scale computes B = alpha·op(A)·B or B = alpha·B·op(A). The half of B that nothing else is computed from goes first.
func (g goKernels[T]) scale(s blas.Side, t triangle[T], m, n int, alpha T, b []T, ldb int) {
	order := orderOf(s, m, n)
	if order <= smallTriangle {
		g.gonum.trmm(s, t.uplo, t.op, t.diag, m, n, alpha, t.a, t.lda, b, ldb)
		return
	}
	h := cut(order)
	if s == blas.Left {
		b1, b2 := b, b[h*ldb:]
		if t.lower() {
			g.scale(s, t.second(h), m-h, n, alpha, b2, ldb)
			g.Gemm(t.op, blas.NoTrans, m-h, n, h, alpha, t.rectangle(h), t.lda, b1, ldb, 1, b2, ldb)
			g.scale(s, t, h, n, alpha, b1, ldb)
		} else {
			g.scale(s, t, h, n, alpha, b1, ldb)
			g.Gemm(t.op, blas.NoTrans, h, n, m-h, alpha, t.rectangle(h), t.lda, b2, ldb, 1, b1, ldb)
			g.scale(s, t.second(h), m-h, n, alpha, b2, ldb)
		}
		return
	}
	b1, b2 := b, b[h:]
	if t.lower() {
		g.scale(s, t, m, h, alpha, b1, ldb)
		g.Gemm(blas.NoTrans, t.op, m, h, n-h, alpha, b2, ldb, t.rectangle(h), t.lda, 1, b1, ldb)
		g.scale(s, t.second(h), m, n-h, alpha, b2, ldb)
	} else {
		g.scale(s, t.second(h), m, n-h, alpha, b2, ldb)
		g.Gemm(blas.NoTrans, t.op, m, n-h, h, alpha, b1, ldb, t.rectangle(h), t.lda, 1, b2, ldb)
		g.scale(s, t, m, h, alpha, b1, ldb)
	}
}

// orderOf is the number of rows of a square matrix that is multiplied with an m × n one from side s.
func orderOf(s blas.Side, m, n int) int {
	if s == blas.Left {
		return m
	}
	return n
}
