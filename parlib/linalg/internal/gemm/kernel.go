package gemm

import (
	"sync"
	"unsafe"
)

// Float is what the kernels compute with.
type Float interface{ float32 | float64 }

// kernel computes tiles of at most rows × cols elements, from panels that its packer has made.
type kernel[T Float] struct {
	name       string
	rows, cols int
	block      blocking
	tile       tile[T]
	packer     packer[T]
}

// blocking says how large the packed blocks are at most, in elements: A's is m × k, B's k × n. A panel of A, k columns of the
// kernel's rows, is to fit the first-level cache, B's block the second-level cache with room to spare, and A's the share that
// a core has of the third-level cache. The larger k is, the less often C is loaded and stored.
type blocking struct {
	m, k, n int
}

// tile computes m × n elements: C = A·B, plus what C held if add is true. a holds k columns of the kernel's rows, of which m
// count, and b k rows of its cols, of which n count, both without gaps; the rows of c are ldc elements apart. k is at least 1.
type tile[T Float] func(m, n, k int, a, b, c []T, ldc int, add bool)

// portable is for processors without a kernel of their own. Its 4 × 4 sums fit the registers of any of them.
func portable[T Float]() kernel[T] {
	return kernel[T]{name: "portable Go", rows: 4, cols: 4, block: blocking{m: 1024, k: 256, n: 96}, tile: whole(4, 4, tile4x4[T]), packer: portablePacker[T]()}
}

// maxWhole is how many elements the tiles have that whole makes fit, at most.
const maxWhole = 4 * 24

// whole makes a tile of a function that adds to rows × cols elements, never less: what is smaller it computes apart.
func whole[T Float](rows, cols int, addTo func(k int, a, b, c *T, ldc int)) tile[T] {
	pool := sync.Pool{New: func() any { return new([maxWhole]T) }}
	return func(m, n, k int, a, b, c []T, ldc int, add bool) {
		if m == rows && n == cols {
			if !add {
				clearRows(c, m, n, ldc)
			}
			addTo(k, &a[0], &b[0], &c[0], ldc)
			return
		}
		apart := pool.Get().(*[maxWhole]T)
		defer pool.Put(apart)
		clear(apart[:])
		addTo(k, &a[0], &b[0], &apart[0], cols)
		for i := range m {
			row, sums := c[i*ldc:][:n], apart[i*cols:]
			for j := range row {
				if add {
					row[j] += sums[j]
				} else {
					row[j] = sums[j]
				}
			}
		}
	}
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
