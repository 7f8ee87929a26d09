package gemm

import "unsafe"

// The shape of the AVX-512 tiles: 14 rows of two vectors.
const (
	wideRows    = 14
	vectorBytes = 64
)

// The blocks measured best with a first-level cache of 48 KB and a second-level cache of 2 MB: of A 2.6 MB (1.6 MB), of B 1 MB.
var (
	wideBlock64 = blocking{m: 1036, k: 320, n: 400}
	wideBlock32 = blocking{m: 1036, k: 384, n: 640}
)

// What gen writes, by the number of rows less one.
type (
	wideTile[T Float]   func(k int, a, b, c *T, ldc int, mask, keep uint32)
	wideAcross[T Float] func(dst, src *T, step, k, width int, mask uint32, scale T)
	wideAlong[T Float]  func(dst, src *T, step, k, width int, read, write uint32, scale T)
)

var (
	tiles64 = [wideRows]wideTile[float64]{
		tile1float64, tile2float64, tile3float64, tile4float64, tile5float64, tile6float64, tile7float64,
		tile8float64, tile9float64, tile10float64, tile11float64, tile12float64, tile13float64, tile14float64,
	}
	tiles32 = [wideRows]wideTile[float32]{
		tile1float32, tile2float32, tile3float32, tile4float32, tile5float32, tile6float32, tile7float32,
		tile8float32, tile9float32, tile10float32, tile11float32, tile12float32, tile13float32, tile14float32,
	}
	across64 = [groupRows]wideAcross[float64]{
		across1float64, across2float64, across3float64, across4float64, across5float64, across6float64, across7float64, across8float64,
	}
	across32 = [groupRows]wideAcross[float32]{
		across1float32, across2float32, across3float32, across4float32, across5float32, across6float32, across7float32, across8float32,
	}
)

// groupRows is how many rows are transposed together.
const groupRows = 8

// wide is the AVX-512 kernel for one element type.
func wide[T Float](block blocking, tiles [wideRows]wideTile[T], across [groupRows]wideAcross[T], along wideAlong[T]) kernel[T] {
	var x T
	cols := 2 * vectorBytes / int(unsafe.Sizeof(x))
	return kernel[T]{
		name: Fastest, rows: wideRows, cols: cols, block: block,
		tile: func(m, n, k int, a, b, c []T, ldc int, add bool) {
			_, _, _ = a[k*wideRows-1], b[k*cols-1], c[(m-1)*ldc+n-1]
			mask, keep := first(n), uint32(0)
			if add {
				keep = mask
			}
			tiles[m-1](k, &a[0], &b[0], &c[0], ldc, mask, keep)
		},
		packer: packer[T]{
			along: func(panel, src []T, step, rows, k, width int, scale T) {
				_, _ = panel[k*width-1], src[(k-1)*step+rows-1]
				along(&panel[0], &src[0], step, k, width, first(rows), first(width), scale)
			},
			across: func(panel, src []T, step, rows, k, width int, scale T) {
				_, _ = panel[k*width-1], src[(rows-1)*step+k-1]
				if rows < width {
					clear(panel)
				}
				for r := 0; r < rows; r += groupRows {
					lanes := min(groupRows, rows-r)
					across[lanes-1](&panel[r], &src[r*step], step, k, width, first(lanes), scale)
				}
			},
		},
	}
}

// first is the mask of the first n lanes of two vectors.
func first(n int) uint32 { return uint32(1<<n - 1) }
