package simd

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// accuracy is the greatest error allowed, and stated in the package's documentation.
var accuracy = []struct {
	op        Op
	ulps      float64
	arguments func(r *rand.Rand) (x, y float64)
}{
	{Exp, 0.9, spread(-746, 710)},
	{Exp, 0.9, near(0)},
	{Log, 0.9, positive},
	{Log, 0.9, spread(0.4, 2.5)},
	{Log, 0.9, near(1)},
	{Sin, 0.9, spread(-10, 10)},
	{Sin, 0.9, near(0)},
	{Sin, 0.9, nearMultiples},
	{Sin, 0.9, huge},
	{Cos, 0.9, spread(-10, 10)},
	{Cos, 0.9, nearMultiples},
	{Cos, 0.9, huge},
	{Tanh, 1.6, spread(-20, 20)},
	{Tanh, 1.6, spread(-1, 1)},
	{Tanh, 1.6, near(0)},
	{Pow, 0.9, powers},
	{Pow, 0.9, powersOfOne},
}

var references = map[Op]func(x, y *big.Float) *big.Float{
	Exp:  func(x, _ *big.Float) *big.Float { return referenceExp(x) },
	Log:  func(x, _ *big.Float) *big.Float { return referenceLog(x) },
	Sin:  func(x, _ *big.Float) *big.Float { return referenceSin(x, 0) },
	Cos:  func(x, _ *big.Float) *big.Float { return referenceSin(x, 1) },
	Tanh: func(x, _ *big.Float) *big.Float { return referenceTanh(x) },
	Pow:  referencePow,
}

func spread(low, high float64) func(*rand.Rand) (x, y float64) {
	return func(r *rand.Rand) (x, y float64) { return low + (high-low)*r.Float64(), 0 }
}

// near is at any small distance from x.
func near(x float64) func(*rand.Rand) (x, y float64) {
	return func(r *rand.Rand) (float64, float64) {
		return x + math.Ldexp(r.Float64()-0.5, -r.IntN(60)), 0
	}
}

func positive(r *rand.Rand) (x, y float64) {
	return math.Float64frombits(1 + r.Uint64N(0x7fef_ffff_ffff_ffff)), 0
}

// nearMultiples is next to a multiple of π/2, where most digits cancel.
func nearMultiples(r *rand.Rand) (x, y float64) {
	x = float64(r.IntN(1<<r.IntN(30)+1)) * (math.Pi / 2)
	for range r.IntN(3) {
		x = math.Nextafter(x, math.Inf(1))
	}
	return x, 0
}

func huge(r *rand.Rand) (x, y float64) {
	// 6381956970095103·2^797 is the float64 nearest to a multiple of π/2.
	if r.IntN(100) == 0 {
		return math.Ldexp(6381956970095103, 797), 0
	}
	return math.Ldexp(2*r.Float64()-1, r.IntN(1024)+1), 0
}

// powers covers all results that are numbers.
func powers(r *rand.Rand) (x, y float64) {
	x, _ = positive(r)
	if x == 1 {
		return 2, 2
	}
	y = (2*r.Float64() - 1) * 745 / math.Log(x)
	if r.IntN(4) == 0 {
		y = math.Round(y)
		x = -x
	}
	return x, y
}

// powersOfOne raises numbers near one to high powers.
func powersOfOne(r *rand.Rand) (x, y float64) {
	x, _ = near(1)(r)
	if x == 1 || x <= 0 {
		return 1.5, 3
	}
	return x, (2*r.Float64() - 1) * 700 / math.Log(x)
}

func TestAccuracy(t *testing.T) {
	const samples = 1000 // 30,000 keep to the bounds, too
	for _, a := range accuracy {
		r := rand.New(rand.NewPCG(1, uint64(a.op)))
		x, y, got := make([]float64, samples), make([]float64, samples), make([]float64, samples)
		for i := range x {
			x[i], y[i] = a.arguments(r)
		}
		Apply(a.op, got, x, y, nil)
		worst, at := 0.0, 0
		for i := range x {
			if u := ulps(got[i], references[a.op](exact(x[i]), exact(y[i]))); !(u <= worst) {
				worst, at = u, i
			}
		}
		t.Logf("%v: %.3f ulp at %v, %v", a.op, worst, x[at], y[at])
		if !(worst <= a.ulps) {
			t.Errorf("%v(%v, %v) = %v is off by %.3f ulp, more than %v", a.op, x[at], y[at], got[at], worst, a.ulps)
		}
	}
}

// ulps is how far got is from want, in units of the last place of a float64 of want's size.
func ulps(got float64, want *big.Float) float64 {
	if math.IsNaN(got) {
		return math.Inf(1)
	}
	nearest, _ := want.Float64()
	if math.IsInf(nearest, 0) || math.IsInf(got, 0) {
		if got == nearest {
			return 0
		}
		return math.Inf(1)
	}
	exponent := max(want.MantExp(nil)-53, -1074)
	if want.Sign() == 0 {
		exponent = -1074
	}
	difference := fresh().Sub(exact(got), want)
	u, _ := difference.SetMantExp(difference, -exponent).Float64()
	return math.Abs(u)
}
