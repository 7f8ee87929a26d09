// Calls of LAPACK's routines, which are Fortran's: matrices are column-major, all arguments are pointers, and the lengths of
// texts follow at the end.
#include <stdint.h>

// ROUTINE calls name_of for a library with 64-bit or 32-bit numbers.
#define ROUTINE(wide, name, ...) ((wide) ? name##_int64_t(__VA_ARGS__) : name##_int32_t(__VA_ARGS__))

#define DEFINE(I) \
static int64_t gesdd_##I(void *f, char job, int64_t rows, int64_t cols, double *a, int64_t stepa, double *s, double *u, \
		int64_t stepu, double *vt, int64_t stepvt, double *work, int64_t size, int64_t *iwork) { \
	I m = rows, n = cols, lda = stepa, ldu = stepu, ldvt = stepvt, lwork = size, info = 0; \
	((void (*)(const char *, const I *, const I *, double *, const I *, double *, double *, const I *, double *, const I *, \
		double *, const I *, void *, I *, size_t))f) \
		(&job, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, work, &lwork, iwork, &info, 1); \
	return info; \
} \
static int64_t syevd_##I(void *f, char job, char uplo, int64_t order, double *a, int64_t stepa, double *w, double *work, \
		int64_t size, int64_t *iwork, int64_t isize) { \
	I n = order, lda = stepa, lwork = size, liwork = isize, info = 0; \
	((void (*)(const char *, const char *, const I *, double *, const I *, double *, double *, const I *, void *, const I *, \
		I *, size_t, size_t))f)(&job, &uplo, &n, a, &lda, w, work, &lwork, iwork, &liwork, &info, 1, 1); \
	return info; \
} \
static int64_t geev_##I(void *f, char left, char right, int64_t order, double *a, int64_t stepa, double *wr, double *wi, \
		double *vl, int64_t stepvl, double *vr, int64_t stepvr, double *work, int64_t size) { \
	I n = order, lda = stepa, ldvl = stepvl, ldvr = stepvr, lwork = size, info = 0; \
	((void (*)(const char *, const char *, const I *, double *, const I *, double *, double *, double *, const I *, double *, \
		const I *, double *, const I *, I *, size_t, size_t))f) \
		(&left, &right, &n, a, &lda, wr, wi, vl, &ldvl, vr, &ldvr, work, &lwork, &info, 1, 1); \
	return info; \
}

DEFINE(int32_t)
DEFINE(int64_t)

static int64_t call_gesdd(void *f, int wide, char job, int64_t m, int64_t n, double *a, int64_t lda, double *s, double *u,
		int64_t ldu, double *vt, int64_t ldvt, double *work, int64_t lwork, int64_t *iwork) {
	return ROUTINE(wide, gesdd, f, job, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork, iwork);
}

static int64_t call_syevd(void *f, int wide, char job, char uplo, int64_t n, double *a, int64_t lda, double *w, double *work,
		int64_t lwork, int64_t *iwork, int64_t liwork) {
	return ROUTINE(wide, syevd, f, job, uplo, n, a, lda, w, work, lwork, iwork, liwork);
}

static int64_t call_geev(void *f, int wide, char left, char right, int64_t n, double *a, int64_t lda, double *wr, double *wi,
		double *vl, int64_t ldvl, double *vr, int64_t ldvr, double *work, int64_t lwork) {
	return ROUTINE(wide, geev, f, left, right, n, a, lda, wr, wi, vl, ldvl, vr, ldvr, work, lwork);
}
