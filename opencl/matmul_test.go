package opencl

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// own are the variants that need nothing installed.
var own = []Variant{Naive, Tiled, Blocked}

// withLibrary are those that can be tested here.
func withLibrary(t *testing.T) []Variant {
	t.Helper()
	if _, err := library(); err != nil {
		t.Logf("without CLBlast: %v", err)
		return own
	}
	return append(own[:len(own):len(own)], CLBlast)
}

// shapes are m, n and k around the sizes of tiles, panels and blocks.
var shapes = [][3]int{
	{1, 1, 1}, {1, 7, 5}, {7, 1, 5}, {5, 7, 1}, {1, 300, 40}, {300, 1, 40}, {2, 3, 500},
	{12, 32, 16}, {13, 33, 17}, {11, 31, 15}, {32, 32, 32}, {64, 64, 64}, {65, 129, 67}, {100, 40, 130}, {257, 255, 256},
}

func random[T Float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.NormFloat64())
	}
	return x
}

func matrixOf[T Float](t *testing.T, c *Context, rows, cols int, values []T) *Matrix[T] {
	t.Helper()
	m, err := MatrixOf(c, rows, cols, values)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func get[T Float](t *testing.T, m *Matrix[T]) []T {
	t.Helper()
	x, err := m.Get()
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// checkProduct compares a product with a more exact one by the bound that MatMul promises.
func checkProduct[T Float](t *testing.T, what string, got, a, b []T, m, n, k int) {
	t.Helper()
	if len(got) != m*n {
		t.Fatalf("%s: %d elements, not %d", what, len(got), m*n)
	}
	u := math.Pow(2, -24)
	if is64[T]() {
		u = math.Pow(2, -53)
	}
	for i := range m {
		for j := range n {
			want, size := element(a, b, i, j, n, k)
			if bound := float64(k) * u * size / (1 - float64(k)*u); !(math.Abs(float64(got[i*n+j])-want) <= 1.0001*bound) {
				t.Fatalf("%s: element %d, %d is %v, not %v ± %v", what, i, j, got[i*n+j], want, bound)
			}
		}
	}
}

// element is that of a·b in row i and column j, computed as if with twice float64's digits (Ogita, Rump and Oishi's Dot2), and the
// same from absolute values.
func element[T Float](a, b []T, i, j, n, k int) (value, size float64) {
	var rest float64 // what roundings took away
	for p := range k {
		x, y := float64(a[i*k+p]), float64(b[p*n+j])
		product := x * y
		sum := value + product
		back := sum - value
		rest += math.FMA(x, y, -product) + (value - (sum - back)) + (product - back)
		value = sum
		size += math.Abs(product)
	}
	return value + rest, size
}

func TestMatMulIsTheProductOfAnyShapes(t *testing.T) {
	c := newContext(t)
	for _, v := range withLibrary(t) {
		t.Run(v.String(), func(t *testing.T) {
			t.Run("float32", func(t *testing.T) { checkShapes[float32](t, c, v) })
			if c.device.HasFloat64() {
				t.Run("float64", func(t *testing.T) { checkShapes[float64](t, c, v) })
			}
		})
	}
}

func checkShapes[T Float](t *testing.T, c *Context, v Variant) {
	r := rand.New(rand.NewPCG(1, 2))
	shapes := shapes
	if v == CLBlast { // it has many kernels for many shapes, tested by those who wrote them
		shapes = [][3]int{{13, 33, 17}}
	}
	for _, s := range shapes {
		m, n, k := s[0], s[1], s[2]
		a, b := random[T](r, m*k), random[T](r, k*n)
		p, err := MatMul(matrixOf(t, c, m, k, a), matrixOf(t, c, k, n, b), v)
		if err != nil {
			t.Fatal(err)
		}
		checkProduct(t, fmt.Sprint(s), get(t, p), a, b, m, n, k)
		p.Close()
	}
}

func TestMatMulReadsTransposesWhereTheyAre(t *testing.T) {
	c := newContext(t)
	r := rand.New(rand.NewPCG(3, 4))
	for _, s := range [][3]int{{13, 33, 17}, {70, 5, 41}} {
		m, n, k := s[0], s[1], s[2]
		a, b := random[float32](r, m*k), random[float32](r, k*n)
		as := []*Matrix[float32]{matrixOf(t, c, m, k, a), matrixOf(t, c, k, m, transposed(a, m, k)).T()}
		bs := []*Matrix[float32]{matrixOf(t, c, k, n, b), matrixOf(t, c, n, k, transposed(b, k, n)).T()}
		variants := own
		if m == 13 {
			variants = withLibrary(t)
		}
		for _, v := range variants {
			for _, x := range as {
				for _, y := range bs {
					for _, z := range []*Matrix[float32]{matrixOf(t, c, m, n, make([]float32, m*n)), matrixOf(t, c, n, m, make([]float32, m*n)).T()} {
						what := fmt.Sprint(v, s, x.transposed, y.transposed, z.transposed)
						if _, err := MatMulTo(z, x, y, v); err != nil {
							t.Fatal(what, err)
						}
						checkProduct(t, what, get(t, z), a, b, m, n, k)
					}
				}
			}
		}
	}
}

// Sums of small integers are exact in any order, so variants must agree to the last bit.
func TestVariantsAgreeExactlyOnIntegers(t *testing.T) {
	c := newContext(t)
	const m, n, k = 130, 97, 201
	a, b := make([]float32, m*k), make([]float32, k*n)
	for i := range a {
		a[i] = float32(i*7919%31 - 15)
	}
	for i := range b {
		b[i] = float32(i*104729%29 - 14)
	}
	want := make([]float32, m*n)
	gonum.Implementation{}.Sgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, a, k, b, n, 0, want, n)
	x, y := matrixOf(t, c, m, k, a), matrixOf(t, c, k, n, b)
	for _, v := range withLibrary(t) {
		p, err := MatMul(x, y, v)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(get(t, p), want) {
			t.Errorf("%v differs from gonum's product", v)
		}
	}
}

// The kernels for GPUs run on any device, so they are tested on the one that is here.
func TestBlockingsOfAllDevicesAreRight(t *testing.T) {
	c := newContext(t)
	for _, kind := range []DeviceType{CPU, GPU} {
		for _, limits := range []struct{ group, local, floats, units int }{
			{1024, 48 << 10, 1, 1}, {1024, 48 << 10, 1, 1000}, {256, 64 << 10, 4, 4}, {64, 16 << 10, 8, 1}, {16, 4 << 10, 16, 1}, {1, 1 << 10, 16, 1},
		} {
			d := fake(c.device, func(d *Device) {
				d.info.Type = map[DeviceType]driver.DeviceType{CPU: driver.CPU, GPU: driver.GPU}[kind]
				d.info.MaxWorkGroup, d.info.LocalMemory = limits.group, int64(limits.local)
				d.info.NativeFloats, d.info.ComputeUnits = limits.floats, limits.units
			})
			t.Run(fmt.Sprint(kind, limits), func(t *testing.T) {
				checkBlocking[float32](t, c, d)
				if c.device.HasFloat64() && limits.units != 4 { // the same with numbers twice as large, where that makes a difference
					checkBlocking[float64](t, c, d)
				}
			})
		}
	}
}

func checkBlocking[T Float](t *testing.T, c *Context, d *Device) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, s := range [][3]int{{1, 1, 1}, {130, 131, 33}} {
		m, n, k := s[0], s[1], s[2]
		by := blockingFor(d, is64[T](), m, n)
		if items := by.group[0] * by.group[1]; items > d.MaxWorkGroup() {
			t.Fatalf("work-groups of %d work-items, but %d are allowed", items, d.MaxWorkGroup())
		}
		a, b := random[T](r, m*k), random[T](r, k*n)
		p := multiplication[T]{context: c, m: m, n: n, k: k,
			a: matrixOf(t, c, m, k, a), b: matrixOf(t, c, k, n, b), c: matrixOf(t, c, m, n, make([]T, m*n))}
		if _, err := p.blocked(by); err != nil {
			t.Fatal(err)
		}
		checkProduct(t, fmt.Sprint(s, by.options), get(t, p.c), a, b, m, n, k)
	}
}

func TestTilesFitTheDevice(t *testing.T) {
	c := newContext(t)
	for _, test := range []struct{ group, local, size, want int }{
		{4096, 1 << 20, 4, 32}, {1024, 48 << 10, 8, 32}, {1023, 48 << 10, 4, 16}, {256, 48 << 10, 4, 16}, {1024, 8191, 4, 16}, {8, 8191, 4, 2}, {1, 1 << 10, 8, 1},
	} {
		d := fake(c.device, func(d *Device) { d.info.MaxWorkGroup, d.info.LocalMemory = test.group, int64(test.local) })
		if got := tileFor(d, test.size); got != test.want {
			t.Errorf("%+v: tile is %d", test, got)
		}
	}
}

// fake is a device with other properties.
func fake(d *Device, change func(*Device)) *Device {
	other := *d
	change(&other)
	return &other
}

func TestMatMulOfNothing(t *testing.T) {
	c := newContext(t)
	for _, v := range withLibrary(t) {
		for _, s := range [][3]int{{0, 3, 2}, {3, 0, 2}, {0, 0, 0}, {3, 4, 0}} {
			m, n, k := s[0], s[1], s[2]
			z := matrixOf(t, c, m, n, slices.Repeat([]float32{7}, m*n))
			e, err := MatMulTo(z, matrixOf(t, c, m, k, make([]float32, m*k)), matrixOf(t, c, k, n, make([]float32, k*n)), v)
			if err != nil {
				t.Fatal(v, s, err)
			}
			if err := e.Wait(); err != nil {
				t.Fatal(v, s, err)
			}
			if got := get(t, z); !slices.Equal(got, make([]float32, m*n)) {
				t.Errorf("%v, %v: %v", v, s, got)
			}
		}
	}
}

// Zeros beyond an edge must not meet an infinity, nor keep a NaN from the result.
func TestInfinitiesAndNaNStayWhereTheyBelong(t *testing.T) {
	c := newContext(t)
	const n = 37
	a, b := make([]float32, n*n), make([]float32, n*n)
	for i := range n {
		a[i*n+i], b[i*n+i] = 1, 1
	}
	for i := range a {
		b[i]++
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, v := range own {
		x := slices.Clone(a)
		x[(n-1)*n+n-1] = inf // the last row of the product is infinite
		x[0] = nan           // the first is no number
		p, err := MatMul(matrixOf(t, c, n, n, x), matrixOf(t, c, n, n, b), v)
		if err != nil {
			t.Fatal(err)
		}
		got := get(t, p)
		for j := range n {
			if y := got[j]; y == y {
				t.Fatalf("%v: element 0, %d is %v", v, j, y)
			}
			if y := got[(n-1)*n+j]; y != inf {
				t.Fatalf("%v: element %d, %d is %v", v, n-1, j, y)
			}
			for i := 1; i < n-1; i++ {
				if y := got[i*n+j]; y != b[i*n+j] {
					t.Fatalf("%v: element %d, %d is %v, not %v", v, i, j, y, b[i*n+j])
				}
			}
		}
	}
}

func TestMatMulFromSeveralGoroutines(t *testing.T) {
	c := newContext(t)
	const n = 70
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 0))
			a, b := random[float32](r, n*n), random[float32](r, n*n)
			x, y := matrixOf(t, c, n, n, a), matrixOf(t, c, n, n, b)
			for round := range 4 {
				p, err := MatMul(x, y, own[(g+round)%len(own)])
				if err != nil {
					t.Error(err)
					return
				}
				got, err := p.Get()
				if err != nil {
					t.Error(err)
					return
				}
				checkProduct(t, fmt.Sprint(g, round), got, a, b, n, n, n)
			}
		})
	}
	all.Wait()
}

func TestMatMulGivesItsMemoryBack(t *testing.T) {
	c := newContext(t)
	x := matrixOf(t, c, 100, 100, make([]float32, 100*100))
	before := c.Memory().Buffers
	for range 100 {
		p, err := MatMul(x, x, Blocked)
		if err != nil {
			t.Fatal(err)
		}
		p.Close()
	}
	if now := c.Memory().Buffers; now != before {
		t.Errorf("%d buffers are in use, %d before", now, before)
	}
}

func TestMatMulRefuses(t *testing.T) {
	c, other := newContext(t), newContext(t)
	zeros := func(c *Context, rows, cols int) *Matrix[float32] {
		return matrixOf(t, c, rows, cols, make([]float32, rows*cols))
	}
	a, b, z := zeros(c, 2, 3), zeros(c, 3, 4), zeros(c, 2, 4)
	closed := zeros(c, 3, 4)
	closed.Close()
	single := &Context{device: fake(c.device, func(d *Device) { d.info.Float64 = false })}
	made := func(_ any, err error) error { return err }
	for _, test := range []struct {
		name string
		err  error
		says string
	}{
		{"shapes", made(MatMul(b, a)), "opencl: MatMul: a is 3×4 and b is 2×3; a must have as many columns as b has rows"},
		{"nil", made(MatMul(a, nil)), "a matrix is nil"},
		{"contexts", made(MatMul(a, zeros(other, 3, 4))), "different contexts"},
		{"closed", made(MatMul(a, closed)), "closed"},
		{"two variants", made(MatMul(a, b, Naive, Tiled)), "opencl: MatMul: 2 variants"},
		{"unknown variant", made(MatMul(a, b, 17)), "there is no Variant(17)"},
		{"no result", made(MatMulTo(nil, a, b)), "opencl: MatMulTo: c is nil"},
		{"result's shape", made(MatMulTo(a, a, b)), "c is 2×3, but a·b is 2×4 (a is 2×3, b is 3×4)"},
		{"result's context", made(MatMulTo(zeros(other, 2, 4), a, b)), "c belongs to another context"},
		{"result's memory", made(MatMulTo(z, z, zeros(c, 4, 4))), "c has the memory of a factor"},
		{"transposed result's memory", made(MatMulTo(z.T(), zeros(c, 4, 2), zeros(c, 2, 2))), ""},
		{"negative size", made(NewMatrix[float32](c, -1, 2)), "opencl: NewMatrix: a matrix of -1×2; both must be 0 or more"},
		{"huge size", made(NewMatrix[float32](c, 1<<40, 0)), "kernels count rows and columns up to"},
		{"too few values", made(MatrixOf(c, 2, 2, []float32{1, 2, 3})), "opencl: MatrixOf: 3 values for 2×2 = 4 elements"},
		{"too many values", z.Set(make([]float32, 9)), "opencl: Matrix.Set: 9 values for 2×4 = 8 elements"},
		{"no float64", made(NewMatrix[float64](single, 2, 2)), "has no float64; use float32"},
	} {
		if test.says == "" {
			if test.err != nil {
				t.Errorf("%s: %v", test.name, test.err)
			}
			continue
		}
		if test.err == nil || !strings.Contains(test.err.Error(), test.says) {
			t.Errorf("%s: %v\ndoes not say %q", test.name, test.err, test.says)
		}
	}
	if err := made(MatMul(a, closed)); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed matrix: %v", err)
	}
}
