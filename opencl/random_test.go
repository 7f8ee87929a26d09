package opencl

import (
	"math"
	"math/bits"
	"testing"
)

// philoxWords is Philox4x32-10 in Go.
func philoxWords(counter, stream, seed uint64) [4]uint32 {
	c := [4]uint32{uint32(counter), uint32(counter >> 32), uint32(stream), uint32(stream >> 32)}
	k := [2]uint32{uint32(seed), uint32(seed >> 32)}
	for range 10 {
		h0, l0 := bits.Mul32(0xD2511F53, c[0])
		h1, l1 := bits.Mul32(0xCD9E8D57, c[2])
		c = [4]uint32{h1 ^ c[1] ^ k[0], l1, h0 ^ c[3] ^ k[1], l0}
		k[0] += 0x9E3779B9
		k[1] += 0xBB67AE85
	}
	return c
}

func TestPhiloxGivesTheWordsOfItsAuthors(t *testing.T) {
	if got, want := philoxWords(0, 0, 0), ([4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}); got != want {
		t.Errorf("%x, want %x", got, want)
	}
	if got, want := philoxWords(math.MaxUint64, math.MaxUint64, math.MaxUint64), ([4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}); got != want {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestUniformNumbersAreThoseOfTheirIndex(t *testing.T) {
	const seed = 0x123456789abcdef
	eachShape(t, func(t *testing.T, c *Context) {
		for _, n := range []int{0, 1, 5, 10007} {
			r := NewRandom(seed)
			x, y := make([]float32, n), make([]float64, n)
			for i := range n {
				x[i] = float32(philoxWords(uint64(i/4), 0, seed)[i%4]>>8) / (1 << 24)
				w := philoxWords(uint64(i/2), 1, seed)
				y[i] = float64((uint64(w[i%2*2])<<32|uint64(w[i%2*2+1]))>>11) / (1 << 53)
			}
			sameSlices(t, "float32", must(must(Uniform[float32](r, n, On(c)))(t).Get())(t), x)
			sameSlices(t, "float64", must(must(Uniform[float64](r, n, On(c)))(t).Get())(t), y)
		}
	})
}

func TestRandomNumbersHaveTheirDistribution(t *testing.T) {
	c := newContext(t)
	const n = 100000
	r := NewRandom(7)
	t.Run("float32", moments(must(Convert[float64](must(Normal[float32](r, n, On(c)))(t)))(t), 0, 1, 3))
	t.Run("float64", moments(must(Normal[float64](r, n, On(c)))(t), 0, 1, 3))
	t.Run("uniform", moments(must(Uniform[float64](r, n, On(c)))(t), 0.5, 1.0/12, 1.8))
	t.Run("integers", moments(must(Convert[float64](must(Integers[int16](r, n, -1000, 1000, On(c)))(t)))(t), -0.5, 2000.0*2000/12, 1.8))
}

// moments checks mean, variance and kurtosis, each within five of its standard errors or more.
func moments(a *Array[float64], mean, variance, kurtosis float64) func(t *testing.T) {
	return func(t *testing.T) {
		x := must(a.Get())(t)
		var m, v, k float64
		n := float64(len(x))
		for _, x := range x {
			m += (x - mean) / n
			v += (x - mean) * (x - mean) / n
			k += math.Pow(x-mean, 4) / n
		}
		if math.Abs(m) > 5*math.Sqrt(variance/n) || math.Abs(v/variance-1) > 0.03 || math.Abs(k/v/v-kurtosis) > 0.2 {
			t.Errorf("mean %v off, variance %v, kurtosis %v; want 0, %v, %v", m, v, k/v/v, variance, kurtosis)
		}
	}
}

func TestRandomIntegersStayInTheirRange(t *testing.T) {
	c := newContext(t)
	r := NewRandom(1)
	seen := map[int8]int{}
	for _, v := range must(must(Integers[int8](r, 10000, -128, 127, On(c)))(t).Get())(t) {
		seen[v]++
	}
	if len(seen) != 255 || seen[127] != 0 {
		t.Errorf("%d numbers from -128 to 126, 127 %d times", len(seen), seen[127])
	}
	for _, v := range must(must(Integers[uint64](r, 1000, math.MaxUint64-1, math.MaxUint64, On(c)))(t).Get())(t) {
		if v != math.MaxUint64-1 {
			t.Fatalf("%d out of its range", v)
		}
	}
	_, err := Integers(r, 10, 5, 5, On(c))
	wantError(t, err, "Integers", "no integers")
	_, err = Uniform[float32](nil, 10, On(c))
	wantError(t, err, "NewRandom")
}
