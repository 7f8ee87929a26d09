package main

import (
	"math"
	"math/big"
)

// The functions follow FreeBSD's msun (fdlibm): its polynomials for sine, cosine and logarithm are
//
//	Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
//	Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and distribute this
//	software is freely granted, provided that this notice is preserved.
//
// What differs: multiplications are fused with additions, and rounding errors of the argument's reduction are carried on.

// precision is what the functions need to know about a type of floating-point numbers.
type precision struct {
	fraction  int    // bits of the fraction
	bitsOfOne uint64 // an exponent k shifted left by fraction and added to them is 2ᵏ
	exponents uint64 // a one in each bit of sign and exponent
	bias      float64
	bitsHalf  uint64  // of √½
	integers  float64 // 2^fraction: bits below it are those of an integer
	least     float64 // the smallest number that is not denormal

	ln2High, ln2Low       float64 // an exponent times ln2High is exact
	expHighest, expLowest float64 // beyond these arguments e^x is infinite or rounds to zero
	expTerms              int     // highest power in the series of e^x
	farthest              float64 // arguments of sine and cosine above are left to Go, which has more digits of π
	sineTail, cosineTail  []float64
	logTail               []float64
	roundConstant         func(*big.Float) float64 // to a number
}

// magic is added to a small number to round it to an integer, which is then found in the sum's lowest bits.
func (f *precision) magic() float64 { return 1.5 * f.integers }

var double = &precision{
	fraction: 52, bitsOfOne: 1023 << 52, exponents: 0xfff << 52, bias: 1023, bitsHalf: math.Float64bits(math.Sqrt2 / 2),
	integers: 0x1p52, least: 0x1p-1022,
	ln2High:    6.93147180369123816490e-01, // 33 bits
	ln2Low:     1.90821492927058770002e-10, // ln 2 - ln2High
	expHighest: 710, expLowest: -746, expTerms: 13,
	farthest: 1 << 30,
	sineTail: []float64{
		-1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04,
		2.75573137070700676789e-06, -2.50507602534068634195e-08, 1.58969099521155010221e-10,
	},
	cosineTail: []float64{
		4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05,
		-2.75573143513906633035e-07, 2.08757232129817482790e-09, -1.13596475577881948265e-11,
	},
	logTail: []float64{
		6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
		1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
	},
	roundConstant: func(x *big.Float) float64 { y, _ := x.Float64(); return y },
}

// single is for float32. Fewer terms do; those of sine and cosine are of their Taylor series.
var single = &precision{
	fraction: 23, bitsOfOne: 127 << 23, exponents: 0x1ff << 23, bias: 127, bitsHalf: uint64(math.Float32bits(math.Sqrt2 / 2)),
	integers: 0x1p23, least: 0x1p-126,
	ln2High:    0x1.62e3p-1,          // 17 bits
	ln2Low:     9.05800061445916e-06, // ln 2 - ln2High
	expHighest: 89, expLowest: -104, expTerms: 8,
	farthest:      1 << 17,
	sineTail:      []float64{-1. / 6, 1. / 120, -1. / 5040, 1. / 362880},
	cosineTail:    []float64{1. / 24, -1. / 720, 1. / 40320, -1. / 3628800},
	logTail:       []float64{0xaaaaaa.0p-24, 0xccce13.0p-25, 0x91e9ee.0p-25, 0xf89e26.0p-26},
	roundConstant: func(x *big.Float) float64 { y, _ := x.Float32(); return float64(y) },
}

func (p *program) precision() *precision {
	if p.single {
		return single
	}
	return double
}

func sin(p *program) {
	trigonometric(p, 0)
	p.result = p.FlipSign(p.result, p.Arg(0))
	p.result = p.Select(p.retry, p.Arg(0), p.result)
}

func cos(p *program) {
	trigonometric(p, 1)
	p.result = p.Select(p.retry, p.Arg(0), p.result)
}

// trigonometric computes sin(|x| + turn·π/2). The multiple n of π/2 next to x is taken off in three parts (Cody and Waite):
// the first subtraction is exact, the error of the second is carried in low. Lanes too far away are left to Go, which has
// more digits of π.
func trigonometric(p *program, turn uint64) {
	half, magic := piHalves(p.precision()), p.precision().magic()
	x := p.Abs(p.Arg(0))
	shifted := p.FMA(x, p.Const(2/math.Pi), p.Const(magic))
	n := p.Sub(shifted, p.Const(magic))
	quadrant := shifted
	if turn != 0 {
		quadrant = p.IntAdd(shifted, p.Bits(turn))
	}

	first := p.FNMA(n, p.Const(half[0]), x)
	part := p.Mul(n, p.Const(half[1]))
	partLow := p.FMS(n, p.Const(half[1]), part)
	r := p.Sub(first, part)
	low := p.Sub(p.Sub(p.Sub(first, r), part), partLow)
	low = p.FNMA(n, p.Const(half[2]), low)

	sine, cosine := sineNear(p, r, low), cosineNear(p, r, low)
	result := p.Select(p.Odd(quadrant), cosine, sine)
	p.result = p.FlipSign(result, p.Shl(quadrant, p.signShift()-1))
	p.retry = p.Greater(x, p.Const(p.precision().farthest))
}

// sineNear is sin(r + low) for |r| up to π/4.
func sineNear(p *program, r, low value) value {
	z := p.Mul(r, r)
	return p.Add(r, p.FMA(p.Mul(z, r), p.Horner(z, p.precision().sineTail...), low))
}

// cosineNear is cos(r + low) for |r| up to π/4: 1 - z/2 and the rest, to which what 1 - z/2 lost is added.
func cosineNear(p *program, r, low value) value {
	z := p.Mul(r, r)
	one, half := p.Const(1), p.Const(0.5)
	head := p.FNMA(z, half, one)
	lost := p.FNMA(z, half, p.Sub(one, head))
	tail := p.FMA(p.Mul(z, z), p.Horner(z, p.precision().cosineTail...), p.FNMA(r, low, lost))
	return p.Add(head, tail)
}

// signShift is by how many bits the lowest is shifted to become the sign.
func (p *program) signShift() int {
	if p.single {
		return 31
	}
	return 63
}

// piHalves is π/2 in three parts, each as long as a number can be.
func piHalves(f *precision) [3]float64 {
	rest, _, err := big.ParseFloat("1.5707963267948966192313216916397514420985846996875529104874722961539082", 10, 230, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	var parts [3]float64
	for i := range parts {
		parts[i] = f.roundConstant(rest)
		rest.Sub(rest, big.NewFloat(parts[i]))
	}
	return parts
}

// reduceExp splits x = k·ln 2 + r + low, with |r| up to ln 2 / 2; shifted holds k in its lowest bits.
func reduceExp(p *program, x value) (shifted, k, r, low value) {
	f := p.precision()
	shifted = p.FMA(x, p.Const(math.Log2E), p.Const(f.magic()))
	k = p.Sub(shifted, p.Const(f.magic()))
	high := p.FNMA(k, p.Const(f.ln2High), x)
	part := p.Mul(k, p.Const(f.ln2Low))
	r = p.Sub(high, part)
	low = p.Sub(p.Sub(high, r), part)
	return shifted, k, r, low
}

// expMinusOne is e^(r+low) - 1 by its Taylor series.
func expMinusOne(p *program, r, low value) value {
	var c []float64
	for factorial, i := 1.0, 2; i <= p.precision().expTerms; i++ {
		factorial *= float64(i)
		c = append(c, 1/factorial)
	}
	square := p.Mul(r, r)
	return p.Add(r, p.FMA(square, p.Polynomial(r, square, c...), low))
}

// scale is x·2ᵏ in two steps, of which only the second can round, overflow or underflow.
func scale(p *program, x, k value) value {
	f := p.precision()
	shifted := p.FMA(k, p.Const(0.5), p.Const(f.magic()))
	rest := p.Add(p.Sub(k, p.Sub(shifted, p.Const(f.magic()))), p.Const(f.magic()))
	x = p.Mul(x, p.power(shifted))
	return p.Mul(x, p.power(rest))
}

// power is 2ᵏ, where the lowest bits of shifted hold k.
func (p *program) power(shifted value) value {
	f := p.precision()
	return p.IntAdd(p.Shl(shifted, f.fraction), p.Bits(f.bitsOfOne))
}

func exp(p *program) {
	f := p.precision()
	x := p.Min(p.Const(f.expHighest), p.Max(p.Const(f.expLowest), p.Arg(0)))
	_, k, r, low := reduceExp(p, x)
	p.result = scale(p, p.Add(p.Const(1), expMinusOne(p, r, low)), k)
}

// tanh is t/(t+2) with t = e^2|x| - 1. What the sum and the quotient lose in rounding is put right afterwards.
func tanh(p *program) {
	x := p.Min(p.Const(22), p.Abs(p.Arg(0)))
	shifted, _, r, low := reduceExp(p, p.Add(x, x))
	power := p.power(shifted)
	t := p.FMA(power, expMinusOne(p, r, low), p.Sub(power, p.Const(1)))
	d := p.Add(t, p.Const(2))
	dLow := p.Sub(t, p.Sub(d, p.Const(2)))
	inverse := p.Div(p.Const(1), d)
	quotient := p.Mul(t, inverse)
	lost := p.FNMA(quotient, dLow, p.FNMA(quotient, d, t))
	quotient = p.FMA(lost, inverse, quotient)
	p.result = p.FlipSign(quotient, p.Arg(0))
}

// reduceLog splits positive x = 2ᵏ·m with m from √½ to √2.
func reduceLog(p *program, x value) (k, m value) {
	f := p.precision()
	lift := float64(f.fraction + 2) // makes an ordinary number of a denormal one
	tiny := p.Less(x, p.Const(f.least))
	x = p.Select(tiny, p.Mul(x, p.Const(math.Ldexp(1, int(lift)))), x)
	biased := p.IntSub(x, p.Bits(f.bitsHalf-f.bitsOfOne))
	k = p.Sub(p.Or(p.Shr(biased, f.fraction), p.Const(f.integers)), p.Const(f.integers+f.bias))
	k = p.Sub(k, p.Select(tiny, p.Const(lift), p.Const(0)))
	m = p.IntAdd(p.IntSub(x, p.And(biased, p.Bits(f.exponents))), p.Bits(f.bitsOfOne))
	return k, m
}

func logarithm(p *program) {
	k, m := reduceLog(p, p.Arg(0))
	c := p.precision()
	f := p.Sub(m, p.Const(1))
	s := p.Div(f, p.Add(p.Const(2), f))
	z := p.Mul(s, s)
	rest := p.Mul(z, p.Polynomial(z, p.Mul(z, z), c.logTail...))
	halfSquare := p.Mul(p.Const(0.5), p.Mul(f, f))
	low := p.FMA(s, p.Add(halfSquare, rest), p.Mul(k, p.Const(c.ln2Low)))
	result := p.FMS(k, p.Const(c.ln2High), p.Sub(p.Sub(halfSquare, low), f))

	x := p.Arg(0)
	special := p.Select(p.Less(x, p.Const(0)), p.Const(math.NaN()), x)
	special = p.Select(p.Equal(x, p.Const(0)), p.Const(math.Inf(-1)), special)
	ordinary := p.MaskAnd(p.Greater(x, p.Const(0)), p.Less(x, p.Const(math.Inf(1))))
	p.result = p.Select(ordinary, result, special)
}

// logPair is ln x as the sum of two numbers, to about 66 bits: x = 2ᵏ·m, and ln m = 2s + s³·(⅔ + s²·…) with
// s = (m-1)/(m+1), the first two terms in pairs.
func logPair(p *program, x value) (high, low value) {
	k, m := reduceLog(p, x)
	one := p.Const(1)
	f := p.Sub(m, one)
	d := p.Add(m, one)
	dLow := p.Sub(m, p.Sub(d, one))
	inverse := p.Div(one, d)
	s := p.Mul(f, inverse)
	sLow := p.Mul(p.FNMA(s, dLow, p.FNMA(s, d, f)), inverse)

	z := p.Mul(s, s)
	zLow := p.FMA(p.Add(s, s), sLow, p.FMS(s, s, z))
	var c []float64
	for i := 5; i <= 25; i += 2 {
		c = append(c, 2/float64(i))
	}
	tail := p.Mul(z, p.Polynomial(z, p.Mul(z, z), c...))
	twoThirds := p.Const(2. / 3)
	u := p.Add(twoThirds, tail)
	uLow := p.Add(p.Add(p.Sub(twoThirds, u), tail), p.Const(twoThirdsLow()))

	v := p.Mul(z, u)
	vLow := p.FMA(zLow, u, p.FMA(z, uLow, p.FMS(z, u, v)))
	w := p.Mul(s, v)
	wLow := p.FMA(sLow, v, p.FMA(s, vLow, p.FMS(s, v, w)))

	twice := p.Add(s, s)
	ln := p.Add(twice, w)
	lnLow := p.Add(p.Add(p.Sub(twice, ln), w), p.Add(p.Add(sLow, sLow), wLow))

	exponent := p.Mul(k, p.Const(double.ln2High))
	high = p.Add(exponent, ln)
	low = p.Add(p.Sub(exponent, high), ln)
	low = p.Add(low, p.FMA(k, p.Const(double.ln2Low), lnLow))
	return high, low
}

// twoThirdsLow is what 2/3 loses as a float64.
func twoThirdsLow() float64 {
	exact := new(big.Float).SetPrec(200).Quo(big.NewFloat(2), big.NewFloat(3))
	low, _ := exact.Sub(exact, big.NewFloat(2./3)).Float64()
	return low
}

// pow is e^(y·ln|x|) with the product in two parts, then C99's special cases.
func pow(p *program) {
	zero, one, infinity := p.Const(0), p.Const(1), p.Const(math.Inf(1))

	high, low := logPair(p, p.Abs(p.Arg(0)))
	y := p.Arg(1)
	t := p.Mul(y, high)
	tLow := p.FMA(y, low, p.FMS(y, high, t))
	t = p.Min(p.Const(double.expHighest), p.Max(p.Const(double.expLowest), t))
	_, k, r, rLow := reduceExp(p, t)
	rLow = p.Add(rLow, tLow)
	sum := p.Add(r, rLow)
	rLow = p.Add(p.Sub(r, sum), rLow)
	result := scale(p, p.Add(one, expMinusOne(p, sum, rLow)), k)

	// Where the product is infinite or far out of range, its sign alone decides.
	x := p.Abs(p.Arg(0))
	rough := p.Select(p.Equal(x, zero), p.Const(math.Inf(-1)), p.Select(p.Equal(x, infinity), x, high))
	rough = p.Mul(rough, p.Arg(1))
	result = p.Select(p.Greater(rough, p.Const(double.expHighest)), infinity, result)
	result = p.Select(p.Less(rough, p.Const(double.expLowest)), zero, result)
	result = p.Select(p.Equal(x, one), one, result)

	// A negative x: the sign of odd powers, and no value for a fractional y.
	y = p.Arg(1)
	x = p.Arg(0)
	halfY := p.Mul(y, p.Const(0.5))
	odd := p.MaskAnd(p.Equal(p.Round(y), y), p.NotEqual(p.Round(halfY), halfY))
	result = p.FlipSign(result, p.Select(odd, x, zero))
	fraction := p.NotEqual(p.Round(y), y)
	negative := p.MaskAnd(p.Less(x, zero), p.Greater(x, p.Const(math.Inf(-1))))
	result = p.Select(p.MaskAnd(negative, fraction), p.Const(math.NaN()), result)

	result = p.Select(p.Unordered(x, y), p.Const(math.NaN()), result)
	p.result = p.Select(p.MaskOr(p.Equal(y, zero), p.Equal(x, one)), one, result)
}
