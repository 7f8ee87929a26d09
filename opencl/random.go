package opencl

import (
	_ "embed"
	"reflect"
	"sync/atomic"
)

//go:embed philox.cl
var philox Preamble

// Random is a source of random numbers for arrays. What it gives depends on the seed and on the order of the calls alone, not on
// the device, nor on how work is shared: each element is computed from its own index, by Philox4x32-10. Several goroutines can
// use it; which gets what then depends on who comes first.
type Random struct {
	seed   uint64
	stream atomic.Uint64 // of the next array
}

// NewRandom makes a source of random numbers.
func NewRandom(seed uint64) *Random { return &Random{seed: seed} }

// Uniform makes an array of n numbers that are evenly spread over 0 up to, and without, 1. They are the same to the last bit on
// each device. Option: On.
func Uniform[T ~float32 | ~float64](r *Random, n int, opts ...Option) (*Array[T], error) {
	return draw[T]("Uniform", r, n, opts, recipe{
		float32: "{uniform32(w.x), uniform32(w.y), uniform32(w.z), uniform32(w.w)}",
		float64: "{uniform64(w.x, w.y), uniform64(w.z, w.w)}",
	})
}

// Normal makes an array of n numbers of the normal distribution with mean 0 and deviation 1, by Box and Muller's transform. They
// are the same on each device but for how it rounds logarithms and sines. Option: On.
func Normal[T ~float32 | ~float64](r *Random, n int, opts ...Option) (*Array[T], error) {
	return draw[T]("Normal", r, n, opts, recipe{
		before32: "const float r = sqrt(-2 * log(positive32(w.x))), s = sqrt(-2 * log(positive32(w.z))), p = uniform32(w.y), q = uniform32(w.w);",
		float32:  "{r * cospi(2 * p), r * sinpi(2 * p), s * cospi(2 * q), s * sinpi(2 * q)}",
		before64: "const double r = sqrt(-2 * log(positive64(w.x, w.y))), p = uniform64(w.z, w.w);",
		float64:  "{r * cospi(2 * p), r * sinpi(2 * p)}",
	})
}

// Integers makes an array of n integers that are evenly spread over low up to, and without, high. They are the same on each
// device. Option: On.
func Integers[T Element](r *Random, n int, low, high T, opts ...Option) (*Array[T], error) {
	const op = "Integers"
	t := reflect.TypeFor[T]()
	if !isInteger(t) {
		return nil, refused(op, "%v is no type of integers: see Uniform", t)
	}
	if low >= high {
		return nil, refused(op, "there are no integers from %v up to, and without, %v", low, high)
	}
	text := "{(T)((U)low + (U)whole(w.x, w.y, range)), (T)((U)low + (U)whole(w.z, w.w, range))}"
	return draw[T](op, r, n, opts, recipe{integers: text}, named{"low", low}, named{"range", uint64(high) - uint64(low)})
}

// recipe makes numbers of four random words w: two for types of 64 bits and for integers, and four for float32.
type recipe struct{ before32, float32, before64, float64, integers string }

// pick chooses what is made for a type, and tells how many numbers there are.
func (r recipe) pick(t reflect.Type) (before, values string, each int) {
	switch t.Kind() {
	case reflect.Float32:
		return r.before32, r.float32, 4
	case reflect.Float64:
		return r.before64, r.float64, 2
	}
	return "", r.integers, 2
}

// draw makes an array of random numbers: each index of its kernel makes several, of one counter.
func draw[T Element](op string, r *Random, n int, opts []Option, make recipe, values ...named) (*Array[T], error) {
	if r == nil {
		return nil, refused(op, "the source of random numbers is nil; make it by NewRandom")
	}
	z, err := emptyFor[T](op, n, opts)
	if err != nil {
		return nil, err
	}
	t := reflect.TypeFor[T]()
	before, numbers, each := make.pick(t)
	c := z.buffer.context
	k, err := operation(c, operationKey{op: op, x: t}, func() (*ElementwiseKernel, error) {
		list := cName(t) + " *z, long length, int each, ulong stream, ulong seed"
		for _, v := range values {
			list += ", " + cName(reflect.TypeOf(v.value)) + " " + v.name
		}
		k := "const uint4 w = philox(i, stream, seed); " + before + " const T v[] = " + numbers +
			"; for (int k = 0; k < each; k++) if (i * each + k < length) z[i * each + k] = v[k]"
		return NewElementwiseKernel(list, k, kernelName(op, []reflect.Type{t}), On(c), Preamble(typedefs(t)), philox)
	})
	if err != nil {
		return nil, err
	}
	args := []any{z, n, each, r.stream.Add(1) - 1, r.seed, Over{0, (n + each - 1) / each, 1}}
	for _, v := range values {
		args = append(args, v.value)
	}
	_, err = k.call(op, options{}, args)
	return z, err
}
