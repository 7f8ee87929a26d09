// Copies a matrix into panels: WIDTH rows of it, or columns where it is the right factor, with the numbers that are multiplied
// at the same step side by side. Number w of step p of a panel is at (panel*depth + p)*WIDTH + w. What multiplies then reads
// memory from front to back, whatever the matrix is stored like, and meets no edge: beyond it are zeros.
//
// Line r of the matrix has its number p at in[r*line + p*step]; there are lines of them with k numbers. depth is k, rounded up.

__kernel void matmul_pack(const int lines, const int k, const int depth, const int line, const int step,
                          __global const real *in, __global real *out) {
	const int r = get_global_id(0); // a multiple of WIDTH of them
	const int panel = r / WIDTH, w = r % WIDTH;
	for (int p = get_global_id(1); p < depth; p += get_global_size(1)) {
		const bool inside = r < lines && p < k;
		out[((size_t)panel * depth + p) * WIDTH + w] = inside ? in[(size_t)r * line + (size_t)p * step] : 0;
	}
}
