package linalg

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/warren-go/warren/parlib/linalg/internal/gemm"
)

type float interface{ float32 | float64 }

// kernels are BLAS routines that run in the calling goroutine alone. Their arguments are valid and not empty, and matrices are
// row-major.
type kernels[T float] interface {
	Gemm(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	Trsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int)
	Trmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int)
	Gemv(tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int)
	Symv(ul blas.Uplo, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int)
	Ger(m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int)
}

// reference is gonum's own BLAS for one element type. It checks arguments and is fast where matrices are small.
type reference[T float] struct {
	gemm       func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	symm       func(s blas.Side, ul blas.Uplo, m, n int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	syrk       func(ul blas.Uplo, t blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int)
	syr2k      func(ul blas.Uplo, t blas.Transpose, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	trsm, trmm func(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int)
	gemv       func(tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int)
	symv       func(ul blas.Uplo, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int)
	ger        func(m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int)
}

func reference64() *reference[float64] {
	var g gonum.Implementation
	return &reference[float64]{g.Dgemm, g.Dsymm, g.Dsyrk, g.Dsyr2k, g.Dtrsm, g.Dtrmm, g.Dgemv, g.Dsymv, g.Dger}
}

func reference32() *reference[float32] {
	var g gonum.Implementation
	return &reference[float32]{g.Sgemm, g.Ssymm, g.Ssyrk, g.Ssyr2k, g.Strsm, g.Strmm, g.Sgemv, g.Ssymv, g.Sger}
}

// goKernels are the kernels in Go and assembly. What has no kernel of its own is gonum's.
type goKernels[T float] struct {
	multiplier *gemm.Multiplier[T]
	gonum      *reference[T]
}

func (g goKernels[T]) Gemm(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	g.multiplier.Multiply(m, n, k, alpha, gemm.RowMajor(a, lda, tA != blas.NoTrans), gemm.RowMajor(b, ldb, tB != blas.NoTrans), beta, c, ldc)
}

func (g goKernels[T]) Gemv(tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int) {
	g.gonum.gemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
}

func (g goKernels[T]) Symv(ul blas.Uplo, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int) {
	g.gonum.symv(ul, n, alpha, a, lda, x, incX, beta, y, incY)
}

func (g goKernels[T]) Ger(m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int) {
	g.gonum.ger(m, n, alpha, x, incX, y, incY, a, lda)
}

// shared computes products by kernels of this package and everything else by OpenBLAS: see [automatic].
type shared[T float] struct {
	kernels[T] // OpenBLAS
	own        goKernels[T]
}

func (s shared[T]) Gemm(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	s.own.Gemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// fewWork is a number of multiply-adds below which OpenBLAS is faster on processors with AVX-512: it has kernels that need
// no packing.
const fewWork = 96 * 96 * 96

// forProduct are the kernels for a product of m × k and k × n. That is chosen for the whole, not for its parts: the bits of the
// result are not to depend on the number of workers.
func forProduct[T float](with kernels[T], m, n, k int) kernels[T] {
	if s, ok := with.(shared[T]); ok && work(m, n, k) < fewWork {
		return s.kernels
	}
	return with
}
