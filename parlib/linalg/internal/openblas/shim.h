// Calls of functions that dlsym found. A library's numbers are 32 or 64 bits wide, its elements float or double; here
// they are int64_t, and alpha and beta double, so that there is one function for the four kinds.
#include <stdint.h>

enum { ROW_MAJOR = 101 };

typedef struct {
	int wide;   // numbers of 64 bits
	int single; // elements are float
} kind;

// CALL calls f as the type that TYPES(integer, element) gives.
#define CALL(f, k, TYPES, ...) \
	do { \
		if ((k).wide && (k).single) ((void (*)TYPES(int64_t, float))(f))(__VA_ARGS__); \
		else if ((k).wide) ((void (*)TYPES(int64_t, double))(f))(__VA_ARGS__); \
		else if ((k).single) ((void (*)TYPES(int, float))(f))(__VA_ARGS__); \
		else ((void (*)TYPES(int, double))(f))(__VA_ARGS__); \
	} while (0)

#define GEMM(I, R) (int, int, int, I, I, I, R, const void *, I, const void *, I, R, void *, I)
#define TRIANGULAR(I, R) (int, int, int, int, int, I, I, R, const void *, I, void *, I)
#define GEMV(I, R) (int, int, I, I, R, const void *, I, const void *, I, R, void *, I)
#define SYMV(I, R) (int, int, I, R, const void *, I, const void *, I, R, void *, I)
#define GER(I, R) (int, I, I, R, const void *, I, const void *, I, void *, I)

static void call_gemm(void *f, kind k, int ta, int tb, int64_t m, int64_t n, int64_t depth, double alpha,
		const void *a, int64_t lda, const void *b, int64_t ldb, double beta, void *c, int64_t ldc) {
	CALL(f, k, GEMM, ROW_MAJOR, ta, tb, m, n, depth, alpha, a, lda, b, ldb, beta, c, ldc);
}

static void call_triangular(void *f, kind k, int side, int uplo, int ta, int diag, int64_t m, int64_t n, double alpha,
		const void *a, int64_t lda, void *b, int64_t ldb) {
	CALL(f, k, TRIANGULAR, ROW_MAJOR, side, uplo, ta, diag, m, n, alpha, a, lda, b, ldb);
}

static void call_gemv(void *f, kind k, int ta, int64_t m, int64_t n, double alpha, const void *a, int64_t lda,
		const void *x, int64_t incx, double beta, void *y, int64_t incy) {
	CALL(f, k, GEMV, ROW_MAJOR, ta, m, n, alpha, a, lda, x, incx, beta, y, incy);
}

static void call_symv(void *f, kind k, int uplo, int64_t n, double alpha, const void *a, int64_t lda,
		const void *x, int64_t incx, double beta, void *y, int64_t incy) {
	CALL(f, k, SYMV, ROW_MAJOR, uplo, n, alpha, a, lda, x, incx, beta, y, incy);
}

static void call_ger(void *f, kind k, int64_t m, int64_t n, double alpha, const void *x, int64_t incx,
		const void *y, int64_t incy, void *a, int64_t lda) {
	CALL(f, k, GER, ROW_MAJOR, m, n, alpha, x, incx, y, incy, a, lda);
}
