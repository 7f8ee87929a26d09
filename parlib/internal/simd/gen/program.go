package main

import (
	"math"
	"slices"
)

// opcode is one operation on all lanes of a vector.
type opcode int

const (
	opArg opcode = iota
	opConst
	opAdd
	opSub
	opMul
	opDiv
	opSqrt
	opMin // a < b ? a : b, so b where either is NaN
	opMax // a > b ? a : b
	opFMA // a*b + c, rounded once
	opFMS // a*b - c
	opFNMA
	opAnd // the bits of both
	opOr
	opXor
	opShl
	opShr
	opFlipSign // a, negated where b has its sign bit set
	opIntAdd   // the bits taken as integers
	opIntSub
	opRound // to an integer, ties to even
	opLess  // comparisons give masks; false where an operand is NaN, but for opNotEqual and opUnordered
	opLessEqual
	opGreater
	opEqual
	opNotEqual
	opUnordered
	opOdd // lowest bit set
	opMaskAnd
	opMaskOr
	opSelect // mask ? a : b
)

// value is the result of one instruction, by its number in the program.
type value int

type instruction struct {
	op   opcode
	args []value
	bits uint64 // opConst: the constant
	n    int    // opArg: which argument; shifts: by how many bits
}

// program is a function of one element in single-assignment form, without branches. It is written once, and compiled to
// every instruction set and to portable Go, with the same operations in the same order: so results agree to the last bit.
type program struct {
	code   []instruction
	consts map[uint64]value
	single bool // elements are float32
	result value
	retry  value // mask of the lanes whose result is left to Go; -1: none
}

func newProgram(single bool) *program {
	return &program{consts: map[uint64]value{}, single: single, retry: -1}
}

// add appends an instruction, or finds the same one before it.
func (p *program) add(op opcode, args ...value) value {
	for i, in := range p.code {
		if in.op == op && slices.Equal(in.args, args) {
			return value(i)
		}
	}
	p.code = append(p.code, instruction{op: op, args: args})
	return value(len(p.code) - 1)
}

// Arg loads argument i. Each call loads it anew, which is cheaper than a register kept over a long program.
func (p *program) Arg(i int) value {
	p.code = append(p.code, instruction{op: opArg, n: i})
	return value(len(p.code) - 1)
}

// Bits is a constant by its bits.
func (p *program) Bits(bits uint64) value {
	if p.single {
		bits &= 1<<32 - 1
	}
	if v, ok := p.consts[bits]; ok {
		return v
	}
	p.code = append(p.code, instruction{op: opConst, bits: bits})
	v := value(len(p.code) - 1)
	p.consts[bits] = v
	return v
}

func (p *program) Const(x float64) value {
	if p.single {
		return p.Bits(uint64(math.Float32bits(float32(x))))
	}
	return p.Bits(math.Float64bits(x))
}

// SignBit is the constant with only the sign's bit set.
func (p *program) SignBit() value {
	if p.single {
		return p.Bits(1 << 31)
	}
	return p.Bits(1 << 63)
}

func (p *program) Add(a, b value) value          { return p.add(opAdd, a, b) }
func (p *program) Sub(a, b value) value          { return p.add(opSub, a, b) }
func (p *program) Mul(a, b value) value          { return p.add(opMul, a, b) }
func (p *program) Div(a, b value) value          { return p.add(opDiv, a, b) }
func (p *program) Sqrt(a value) value            { return p.add(opSqrt, a) }
func (p *program) Min(a, b value) value          { return p.add(opMin, a, b) }
func (p *program) Max(a, b value) value          { return p.add(opMax, a, b) }
func (p *program) FMA(a, b, c value) value       { return p.add(opFMA, a, b, c) }
func (p *program) FMS(a, b, c value) value       { return p.add(opFMS, a, b, c) }
func (p *program) FNMA(a, b, c value) value      { return p.add(opFNMA, a, b, c) }
func (p *program) And(a, b value) value          { return p.add(opAnd, a, b) }
func (p *program) Or(a, b value) value           { return p.add(opOr, a, b) }
func (p *program) Xor(a, b value) value          { return p.add(opXor, a, b) }
func (p *program) FlipSign(a, b value) value     { return p.add(opFlipSign, a, b) }
func (p *program) IntAdd(a, b value) value       { return p.add(opIntAdd, a, b) }
func (p *program) IntSub(a, b value) value       { return p.add(opIntSub, a, b) }
func (p *program) Round(a value) value           { return p.add(opRound, a) }
func (p *program) Less(a, b value) value         { return p.add(opLess, a, b) }
func (p *program) LessEqual(a, b value) value    { return p.add(opLessEqual, a, b) }
func (p *program) Greater(a, b value) value      { return p.add(opGreater, a, b) }
func (p *program) Equal(a, b value) value        { return p.add(opEqual, a, b) }
func (p *program) NotEqual(a, b value) value     { return p.add(opNotEqual, a, b) }
func (p *program) Unordered(a, b value) value    { return p.add(opUnordered, a, b) }
func (p *program) Odd(a value) value             { return p.add(opOdd, a) }
func (p *program) MaskAnd(a, b value) value      { return p.add(opMaskAnd, a, b) }
func (p *program) MaskOr(a, b value) value       { return p.add(opMaskOr, a, b) }
func (p *program) Select(mask, a, b value) value { return p.add(opSelect, mask, a, b) }

func (p *program) Shl(a value, n int) value { return p.shift(opShl, a, n) }
func (p *program) Shr(a value, n int) value { return p.shift(opShr, a, n) }

func (p *program) shift(op opcode, a value, n int) value {
	p.code = append(p.code, instruction{op: op, args: []value{a}, n: n})
	return value(len(p.code) - 1)
}

// Abs clears the sign.
func (p *program) Abs(a value) value {
	if p.single {
		return p.And(a, p.Bits(1<<31-1))
	}
	return p.And(a, p.Bits(1<<63-1))
}

// Truth turns a mask into 1 and 0.
func (p *program) Truth(mask value) value { return p.Select(mask, p.Const(1), p.Const(0)) }

// Horner evaluates the polynomial in x whose coefficients are given, the constant one first.
func (p *program) Horner(x value, coefficients ...float64) value {
	i := len(coefficients) - 1
	sum := p.Const(coefficients[i])
	for i--; i >= 0; i-- {
		sum = p.FMA(sum, x, p.Const(coefficients[i]))
	}
	return sum
}

// Polynomial is Horner in two halves, of the even and of the odd powers, which a processor can compute side by side: a long
// chain of dependent steps would wait for itself. Square is x*x.
func (p *program) Polynomial(x, square value, coefficients ...float64) value {
	var halves [2][]float64
	for i, c := range coefficients {
		halves[i%2] = append(halves[i%2], c)
	}
	return p.FMA(x, p.Horner(square, halves[1]...), p.Horner(square, halves[0]...))
}

// uses counts how often each value is needed for the result; a value needed nowhere is not computed.
func (p *program) uses() []int {
	uses := make([]int, len(p.code))
	uses[p.result]++
	if p.retry >= 0 {
		uses[p.retry]++
	}
	for i := len(p.code) - 1; i >= 0; i-- {
		if uses[i] == 0 {
			continue
		}
		for _, a := range p.code[i].args {
			uses[a]++
		}
	}
	return uses
}

func (o opcode) isMask() bool { return o >= opLess && o <= opMaskOr }
