package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sumLanes is how many partial sums run side by side, on every target: so all add in the same order. Element i belongs to
// sum i mod sumLanes. 32 of 8 bytes are 4 registers of AVX-512, enough to hide an addition's 4 cycles.
const sumLanes = 32

// reductions writes the sum, the dot product and the extremes of one element type. float32 are added as float64.
func (a *assembler) reductions(single bool) {
	a.sum("sum", 1, single)
	a.sum("dot", 2, single)
	a.extremes("smallest", "VMIN", single)
	a.extremes("greatest", "VMAX", single)
}

// reduction is what the loops of one reduction share.
type reduction struct {
	*function
	sums []reg.VecVirtual
}

// newReduction begins the function of a slice, or two, that has the rest of a signature.
func (a *assembler) newReduction(name, doc string, inputs int, single, wide bool, rest string) *reduction {
	element := "float64"
	if single {
		element = "float32"
	}
	f := &function{assembler: a, single: single, wide: wide, suffix: "PD"}
	if single && !wide {
		f.suffix = "PS"
	}
	r := &reduction{function: f}
	name += a.name + elementSuffix(single)
	params := []string{"x", "y"}[:inputs]
	list := "x"
	if inputs == 2 {
		list = "x, y"
	}
	a.Function(name)
	a.Attributes(4)
	a.SignatureExpr(fmt.Sprintf("func(%s []%s%s", list, element, rest))
	a.Doc(name + " " + doc)
	a.Pragma("noescape")
	r.n = a.Load(a.Param("x").Len(), a.GP64())
	for _, p := range params {
		r.sources = append(r.sources, a.Load(a.Param(p).Base(), a.GP64()))
	}
	return r
}

// sum writes the sum of x, or of x·y; x has a multiple of sumLanes elements.
func (a *assembler) sum(name string, inputs int, single bool) {
	what := "x"
	if inputs == 2 {
		what = "x*y"
	}
	r := a.newReduction(name, fmt.Sprintf("adds the elements of %s, element i to partial sum i mod %d. len(x) is a multiple of that.", what, sumLanes),
		inputs, single, single, ") (total float64)")
	for range sumLanes / r.lanes() {
		v := a.vector()
		a.set(v, 0, false)
		r.sums = append(r.sums, v)
	}
	a.Label("loop")
	a.CMPQ(r.n, operand.Imm(sumLanes))
	a.JL(operand.LabelRef("done"))
	for i := range r.sums {
		r.accumulate(i)
	}
	for _, s := range r.sources {
		a.ADDQ(operand.U32(uint32(sumLanes*r.elementBytes())), s)
	}
	a.SUBQ(operand.Imm(sumLanes), r.n)
	a.JMP(operand.LabelRef("loop"))
	a.Label("done")
	total := r.fold()
	a.VZEROUPPER()
	a.Store(total, a.Return("total"))
	a.RET()
}

// fold adds the partial sums in pairs, those half of them apart, until one is left.
func (r *reduction) fold() reg.Register {
	for n := len(r.sums) / 2; n > 0; n /= 2 {
		for i := range n {
			r.VADDPD(r.sums[i+n], r.sums[i], r.sums[i])
		}
	}
	x, y := r.sums[0].AsX(), r.sums[0].AsY()
	if r.bytes == 64 {
		upper := r.YMM()
		r.VEXTRACTF64X4(operand.Imm(1), r.sums[0], upper)
		r.VADDPD(upper, y, y)
	}
	upper := r.XMM()
	r.VEXTRACTF128(operand.Imm(1), y, upper)
	r.VADDPD(upper, x, x)
	r.VUNPCKHPD(x, x, upper)
	r.VADDSD(upper, x, x)
	return x
}

// accumulate adds the next elements, or products, to sum i.
func (r *reduction) accumulate(i int) {
	x := r.element(0, i)
	if len(r.sources) == 1 {
		r.VADDPD(x, r.sums[i], r.sums[i])
		return
	}
	if register, ok := x.(reg.Register); ok {
		r.VFMADD231PD(r.element(1, i), register, r.sums[i])
		return
	}
	first := r.vector()
	r.VMOVUPD(x, first)
	r.VFMADD231PD(r.element(1, i), first, r.sums[i])
}

// element is vector i of source s: where it lies in memory, or converted to float64 in a register.
func (r *reduction) element(s, i int) operand.Op {
	m := operand.Mem{Base: r.sources[s], Disp: i * r.stride()}
	if !r.wide {
		return m
	}
	v := r.vector()
	r.VCVTPS2PD(m, v)
	return v
}

// extremeRegisters is how many registers hold the extremes so far.
const extremeRegisters = 4

// extremes writes the least or greatest elements of x side by side, and whether x has a NaN.
func (a *assembler) extremes(name, instruction string, single bool) {
	element := "float64"
	if single {
		element = "float32"
	}
	step := extremeRegisters * 64
	if a.bytes == 32 {
		step = 2 * extremeRegisters * 32
	}
	size := step / 8
	if single {
		size = step / 4
	}
	r := a.newReduction(name, fmt.Sprintf("updates the %d %s elements at i mod %d, and says whether x has a NaN. len(x) is a multiple of that.", size, name, size),
		1, single, false, fmt.Sprintf(", best *[%d]%s) (nan bool)", size, element))
	best := a.Load(a.Param("best"), a.GP64())
	x := r.sources[0]
	count := step / a.bytes
	for i := range count {
		v := a.vector()
		a.VMOVUPD(operand.Mem{Base: best, Disp: i * a.bytes}, v)
		r.sums = append(r.sums, v)
	}
	r.clearRetry()
	a.Label("loop")
	a.CMPQ(r.n, operand.U32(uint32(size)))
	a.JL(operand.LabelRef("done"))
	for i, v := range r.sums {
		next := a.vector()
		a.VMOVUPD(operand.Mem{Base: x, Disp: i * a.bytes}, next)
		a.do(instruction+r.suffix, v, next, v)
		if a.masked {
			k := a.K()
			a.do("VCMP"+r.suffix, operand.Imm(3), next, next, k)
			a.KORW(k, r.retry, r.retry)
		} else {
			a.do("VCMP"+r.suffix, operand.Imm(3), next, next, next)
			a.VORPD(next, r.retry, r.retry)
		}
	}
	a.ADDQ(operand.U32(uint32(step)), x)
	a.SUBQ(operand.U32(uint32(size)), r.n)
	a.JMP(operand.LabelRef("loop"))
	a.Label("done")
	for i, v := range r.sums {
		a.VMOVUPD(v, operand.Mem{Base: best, Disp: i * a.bytes})
	}
	found, result := a.GP32(), a.GP8()
	if a.masked {
		a.KMOVW(r.retry, found)
	} else {
		a.do("VMOVMSK"+r.suffix, r.retry, found)
	}
	a.TESTL(found, found)
	a.SETNE(result)
	a.VZEROUPPER()
	a.Store(result, a.Return("nan"))
	a.RET()
}

// stream writes the copy that goes past the caches: a long result that is not read again soon is better not first read
// into them, as an ordinary store does.
func (a *assembler) stream() {
	const step = 128
	a.Function("streamAVX2")
	a.Attributes(4)
	a.SignatureExpr("func(dst, src *byte, n int)")
	a.Doc("streamAVX2 copies n bytes past the caches. dst is a multiple of 32, n one of 128. fence must follow.")
	a.Pragma("noescape")
	dst, src, n := a.Load(a.Param("dst"), a.GP64()), a.Load(a.Param("src"), a.GP64()), a.Load(a.Param("n"), a.GP64())
	a.Label("loop")
	a.CMPQ(n, operand.Imm(step))
	a.JL(operand.LabelRef("done"))
	var vectors []reg.Register
	for i := range step / 32 {
		v := a.YMM()
		a.VMOVUPD(operand.Mem{Base: src, Disp: 32 * i}, v)
		vectors = append(vectors, v)
	}
	for i, v := range vectors {
		a.VMOVNTPD(v, operand.Mem{Base: dst, Disp: 32 * i})
	}
	a.ADDQ(operand.U32(step), src)
	a.ADDQ(operand.U32(step), dst)
	a.SUBQ(operand.Imm(step), n)
	a.JMP(operand.LabelRef("loop"))
	a.Label("done")
	a.VZEROUPPER()
	a.RET()
}

// fence writes the wait for what went past the caches. It takes as long as a block, and so is not part of each copy.
func (a *assembler) fence() {
	a.Function("fence")
	a.Attributes(4)
	a.SignatureExpr("func()")
	a.Doc("fence waits until what went past the caches has arrived.")
	a.SFENCE()
	a.RET()
}
