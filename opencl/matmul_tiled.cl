// A work-group computes a tile of c, TILE×TILE elements. It goes along a band of a and down a band of b, tile by tile: its
// work-items copy a tile of each to local memory together, one number each, then all take what they need from there. So
// every number is read from global memory TILE times less often.

__kernel __attribute__((reqd_work_group_size(TILE, TILE, 1)))
void matmul_tiled(const int m, const int n, const int k,
                  __global const real *a, __global const real *b, __global real *c) {
	__local real as[TILE][TILE];
	__local real bs[TILE][TILE];
	const int x = get_local_id(0), y = get_local_id(1);
	const int j = get_global_id(0), i = get_global_id(1);
	real sum = 0;
	for (int p = 0; p < k; p += TILE) {
		// What lies outside of a matrix counts as zero. No work-item may leave here: all must come to the barriers.
		as[y][x] = i < m && p + x < k ? A(i, p + x) : 0;
		bs[y][x] = p + y < k && j < n ? B(p + y, j) : 0;
		barrier(CLK_LOCAL_MEM_FENCE); // the tiles are there
		for (int q = 0; q < TILE; q++) {
			sum += as[y][q] * bs[q][x];
		}
		barrier(CLK_LOCAL_MEM_FENCE); // nobody reads them any more
	}
	if (i < m && j < n) {
		c[(size_t)i * n + j] = sum;
	}
}
