// For GPUs: a work-group of GROUP × GROUP work-items computes a tile of c, EACH × EACH elements a work-item, which keeps them in
// registers. The group copies DEPTH steps of both panels to local memory, where a number that a work-item takes serves for EACH
// multiplications. The elements of a work-item lie GROUP apart, so that work-items side by side use numbers side by side.

#define WIDTH (GROUP * EACH)
#define ITEMS (GROUP * GROUP)

__kernel __attribute__((reqd_work_group_size(GROUP, GROUP, 1)))
void matmul_blocked(const int m, const int n, const int depth,
                    __global const real *restrict a, __global const real *restrict b, __global real *restrict c) {
	__local real as[DEPTH][WIDTH];
	__local real bs[DEPTH][WIDTH];
	const int x = get_local_id(0), y = get_local_id(1);
	const int item = y * GROUP + x;
	a += (size_t)get_group_id(1) * WIDTH * depth;
	b += (size_t)get_group_id(0) * WIDTH * depth;

	real sum[EACH][EACH];
	#pragma unroll
	for (int r = 0; r < EACH; r++) {
		#pragma unroll
		for (int s = 0; s < EACH; s++) {
			sum[r][s] = 0;
		}
	}
	for (int p = 0; p < depth; p += DEPTH) { // depth is a multiple of DEPTH
		#pragma unroll
		for (int e = item; e < DEPTH * WIDTH; e += ITEMS) {
			as[e / WIDTH][e % WIDTH] = a[e];
			bs[e / WIDTH][e % WIDTH] = b[e];
		}
		a += DEPTH * WIDTH;
		b += DEPTH * WIDTH;
		barrier(CLK_LOCAL_MEM_FENCE); // the panels' parts are there
		#pragma unroll
		for (int q = 0; q < DEPTH; q++) {
			real u[EACH], v[EACH];
			#pragma unroll
			for (int r = 0; r < EACH; r++) {
				u[r] = as[q][r * GROUP + y];
				v[r] = bs[q][r * GROUP + x];
			}
			#pragma unroll
			for (int r = 0; r < EACH; r++) {
				#pragma unroll
				for (int s = 0; s < EACH; s++) {
					sum[r][s] += u[r] * v[s];
				}
			}
		}
		barrier(CLK_LOCAL_MEM_FENCE); // nobody reads them any more
	}

	const int i = get_group_id(1) * WIDTH + y, j = get_group_id(0) * WIDTH + x;
	#pragma unroll
	for (int r = 0; r < EACH; r++) {
		#pragma unroll
		for (int s = 0; s < EACH; s++) {
			if (i + r * GROUP < m && j + s * GROUP < n) {
				c[(size_t)(i + r * GROUP) * n + j + s * GROUP] = sum[r][s];
			}
		}
	}
}
