package linalg

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/gonum"
)

// LAPACK is gonum's LAPACK with the decompositions replaced, where OpenBLAS is in force, that gonum computes mostly by plane
// rotations: singular values and eigenvalues. It is what this package gives to lapack64.Use. Its methods panic on wrong
// arguments as those of gonum do. Vectors may have other signs than gonum's. A matrix with NaN or Inf has no such
// decomposition: the methods say so, where gonum by itself may never return.
type LAPACK struct {
	gonum.Implementation
	choice *choice
}

// smallOrder is up to where gonum is as fast.
const smallOrder = 24

// Dgesvd computes the singular value decomposition of A.
func (l LAPACK) Dgesvd(jobU, jobVT lapack.SVDJob, m, n int, a []float64, lda int, s, u []float64, ldu int, vt []float64, ldvt int, work []float64, lwork int) (ok bool) {
	cols, rows := 0, 0 // of the vectors asked for
	switch jobU {
	case lapack.SVDAll:
		cols, rows = m, n
	case lapack.SVDStore:
		cols, rows = min(m, n), min(m, n)
	}
	if lwork != -1 && infinite(a, m, n, lda) {
		return false
	}
	with := l.choice.current().lapack
	if with == nil || lwork == -1 || min(m, n) <= smallOrder || jobU != jobVT || jobU == lapack.SVDOverwrite ||
		!fits(a, m, n, lda) || len(s) < min(m, n) || cols > 0 && (!fits(u, m, cols, ldu) || !fits(vt, rows, n, ldvt)) {
		return l.Implementation.Dgesvd(jobU, jobVT, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork)
	}
	// What is A to Go is its transposed to LAPACK: it has the same singular values, and U and V change places.
	return with.SVD(byte(jobU), n, m, a, lda, s, vt, max(ldvt, 1), u, max(ldu, 1)) == 0
}

// Dsyev computes the eigenvalues of a symmetric A, and if asked for its eigenvectors, which replace A.
func (l LAPACK) Dsyev(job lapack.EVJob, ul blas.Uplo, n int, a []float64, lda int, w, work []float64, lwork int) (ok bool) {
	if lwork != -1 && isUplo(ul) && infiniteTriangle(ul, a, n, lda) {
		return false
	}
	with := l.choice.current().lapack
	if with == nil || lwork == -1 || n <= smallOrder || !isUplo(ul) || job != lapack.EVNone && job != lapack.EVCompute ||
		!fits(a, n, n, lda) || len(w) < n {
		return l.Implementation.Dsyev(job, ul, n, a, lda, w, work, lwork)
	}
	opposite := blas.Lower // the triangle as it is seen transposed
	if ul == blas.Lower {
		opposite = blas.Upper
	}
	if with.SymmetricEigen(byte(job), byte(opposite), n, a, lda, w) != 0 {
		return false
	}
	if job == lapack.EVCompute {
		transposeSquare(a, n, lda)
	}
	return true
}

// Dgeev computes the eigenvalues of A, and the eigenvectors asked for.
func (l LAPACK) Dgeev(left lapack.LeftEVJob, right lapack.RightEVJob, n int, a []float64, lda int, wr, wi []float64, vl []float64, ldvl int, vr []float64, ldvr int, work []float64, lwork int) (first int) {
	if lwork != -1 && infinite(a, n, n, lda) {
		return n
	}
	with := l.choice.current().lapack
	wantLeft, wantRight := left == lapack.LeftEVCompute, right == lapack.RightEVCompute
	if with == nil || lwork == -1 || n <= smallOrder || !fits(a, n, n, lda) || len(wr) != n || len(wi) != n ||
		!wantLeft && left != lapack.LeftEVNone || !wantRight && right != lapack.RightEVNone ||
		wantLeft && !fits(vl, n, n, ldvl) || wantRight && !fits(vr, n, n, ldvr) {
		return l.Implementation.Dgeev(left, right, n, a, lda, wr, wi, vl, ldvl, vr, ldvr, work, lwork)
	}
	transposeSquare(a, n, lda)
	first = with.Eigen(byte(left), byte(right), n, a, lda, wr, wi, vl, max(ldvl, 1), vr, max(ldvr, 1))
	if wantLeft {
		transposeSquare(vl, n, ldvl)
	}
	if wantRight {
		transposeSquare(vr, n, ldvr)
	}
	return first
}

// infinite says whether a matrix has an element that is NaN or Inf. One that is not within data has none.
func infinite(data []float64, rows, cols, ld int) bool {
	if rows <= 0 || !fits(data, rows, cols, ld) {
		return false
	}
	for i := range rows {
		if anyInfinite(data[i*ld:][:cols]) {
			return true
		}
	}
	return false
}

// infiniteTriangle is infinite for a symmetric matrix, of which the other triangle may hold anything.
func infiniteTriangle(ul blas.Uplo, data []float64, n, ld int) bool {
	if n <= 0 || !fits(data, n, n, ld) {
		return false
	}
	for i := range n {
		lo, hi := inTriangle(ul, i, n)
		if anyInfinite(data[i*ld+lo : i*ld+hi]) {
			return true
		}
	}
	return false
}

func anyInfinite(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return true
		}
	}
	return false
}

func transposeSquare(a []float64, n, lda int) {
	for i := range n {
		for j := range i {
			a[i*lda+j], a[j*lda+i] = a[j*lda+i], a[i*lda+j]
		}
	}
}
