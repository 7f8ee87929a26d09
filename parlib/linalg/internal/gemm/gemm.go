// Package gemm multiplies dense matrices in plain Go and assembly, at about the speed of the best libraries.
//
// It is built as GotoBLAS and BLIS are (Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM
// TOMS 34(3), 2008; Van Zee and van de Geijn, "BLIS", ACM TOMS 41(3), 2015). A tile of C small enough for the registers is
// computed by a micro-kernel. What the kernel reads was copied (packed) before into the order in which it reads: a block of B
// that stays in the third-level cache, blocks of A that stay in the second-level cache, and of these a panel at a time
// comes through the first-level cache. Each number brought from memory is so used hundreds of times.
//
// Everything here runs in the calling goroutine; who wants several workers gives each its own part of C.
package gemm

import "sync"

// blocking says how large the packed blocks are at most, in elements: A's block is m × k, B's k × n.
type blocking struct {
	m, k, n int
}

// The sizes measured best: of A's block 576 KB, for a second-level cache of 1 MB or more; of B's 3 MB, of which every worker
// has one in the third-level cache; and panels deep enough to make the loading and storing of C cheap.
var (
	blocking64 = blocking{m: 192, k: 384, n: 1008}
	blocking32 = blocking{m: 384, k: 384, n: 2016}
)

// Multiplier multiplies with one kernel. It may be used by many goroutines at once.
type Multiplier[T Float] struct {
	kernel  kernel[T]
	block   blocking
	buffers *sync.Pool // of *buffer[T]
}

type buffer[T Float] struct {
	a, b, edge []T
}

func newMultiplier[T Float](k kernel[T], block blocking) *Multiplier[T] {
	return &Multiplier[T]{kernel: k, block: block, buffers: &sync.Pool{New: func() any { return new(buffer[T]) }}}
}

// New64 and New32 make multipliers with the fastest kernel that the processor runs.
func New64() *Multiplier[float64] { return newMultiplier(kernels64()[0], blocking64) }

func New32() *Multiplier[float32] { return newMultiplier(kernels32()[0], blocking32) }

// Kernel names the kernel's instruction set.
func (g *Multiplier[T]) Kernel() string { return g.kernel.name }

// Multiply computes C = alpha·A·B + beta·C, where A is m × k, B is k × n and the rows of C are ldc elements apart. With a beta of
// 0, C is not read.
func (g *Multiplier[T]) Multiply(m, n, k int, alpha T, a, b View[T], beta T, c []T, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	scaleRows(c, m, n, ldc, beta)
	if k == 0 || alpha == 0 {
		return
	}
	buf := g.buffers.Get().(*buffer[T])
	defer g.buffers.Put(buf)
	rows, depth, cols := evenly(m, g.block.m, g.kernel.rows), evenly(k, g.block.k, 1), evenly(n, g.block.n, g.kernel.cols)
	for jc := 0; jc < n; jc += cols {
		nc := min(cols, n-jc)
		for pc := 0; pc < k; pc += depth {
			kc := min(depth, k-pc)
			buf.b = atLeast(buf.b, roundUp(nc, g.kernel.cols)*kc)
			packRows(buf.b, b.From(pc, jc).T(), nc, kc, g.kernel.cols, 1)
			for ic := 0; ic < m; ic += rows {
				mc := min(rows, m-ic)
				buf.a = atLeast(buf.a, roundUp(mc, g.kernel.rows)*kc)
				packRows(buf.a, a.From(ic, pc), mc, kc, g.kernel.rows, alpha)
				g.blocks(buf, mc, nc, kc, c[ic*ldc+jc:], ldc)
			}
		}
	}
}

// blocks multiplies a packed block of A with one of B, tile by tile.
func (g *Multiplier[T]) blocks(buf *buffer[T], mc, nc, kc int, c []T, ldc int) {
	rows, cols := g.kernel.rows, g.kernel.cols
	for j := 0; j < nc; j += cols {
		b := &buf.b[j*kc]
		for i := 0; i < mc; i += rows {
			a := &buf.a[i*kc]
			if i+rows <= mc && j+cols <= nc {
				g.kernel.tile(kc, a, b, &c[i*ldc+j], ldc)
			} else {
				g.edge(buf, kc, a, b, c[i*ldc+j:], ldc, min(rows, mc-i), min(cols, nc-j))
			}
		}
	}
}

// edge computes a tile of which only m × n elements are in C: all of it in a buffer first.
func (g *Multiplier[T]) edge(buf *buffer[T], kc int, a, b *T, c []T, ldc, m, n int) {
	cols := g.kernel.cols
	buf.edge = atLeast(buf.edge, g.kernel.rows*cols)
	clear(buf.edge)
	g.kernel.tile(kc, a, b, &buf.edge[0], cols)
	for i := range m {
		row := c[i*ldc:][:n]
		for j, x := range buf.edge[i*cols:][:n] {
			row[j] += x
		}
	}
}

func scaleRows[T Float](c []T, m, n, ldc int, beta T) {
	if beta == 1 {
		return
	}
	for i := range m {
		row := c[i*ldc:][:n]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}

func atLeast[T Float](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// evenly is the size of blocks, at most most and a multiple of step, that leaves no small block at the end of n elements.
func evenly(n, most, step int) int {
	blocks := (n + most - 1) / most
	return roundUp((n+blocks-1)/blocks, step)
}

func roundUp(n, step int) int { return (n + step - 1) / step * step }
