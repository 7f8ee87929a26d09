package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vectorBytes is the size of an AVX-512 register.
const vectorBytes = 64

// instruction emits one instruction of Go's assembler: sources first, then the destination.
type instruction func(...operand.Op)

// element is a type of elements, with its instructions.
type element struct {
	*build.Context
	name  string // of the type
	bytes int
	shift uint8 // bytes as a power of two

	broadcast, add, multiply, fma instruction
	move                          instruction
	moveZero                      func(from, mask, to operand.Op) // makes lanes zero that the mask leaves out
}

func float64s(c *build.Context) element {
	return element{c, "float64", 8, 3, c.VBROADCASTSD, c.VADDPD, c.VMULPD, c.VFMADD231PD, c.VMOVUPD, c.VMOVUPD_Z}
}

func float32s(c *build.Context) element {
	return element{c, "float32", 4, 2, c.VBROADCASTSS, c.VADDPS, c.VMULPS, c.VFMADD231PS, c.VMOVUPS, c.VMOVUPS_Z}
}

// lanes is how many elements a vector holds.
func (e element) lanes() int { return vectorBytes / e.bytes }

// function begins one that is named for the element type, as "tile4float64"; in signature, T is that type.
func (e element) function(name, signature string) {
	e.Function(name + e.name)
	e.Attributes(attr.NOSPLIT)
	e.Pragma("noescape")
	e.SignatureExpr(fmt.Sprintf("func(%s)", fill(signature, e.name)))
}

// param loads an argument.
func (e element) param(name string) reg.Register { return e.Load(e.Param(name), e.GP64()) }

// paramBytes loads an argument that counts elements, as bytes.
func (e element) paramBytes(name string) reg.Register {
	r := e.param(name)
	e.SHLQ(operand.U8(e.shift), r)
	return r
}

// maskPair loads an argument with a bit for each lane of a pair of vectors.
func (e element) maskPair(name string) [2]reg.OpmaskVirtual {
	bits := e.Load(e.Param(name), e.GP32())
	low, high := e.K(), e.K()
	e.KMOVW(bits, low)
	e.SHRL(operand.U8(e.lanes()), bits)
	e.KMOVW(bits, high)
	return [2]reg.OpmaskVirtual{low, high}
}
