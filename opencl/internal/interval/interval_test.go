package interval

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

func typeOf[T integer]() Type {
	var zero T
	return Type{Bits: 8 * int(unsafe.Sizeof(zero)), Unsigned: zero-1 > zero}
}

// holds tells whether an interval holds a number.
func holds[T integer](x Interval, v T) bool {
	if v > 0 && uint64(v) > math.MaxInt64 {
		return x.High == Unbounded
	}
	return x.Low <= int64(v) && int64(v) <= x.High
}

// some gives an interval, large or small, with two numbers of it.
func some[T integer](r *rand.Rand) (x Interval, a, b T) {
	number := func() T { return T(int64(r.Uint64()) >> r.IntN(64)) }
	a, b = number(), number()
	if r.IntN(3) == 0 {
		b = a + T(r.IntN(4))
	}
	if a > b {
		a, b = b, a
	}
	bound := func(v T) int64 {
		if v > 0 && uint64(v) > math.MaxInt64 {
			return Unbounded
		}
		return int64(v)
	}
	x = Interval{bound(a), bound(b)}
	if x.Low == Unbounded {
		x.Low-- // what cannot be said is left open
	}
	return x, a, b
}

// operations are those of two numbers, as Go computes them. Divisors are not 0, counts not negative.
func operations[T integer]() map[string]func(x, y T) T {
	return map[string]func(x, y T) T{
		"+": func(x, y T) T { return x + y }, "-": func(x, y T) T { return x - y }, "*": func(x, y T) T { return x * y },
		"/": func(x, y T) T { return x / y }, "%": func(x, y T) T { return x % y },
		"&": func(x, y T) T { return x & y }, "|": func(x, y T) T { return x | y }, "^": func(x, y T) T { return x ^ y }, "&^": func(x, y T) T { return x &^ y },
		"<<": func(x, y T) T { return x << y }, ">>": func(x, y T) T { return x >> y },
		"min": func(x, y T) T { return min(x, y) }, "max": func(x, y T) T { return max(x, y) },
	}
}

var intervals = map[string]func(t Type, x, y Interval) Interval{
	"+": Type.Add, "-": Type.Sub, "*": Type.Mul, "/": Type.Quo, "%": Type.Rem, "&": Type.And, "|": Type.Or, "^": Type.Xor, "&^": Type.AndNot,
	"<<": Type.Shl, ">>": Type.Shr,
	"min": func(_ Type, x, y Interval) Interval { return Min(x, y) }, "max": func(_ Type, x, y Interval) Interval { return Max(x, y) },
}

func testOperations[T integer](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	kind := typeOf[T]()
	for name, operation := range operations[T]() {
		for range 20000 {
			x, a, b := some[T](r)
			y, c, d := some[T](r)
			result := intervals[name](kind, x, y)
			if !result.Within(kind.All()) {
				t.Fatalf("%+v: %v %s %v is %v, beyond the type", kind, x, name, y, result)
			}
			for _, p := range [][2]T{{a, c}, {a, d}, {b, c}, {b, d}, {a/2 + b/2, c/2 + d/2}} {
				if (name == "/" || name == "%") && p[1] == 0 || (name == "<<" || name == ">>") && p[1] < 0 || p[0] < a || p[0] > b || p[1] < c || p[1] > d {
					continue
				}
				if v := operation(p[0], p[1]); !holds(result, v) {
					t.Fatalf("%+v: %v %s %v is %v, which does not hold %v %s %v = %v", kind, x, name, y, result, p[0], name, p[1], v)
				}
			}
		}
	}
}

func TestOperationsHoldAllThatGoComputes(t *testing.T) {
	t.Run("int8", testOperations[int8])
	t.Run("int16", testOperations[int16])
	t.Run("int32", testOperations[int32])
	t.Run("int64", testOperations[int64])
	t.Run("uint8", testOperations[uint8])
	t.Run("uint16", testOperations[uint16])
	t.Run("uint32", testOperations[uint32])
	t.Run("uint64", testOperations[uint64])
}

func testConversions[T, U integer](t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		x, a, b := some[T](r)
		y := typeOf[U]().Convert(typeOf[T](), x)
		if !holds(y, U(a)) || !holds(y, U(b)) {
			t.Fatalf("%v of %+v is %v in %+v, which does not hold %v or %v", x, typeOf[T](), y, typeOf[U](), U(a), U(b))
		}
	}
}

func TestConversionsHoldAllThatGoConverts(t *testing.T) {
	testConversions[int64, int8](t)
	testConversions[int64, uint64](t)
	testConversions[uint64, int64](t)
	testConversions[uint64, uint32](t)
	testConversions[int32, uint64](t)
	testConversions[uint8, int16](t)
	testConversions[int16, int16](t)
}

func TestResultsAreNarrowWhereNothingWraps(t *testing.T) {
	i32, u64 := Type{Bits: 32}, Type{64, true}
	ten, two := Interval{0, 10}, Interval{1, 2}
	for name, test := range map[string]struct{ got, want Interval }{
		"+":           {Int.Add(ten, two), Interval{1, 12}},
		"-":           {Int.Sub(ten, two), Interval{-2, 9}},
		"- unsigned":  {u64.Sub(ten, two), u64.All()},
		"*":           {Int.Mul(ten, two), Interval{0, 20}},
		"* wraps":     {i32.Mul(Interval{0, 1 << 20}, Interval{0, 1 << 20}), i32.All()},
		"/":           {Int.Quo(ten, two), ten},
		"/ 0":         {Int.Quo(Point(7), Interval{0, 1}), Interval{0, 7}},
		"%":           {Int.Rem(Int.All(), Point(8)), Interval{-7, 7}},
		"% unsigned":  {u64.Rem(u64.All(), Point(8)), Interval{0, 7}},
		"&":           {Int.And(Int.All(), Point(7)), Interval{0, 7}},
		"|":           {Int.Or(ten, two), Interval{1, 15}},
		"<<":          {Int.Shl(ten, two), Interval{0, 40}},
		">>":          {Int.Shr(ten, two), Interval{0, 5}},
		"convert":     {Int.Convert(i32, ten), ten},
		"widen up":    {Int.Widen(ten, Interval{0, 11}), Interval{0, Unbounded}},
		"widen to 0":  {Int.Widen(Interval{8, 8}, Interval{4, 8}), Interval{0, 8}},
		"widen down":  {i32.Widen(ten, Interval{-1, 10}), Interval{math.MinInt32, 10}},
		"widen not":   {Int.Widen(ten, two), ten},
		"join":        {Point(1).Join(Point(9)), Interval{1, 9}},
		"join none":   {Point(1).Join(Interval{1, 0}), Point(1)},
		"meet":        {ten.Meet(Interval{5, 20}), Interval{5, 10}},
		"of no value": {Int.Add(Interval{1, 0}, ten), Interval{0, -1}},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v, not %v", name, test.got, test.want)
		}
	}
}
