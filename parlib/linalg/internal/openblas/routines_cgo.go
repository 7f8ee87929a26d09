//go:build cgo && linux

package openblas

/*
#cgo noescape call_gemm
#cgo nocallback call_gemm
#cgo noescape call_triangular
#cgo nocallback call_triangular
#cgo noescape call_gemv
#cgo nocallback call_gemv
#cgo noescape call_symv
#cgo nocallback call_symv
#cgo noescape call_ger
#cgo nocallback call_ger
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	"gonum.org/v1/gonum/blas"
)

// Routines calls the library's routines for elements of type T.
type Routines[T Float] struct {
	places                            places
	kind                              C.kind
	gemm, trsm, trmm, gemv, symv, ger unsafe.Pointer // addresses of C functions
}

// find looks the routines up; prefix is that of the element type, as "cblas_d".
func (r *Routines[T]) find(symbol func(string) unsafe.Pointer, prefix string) error {
	for name, at := range map[string]*unsafe.Pointer{
		"gemm": &r.gemm, "trsm": &r.trsm, "trmm": &r.trmm, "gemv": &r.gemv, "symv": &r.symv, "ger": &r.ger,
	} {
		if *at = symbol(prefix + name); *at == nil {
			return fmt.Errorf("there is no %s%s", prefix, name)
		}
	}
	return nil
}

func data[T Float](x []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(x)) }

// Gemm computes C = alpha·op(A)·op(B) + beta·C, where op(A) is m × k and op(B) k × n.
func (r *Routines[T]) Gemm(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	r.places.enter()
	C.call_gemm(r.gemm, r.kind, transpose(tA), transpose(tB), C.int64_t(m), C.int64_t(n), C.int64_t(k),
		C.double(alpha), data(a), C.int64_t(lda), data(b), C.int64_t(ldb), C.double(beta), data(c), C.int64_t(ldc))
	r.places.leave()
}

// Trsm solves op(A)·X = alpha·B or X·op(A) = alpha·B for a triangular A; X replaces B, which is m × n.
func (r *Routines[T]) Trsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	r.places.enter()
	C.call_triangular(r.trsm, r.kind, side(s), uplo(ul), transpose(tA), diag(d), C.int64_t(m), C.int64_t(n),
		C.double(alpha), data(a), C.int64_t(lda), data(b), C.int64_t(ldb))
	r.places.leave()
}

// Trmm computes B = alpha·op(A)·B or B = alpha·B·op(A) for a triangular A.
func (r *Routines[T]) Trmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	r.places.enter()
	C.call_triangular(r.trmm, r.kind, side(s), uplo(ul), transpose(tA), diag(d), C.int64_t(m), C.int64_t(n),
		C.double(alpha), data(a), C.int64_t(lda), data(b), C.int64_t(ldb))
	r.places.leave()
}

// Gemv computes y = alpha·op(A)·x + beta·y for an m × n matrix A.
func (r *Routines[T]) Gemv(tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int) {
	r.places.enter()
	C.call_gemv(r.gemv, r.kind, transpose(tA), C.int64_t(m), C.int64_t(n),
		C.double(alpha), data(a), C.int64_t(lda), data(x), C.int64_t(incX), C.double(beta), data(y), C.int64_t(incY))
	r.places.leave()
}

// Symv computes y = alpha·A·x + beta·y for a symmetric A of which one triangle is read.
func (r *Routines[T]) Symv(ul blas.Uplo, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int) {
	r.places.enter()
	C.call_symv(r.symv, r.kind, uplo(ul), C.int64_t(n),
		C.double(alpha), data(a), C.int64_t(lda), data(x), C.int64_t(incX), C.double(beta), data(y), C.int64_t(incY))
	r.places.leave()
}

// Ger computes A = A + alpha·x·yᵀ for an m × n matrix A.
func (r *Routines[T]) Ger(m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int) {
	r.places.enter()
	C.call_ger(r.ger, r.kind, C.int64_t(m), C.int64_t(n),
		C.double(alpha), data(x), C.int64_t(incX), data(y), C.int64_t(incY), data(a), C.int64_t(lda))
	r.places.leave()
}

// The numbers by which the C interface knows what gonum names by letters.
func transpose(t blas.Transpose) C.int {
	if t == blas.NoTrans {
		return 111
	}
	return 112
}

func uplo(u blas.Uplo) C.int {
	if u == blas.Upper {
		return 121
	}
	return 122
}

func diag(d blas.Diag) C.int {
	if d == blas.NonUnit {
		return 131
	}
	return 132
}

func side(s blas.Side) C.int {
	if s == blas.Left {
		return 141
	}
	return 142
}
