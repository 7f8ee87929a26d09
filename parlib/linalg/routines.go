package linalg

import (
	"gonum.org/v1/gonum/blas"

	"github.com/warren-go/warren/parlib"
)

// Below these numbers of multiply-adds a call is not worth the way to a kernel, or to other workers.
const (
	smallWork  = 16 * 16 * 16       // gonum's loops take as long as packing the matrices would
	serialWork = 64 * 64 * 64       // some microseconds; a worker that sleeps would come too late
	partWork   = 896 * 896 * 896    // some ten milliseconds: a part that another worker may take; smaller ones pack too much
	longWork   = 1536 * 1536 * 1536 // some tens of milliseconds: no part takes longer

	smallLevel2  = 64 * 64
	serialLevel2 = 256 * 256
)

// routines are the BLAS routines for one element type. Each cuts its result into parts for the workers. Arguments that are wrong
// or small go to gonum, which checks them, and panics with its usual messages.
type routines[T float] struct {
	gonum   *reference[T]
	kernels func() kernels[T] // of the backend in force
}

// fits says whether a rows × cols matrix with rows ld elements apart is within data.
func fits[T float](data []T, rows, cols, ld int) bool {
	return ld >= max(1, cols) && len(data) >= (rows-1)*ld+cols
}

func vectorFits[T float](x []T, n, inc int) bool { return inc > 0 && len(x) > (n-1)*inc }

func isOp(t blas.Transpose) bool {
	return t == blas.NoTrans || t == blas.Trans || t == blas.ConjTrans
}

func isUplo(u blas.Uplo) bool { return u == blas.Upper || u == blas.Lower }

func isSide(s blas.Side) bool { return s == blas.Left || s == blas.Right }

func isDiag(d blas.Diag) bool { return d == blas.Unit || d == blas.NonUnit }

// shape is that of the stored matrix A where op(A) is rows × cols.
func shape(op blas.Transpose, rows, cols int) (int, int) {
	if op == blas.NoTrans {
		return rows, cols
	}
	return cols, rows
}

// offset is where row i, column j of op(A) is stored.
func offset(op blas.Transpose, i, j, ld int) int {
	if op == blas.NoTrans {
		return i*ld + j
	}
	return j*ld + i
}

// work multiplies sizes without overflow; it is 0 where one of them is not positive.
func work(sizes ...int) float64 {
	w := 1.0
	for _, n := range sizes {
		w *= float64(max(0, n))
	}
	return w
}

func (r routines[T]) gemm(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	rowsA, colsA := shape(tA, m, k)
	rowsB, colsB := shape(tB, k, n)
	if work(m, n, k) < smallWork || !isOp(tA) || !isOp(tB) ||
		!fits(a, rowsA, colsA, lda) || !fits(b, rowsB, colsB, ldb) || !fits(c, m, n, ldc) {
		r.gonum.gemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	must(multiply(everyone(), r.kernels(), tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc))
}

// multiply is gemm with valid arguments, by a crew. It fails only when the crew's context ends.
func multiply[T float](w crew, with kernels[T], tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) error {
	with = forProduct(with, m, n, k)
	g := gridFor(w, m, n, k)
	return w.share(g.parts(), func(part int) {
		i, j, rows, cols := g.part(part)
		with.Gemm(tA, tB, rows, cols, k, alpha, a[offset(tA, i, 0, lda):], lda, b[offset(tB, 0, j, ldb):], ldb, beta, c[i*ldc+j:], ldc)
	})
}

// grid cuts an m × n matrix into parts of rows × cols; those at the end may be smaller.
type grid struct {
	m, n, rows, cols int
}

// Bounds of parts are multiples of these: so few that parts are even, and enough for no two to write to one cache line.
const alignRows, alignCols = 8, 32

// gridFor cuts an m × n product of depth k: into a part for each worker, and into some more where parts stay large, so that a
// worker that is late does not keep the others waiting, and no part takes long when a context ends. Each part reads all rows
// of A and columns of B that it needs, so nearly square parts read least.
func gridFor(w crew, m, n, k int) grid {
	parts := 1
	if total := work(m, n, k); total >= serialWork {
		parts = w.workers * int(min(4, max(1, total/float64(w.workers)/partWork)))
		for total/float64(parts) > longWork {
			parts *= 2
		}
	}
	best := grid{m, n, m, n}
	least := -1
	for across := 1; across <= parts; across++ {
		if parts%across != 0 {
			continue
		}
		g := grid{m, n, step(m, parts/across, alignRows), step(n, across, alignCols)}
		if read := g.rows + g.cols; least < 0 || read < least {
			best, least = g, read
		}
	}
	return best
}

// step is the size of parts when n elements are cut into so many of them.
func step(n, parts, align int) int {
	size := (n + parts - 1) / parts
	return min(n, (size+align-1)/align*align)
}

func (g grid) across() int { return (g.n + g.cols - 1) / g.cols }

func (g grid) parts() int { return (g.m + g.rows - 1) / g.rows * g.across() }

func (g grid) part(number int) (i, j, rows, cols int) {
	i, j = number/g.across()*g.rows, number%g.across()*g.cols
	return i, j, min(g.rows, g.m-i), min(g.cols, g.n-j)
}

// symm completes the symmetric matrix and multiplies as with any other: that costs little beside the product.
func (r routines[T]) symm(s blas.Side, ul blas.Uplo, m, n int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	order := orderOf(s, m, n)
	if work(m, n, order) < smallWork || !isSide(s) || !isUplo(ul) ||
		!fits(a, order, order, lda) || !fits(b, m, n, ldb) || !fits(c, m, n, ldc) {
		r.gonum.symm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	full := complete(ul, order, a, lda)
	if s == blas.Left {
		must(multiply(everyone(), r.kernels(), blas.NoTrans, blas.NoTrans, m, n, m, alpha, full, order, b, ldb, beta, c, ldc))
	} else {
		must(multiply(everyone(), r.kernels(), blas.NoTrans, blas.NoTrans, m, n, n, alpha, b, ldb, full, order, beta, c, ldc))
	}
}

// inTriangle is which columns of row i are in a triangle of an n × n matrix: those from lo up to hi, exclusive.
func inTriangle(ul blas.Uplo, i, n int) (lo, hi int) {
	if ul == blas.Upper {
		return i, n
	}
	return 0, i + 1
}

// complete copies a symmetric matrix of which one triangle is stored.
func complete[T float](ul blas.Uplo, n int, a []T, lda int) []T {
	full := make([]T, n*n)
	for i := range n {
		lo, hi := inTriangle(ul, i, n)
		for j := lo; j < hi; j++ {
			full[i*n+j], full[j*n+i] = a[i*lda+j], a[i*lda+j]
		}
	}
	return full
}

func (r routines[T]) syrk(ul blas.Uplo, t blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	rows, cols := shape(t, n, k)
	if work(n, n, k) < smallWork || !isUplo(ul) || !isOp(t) || !fits(a, rows, cols, lda) || !fits(c, n, n, ldc) {
		r.gonum.syrk(ul, t, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	with := r.kernels()
	updateTriangle(ul, n, k, c, ldc, func(i, j, rows, cols int, c []T, ldc int, beta T) {
		with.Gemm(t, other(t), rows, cols, k, alpha, a[offset(t, i, 0, lda):], lda, a[offset(t, j, 0, lda):], lda, beta, c, ldc)
	}, beta)
}

func (r routines[T]) syr2k(ul blas.Uplo, t blas.Transpose, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	rows, cols := shape(t, n, k)
	if work(n, n, k) < smallWork || !isUplo(ul) || !isOp(t) ||
		!fits(a, rows, cols, lda) || !fits(b, rows, cols, ldb) || !fits(c, n, n, ldc) {
		r.gonum.syr2k(ul, t, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	with := r.kernels()
	updateTriangle(ul, n, k, c, ldc, func(i, j, rows, cols int, c []T, ldc int, beta T) {
		with.Gemm(t, other(t), rows, cols, k, alpha, a[offset(t, i, 0, lda):], lda, b[offset(t, j, 0, ldb):], ldb, beta, c, ldc)
		with.Gemm(t, other(t), rows, cols, k, alpha, b[offset(t, i, 0, ldb):], ldb, a[offset(t, j, 0, lda):], lda, 1, c, ldc)
	}, beta)
}

func other(t blas.Transpose) blas.Transpose {
	if t == blas.NoTrans {
		return blas.Trans
	}
	return blas.NoTrans
}

// updateTriangle computes one triangle of an n × n matrix C, block by block. update computes the rows × cols block at (i, j)
// into c, to which it adds beta times what is there. A block on the diagonal, half of which must stay as it is, is computed
// elsewhere and its triangle copied.
func updateTriangle[T float](ul blas.Uplo, n, k int, c []T, ldc int, update func(i, j, rows, cols int, c []T, ldc int, beta T), beta T) {
	w := everyone()
	size := step(n, max(2*w.workers, n/256), alignCols)
	type block struct{ i, j int }
	var blocks []block
	for i := 0; i < n; i += size {
		for j := 0; j <= i; j += size {
			blocks = append(blocks, block{i, j})
		}
	}
	if work(n, n, k) < 2*serialWork {
		w.options = []parlib.Option{parlib.Workers(1)}
	}
	must(w.share(len(blocks), func(part int) {
		at := blocks[part]
		if ul == blas.Upper {
			at.i, at.j = at.j, at.i
		}
		rows, cols := min(size, n-at.i), min(size, n-at.j)
		if at.i != at.j {
			update(at.i, at.j, rows, cols, c[at.i*ldc+at.j:], ldc, beta)
			return
		}
		square := make([]T, rows*rows)
		update(at.i, at.i, rows, rows, square, rows, 0)
		addTriangle(ul, rows, square, beta, c[at.i*ldc+at.i:], ldc)
	}))
}

// addTriangle computes C = S + beta·C in one triangle; with a beta of 0, C is not read.
func addTriangle[T float](ul blas.Uplo, n int, s []T, beta T, c []T, ldc int) {
	for i := range n {
		lo, hi := inTriangle(ul, i, n)
		row, from := c[i*ldc+lo:i*ldc+hi], s[i*n+lo:]
		for j := range row {
			if beta == 0 {
				row[j] = from[j]
			} else {
				row[j] = from[j] + beta*row[j]
			}
		}
	}
}

func (r routines[T]) trsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	if !worthTriangular(s, ul, tA, d, m, n, a, lda, b, ldb) {
		r.gonum.trsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	with := r.kernels()
	eachSide(s, m, n, b, ldb, func(m, n int, b []T) { with.Trsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb) })
}

func (r routines[T]) trmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	if !worthTriangular(s, ul, tA, d, m, n, a, lda, b, ldb) {
		r.gonum.trmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	with := r.kernels()
	eachSide(s, m, n, b, ldb, func(m, n int, b []T) { with.Trmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb) })
}

func worthTriangular[T float](s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, a []T, lda int, b []T, ldb int) bool {
	order := orderOf(s, m, n)
	return work(m, n, order) >= smallWork && isSide(s) && isUplo(ul) && isOp(tA) && isDiag(d) &&
		fits(a, order, order, lda) && fits(b, m, n, ldb)
}

// eachSide shares out the columns of B, or its rows where the triangle is at its right: they do not depend on each other.
func eachSide[T float](s blas.Side, m, n int, b []T, ldb int, do func(m, n int, b []T)) {
	w := everyone()
	parts := 1
	if work(m, n, orderOf(s, m, n)) >= 2*serialWork {
		parts = w.workers
	}
	g := grid{m, n, m, step(n, parts, alignCols)}
	if s == blas.Right {
		g = grid{m, n, step(m, parts, alignRows), n}
	}
	must(w.share(g.parts(), func(part int) {
		i, j, rows, cols := g.part(part)
		do(rows, cols, b[i*ldb+j:])
	}))
}

func (r routines[T]) gemv(tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int) {
	outputs, inputs := shape(tA, m, n)
	if work(m, n) < smallLevel2 || !isOp(tA) || !fits(a, m, n, lda) || !vectorFits(x, inputs, incX) || !vectorFits(y, outputs, incY) {
		r.gonum.gemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	must(multiplyVector(everyone(), r.kernels(), tA, m, n, alpha, a, lda, x, incX, beta, y, incY))
}

// multiplyVector is gemv with valid arguments, by a crew. Parts are of y, so that no two write to the same.
func multiplyVector[T float](w crew, with kernels[T], tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int) error {
	outputs, inputs := shape(tA, m, n)
	parts := 1
	if work(m, n) >= serialLevel2 {
		parts = w.workers
	}
	g := grid{outputs, 1, step(outputs, parts, alignRows), 1}
	return w.share(g.parts(), func(part int) {
		i, _, count, _ := g.part(part)
		rows, cols := shape(tA, count, inputs)
		with.Gemv(tA, rows, cols, alpha, a[offset(tA, i, 0, lda):], lda, x, incX, beta, y[i*incY:], incY)
	})
}

func (r routines[T]) symv(ul blas.Uplo, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int) {
	if work(n, n) < smallLevel2 || !isUplo(ul) || !fits(a, n, n, lda) || !vectorFits(x, n, incX) || !vectorFits(y, n, incY) {
		r.gonum.symv(ul, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	r.kernels().Symv(ul, n, alpha, a, lda, x, incX, beta, y, incY)
}

func (r routines[T]) ger(m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int) {
	if work(m, n) < smallLevel2 || !fits(a, m, n, lda) || !vectorFits(x, m, incX) || !vectorFits(y, n, incY) {
		r.gonum.ger(m, n, alpha, x, incX, y, incY, a, lda)
		return
	}
	w := everyone()
	parts := 1
	if work(m, n) >= serialLevel2 {
		parts = w.workers
	}
	with := r.kernels()
	g := grid{m, 1, step(m, parts, alignRows), 1}
	must(w.share(g.parts(), func(part int) {
		i, _, rows, _ := g.part(part)
		with.Ger(rows, n, alpha, x[i*incX:], incX, y, incY, a[i*lda:], lda)
	}))
}
