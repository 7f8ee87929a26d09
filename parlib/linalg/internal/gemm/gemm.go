// Package gemm multiplies dense matrices in plain Go and assembly, at about the speed of the best libraries.
//
// It is built as GotoBLAS and BLIS are (Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM
// TOMS 34(3), 2008; Van Zee and van de Geijn, "BLIS", ACM TOMS 41(3), 2015). A tile of C small enough for the registers is
// computed by a micro-kernel. What the kernel reads was copied (packed) before into the order in which it reads: a block of A
// that stays in the third-level cache, of which a panel at a time stays in the first-level cache, and blocks of B that stay in
// the second-level cache. Each number brought from memory is so used hundreds of times.
//
// Everything here runs in the calling goroutine; who wants several workers gives each its own part of C.
package gemm

import "sync"

// Multiplier multiplies with one kernel. It may be used by many goroutines at once.
type Multiplier[T Float] struct {
	kernel  kernel[T]
	buffers *sync.Pool // of *buffer[T]
}

type buffer[T Float] struct {
	a, b []T
}

func newMultiplier[T Float](k kernel[T]) *Multiplier[T] {
	return &Multiplier[T]{kernel: k, buffers: &sync.Pool{New: func() any { return new(buffer[T]) }}}
}

// New64 and New32 make multipliers with the fastest kernel that the processor runs.
func New64() *Multiplier[float64] { return newMultiplier(kernels64()[0]) }

func New32() *Multiplier[float32] { return newMultiplier(kernels32()[0]) }

// Fastest names the kernels with which products take less time than with OpenBLAS 0.3.34, from some hundred rows and columns on.
const Fastest = "AVX-512"

// Kernel names the kernel's instruction set.
func (g *Multiplier[T]) Kernel() string { return g.kernel.name }

// Multiply computes C = alpha·A·B + beta·C, where A is m × k, B is k × n and the rows of C are ldc elements apart. With a beta of
// 0, C is not read.
func (g *Multiplier[T]) Multiply(m, n, k int, alpha T, a, b View[T], beta T, c []T, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	if k == 0 || alpha == 0 {
		scaleRows(c, m, n, ldc, beta)
		return
	}
	if beta != 0 {
		scaleRows(c, m, n, ldc, beta)
	}
	buf := g.buffers.Get().(*buffer[T])
	defer g.buffers.Put(buf)
	rows, depth, cols := evenly(m, g.rowsOfA(n), g.kernel.rows), evenly(k, g.kernel.block.k, 1), evenly(n, g.kernel.block.n, g.kernel.cols)
	for pc := 0; pc < k; pc += depth {
		kc := min(depth, k-pc)
		add := pc > 0 || beta != 0
		for ic := 0; ic < m; ic += rows {
			mc := min(rows, m-ic)
			buf.a = atLeast(buf.a, roundUp(mc, g.kernel.rows)*kc)
			g.kernel.packer.pack(buf.a, a.From(ic, pc), mc, kc, g.kernel.rows, alpha)
			for jc := 0; jc < n; jc += cols {
				nc := min(cols, n-jc)
				buf.b = atLeast(buf.b, roundUp(nc, g.kernel.cols)*kc)
				if ic == 0 || cols < n { // else it is there from the rows before
					g.kernel.packer.pack(buf.b, b.From(pc, jc).T(), nc, kc, g.kernel.cols, 1)
				}
				g.blocks(buf, mc, nc, kc, c[ic*ldc+jc:], ldc, add)
			}
		}
	}
}

// panelsAtOnce is how many panels of A are packed together where B is one block.
const panelsAtOnce = 8

// rowsOfA is how many rows a block of A has at most, for a product of n columns. Where B is one block, that of A is needed but once, and
// a small one is still in the second-level cache then.
func (g *Multiplier[T]) rowsOfA(n int) int {
	if n <= g.kernel.block.n {
		return min(g.kernel.block.m, panelsAtOnce*g.kernel.rows)
	}
	return g.kernel.block.m
}

// blocks multiplies a packed block of A with one of B, tile by tile.
func (g *Multiplier[T]) blocks(buf *buffer[T], mc, nc, kc int, c []T, ldc int, add bool) {
	rows, cols := g.kernel.rows, g.kernel.cols
	for i := 0; i < mc; i += rows {
		a := buf.a[i*kc:]
		for j := 0; j < nc; j += cols {
			g.kernel.tile(min(rows, mc-i), min(cols, nc-j), kc, a, buf.b[j*kc:], c[i*ldc+j:], ldc, add)
		}
	}
}

// scaleRows multiplies an m × n matrix by beta. With a beta of 0 it is not read.
func scaleRows[T Float](c []T, m, n, ldc int, beta T) {
	switch beta {
	case 0:
		clearRows(c, m, n, ldc)
	case 1:
	default:
		for i := range m {
			row := c[i*ldc:][:n]
			for j := range row {
				row[j] *= beta
			}
		}
	}
}

func clearRows[T Float](c []T, m, n, ldc int) {
	for i := range m {
		clear(c[i*ldc:][:n])
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
