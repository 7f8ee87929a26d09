package main

import (
	"fmt"
	"reflect"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// target is an instruction set.
type target struct {
	name   string // in the names of functions
	bytes  int    // of a vector register
	masked bool   // it has mask registers
}

var (
	avx2   = target{"AVX2", 32, false}
	avx512 = target{"AVX512", 64, true}
)

// assembler writes the functions of one target.
type assembler struct {
	*build.Context
	target
	constants map[uint64]operand.Mem // each repeated to 32 bytes
	tailMasks operand.Mem            // 32 bytes of ones, then 32 of zeros
}

func newAssembler(t target) *assembler {
	a := &assembler{Context: build.NewContext(), target: t, constants: map[uint64]operand.Mem{}}
	a.ConstraintExpr("amd64")
	return a
}

// do emits an instruction by its name in Go's assembler.
func (a *assembler) do(name string, operands ...operand.Op) {
	method := reflect.ValueOf(a.Context).MethodByName(name)
	if !method.IsValid() {
		panic("no instruction " + name)
	}
	in := make([]reflect.Value, len(operands))
	for i, o := range operands {
		in[i] = reflect.ValueOf(o)
	}
	method.Call(in)
}

// vector is a new register of the target's width.
func (a *assembler) vector() reg.VecVirtual {
	if a.bytes == 64 {
		return a.ZMM()
	}
	return a.YMM()
}

// half is a new register of half the target's width.
func (a *assembler) half() reg.VecVirtual {
	if a.bytes == 64 {
		return a.YMM()
	}
	return a.XMM()
}

// constant is where bits are repeated in memory; a float32's fill 8 bytes twice.
func (a *assembler) constant(bits uint64, single bool) operand.Mem {
	if single {
		bits |= bits << 32
	}
	if m, ok := a.constants[bits]; ok {
		return m
	}
	m := a.StaticGlobal(fmt.Sprintf("c%s%016x", a.name, bits))
	a.DataAttributes(8 | 16) // RODATA, NOPTR
	for range 4 {
		a.AppendDatum(operand.U64(bits))
	}
	a.constants[bits] = m
	return m
}

// function writes one kernel for one element type.
type function struct {
	*assembler
	program *program
	single  bool // elements are float32
	wide    bool // and are computed as float64
	suffix  string

	n, dst    reg.Register
	sources   []reg.Register // where the operands go on
	steps     []reg.Register // by how many bytes: 0 for an operand of one element
	retry     reg.Register   // lanes that are left to Go
	partial   operand.Op     // nil, or the mask of the last elements
	registers []reg.Register // of the program's values
}

// lanes is how many elements a step of the loop takes.
func (f *function) lanes() int {
	if f.single && !f.wide {
		return f.bytes / 4
	}
	return f.bytes / 8
}

// elementBytes is the size of an element in memory.
func (f *function) elementBytes() int {
	if f.single {
		return 4
	}
	return 8
}

// stride is how many bytes of memory a step of the loop takes.
func (f *function) stride() int { return f.lanes() * f.elementBytes() }

var operandNames = []string{"a", "b", "c"}

// elementwise writes the function of k: dst, a, b and c are slices, of which dst says the length.
func (a *assembler) elementwise(k kernel, single bool) {
	f := &function{assembler: a, single: single, wide: single && k.wide, program: k.program(single), suffix: "PD"}
	if single && !f.wide {
		f.suffix = "PS"
	}
	element := "float64"
	if single {
		element = "float32"
	}
	a.Function(kernelName(k, a.name, single))
	a.Attributes(4) // NOSPLIT
	a.SignatureExpr(fmt.Sprintf("func(dst, a, b, c []%s) (retry bool)", element))
	a.Doc(fmt.Sprintf("%s sets dst to %s.", kernelName(k, a.name, single), k.doc))
	a.Pragma("noescape")

	f.dst = a.Load(a.Param("dst").Base(), a.GP64())
	f.n = a.Load(a.Param("dst").Len(), a.GP64())
	for i := range k.arity {
		f.operand(i)
	}
	if f.program.retry >= 0 {
		f.clearRetry()
	}

	a.Label("loop")
	a.CMPQ(f.n, operand.Imm(uint64(f.lanes())))
	a.JL(operand.LabelRef("tail"))
	f.body()
	a.ADDQ(operand.Imm(uint64(f.stride())), f.dst)
	for i, source := range f.sources {
		a.ADDQ(f.steps[i], source)
	}
	a.SUBQ(operand.Imm(uint64(f.lanes())), f.n)
	a.JMP(operand.LabelRef("loop"))

	a.Label("tail")
	a.TESTQ(f.n, f.n)
	a.JZ(operand.LabelRef("done"))
	f.setPartial()
	f.body()

	a.Label("done")
	f.finish()
}

// operand loads where operand i begins. One of a single element is repeated on the stack, and not moved on from.
func (f *function) operand(i int) {
	name := operandNames[i]
	param := f.Param(name)
	pointer := f.Load(param.Base(), f.GP64())
	length := f.Load(param.Len(), f.GP64())
	step := f.GP64()
	f.MOVQ(operand.U64(uint64(f.stride())), step)
	f.CMPQ(length, operand.Imm(1))
	f.JNE(operand.LabelRef("whole_" + name))
	repeated := f.vector()
	if f.single {
		f.VBROADCASTSS(operand.Mem{Base: pointer}, repeated)
	} else {
		f.VBROADCASTSD(operand.Mem{Base: pointer}, repeated)
	}
	stack := f.AllocLocal(f.bytes)
	f.VMOVUPD(repeated, stack)
	f.LEAQ(stack, pointer)
	f.XORQ(step, step)
	f.Label("whole_" + name)
	f.sources = append(f.sources, pointer)
	f.steps = append(f.steps, step)
}

func (f *function) clearRetry() {
	if f.masked {
		k := f.K()
		f.KXORW(k, k, k)
		f.retry = k
		return
	}
	v := f.vector()
	f.VXORPD(v, v, v)
	f.retry = v
}

// setPartial makes the mask for the last n elements.
func (f *function) setPartial() {
	if f.masked {
		bits, k := f.GP64(), f.K()
		f.MOVQ(operand.I64(-1), bits)
		f.BZHIQ(f.n, bits, bits)
		f.KMOVW(bits.As32(), k)
		f.partial = k
		return
	}
	if f.tailMasks.Base == nil {
		f.tailMasks = f.StaticGlobal("tailMasks")
		f.DataAttributes(8 | 16)
		for i := range 8 {
			f.AppendDatum(operand.U64([]uint64{^uint64(0), 0}[i/4]))
		}
	}
	address, offset := f.GP64(), f.GP64()
	f.LEAQ(f.tailMasks, address)
	f.MOVQ(f.n, offset)
	f.IMUL3Q(operand.I8(-int8(f.elementBytes())), offset, offset)
	mask := f.vector()
	if f.wide {
		mask = f.half()
	}
	f.VMOVUPD(operand.Mem{Base: address, Index: offset, Scale: 1, Disp: 32}, mask)
	f.partial = mask
}

func (f *function) finish() {
	result := f.GP8()
	f.XORB(result, result)
	if f.program.retry >= 0 {
		found := f.GP32()
		if f.masked {
			f.KMOVW(f.retry, found)
		} else {
			f.do("VMOVMSK"+f.suffix, f.retry, found)
		}
		f.TESTL(found, found)
		f.SETNE(result)
	}
	f.VZEROUPPER()
	f.Store(result, f.Return("retry"))
	f.RET()
}

// load reads the next elements of operand i.
func (f *function) load(i int) reg.Register {
	from := operand.Mem{Base: f.sources[i]}
	v := f.vector()
	switch {
	case f.partial == nil && f.wide:
		f.VCVTPS2PD(from, v)
	case f.partial == nil:
		f.VMOVUPD(from, v)
	case f.wide:
		h := f.half()
		f.loadPartial("PS", from, h)
		f.VCVTPS2PD(h, v)
	default:
		f.loadPartial(f.suffix, from, v)
	}
	return v
}

func (f *function) loadPartial(suffix string, from operand.Mem, to reg.Register) {
	if f.masked {
		f.do("VMOVU"+suffix+"_Z", from, f.partial, to)
	} else {
		f.do("VMASKMOV"+suffix, from, f.partial, to)
	}
}

func (f *function) store(v reg.Register) {
	to := operand.Mem{Base: f.dst}
	suffix := f.suffix
	if f.wide {
		h := f.half()
		if f.masked {
			f.VCVTPD2PS(v, h)
		} else {
			f.VCVTPD2PSY(v, h)
		}
		v, suffix = h, "PS"
	}
	switch {
	case f.partial == nil:
		f.VMOVUPD(v, to)
	case f.masked:
		f.do("VMOVU"+suffix, v, f.partial, to)
	default:
		f.do("VMASKMOV"+suffix, v, f.partial, to)
	}
}

// body computes and stores the elements of one step.
func (f *function) body() {
	p := f.program
	uses := p.uses()
	f.registers = make([]reg.Register, len(p.code))
	for i, in := range p.code {
		if uses[i] == 0 || in.op == opConst {
			continue
		}
		dead := make([]bool, len(in.args)) // is this the value's last use?
		for j, arg := range in.args {
			uses[arg]--
			dead[j] = uses[arg] == 0 && p.code[arg].op != opConst
		}
		f.registers[i] = f.instruction(in, dead)
		if value(i) == p.retry {
			f.noteRetry(f.registers[i])
		}
	}
	f.store(f.get(p.result))
}

func (f *function) noteRetry(mask reg.Register) {
	if f.masked {
		f.KORW(mask, f.retry, f.retry)
	} else {
		f.VORPD(mask, f.retry, f.retry)
	}
}

func (f *function) isConst(v value) bool { return f.program.code[v].op == opConst }

// get is the register of v; a constant is loaded into one.
func (f *function) get(v value) reg.Register {
	if !f.isConst(v) {
		return f.registers[v]
	}
	to := f.vector()
	f.set(to, f.program.code[v].bits, f.program.single)
	return to
}

// set fills a register with a constant.
func (a *assembler) set(to reg.Register, bits uint64, single bool) {
	switch {
	case bits == 0 && !a.masked:
		a.VXORPD(to, to, to)
	case a.masked: // for 0, too: avo takes VPXORQ to need what was in the register
		a.VPBROADCASTQ(a.constant(bits, single), to)
	default:
		a.VMOVUPD(a.constant(bits, single), to)
	}
}

// last emits an instruction whose first operand, in Go's order, may be a constant in memory.
func (f *function) last(name string, v value, rest ...operand.Op) {
	f.lastAfter(nil, name, v, rest...)
}

func (f *function) lastAfter(before []operand.Op, name string, v value, rest ...operand.Op) {
	var o operand.Op
	if f.isConst(v) {
		o = f.constant(f.program.code[v].bits, f.program.single)
		if f.masked {
			name += "_BCST"
		}
	} else {
		o = f.registers[v]
	}
	f.do(name, append(append(before, o), rest...)...)
}

// integer ends the names of instructions on integers as wide as an element.
func (f *function) integer() string {
	if f.program.single {
		return "D"
	}
	return "Q"
}

// bitwise is the name of a logical instruction.
func (f *function) bitwise(name string) string {
	if f.masked {
		return "VP" + name + "Q"
	}
	return "V" + name + "PD"
}

var (
	arithmetic = map[opcode]string{opAdd: "VADD", opSub: "VSUB", opMul: "VMUL", opDiv: "VDIV", opMin: "VMIN", opMax: "VMAX"}
	bitwiseOps = map[opcode]string{opAnd: "AND", opOr: "OR", opXor: "XOR"}
	integerOps = map[opcode]string{opIntAdd: "VPADD", opIntSub: "VPSUB"}
	shifts     = map[opcode]string{opShl: "VPSLL", opShr: "VPSRL"}
	fused      = map[opcode]string{opFMA: "VFMADD", opFMS: "VFMSUB", opFNMA: "VFNMADD"}
	compares   = map[opcode]uint64{opLess: 17, opLessEqual: 18, opGreater: 30, opEqual: 0, opNotEqual: 4, opUnordered: 3}
	maskOps    = map[opcode]string{opMaskAnd: "AND", opMaskOr: "OR"}
)

func (f *function) instruction(in instruction, dead []bool) reg.Register {
	if in.op == opArg {
		return f.load(in.n)
	}
	if name, ok := fused[in.op]; ok {
		return f.fused(name, in.args, dead)
	}
	if in.op.isMask() {
		return f.mask(in)
	}
	if in.op == opSelect {
		return f.selection(in)
	}
	if in.op == opFlipSign {
		return f.flipSign(in, dead)
	}
	to := f.vector()
	if name, ok := arithmetic[in.op]; ok {
		f.last(name+f.suffix, in.args[1], f.get(in.args[0]), to)
	} else if name, ok := bitwiseOps[in.op]; ok {
		f.last(f.bitwise(name), in.args[1], f.get(in.args[0]), to)
	} else if name, ok := integerOps[in.op]; ok {
		f.last(name+f.integer(), in.args[1], f.get(in.args[0]), to)
	} else if name, ok := shifts[in.op]; ok {
		f.do(name+f.integer(), operand.Imm(uint64(in.n)), f.get(in.args[0]), to)
	} else if in.op == opSqrt {
		f.do("VSQRT"+f.suffix, f.get(in.args[0]), to)
	} else if in.op == opRound && f.masked {
		f.do("VRNDSCALE"+f.suffix, operand.Imm(8), f.get(in.args[0]), to)
	} else if in.op == opRound {
		f.do("VROUND"+f.suffix, operand.Imm(8), f.get(in.args[0]), to)
	} else {
		panic(fmt.Sprint("no instruction for operation ", in.op))
	}
	return to
}

// flipSign is a ^ (b & sign bit): with AVX-512 one instruction, told so by its truth table.
func (f *function) flipSign(in instruction, dead []bool) reg.Register {
	a, b := in.args[0], f.get(in.args[1])
	sign := f.constant(1<<f.program.signShift(), f.program.single)
	if f.masked {
		to := f.overwrite(a, dead[0])
		f.VPTERNLOGQ_BCST(operand.Imm(0x78), sign, b, to)
		return to
	}
	bit, to := f.vector(), f.vector()
	f.VANDPD(sign, b, bit)
	f.VXORPD(bit, f.get(a), to)
	return to
}

// fused emits ±a*b±c. The processor overwrites one of the operands, so the form is chosen by which is needed no more, and
// which is a constant and can stay in memory.
func (f *function) fused(name string, args []value, dead []bool) reg.Register {
	a, b, c := args[0], args[1], args[2]
	deadA, deadB, deadC := dead[0], dead[1], dead[2]
	if f.isConst(a) || !deadA && deadB && !f.isConst(b) {
		a, b, deadA, deadB = b, a, deadB, deadA
	}
	switch {
	case f.isConst(c): // a = ±a*b ± constant
		to := f.overwrite(a, deadA)
		f.last(name+"213"+f.suffix, c, f.get(b), to)
		return to
	case deadC: // c = ±a*b ± c
		to := f.registers[c]
		f.last(name+"231"+f.suffix, b, f.get(a), to)
		return to
	case deadA || f.isConst(b): // a = ±a*b ± c
		to := f.overwrite(a, deadA)
		f.last(name+"132"+f.suffix, b, f.registers[c], to)
		return to
	}
	to := f.overwrite(c, false)
	f.last(name+"231"+f.suffix, b, f.get(a), to)
	return to
}

// overwrite is a register holding v that may be overwritten.
func (f *function) overwrite(v value, dead bool) reg.Register {
	if f.isConst(v) || dead {
		return f.get(v)
	}
	to := f.vector()
	f.VMOVAPD(f.registers[v], to)
	return to
}

func (f *function) mask(in instruction) reg.Register {
	if !f.masked {
		return f.vectorMask(in)
	}
	to := f.K()
	if predicate, ok := compares[in.op]; ok {
		f.lastAfter([]operand.Op{operand.Imm(predicate)}, "VCMP"+f.suffix, in.args[1], f.get(in.args[0]), to)
	} else if name, ok := maskOps[in.op]; ok {
		f.do("K"+name+"W", f.registers[in.args[1]], f.registers[in.args[0]], to)
	} else {
		f.do("VPTESTM"+f.integer()+"_BCST", f.constant(1, f.program.single), f.get(in.args[0]), to)
	}
	return to
}

// vectorMask is a mask in a vector register, of which the sign bits count.
func (f *function) vectorMask(in instruction) reg.Register {
	to := f.vector()
	if predicate, ok := compares[in.op]; ok {
		f.lastAfter([]operand.Op{operand.Imm(predicate)}, "VCMP"+f.suffix, in.args[1], f.get(in.args[0]), to)
	} else if name, ok := maskOps[in.op]; ok {
		f.do("V"+name+"PD", f.registers[in.args[1]], f.registers[in.args[0]], to)
	} else {
		f.do("VPSLL"+f.integer(), operand.Imm(uint64(f.program.signShift())), f.get(in.args[0]), to)
	}
	return to
}

func (f *function) selection(in instruction) reg.Register {
	to := f.vector()
	mask, yes, no := f.registers[in.args[0]], in.args[1], f.get(in.args[2])
	if f.masked {
		f.last("VBLENDM"+f.suffix, yes, no, mask, to)
	} else {
		f.lastAfter([]operand.Op{mask}, "VBLENDV"+f.suffix, yes, no, to)
	}
	return to
}
