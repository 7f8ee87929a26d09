package opencl

import (
	"fmt"
	"unsafe"
)

// Variant is a way to multiply matrices. All give the same product, up to rounding.
type Variant int

// Variants. The first three are OpenCL C that can be read beside this package, one step after the other: matmul_naive.cl,
// matmul_tiled.cl, and matmul_blocked_vector.cl for CPUs with matmul_blocked_group.cl for GPUs.
const (
	// Naive is the formula: one work-item for each element of the result.
	Naive Variant = iota
	// Tiled has work-groups copy square tiles of both matrices to local memory, and compute a tile of the result from them.
	Tiled
	// Blocked has each work-item compute a block of the result in its registers, from copies of both matrices that are laid out in
	// the order in which they are read. The copies take about as much memory as the matrices. This is the fast one.
	Blocked
	// CLBlast is the library of that name, where it is installed.
	CLBlast
)

var variantNames = [...]string{Naive: "Naive", Tiled: "Tiled", Blocked: "Blocked", CLBlast: "CLBlast"}

// String is the variant's name.
func (v Variant) String() string {
	if !v.known() {
		return fmt.Sprintf("Variant(%d)", int(v))
	}
	return variantNames[v]
}

func (v Variant) known() bool { return v >= 0 && int(v) < len(variantNames) }

// MatMul gives the product a·b in a new matrix. Both belong to one context, on whose own queue it is computed. Transposes
// (a.T()) are read where they are. Without a variant it is Blocked.
//
// An element is the sum of k products, in an order that depends on the variant and the device; what it is off by is at most
// k·u·Σ|aᵢₚ·bₚⱼ|/(1-k·u), with u = 2⁻²⁴ for float32 and 2⁻⁵³ for float64, as long as nothing overflows.
func MatMul[T Float](a, b *Matrix[T], variant ...Variant) (*Matrix[T], error) {
	const op = "MatMul"
	if err := checkFactors(a, b); err != nil {
		return nil, failed(op, err)
	}
	c, err := emptyMatrix[T](op, a.numbers.context, a.rows, b.cols)
	if err != nil {
		return nil, err
	}
	if _, err := multiply(c, a, b, variant); err != nil {
		c.Close()
		return nil, failed(op, err)
	}
	return c, nil
}

// MatMulTo computes c = a·b in the memory that c has, which is not that of a or b. It returns when the work was given to the
// context's own queue; the event is its last command.
func MatMulTo[T Float](c, a, b *Matrix[T], variant ...Variant) (*Event, error) {
	e, err := matMulTo(c, a, b, variant)
	if err != nil {
		return nil, failed("MatMulTo", err)
	}
	return e, nil
}

func matMulTo[T Float](c, a, b *Matrix[T], variant []Variant) (*Event, error) {
	if err := checkFactors(a, b); err != nil {
		return nil, err
	}
	switch {
	case c == nil:
		return nil, fmt.Errorf("c is nil; MatMul makes a new matrix")
	case c.rows != a.rows || c.cols != b.cols:
		return nil, fmt.Errorf("c is %d×%d, but a·b is %d×%d (a is %d×%d, b is %d×%d)",
			c.rows, c.cols, a.rows, b.cols, a.rows, a.cols, b.rows, b.cols)
	case c.numbers.context != a.numbers.context:
		return nil, fmt.Errorf("c belongs to another context than a and b (%s, %s)", c.numbers.context.device, a.numbers.context.device)
	case c.numbers == a.numbers || c.numbers == b.numbers:
		return nil, fmt.Errorf("c has the memory of a factor, which is still read while c is written")
	}
	return multiply(c, a, b, variant)
}

func checkFactors[T Float](a, b *Matrix[T]) error {
	switch {
	case a == nil || b == nil:
		return fmt.Errorf("a matrix is nil")
	case a.cols != b.rows:
		return fmt.Errorf("a is %d×%d and b is %d×%d; a must have as many columns as b has rows", a.rows, a.cols, b.rows, b.cols)
	case a.numbers.context != b.numbers.context:
		return fmt.Errorf("a and b belong to different contexts (%s, %s)", a.numbers.context.device, b.numbers.context.device)
	}
	return nil
}

// multiply computes c = a·b for matrices that fit each other.
func multiply[T Float](c, a, b *Matrix[T], variant []Variant) (*Event, error) {
	v := Blocked
	switch {
	case len(variant) > 1:
		return nil, fmt.Errorf("%d variants; give one or none", len(variant))
	case len(variant) == 1:
		v = variant[0]
	}
	if !v.known() {
		return nil, fmt.Errorf("there is no %v", v)
	}
	if c.transposed { // cᵀ = bᵀ·aᵀ
		c, a, b = c.T(), b.T(), a.T()
	}
	p := multiplication[T]{context: c.numbers.context, m: c.rows, n: c.cols, k: a.cols, a: a, b: b, c: c}
	switch {
	case p.m == 0 || p.n == 0:
		return &Event{queue: p.context.queue}, nil
	case p.k == 0:
		return c.numbers.FillAsync(nil, 0)
	}
	return p.by(v)
}

// multiplication is c = a·b, with c of m×n and a of m×k. None of them is 0.
type multiplication[T Float] struct {
	context *Context
	m, n, k int
	a, b, c *Matrix[T]
}

func (p multiplication[T]) by(v Variant) (*Event, error) {
	switch v {
	case Naive:
		return p.naive()
	case Tiled:
		return p.tiled()
	case CLBlast:
		return p.clblast()
	}
	return p.blocked(blockingFor(p.context.device, is64[T](), p.m, p.n))
}

func (p multiplication[T]) naive() (*Event, error) {
	kernel, err := p.c.kernel(elementsSource+naiveSource, "matmul_naive", p.transposes()...)
	if err != nil {
		return nil, err
	}
	side := min(16, tileFor(p.context.device, elementSize[T]())) // drivers that choose have none for primes, or compile for each shape
	r := Global(roundUp(p.n, side), roundUp(p.m, side)).Groups(side, side)
	return kernel.Launch(nil, r, p.m, p.n, p.k, p.a.numbers, p.b.numbers, p.c.numbers)
}

func (p multiplication[T]) tiled() (*Event, error) {
	tile := tileFor(p.context.device, elementSize[T]())
	kernel, err := p.c.kernel(elementsSource+tiledSource, "matmul_tiled", append(p.transposes(), define("TILE", tile))...)
	if err != nil {
		return nil, err
	}
	r := Global(roundUp(p.n, tile), roundUp(p.m, tile)).Groups(tile, tile)
	return kernel.Launch(nil, r, p.m, p.n, p.k, p.a.numbers, p.b.numbers, p.c.numbers)
}

// tileFor is the side of a square tile: the largest power of two up to 32 of which a work-group has the work-items and, twice,
// the local memory.
func tileFor(d *Device, elementSize int) int {
	tile := 32
	for tile > 1 && (tile*tile > d.MaxWorkGroup() || int64(2*tile*tile*elementSize) > d.LocalMemory()) {
		tile /= 2
	}
	return tile
}

// transposes are build options that say how the factors lie.
func (p multiplication[T]) transposes() []string {
	var options []string
	if p.a.transposed {
		options = append(options, "-D A_TRANSPOSED")
	}
	if p.b.transposed {
		options = append(options, "-D B_TRANSPOSED")
	}
	return options
}

func is64[T Float]() bool { return elementSize[T]() == 8 }

func elementSize[T Float]() int { return int(unsafe.Sizeof(*new(T))) }

func define(name string, value int) string { return fmt.Sprintf("-D %s=%d", name, value) }

func roundUp(n, multiple int) int { return (n + multiple - 1) / multiple * multiple }
