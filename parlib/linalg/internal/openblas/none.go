//go:build !cgo || !linux

package openblas

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
)

// Open says that this program cannot open C libraries.
func Open(path string) (*Library, error) {
	return nil, fmt.Errorf("%s cannot be opened: the program was built without cgo, or not for Linux", path)
}

// Routines has the methods that it has elsewhere; no value of it can be had here.
type Routines[T Float] struct{}

const impossible = "openblas: called without a library"

func (*Routines[T]) Gemm(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	panic(impossible)
}

func (*Routines[T]) Trsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	panic(impossible)
}

func (*Routines[T]) Trmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	panic(impossible)
}

func (*Routines[T]) Gemv(tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int) {
	panic(impossible)
}

func (*Routines[T]) Symv(ul blas.Uplo, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int) {
	panic(impossible)
}

func (*Routines[T]) Ger(m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int) {
	panic(impossible)
}

// Lapack has the methods that it has elsewhere; no value of it can be had here.
type Lapack struct{}

func (*Lapack) SVD(job byte, m, n int, a []float64, lda int, s, u []float64, ldu int, vt []float64, ldvt int) int {
	panic(impossible)
}

func (*Lapack) SymmetricEigen(job, uplo byte, n int, a []float64, lda int, w []float64) int {
	panic(impossible)
}

func (*Lapack) Eigen(left, right byte, n int, a []float64, lda int, wr, wi, vl []float64, ldvl int, vr []float64, ldvr int) int {
	panic(impossible)
}
