// How the numbers of matrices that are stored row by row are found: element (i, p) of a, which is m×k, and (p, j) of b,
// which is k×n. A matrix that is read as its transpose is stored as k×m or n×k.

#ifdef A_TRANSPOSED
#define A(i, p) a[(size_t)(p) * m + (i)]
#else
#define A(i, p) a[(size_t)(i) * k + (p)]
#endif

#ifdef B_TRANSPOSED
#define B(p, j) b[(size_t)(j) * k + (p)]
#else
#define B(p, j) b[(size_t)(p) * n + (j)]
#endif
