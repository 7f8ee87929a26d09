package linalg

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/warren-go/warren/parlib"
)

// MatMulNaive is the product as the formula says it: each element of the result is the sum over k of a(i,k)·b(k,j). It
// teaches why that is slow: going down a column of b, every step is a row further in memory, so a whole cache line is
// fetched for each number used, and thrown away before its neighbour is wanted.
func MatMulNaive(a, b mat.Matrix) (*mat.Dense, error) {
	return teach("MatMulNaive", a, b, func(c, a, b rows) error {
		for i := range c.n {
			for j := range c.row(i) {
				var sum float64
				for k, x := range a.row(i) {
					sum += x * b.row(k)[j]
				}
				c.row(i)[j] = sum
			}
		}
		return nil
	})
}

// MatMulTransposed transposes b first; then each element of the result is the dot product of two rows. It teaches that the same
// number of operations takes far less time when memory is read in the order in which it lies, although the transposing comes on
// top: n² steps that make n³ steps cheap.
func MatMulTransposed(a, b mat.Matrix) (*mat.Dense, error) {
	return teach("MatMulTransposed", a, b, func(c, a, b rows) error {
		t := transposed(b)
		for i := range c.n {
			dotRows(c.row(i), a.row(i), t)
		}
		return nil
	})
}

// MatMulBlocked works on square blocks with block rows and columns. It teaches why: three blocks fit a cache together, and
// while they are there every number in them is used block times, so main memory is read that many times less. A block of 0 is
// one for a first-level cache of 32 KB or more.
func MatMulBlocked(a, b mat.Matrix, block int) (*mat.Dense, error) {
	if block < 0 {
		return nil, fmt.Errorf("linalg: MatMulBlocked: block size is %d; it must not be negative", block)
	}
	if block == 0 {
		block = 32 // 3 blocks of 8 KB
	}
	return teach("MatMulBlocked", a, b, func(c, a, b rows) error {
		for i := 0; i < c.n; i += block {
			for k := 0; k < b.n; k += block {
				for j := 0; j < c.width; j += block {
					addBlock(c, a, b, i, k, j, block)
				}
			}
		}
		return nil
	})
}

// MatMulParallel is MatMulTransposed with the rows of the result shared out among workers. It teaches what can be had by more processors, and
// that it comes on top of a good order of memory, not instead of it: no worker writes what another reads or writes, so nothing is locked.
func MatMulParallel(a, b mat.Matrix, options ...parlib.Option) (*mat.Dense, error) {
	return teach("MatMulParallel", a, b, func(c, a, b rows) error {
		t := transposed(b)
		return parlib.For(c.n, func(i int) { dotRows(c.row(i), a.row(i), t) }, options...)
	})
}

// teach gives a variant its operands as rows of numbers.
func teach(name string, a, b mat.Matrix, variant func(c, a, b rows) error) (*mat.Dense, error) {
	c, err := newProduct(a, b)
	if err == nil {
		err = variant(rowsOf(c), rowsOf(a), rowsOf(b))
	}
	if err != nil {
		return nil, fmt.Errorf("linalg: %s: %w", name, err)
	}
	return c, nil
}

// rows is a matrix of n rows.
type rows struct {
	n, width, step int
	data           []float64
}

// rowsOf is m itself where it is stored row by row, else a copy.
func rowsOf(m mat.Matrix) rows {
	raw, ok := m.(mat.RawMatrixer)
	if !ok {
		raw = mat.DenseCopyOf(m)
	}
	x := raw.RawMatrix()
	return rows{x.Rows, x.Cols, x.Stride, x.Data}
}

func (r rows) row(i int) []float64 { return r.data[i*r.step:][:r.width] }

func transposed(r rows) rows {
	t := rows{r.width, r.n, r.n, make([]float64, r.n*r.width)}
	for i := range r.n {
		for j, x := range r.row(i) {
			t.data[j*t.step+i] = x
		}
	}
	return t
}

// dotRows computes a row of the result from a row of a and all rows of the transposed b.
func dotRows(c, a []float64, t rows) {
	for j := range c {
		b := t.row(j)[:len(a)]
		var sum float64
		for k, x := range a {
			sum += x * b[k]
		}
		c[j] = sum
	}
}

// addBlock adds the product of a's block at (i, k) and b's block at (k, j) to c's block at (i, j).
func addBlock(c, a, b rows, i, k, j, block int) {
	width := min(block, c.width-j)
	for r := i; r < min(i+block, c.n); r++ {
		sums := c.row(r)[j:][:width]
		for q := k; q < min(k+block, b.n); q++ {
			x := a.row(r)[q]
			for s, y := range b.row(q)[j:][:width] {
				sums[s] += x * y
			}
		}
	}
}
