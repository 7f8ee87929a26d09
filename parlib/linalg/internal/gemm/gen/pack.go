package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// groupRows is how many rows are transposed together, in blocks of as many columns.
const groupRows = 8

// across writes the function that transposes so many rows of k elements, step elements apart: each column becomes a line of
// the panel, and lines are width elements apart. Lanes of a line that the rows do not fill become zero, as far as mask says.
// All is multiplied by scale.
func (e element) across(rows int) {
	e.function(fmt.Sprintf("across%d", rows), "dst, src *T, step, k, width int, mask uint32, scale T")
	dst, src, step, k, width := e.param("dst"), e.param("src"), e.paramBytes("step"), e.param("k"), e.paramBytes("width")
	lanes := e.K()
	e.KMOVW(e.Load(e.Param("mask"), e.GP32()), lanes)
	scale := e.scale()
	step3, high := e.GP64(), e.GP64()
	e.LEAQ(operand.Mem{Base: step, Index: step, Scale: 2}, step3)
	e.LEAQ(operand.Mem{Base: src, Index: step, Scale: 4}, high)
	row := func(r int) operand.Mem {
		base := src
		if r >= 4 {
			base = high
		}
		return []operand.Mem{{Base: base}, {Base: base, Index: step, Scale: 1}, {Base: base, Index: step, Scale: 2}, {Base: base, Index: step3, Scale: 1}}[r%4]
	}
	name := func(label string) operand.LabelRef {
		return operand.LabelRef(fmt.Sprintf("across%s%d%s", label, rows, e.name))
	}
	var x [groupRows]reg.VecVirtual
	for r := range x {
		x[r] = e.group()
	}

	e.SUBQ(operand.U8(groupRows), k)
	e.JL(name("rest"))
	e.Label(string(name("loop")))
	for r := range x {
		if r < rows {
			e.multiply(row(r), scale, x[r])
		} else {
			e.VPXORQ(x[r], x[r], x[r])
		}
	}
	for _, line := range e.transpose(x) {
		e.move(line, lanes, operand.Mem{Base: dst})
		e.ADDQ(width, dst)
	}
	e.ADDQ(operand.U8(groupRows*e.bytes), src)
	e.ADDQ(operand.U8(groupRows*e.bytes), high)
	e.SUBQ(operand.U8(groupRows), k)
	e.JGE(name("loop"))

	e.Label(string(name("rest")))
	e.ADDQ(operand.U8(groupRows), k)
	e.JZ(name("end"))
	columns := e.columnMask(k)
	for r := range x {
		if r < rows {
			e.moveZero(row(r), columns, x[r])
			e.multiply(x[r], scale, x[r])
		} else {
			e.VPXORQ(x[r], x[r], x[r])
		}
	}
	for _, line := range e.transpose(x) {
		e.move(line, lanes, operand.Mem{Base: dst})
		e.DECQ(k)
		e.JZ(name("end"))
		e.ADDQ(width, dst)
	}
	e.Label(string(name("end")))
	e.VZEROUPPER()
	e.RET()
}

// group is a register of groupRows elements.
func (e element) group() reg.VecVirtual {
	if e.bytes == 8 {
		return e.ZMM()
	}
	return e.YMM()
}

// scale loads the argument of that name into every lane.
func (e element) scale() reg.VecVirtual {
	v := e.group()
	at, err := e.Param("scale").Resolve()
	if err != nil {
		panic(err)
	}
	e.broadcast(at.Addr, v)
	return v
}

// columnMask has a bit for each of the k first columns.
func (e element) columnMask(k reg.Register) reg.OpmaskVirtual {
	bits, m := e.GP64(), e.K()
	e.MOVQ(operand.I32(-1), bits)
	e.BZHIQ(k, bits, bits)
	e.KMOVW(bits.As32(), m)
	return m
}

// transpose emits what turns eight rows of eight elements into eight columns, and returns these.
func (e element) transpose(x [groupRows]reg.VecVirtual) [groupRows]reg.VecVirtual {
	if e.bytes == 8 {
		return e.transpose64(x)
	}
	return e.transpose32(x)
}

// transpose64 interleaves neighbouring rows, then their quarters, twice.
func (e element) transpose64(x [groupRows]reg.VecVirtual) (columns [groupRows]reg.VecVirtual) {
	var pairs, quads [groupRows]reg.VecVirtual
	for i := range pairs {
		pairs[i], quads[i], columns[i] = e.ZMM(), e.ZMM(), e.ZMM()
	}
	for i := 0; i < groupRows; i += 2 {
		e.VUNPCKLPD(x[i+1], x[i], pairs[i])   // columns 0, 2, 4, 6 of rows i and i+1
		e.VUNPCKHPD(x[i+1], x[i], pairs[i+1]) // columns 1, 3, 5, 7
	}
	for i := range 2 { // even columns, odd columns
		for half := 0; half < groupRows; half += 4 { // rows 0 to 3, rows 4 to 7
			e.VSHUFF64X2(operand.U8(0x88), pairs[half+2+i], pairs[half+i], quads[half+i])   // columns i, 4+i
			e.VSHUFF64X2(operand.U8(0xdd), pairs[half+2+i], pairs[half+i], quads[half+2+i]) // columns 2+i, 6+i
		}
	}
	for i := range 2 {
		for j := 0; j < 4; j += 2 {
			e.VSHUFF64X2(operand.U8(0x88), quads[4+j+i], quads[j+i], columns[j+i])
			e.VSHUFF64X2(operand.U8(0xdd), quads[4+j+i], quads[j+i], columns[4+j+i])
		}
	}
	return columns
}

// transpose32 interleaves neighbouring rows, then pairs of rows, then halves.
func (e element) transpose32(x [groupRows]reg.VecVirtual) (columns [groupRows]reg.VecVirtual) {
	var pairs, quads [groupRows]reg.VecVirtual
	for i := range pairs {
		pairs[i], quads[i], columns[i] = e.YMM(), e.YMM(), e.YMM()
	}
	for i := 0; i < groupRows; i += 2 {
		e.VUNPCKLPS(x[i+1], x[i], pairs[i])   // columns 0, 1 and 4, 5 of rows i and i+1
		e.VUNPCKHPS(x[i+1], x[i], pairs[i+1]) // columns 2, 3 and 6, 7
	}
	for half := 0; half < groupRows; half += 4 {
		for i := range 2 {
			e.VUNPCKLPD(pairs[half+2+i], pairs[half+i], quads[half+2*i])   // columns 2i and 4+2i of four rows
			e.VUNPCKHPD(pairs[half+2+i], pairs[half+i], quads[half+2*i+1]) // columns 2i+1 and 5+2i
		}
	}
	for i := range 4 {
		e.VSHUFF32X4(operand.U8(0), quads[4+i], quads[i], columns[i])
		e.VSHUFF32X4(operand.U8(3), quads[4+i], quads[i], columns[4+i])
	}
	return columns
}

// along writes the function that copies k lines of neighbouring elements, step elements apart, to lines that are width
// elements apart: the elements of read, zeros elsewhere, to the places of write. All is multiplied by scale.
func (e element) along() {
	e.function("along", "dst, src *T, step, k, width int, read, write uint32, scale T")
	dst, src, step, k, width := e.param("dst"), e.param("src"), e.paramBytes("step"), e.param("k"), e.paramBytes("width")
	read, write := e.maskPair("read"), e.maskPair("write")
	factor := e.ZMM()
	at, err := e.Param("scale").Resolve()
	if err != nil {
		panic(err)
	}
	e.broadcast(at.Addr, factor)
	line := [vectors]reg.VecVirtual{e.ZMM(), e.ZMM()}
	loop := "along" + e.name
	e.Label(loop)
	for v := range line {
		e.moveZero(operand.Mem{Base: src, Disp: v * vectorBytes}, read[v], line[v])
	}
	for v := range line {
		e.multiply(line[v], factor, line[v])
		e.move(line[v], write[v], operand.Mem{Base: dst, Disp: v * vectorBytes})
	}
	e.ADDQ(step, src)
	e.ADDQ(width, dst)
	e.DECQ(k)
	e.JNZ(operand.LabelRef(loop))
	e.VZEROUPPER()
	e.RET()
}
