package simd

import (
	"math"
	"math/big"
	"math/bits"
	"sync"
)

// finish computes the elements that a kernel left as they were: those where sine and cosine need more of π. Their own
// results are at most 1, so what is greater is an argument still.
func finish[T float32 | float64](op Op, dst []T) {
	turn := uint64(0)
	if op == Cos {
		turn = 1
	}
	for i, v := range dst {
		if v > 1 || v < -1 {
			dst[i] = T(hugeSin(float64(v), turn))
		}
	}
}

// hugeSin is sin(x + turn·π/2) for |x| above 1.
func hugeSin(x float64, turn uint64) float64 {
	if math.IsInf(x, 0) {
		return math.NaN()
	}
	quadrant, r, low := reduceHuge(math.Abs(x))
	var result float64
	if quadrant += turn; quadrant%2 == 0 {
		result = sineNearF64(r, low)
	} else {
		result = cosineNearF64(r, low)
	}
	if (quadrant%4 >= 2) != (turn == 0 && x < 0) {
		return -result
	}
	return result
}

// reduceHuge gives x mod π/2 as r + low, with |r| up to π/4, and how often π/2 was taken off, mod 4 (Payne and Hanek). With
// x = m·2ᵉ only those bits of 2/π matter whose product with m is neither a multiple of 4 nor too small: 64 of them before
// the point at e, and enough behind it that cancellation, of 62 bits at the worst, leaves a pair of float64.
func reduceHuge(x float64) (quadrant uint64, r, low float64) {
	b := math.Float64bits(x)
	mantissa := b&(1<<52-1) | 1<<52
	exponent := int(b>>52) - 1075 // x is mantissa·2^exponent

	// words[0] holds the bits of 2/π of weights 2^(63-exponent) down to 2^-exponent, and so on.
	var words [5]uint64
	digits := twoOverPi()
	for i := range words {
		words[i] = bitsAt(digits, exponent-64+64*i)
	}
	// The product mod 2^64, in units of 2^-256: product[0] is its integer part.
	var product [5]uint64
	carry := uint64(0)
	for i := len(words) - 1; i >= 0; i-- {
		high, lo := bits.Mul64(words[i], mantissa)
		sum, c := bits.Add64(lo, carry, 0)
		product[i], carry = sum, high+c
	}
	quadrant = product[0]
	negative := product[1]>>63 != 0
	if negative { // nearer to the next multiple
		quadrant++
		borrow := uint64(0)
		for i := len(product) - 1; i >= 1; i-- {
			product[i], borrow = bits.Sub64(0, product[i], borrow)
		}
	}
	r, low = timesHalfPi(product[1:])
	if negative {
		r, low = -r, -low
	}
	return quadrant, r, low
}

// timesHalfPi is the fraction 0.f of binary digits, times π/2, as a pair.
func timesHalfPi(f []uint64) (r, low float64) {
	skip := 0
	for len(f) > 3 && f[0] == 0 {
		f, skip = f[1:], skip+64
	}
	zeros := bits.LeadingZeros64(f[0])
	shift := func(i int) uint64 { return f[i]<<zeros | f[i+1]>>(64-zeros) }
	first, second := shift(0), shift(1)
	// Of 128 bits, 53 go into high and the next 53 into rest.
	high := math.Ldexp(float64(first>>11), 11-64-zeros-skip)
	rest := math.Ldexp(float64(first<<53|second>>11), -128-zeros-skip+11)
	const halfPi, halfPiLow = 1.57079632679489655800, 6.12323399573676603587e-17
	r = high * halfPi
	low = math.FMA(high, halfPi, -r) + (high*halfPiLow + rest*halfPi)
	sum := r + low
	return sum, (r - sum) + low
}

// piDigits is π to 1400 bits, more than the exponent of the largest float64 and four words.
const piDigits = "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798" +
	"2148086513282306647093844609550582231725359408128481117450284102701938521105559644622948954930381964428810975665933446" +
	"1284756482337867831652712019091456485669234603486104543266482133936072602491412737245870066063155881748815209209628292" +
	"5409171536436789259036001133053054882046652138414695194151160943305727036575959195309218611738193261179310511854807446" +
	"23799627495673518857527248912279381830119491"

// twoOverPi are the binary digits of 2/π behind the point, after as many zeros as the smallest exponent asks for.
var twoOverPi = sync.OnceValue(func() []uint64 {
	const words = 1408 / 64
	pi, _, err := big.ParseFloat(piDigits, 10, 64*words, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	quotient := new(big.Float).SetPrec(64*words).Quo(big.NewFloat(2), pi)
	integer, _ := quotient.SetMantExp(quotient, 64*words).Int(nil)
	digits := make([]uint64, leadingWords+words)
	rest, word := new(big.Int), new(big.Int).SetUint64(math.MaxUint64)
	for i := len(digits) - 1; i >= leadingWords; i-- {
		digits[i] = rest.And(integer, word).Uint64()
		integer.Rsh(integer, 64)
	}
	return digits
})

// leadingWords of zeros stand before the digits: reduceHuge asks for the word 64+22 digits before the point at 2³⁰.
const leadingWords = 2

// bitsAt are the 64 digits of 2/π behind the first n after the point.
func bitsAt(digits []uint64, n int) uint64 {
	n += 64 * leadingWords
	i, shift := n/64, n%64
	return digits[i]<<shift | digits[i+1]>>(64-shift)
}
