//go:build unix

package gemm

import (
	"fmt"
	"testing"

	"github.com/warren-go/warren/parlib/internal/guardpage"
)

// TestKernelsStayWithinTheirOperands runs every tile and packer on memory that ends where what they may touch ends, for
// each number of rows and columns of a tile.
func TestKernelsStayWithinTheirOperands(t *testing.T) {
	for _, k := range kernels64() {
		t.Run("float64/"+k.name, func(t *testing.T) { stayWithin(t, k) })
	}
	for _, k := range kernels32() {
		t.Run("float32/"+k.name, func(t *testing.T) { stayWithin(t, k) })
	}
}

func stayWithin[T Float](t *testing.T, kernel kernel[T]) {
	const gap = 3
	for _, k := range []int{1, 2, 3, 4, 7, 8, 9, 17} {
		for _, m := range upTo(kernel.rows) {
			// A's panel from rows as they are, B's from transposed ones, and the other way round.
			for _, n := range upTo(kernel.cols) {
				t.Run(fmt.Sprintf("%dx%dx%d", m, n, k), func(t *testing.T) {
					a, b := guardpage.Copy(t, fill[T](m*(k+gap)-gap)), guardpage.Copy(t, fill[T](k*(n+gap)-gap))
					checkTile(t, kernel, m, n, k, View[T]{a, k + gap, 1}, View[T]{b, n + gap, 1})
					a, b = guardpage.Copy(t, fill[T](k*(m+gap)-gap)), guardpage.Copy(t, fill[T](n*(k+gap)-gap))
					checkTile(t, kernel, m, n, k, View[T]{a, 1, m + gap}, View[T]{b, 1, k + gap})
				})
			}
		}
	}
}

// upTo are the numbers up to most, of which those in the middle of a long row of columns are left out.
func upTo(most int) []int {
	var list []int
	for n := 1; n <= most; n++ {
		if n < 10 || n%8 < 2 || n%8 == 7 || most <= 14 {
			list = append(list, n)
		}
	}
	return list
}

func checkTile[T Float](t *testing.T, kernel kernel[T], m, n, k int, a, b View[T]) {
	t.Helper()
	const gap = 2
	ldc := n + gap
	packedA, packedB := guardpage.Slice[T](t, k*kernel.rows), guardpage.Slice[T](t, k*kernel.cols)
	kernel.packer.pack(packedA, a, m, k, kernel.rows, 2)
	kernel.packer.pack(packedB, b.T(), n, k, kernel.cols, 1)
	for _, add := range []bool{false, true} {
		c := guardpage.Copy(t, fill[T](m*ldc-gap))
		beta := T(0)
		if add {
			beta = 1
		}
		want := formula(m, n, k, 2, a, b, beta, c, ldc)
		kernel.tile(m, n, k, packedA, packedB, c, ldc, add)
		compare(t, c, want, 2e-5)
	}
}
