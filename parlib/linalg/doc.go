// Package linalg multiplies matrices on all processors, and makes gonum do so.
//
//	c, err := linalg.MatMul(a, b) // a and b are matrices of gonum.org/v1/gonum/mat
//
// A program that imports this package needs to do nothing more to have gonum faster: the products of package mat, its LU,
// QR and Cholesky factorizations, solutions and inverses, since all of them are built on the BLAS routines that are
// replaced here ([BLAS]), for float64 and float32. Singular values and eigenvalues take most of their time elsewhere; they
// are faster with OpenBLAS, which has them, too ([LAPACK]).
//
// # What computes
//
// Kernels of this package, in assembly (AVX-512, or AVX2 with FMA) and Go, and OpenBLAS where the machine has it, in a Python
// environment or the system. Measured on processors with AVX-512, products of more than some hundred rows and columns are
// faster with the kernels of this package, by some hundredths to a third: they compute these, and OpenBLAS the small
// products, the triangular systems, the products with vectors and the decompositions. On other processors OpenBLAS computes
// everything. Without OpenBLAS, this package and gonum do. [Using] says what is in force, and what failed;
// [UseOpenBLAS] and [UseGo] choose for everything, and so does the environment variable [Variable]. OpenBLAS is looked for when the first
// large product is computed; until then nothing is opened. All are called for parts of the result, as the body of a loop
// of package parlib: with its options ([parlib.Workers], [parlib.Context], …), on the team of workers that all loops share,
// which gives many products at once no more goroutines than there are processors.
//
// A call into OpenBLAS cannot be interrupted, but a large product is many calls: a context ends it between two of them.
//
// # Results
//
// Sums are made in another order than the formula says, so the last bits of results may differ between backends and from
// gonum's own. With the kernels of this package they do not depend on the number of workers. NaN and Inf come through as IEEE 754 says, where gonum's own loops skip a zero
// times NaN.
//
// # For teaching
//
// [MatMulNaive], [MatMulTransposed], [MatMulBlocked] and [MatMulParallel] are steps from the formula to a fast product, each short
// enough to be read. [MatMul] is all the steps together, with kernels written for the processor.
package linalg
