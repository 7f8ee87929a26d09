package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	tileRows = 14   // of a whole tile: 14 rows of 2 vectors are 28 of the 32 registers
	vectors  = 2    // of a row of a tile
	unrolled = 4    // steps
	ahead    = 2048 // bytes of B that are asked for before they are needed: it streams through the first-level cache
)

func fill(signature, name string) string { return strings.ReplaceAll(signature, "T", name) }

// tile writes the kernel for tiles of so many rows, two vectors wide: C = A·B, plus what C holds in the lanes of keep, for
// the lanes of mask. In a's panel columns are tileRows elements apart, however many rows are used.
//
// Each of the k steps loads a row of B, two vectors, and for each row of the tile one element of A, broadcast.
func (e element) tile(rows int) {
	e.function(fmt.Sprintf("tile%d", rows), "k int, a, b, c *T, ldc int, mask, keep uint32")
	k, a, b, c, ldc := e.param("k"), e.param("a"), e.param("b"), e.param("c"), e.paramBytes("ldc")
	t := tileState{element: e, a: a, b: b, sums: make([][vectors]reg.VecVirtual, rows)}
	for r := range t.sums {
		for v := range t.sums[r] {
			t.sums[r][v] = e.ZMM()
			e.VPXORQ(t.sums[r][v], t.sums[r][v], t.sums[r][v])
		}
	}
	t.row = [vectors]reg.VecVirtual{e.ZMM(), e.ZMM()}
	t.factor = [2]reg.VecVirtual{e.ZMM(), e.ZMM()}

	// While it computes, the loop asks for C, a row at a time: all at once would be more than a core can wait for. After the last
	// row, next becomes 0.
	touch, next, left, zero := e.GP64(), e.GP64(), e.GP64(), e.GP64()
	e.MOVQ(c, touch)
	e.MOVQ(ldc, next)
	e.MOVQ(operand.U32(rows), left)
	e.XORQ(zero, zero)
	name := func(label string) operand.LabelRef {
		return operand.LabelRef(fmt.Sprintf("%s%d%s", label, rows, e.name))
	}
	label := func(l string) { e.Label(string(name(l))) }
	e.SUBQ(operand.U8(unrolled), k)
	e.JL(name("rest"))
	label("loop")
	e.PREFETCHT1(operand.Mem{Base: touch})
	e.PREFETCHT1(operand.Mem{Base: touch, Disp: vectors*vectorBytes - 1})
	e.DECQ(left)
	e.CMOVQEQ(zero, next)
	e.ADDQ(next, touch)
	for s := range unrolled {
		t.step(s, true)
	}
	t.advance(unrolled)
	e.SUBQ(operand.U8(unrolled), k)
	e.JGE(name("loop"))
	label("rest")
	e.ADDQ(operand.U8(unrolled), k)
	e.JZ(name("store"))
	label("single")
	t.step(0, false)
	t.advance(1)
	e.DECQ(k)
	e.JNZ(name("single"))
	label("store")
	t.store(c, ldc)
	e.VZEROUPPER()
	e.RET()
}

// tileState is the registers of a tile's kernel.
type tileState struct {
	element
	a, b   reg.Register
	sums   [][vectors]reg.VecVirtual
	row    [vectors]reg.VecVirtual // of B
	factor [2]reg.VecVirtual       // elements of A
}

// step multiplies a column of A with a row of B, which are s steps on from where a and b point.
func (t tileState) step(s int, prefetch bool) {
	for v := range t.row {
		at := (s*vectors + v) * vectorBytes
		t.move(operand.Mem{Base: t.b, Disp: at}, t.row[v])
		if prefetch {
			t.PREFETCHT0(operand.Mem{Base: t.b, Disp: at + ahead})
		}
	}
	for r := range t.sums {
		x := t.factor[r%len(t.factor)]
		t.broadcast(operand.Mem{Base: t.a, Disp: (s*tileRows + r) * t.bytes}, x)
		for v := range t.row {
			t.fma(t.row[v], x, t.sums[r][v])
		}
	}
}

func (t tileState) advance(steps int) {
	t.ADDQ(operand.I32(steps*tileRows*t.bytes), t.a)
	t.ADDQ(operand.I32(steps*vectors*vectorBytes), t.b)
}

// store adds the tile to C. All of C is read before any of it is written: where rows are a multiple of 4096 bytes apart, a
// load would wait for the store before it, which looks as if it were to the same place.
func (t tileState) store(c, ldc reg.Register) {
	mask, keep := t.maskPair("mask"), t.maskPair("keep")
	from := t.GP64()
	t.MOVQ(c, from)
	for r := range t.sums {
		for v := range t.row {
			t.moveZero(operand.Mem{Base: from, Disp: v * vectorBytes}, keep[v], t.row[v])
			t.add(t.row[v], t.sums[r][v], t.sums[r][v])
		}
		if r < len(t.sums)-1 {
			t.ADDQ(ldc, from)
		}
	}
	for r := range t.sums {
		for v := range t.row {
			t.move(t.sums[r][v], mask[v], operand.Mem{Base: c, Disp: v * vectorBytes})
		}
		if r < len(t.sums)-1 {
			t.ADDQ(ldc, c)
		}
	}
}
