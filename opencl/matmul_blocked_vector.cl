// For CPUs: one work-item computes a block of c, ROWS × COLUMNS vectors, and keeps it in vector registers meanwhile. A step
// takes ROWS numbers of a's panel and COLUMNS vectors of b's, and multiplies each with each. Neighbouring work-items use the
// same panel of b, which so stays in the cache.

#define CONCAT_AS_WRITTEN(a, b) a##b
#define CONCAT(a, b) CONCAT_AS_WRITTEN(a, b)
typedef CONCAT(real, LANES) vector;
#define LOAD CONCAT(vload, LANES)
#define STORE CONCAT(vstore, LANES)
#define WIDTH (COLUMNS * LANES)

// stores the numbers of a vector that lie within the matrix.
static void store_some(const vector x, __global real *c, const int count) {
	real each[LANES];
	STORE(x, 0, each);
	for (int v = 0; v < LANES && v < count; v++) {
		c[v] = each[v];
	}
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void matmul_blocked(const int m, const int n, const int depth,
                    __global const real *restrict a, __global const real *restrict b, __global real *restrict c) {
	const int i = get_group_id(0) * ROWS, j = get_group_id(1) * WIDTH;
	a += (size_t)i * depth;
	b += (size_t)j * depth;

	vector sum[ROWS][COLUMNS];
	#pragma unroll
	for (int r = 0; r < ROWS; r++) {
		#pragma unroll
		for (int s = 0; s < COLUMNS; s++) {
			sum[r][s] = 0;
		}
	}
	for (int p = 0; p < depth; p++) {
		vector y[COLUMNS];
		#pragma unroll
		for (int s = 0; s < COLUMNS; s++) {
			y[s] = LOAD(s, b);
		}
		#pragma unroll
		for (int r = 0; r < ROWS; r++) {
			const vector x = a[r];
			#pragma unroll
			for (int s = 0; s < COLUMNS; s++) {
				sum[r][s] += x * y[s];
			}
		}
		a += ROWS;
		b += WIDTH;
	}

	c += (size_t)i * n + j;
	const bool whole = i + ROWS <= m && j + WIDTH <= n;
	#pragma unroll
	for (int r = 0; r < ROWS; r++) {
		#pragma unroll
		for (int s = 0; s < COLUMNS; s++) {
			if (whole) {
				STORE(sum[r][s], s, c + (size_t)r * n);
			} else if (i + r < m) {
				store_some(sum[r][s], c + (size_t)r * n + s * LANES, n - j - s * LANES);
			}
		}
	}
}
