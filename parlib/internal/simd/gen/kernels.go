package main

// kernel is an element-wise operation.
type kernel struct {
	name  string
	arity int
	doc   string
	wide  bool // float32 is computed as float64 and rounded once
	build func(p *program)
}

var kernels = []kernel{
	{"Neg", 1, "-a", false, func(p *program) { p.result = p.Xor(p.Arg(0), p.SignBit()) }},
	{"Abs", 1, "|a|", false, func(p *program) { p.result = p.Abs(p.Arg(0)) }},
	{"Sqrt", 1, "√a", false, func(p *program) { p.result = p.Sqrt(p.Arg(0)) }},
	{"Exp", 1, "e to the power a", false, exp},
	{"Log", 1, "the natural logarithm of a", false, logarithm},
	{"Sin", 1, "the sine of a, in radians", false, sin},
	{"Cos", 1, "the cosine of a, in radians", false, cos},
	{"Tanh", 1, "the hyperbolic tangent of a", true, tanh},
	{"Not", 1, "1 where a is 0, else 0", false, func(p *program) { p.result = p.Truth(p.Equal(p.Arg(0), p.Const(0))) }},

	{"Add", 2, "a + b", false, func(p *program) { p.result = p.Add(p.Arg(0), p.Arg(1)) }},
	{"Sub", 2, "a - b", false, func(p *program) { p.result = p.Sub(p.Arg(0), p.Arg(1)) }},
	{"Mul", 2, "a * b", false, func(p *program) { p.result = p.Mul(p.Arg(0), p.Arg(1)) }},
	{"Div", 2, "a / b", false, func(p *program) { p.result = p.Div(p.Arg(0), p.Arg(1)) }},
	{"Pow", 2, "a to the power b", true, pow},
	{"Min", 2, "the smaller of a and b, NaN if either is, as Go's min", false, func(p *program) {
		extreme(p, p.Min, p.Or)
	}},
	{"Max", 2, "the greater of a and b, NaN if either is, as Go's max", false, func(p *program) {
		extreme(p, p.Max, p.And)
	}},
	{"Less", 2, "1 where a < b, else 0", false, comparison((*program).Less)},
	{"LessEqual", 2, "1 where a <= b, else 0", false, comparison((*program).LessEqual)},
	{"Equal", 2, "1 where a == b, else 0", false, comparison((*program).Equal)},
	{"NotEqual", 2, "1 where a != b, else 0", false, comparison((*program).NotEqual)},
	{"And", 2, "1 where neither a nor b is 0, else 0", false, logical((*program).MaskAnd)},
	{"Or", 2, "0 where a and b are 0, else 1", false, logical((*program).MaskOr)},

	{"FMA", 3, "a*b + c, rounded once", false, func(p *program) { p.result = p.FMA(p.Arg(0), p.Arg(1), p.Arg(2)) }},
	{"FMS", 3, "a*b - c, rounded once", false, func(p *program) { p.result = p.FMS(p.Arg(0), p.Arg(1), p.Arg(2)) }},
	{"FNMA", 3, "c - a*b, rounded once", false, func(p *program) { p.result = p.FNMA(p.Arg(0), p.Arg(1), p.Arg(2)) }},
	{"Where", 3, "b where a is not 0, else c", false, func(p *program) {
		p.result = p.Select(p.NotEqual(p.Arg(0), p.Const(0)), p.Arg(1), p.Arg(2))
	}},
}

// extreme mends what the processor's minimum does with NaN (it gives b) and with zeros of both signs (b, too): pick is it,
// merge gives the right zero from the bits of equal numbers.
func extreme(p *program, pick, merge func(a, b value) value) {
	a, b := p.Arg(0), p.Arg(1)
	result := p.Select(p.Equal(a, b), merge(a, b), pick(a, b))
	p.result = p.Select(p.Unordered(a, a), a, result)
}

// helpers are functions of an element that only Go calls, for what the kernels leave to it.
var helpers = []kernel{
	{"sineNear", 2, "", false, func(p *program) { p.result = sineNear(p, p.Arg(0), p.Arg(1)) }},
	{"cosineNear", 2, "", false, func(p *program) { p.result = cosineNear(p, p.Arg(0), p.Arg(1)) }},
}

func comparison(compare func(p *program, a, b value) value) func(*program) {
	return func(p *program) { p.result = p.Truth(compare(p, p.Arg(0), p.Arg(1))) }
}

func logical(combine func(p *program, a, b value) value) func(*program) {
	return func(p *program) {
		zero := p.Const(0)
		p.result = p.Truth(combine(p, p.NotEqual(p.Arg(0), zero), p.NotEqual(p.Arg(1), zero)))
	}
}

// program builds k's program for float32 or float64 lanes.
func (k kernel) program(single bool) *program {
	p := newProgram(single && !k.wide)
	k.build(p)
	return p
}
