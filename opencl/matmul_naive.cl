// The product as the formula says it: one work-item for each element of c, which goes along a row of a and down a column
// of b. Every number of a and b is read from global memory as often as the result has columns or rows.

__kernel void matmul_naive(const int m, const int n, const int k,
                           __global const real *a, __global const real *b, __global real *c) {
	const int j = get_global_id(0); // work-items side by side read neighbours of b, and write neighbours of c
	const int i = get_global_id(1);
	if (i >= m || j >= n) {
		return; // work-groups reach over the edges
	}
	real sum = 0;
	for (int p = 0; p < k; p++) {
		sum += A(i, p) * B(p, j);
	}
	c[(size_t)i * n + j] = sum;
}
