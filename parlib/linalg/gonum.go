package linalg

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// BLAS is gonum's BLAS with the routines replaced that take the time in gonum's mat and lapack: the matrix products, the
// triangular systems, and of the products with vectors the larger ones. It is what this package gives to blas64.Use and
// blas32.Use. Its methods panic on wrong arguments as those of gonum do, with the same messages.
type BLAS struct {
	gonum.Implementation
	double routines[float64]
	single routines[float32]
}

func newBLAS(c *choice) BLAS {
	return BLAS{
		double: routines[float64]{reference64(), func() kernels[float64] { return c.current().double }},
		single: routines[float32]{reference32(), func() kernels[float32] { return c.current().single }},
	}
}

// A program that imports this package wants gonum to be fast, and gonum keeps one BLAS for the program. Nothing is opened or
// started here: that waits for the first product large enough.
func init() {
	b := newBLAS(&chosen)
	blas64.Use(b)
	blas32.Use(b)
	lapack64.Use(LAPACK{choice: &chosen})
}

// Dgemm computes C = alpha·op(A)·op(B) + beta·C.
func (i BLAS) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	i.double.gemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dsymm computes C = alpha·A·B + beta·C or C = alpha·B·A + beta·C for a symmetric A.
func (i BLAS) Dsymm(s blas.Side, ul blas.Uplo, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	i.double.symm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dsyrk computes a triangle of C = alpha·op(A)·op(A)ᵀ + beta·C.
func (i BLAS) Dsyrk(ul blas.Uplo, t blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	i.double.syrk(ul, t, n, k, alpha, a, lda, beta, c, ldc)
}

// Dsyr2k computes a triangle of C = alpha·(op(A)·op(B)ᵀ + op(B)·op(A)ᵀ) + beta·C.
func (i BLAS) Dsyr2k(ul blas.Uplo, t blas.Transpose, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	i.double.syr2k(ul, t, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dtrsm solves op(A)·X = alpha·B or X·op(A) = alpha·B for a triangular A; X replaces B.
func (i BLAS) Dtrsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	i.double.trsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// Dtrmm computes B = alpha·op(A)·B or B = alpha·B·op(A) for a triangular A.
func (i BLAS) Dtrmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	i.double.trmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// Dgemv computes y = alpha·op(A)·x + beta·y.
func (i BLAS) Dgemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	i.double.gemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
}

// Dsymv computes y = alpha·A·x + beta·y for a symmetric A.
func (i BLAS) Dsymv(ul blas.Uplo, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	i.double.symv(ul, n, alpha, a, lda, x, incX, beta, y, incY)
}

// Dger computes A = A + alpha·x·yᵀ.
func (i BLAS) Dger(m, n int, alpha float64, x []float64, incX int, y []float64, incY int, a []float64, lda int) {
	i.double.ger(m, n, alpha, x, incX, y, incY, a, lda)
}

// Sgemm computes C = alpha·op(A)·op(B) + beta·C.
func (i BLAS) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	i.single.gemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Ssymm computes C = alpha·A·B + beta·C or C = alpha·B·A + beta·C for a symmetric A.
func (i BLAS) Ssymm(s blas.Side, ul blas.Uplo, m, n int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	i.single.symm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Ssyrk computes a triangle of C = alpha·op(A)·op(A)ᵀ + beta·C.
func (i BLAS) Ssyrk(ul blas.Uplo, t blas.Transpose, n, k int, alpha float32, a []float32, lda int, beta float32, c []float32, ldc int) {
	i.single.syrk(ul, t, n, k, alpha, a, lda, beta, c, ldc)
}

// Ssyr2k computes a triangle of C = alpha·(op(A)·op(B)ᵀ + op(B)·op(A)ᵀ) + beta·C.
func (i BLAS) Ssyr2k(ul blas.Uplo, t blas.Transpose, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	i.single.syr2k(ul, t, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Strsm solves op(A)·X = alpha·B or X·op(A) = alpha·B for a triangular A; X replaces B.
func (i BLAS) Strsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float32, a []float32, lda int, b []float32, ldb int) {
	i.single.trsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// Strmm computes B = alpha·op(A)·B or B = alpha·B·op(A) for a triangular A.
func (i BLAS) Strmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float32, a []float32, lda int, b []float32, ldb int) {
	i.single.trmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// Sgemv computes y = alpha·op(A)·x + beta·y.
func (i BLAS) Sgemv(tA blas.Transpose, m, n int, alpha float32, a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {
	i.single.gemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
}

// Ssymv computes y = alpha·A·x + beta·y for a symmetric A.
func (i BLAS) Ssymv(ul blas.Uplo, n int, alpha float32, a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {
	i.single.symv(ul, n, alpha, a, lda, x, incX, beta, y, incY)
}

// Sger computes A = A + alpha·x·yᵀ.
func (i BLAS) Sger(m, n int, alpha float32, x []float32, incX int, y []float32, incY int, a []float32, lda int) {
	i.single.ger(m, n, alpha, x, incX, y, incY, a, lda)
}
