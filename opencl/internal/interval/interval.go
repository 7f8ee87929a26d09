// Package interval computes with bounds of integers: given that x and y lie between some numbers, between which does x + y lie, as Go
// computes it in a type of some width? The answer always holds all that can come out, and where a result may wrap around, all that the
// type has.
package interval

import (
	"math"
	"math/bits"
)

// Type is a type of integers.
type Type struct {
	Bits     int // 8, 16, 32 or 64
	Unsigned bool
}

// Interval is the integers from Low to High. A High of [Unbounded] stands for all that is not smaller than Low, even of an unsigned
// type of 64 bits. One whose High is below its Low is empty.
type Interval struct{ Low, High int64 }

// Unbounded is the High of an interval without an upper bound.
const Unbounded = math.MaxInt64

// Int is Go's int.
var Int = Type{Bits: 64}

// All is all that a type holds.
func (t Type) All() Interval {
	switch {
	case t.Unsigned && t.Bits == 64:
		return Interval{0, Unbounded}
	case t.Unsigned:
		return Interval{0, 1<<t.Bits - 1}
	}
	return Interval{-1 << (t.Bits - 1), 1<<(t.Bits-1) - 1}
}

// Point is the interval of one number.
func Point(x int64) Interval { return Interval{x, x} }

// Empty tells whether the interval holds nothing.
func (x Interval) Empty() bool { return x.Low > x.High }

// Within tells whether y holds all that x does.
func (x Interval) Within(y Interval) bool { return x.Empty() || y.Low <= x.Low && x.High <= y.High }

// Join is the least interval that holds x and y.
func (x Interval) Join(y Interval) Interval {
	switch {
	case x.Empty():
		return y
	case y.Empty():
		return x
	}
	return Interval{min(x.Low, y.Low), max(x.High, y.High)}
}

// Meet is what x and y both hold.
func (x Interval) Meet(y Interval) Interval {
	return Interval{max(x.Low, y.Low), min(x.High, y.High)}
}

// Widen is next, with bounds that moved since x moved as far as they can: what is computed in a loop then comes to an end.
func (t Type) Widen(x, next Interval) Interval {
	all := t.All()
	switch {
	case next.Low >= x.Low:
		next.Low = x.Low
	case next.Low >= 0:
		next.Low = 0
	default:
		next.Low = all.Low
	}
	if next.High > x.High {
		next.High = all.High
	} else {
		next.High = x.High
	}
	return next
}

// Convert is x, which is of another type, converted to this one.
func (t Type) Convert(from Type, x Interval) Interval {
	if !x.Empty() && t != from && from.open(x, x) {
		return t.All()
	}
	return t.fit(x, true)
}

// fit is an exact result, if the type holds all of it.
func (t Type) fit(x Interval, exact bool) Interval {
	if !exact || !x.Within(t.All()) {
		return t.All()
	}
	return x
}

// open tells whether an operand has no upper bound of which one could compute further.
func (t Type) open(x, y Interval) bool {
	return t == Type{64, true} && (x.High == Unbounded || y.High == Unbounded)
}

// corners is the interval of f's values, for an f that is largest and smallest where its operands are.
func (t Type) corners(x, y Interval, f func(a, b int64) (int64, bool)) Interval {
	if x.Empty() || y.Empty() {
		return Interval{0, -1}
	}
	if t.open(x, y) {
		return t.All()
	}
	result, all := Interval{0, -1}, true
	for _, a := range [2]int64{x.Low, x.High} {
		for _, b := range [2]int64{y.Low, y.High} {
			v, exact := f(a, b)
			result, all = result.Join(Point(v)), all && exact
		}
	}
	return t.fit(result, all)
}

// Add is x + y.
func (t Type) Add(x, y Interval) Interval {
	return t.corners(x, y, func(a, b int64) (int64, bool) { return a + b, (a+b > a) == (b > 0) })
}

// Sub is x - y.
func (t Type) Sub(x, y Interval) Interval {
	return t.corners(x, y, func(a, b int64) (int64, bool) { return a - b, (a-b < a) == (b > 0) })
}

// Mul is x * y.
func (t Type) Mul(x, y Interval) Interval { return t.corners(x, y, multiply) }

func multiply(a, b int64) (int64, bool) {
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	return a * b, high == 0 && low <= math.MaxInt64
}

// magnitude is |a|, which an int64 may not hold.
func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

// Quo is x / y, or 0 where y is 0.
func (t Type) Quo(x, y Interval) Interval {
	if x.Empty() || y.Empty() {
		return Interval{0, -1}
	}
	if t.open(x, y) {
		return Interval{0, x.High}
	}
	result := Interval{0, -1}
	if y.Low <= 0 && y.High >= 0 {
		result = Point(0)
	}
	quotient := func(a, b int64) (int64, bool) { return a / b, !(a == math.MinInt64 && b == -1) }
	for _, part := range [2]Interval{y.Meet(Interval{math.MinInt64, -1}), y.Meet(Interval{1, Unbounded})} {
		if !part.Empty() {
			result = result.Join(t.corners(x, part, quotient))
		}
	}
	return result
}

// Rem is x % y, or 0 where y is 0. It has the sign of x, is no larger than x, and smaller than y.
func (t Type) Rem(x, y Interval) Interval {
	if x.Empty() || y.Empty() {
		return Interval{0, -1}
	}
	most := int64(Unbounded)
	if m := max(magnitude(y.Low), magnitude(y.High)); !t.open(y, y) && m <= math.MaxInt64 {
		most = max(0, int64(m)-1)
	}
	return Interval{max(-most, min(0, x.Low)), min(most, max(0, x.High))}
}

// And is x & y: no larger than either that is not negative.
func (t Type) And(x, y Interval) Interval {
	switch {
	case x.Empty() || y.Empty():
		return Interval{0, -1}
	case x.Low >= 0 && y.Low >= 0:
		return Interval{0, min(x.High, y.High)}
	case x.Low >= 0:
		return Interval{0, x.High}
	case y.Low >= 0:
		return Interval{0, y.High}
	}
	return t.All()
}

// AndNot is x &^ y.
func (t Type) AndNot(x, y Interval) Interval {
	if x.Empty() || y.Empty() || x.Low < 0 {
		return t.All()
	}
	return Interval{0, x.High}
}

// Or is x | y: it has no bits above those of both.
func (t Type) Or(x, y Interval) Interval {
	if r := t.Xor(x, y); r.Low == 0 {
		return Interval{max(x.Low, y.Low), r.High}
	}
	return t.All()
}

// Xor is x ^ y.
func (t Type) Xor(x, y Interval) Interval {
	if x.Empty() || y.Empty() || x.Low < 0 || y.Low < 0 {
		return t.All()
	}
	return Interval{0, 1<<bits.Len64(uint64(x.High|y.High)) - 1}
}

// Shl is x << y, for a y that is not negative.
func (t Type) Shl(x, y Interval) Interval {
	if y.Low < 0 || y.High > 62 {
		return t.All()
	}
	return t.Mul(x, Interval{1 << y.Low, 1 << y.High})
}

// Shr is x >> y, for a y that is not negative.
func (t Type) Shr(x, y Interval) Interval {
	if y.Low < 0 || t.open(x, x) {
		return t.All()
	}
	return t.corners(x, y, func(a, b int64) (int64, bool) { return a >> min(b, 63), true })
}

// Min is the smaller of x and y.
func Min(x, y Interval) Interval { return Interval{min(x.Low, y.Low), min(x.High, y.High)} }

// Max is the larger of x and y.
func Max(x, y Interval) Interval { return Interval{max(x.Low, y.Low), max(x.High, y.High)} }
