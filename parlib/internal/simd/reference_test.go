package simd

import (
	"math"
	"math/big"
	"sync"
)

// Elementary functions with 200 bits and more: what the kernels are measured against. Arguments are finite, and in the
// domain.

const referenceBits = 200

func exact(x float64) *big.Float { return new(big.Float).SetPrec(referenceBits).SetFloat64(x) }

func fresh() *big.Float { return new(big.Float).SetPrec(referenceBits) }

// referenceExp halves x until the series converges fast, and squares as often.
func referenceExp(x *big.Float) *big.Float {
	if x.Sign() == 0 {
		return exact(1)
	}
	const halvings = 16
	shift := max(0, x.MantExp(nil)+halvings)
	bits := uint(referenceBits + 64 + shift)
	r := new(big.Float).SetPrec(bits).SetMantExp(x, -shift)
	sum, term := new(big.Float).SetPrec(bits).SetInt64(1), new(big.Float).SetPrec(bits).SetInt64(1)
	for i := int64(1); term.Sign() != 0 && term.MantExp(nil) > -int(bits); i++ {
		term.Mul(term, r)
		term.Quo(term, new(big.Float).SetInt64(i))
		sum.Add(sum, term)
	}
	for range shift {
		sum.Mul(sum, sum)
	}
	return fresh().Set(sum)
}

// referenceLog improves math.Log by Halley's method, which triples the number of right bits.
func referenceLog(x *big.Float) *big.Float {
	mantissa := new(big.Float)
	exponent := x.MantExp(mantissa)
	m, _ := mantissa.Float64()
	if m < math.Sqrt2/2 {
		mantissa.SetMantExp(mantissa, 1)
		exponent--
		m *= 2
	}
	y := exact(math.Log(m))
	for range 3 {
		e := referenceExp(y)
		difference := fresh().Sub(mantissa, e)
		difference.Quo(difference.Add(difference, difference), fresh().Add(mantissa, e))
		y.Add(y, difference)
	}
	return y.Add(y, fresh().Mul(exact(float64(exponent)), ln2()))
}

var ln2 = sync.OnceValue(func() *big.Float {
	y := exact(math.Ln2)
	for range 3 {
		e := referenceExp(y)
		difference := fresh().Sub(exact(2), e)
		y.Add(y, difference.Quo(difference, e))
	}
	return y
})

const piBits = 1500

// pi by Machin's formula, 16·atan(1/5) - 4·atan(1/239).
var pi = sync.OnceValue(func() *big.Float {
	arctangent := func(inverse int64) *big.Float {
		sum := new(big.Float).SetPrec(piBits)
		power := new(big.Float).SetPrec(piBits).Quo(new(big.Float).SetPrec(piBits).SetInt64(1), new(big.Float).SetInt64(inverse))
		square := new(big.Float).SetInt64(inverse * inverse)
		for i := int64(1); power.MantExp(nil) > -piBits; i += 2 {
			term := new(big.Float).SetPrec(piBits).Quo(power, new(big.Float).SetInt64(i))
			if i%4 == 3 {
				term.Neg(term)
			}
			sum.Add(sum, term)
			power.Quo(power, square)
		}
		return sum
	}
	a, b := arctangent(5), arctangent(239)
	a.Mul(a, new(big.Float).SetInt64(16))
	return a.Sub(a, b.Mul(b, new(big.Float).SetInt64(4)))
})

// referenceSin is sin(x + turn·π/2).
func referenceSin(x *big.Float, turn int64) *big.Float {
	half := new(big.Float).SetPrec(piBits).SetMantExp(pi(), -1)
	quotient := new(big.Float).SetPrec(piBits).Quo(x, half)
	half2 := 0.5
	if x.Sign() < 0 {
		half2 = -0.5
	}
	n, _ := quotient.Add(quotient, big.NewFloat(half2)).Int(nil) // nearest
	r := new(big.Float).SetPrec(piBits).SetInt(n)
	r.Sub(new(big.Float).SetPrec(piBits).Set(x), r.Mul(r, half))
	quadrant := new(big.Int).And(n.Add(n, big.NewInt(turn)), big.NewInt(3)).Int64()
	r = fresh().Set(r)

	square := fresh().Mul(r, r)
	term, start := fresh().Set(r), int64(1)
	if quadrant%2 == 1 {
		term, start = exact(1), 0
	}
	sum := fresh().Set(term)
	for i := start + 1; term.Sign() != 0 && term.MantExp(nil) > sum.MantExp(nil)-referenceBits; i += 2 {
		term.Mul(term, square)
		term.Quo(term, new(big.Float).SetInt64(-i*(i+1)))
		sum.Add(sum, term)
	}
	if quadrant >= 2 {
		sum.Neg(sum)
	}
	return sum
}

func referenceTanh(x *big.Float) *big.Float {
	if x.MantExp(nil) > 10 { // nearer to ±1 than any float64
		return exact(float64(x.Sign()))
	}
	e := referenceExp(fresh().Add(x, x))
	one := new(big.Float).SetPrec(4 * referenceBits).SetInt64(1)
	if x.MantExp(nil) < -60 { // x - x³/3: the rest is below the last bit
		cube := fresh().Mul(x, fresh().Mul(x, x))
		return fresh().Sub(x, cube.Quo(cube, exact(3)))
	}
	return fresh().Quo(new(big.Float).Sub(e, one), new(big.Float).Add(e, one))
}

func referencePow(x, y *big.Float) *big.Float {
	negative := false
	if x.Sign() < 0 {
		n, _ := y.Int(nil)
		negative = n.Bit(0) == 1
		x = fresh().Neg(x)
	}
	r := referenceExp(fresh().Mul(y, referenceLog(x)))
	if negative {
		r.Neg(r)
	}
	return r
}
