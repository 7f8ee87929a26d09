package gemm

import "unsafe"

// Float is what the kernels compute with.
type Float interface{ float32 | float64 }

// kernel computes one tile of rows × cols elements: C += A·B. a holds k columns of rows elements, b k rows of cols elements,
// both without gaps; the rows of c are ldc elements apart. k is at least 1.
type kernel[T Float] struct {
	name       string
	rows, cols int
	tile       func(k int, a, b, c *T, ldc int)
}

// portable is for processors without a kernel of their own. Its 4 × 4 sums fit the registers of any of them.
func portable[T Float]() kernel[T] {
	return kernel[T]{name: "portable Go", rows: 4, cols: 4, tile: tile4x4[T]}
}

func tile4x4[T Float](k int, pa, pb, pc *T, ldc int) {
	a, b := unsafe.Slice((*[4]T)(unsafe.Pointer(pa)), k), unsafe.Slice((*[4]T)(unsafe.Pointer(pb)), k)
	c := unsafe.Slice(pc, 3*ldc+4)
	// Two rows at a time: eight sums and what they are made from are as much as fits 16 registers.
	for row := 0; row < 4; row += 2 {
		var s00, s01, s02, s03, s10, s11, s12, s13 T
		for i := range a {
			x, y, r := a[i][row], a[i][row+1], &b[i]
			s00 += x * r[0]
			s01 += x * r[1]
			s02 += x * r[2]
			s03 += x * r[3]
			s10 += y * r[0]
			s11 += y * r[1]
			s12 += y * r[2]
			s13 += y * r[3]
		}
		add4(c[row*ldc:], s00, s01, s02, s03)
		add4(c[(row+1)*ldc:], s10, s11, s12, s13)
	}
}

func add4[T Float](c []T, x0, x1, x2, x3 T) {
	_ = c[3]
	c[0] += x0
	c[1] += x1
	c[2] += x2
	c[3] += x3
}
