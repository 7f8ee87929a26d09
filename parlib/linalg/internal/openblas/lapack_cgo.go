//go:build cgo && linux

package openblas

/*
#cgo noescape call_gesdd
#cgo nocallback call_gesdd
#cgo noescape call_syevd
#cgo nocallback call_syevd
#cgo noescape call_geev
#cgo nocallback call_geev
#include "lapack.h"
*/
import "C"

import "unsafe"

// Lapack calls the library's decompositions. Matrices are column-major here: what is a matrix to Go, row by row, is its
// transposed.
type Lapack struct {
	places             places
	wide               C.int
	gesdd, syevd, geev unsafe.Pointer // addresses of Fortran routines
}

// findLapack returns nil for a library that was built without LAPACK.
func findLapack(symbol func(string) unsafe.Pointer, wide C.int, p places) *Lapack {
	l := &Lapack{p, wide, symbol("dgesdd_"), symbol("dsyevd_"), symbol("dgeev_")}
	if l.gesdd == nil || l.syevd == nil || l.geev == nil {
		return nil
	}
	return l
}

func double(x []float64) *C.double { return (*C.double)(unsafe.Pointer(unsafe.SliceData(x))) }

func numbers(x []int64) *C.int64_t { return (*C.int64_t)(unsafe.Pointer(unsafe.SliceData(x))) }

// askForWork calls a routine that says in the first elements how much memory it works best in, and gives it that.
func (l *Lapack) askForWork(call func(work []float64, size int, iwork []int64, isize int) int) int {
	l.places.enter()
	defer l.places.leave()
	var best [1]float64
	var ibest [1]int64
	if info := call(best[:], -1, ibest[:], -1); info != 0 {
		return info
	}
	size, isize := int(best[0]), int(int32(ibest[0]))
	return call(make([]float64, max(1, size)), size, make([]int64, max(1, isize)), isize)
}

// SVD computes the singular values of an m × n matrix A, which is lost, and the vectors that job, of LAPACK's dgesdd, asks
// for. It returns 0, or LAPACK's number for a failure.
func (l *Lapack) SVD(job byte, m, n int, a []float64, lda int, s, u []float64, ldu int, vt []float64, ldvt int) int {
	iwork := make([]int64, 8*min(m, n))
	return l.askForWork(func(work []float64, size int, _ []int64, _ int) int {
		return int(C.call_gesdd(l.gesdd, l.wide, C.char(job), C.int64_t(m), C.int64_t(n), double(a), C.int64_t(lda), double(s),
			double(u), C.int64_t(ldu), double(vt), C.int64_t(ldvt), double(work), C.int64_t(size), numbers(iwork)))
	})
}

// SymmetricEigen computes the eigenvalues w of a symmetric matrix, of which it reads the triangle uplo, and if job is 'V' the
// eigenvectors in a's columns. It returns 0, or LAPACK's number for a failure.
func (l *Lapack) SymmetricEigen(job, uplo byte, n int, a []float64, lda int, w []float64) int {
	return l.askForWork(func(work []float64, size int, iwork []int64, isize int) int {
		return int(C.call_syevd(l.syevd, l.wide, C.char(job), C.char(uplo), C.int64_t(n), double(a), C.int64_t(lda), double(w),
			double(work), C.int64_t(size), numbers(iwork), C.int64_t(isize)))
	})
}

// Eigen computes the eigenvalues wr + i·wi of a matrix, which is lost, and with left or right being 'V' the eigenvectors on that
// side. It returns 0, or the number of eigenvalues that were not found, the first of them.
func (l *Lapack) Eigen(left, right byte, n int, a []float64, lda int, wr, wi, vl []float64, ldvl int, vr []float64, ldvr int) int {
	return l.askForWork(func(work []float64, size int, _ []int64, _ int) int {
		return int(C.call_geev(l.geev, l.wide, C.char(left), C.char(right), C.int64_t(n), double(a), C.int64_t(lda),
			double(wr), double(wi), double(vl), C.int64_t(ldvl), double(vr), C.int64_t(ldvr), double(work), C.int64_t(size)))
	})
}
