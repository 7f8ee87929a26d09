package opencl

import (
	"sync"
	"testing"
)

func TestElementwise(t *testing.T) {
	eachShape(t, func(t *testing.T, c *Context) {
		k := must(NewElementwiseKernel("float a, float *x, const float *y, float *z", "z[i] = a*x[i] + y[i]", "saxpy", On(c)))(t)
		for _, n := range sizes {
			x, y := numbersFrom[float32](0, n), numbersFrom[float32](50, n)
			z := must(Zeros[float32](n, On(c)))(t)
			must(k.Call(2, toDevice(t, c, x...), toDevice(t, c, y...), z))(t)
			want := make([]float32, n)
			for i := range want {
				want[i] = 2*x[i] + y[i]
			}
			sameSlices(t, name(n), must(z.Get())(t), want)
		}
	})
}

func TestElementwiseOverIndices(t *testing.T) {
	eachShape(t, func(t *testing.T, c *Context) {
		k := must(NewElementwiseKernel("int *x", "x[i] += n", "add_n", On(c)))(t)
		for _, over := range []Over{{5, 20000, 1}, {5, 20000, 17}, {19999, 4, -17}, {20999, -1, -1}, {0, 0, 1}, {10, 5, 3}} {
			x := make([]int32, 21000)
			a := toDevice(t, c, x...)
			must(k.Call(a, over))(t)
			for j, i := 0, over.Start; j < over.count(); j, i = j+1, i+over.Step {
				x[i] = 21000
			}
			sameSlices(t, over.String(), must(a.Get())(t), x)
		}
		a := toDevice[int32](t, c, 1, 2, 3)
		for _, over := range []Over{{0, 4, 1}, {-1, 2, 1}, {3, 0, -1}, {0, 3, 0}} {
			_, err := k.Call(a, over)
			wantError(t, err, "add_n", over.String())
		}
	})
}

func TestElementwiseOnViews(t *testing.T) {
	eachShape(t, func(t *testing.T, c *Context) {
		k := must(NewElementwiseKernel("int *x, const int *table, int *z", "z[i] = table[x[i] % 3] + x[ i ] /* x[i] */", "look_up", On(c)))(t)
		x := numbersFrom[int32](0, 10000)
		a := toDevice(t, c, x...)
		table := must(toDevice[int32](t, c, 100, 0, 200, 0, 300).Slice(0, 5, 2))(t)
		z := must(Zeros[int32](20000, On(c)))(t)
		must(k.Call(must(a.Reverse())(t), table, slice(t, z, 1, 20000, 2)))(t)
		want := make([]int32, 20000)
		for i := range x {
			v := x[len(x)-1-i]
			want[2*i+1] = 100*(v%3+1) + v
		}
		sameSlices(t, "views", must(z.Get())(t), want)
	})
}

func TestElementwiseRefusesWrongArguments(t *testing.T) {
	c := newContext(t)
	k := must(NewElementwiseKernel("float a, float *x, int *y", "x[i] = a; y[i] = a", "set", On(c)))(t)
	x, y := toDevice[float32](t, c, 1, 2, 3), toDevice[int32](t, c, 1, 2, 3)
	call := func(args ...any) error {
		_, err := k.Call(args...)
		return err
	}
	wantError(t, call(1, x), "set", "2 arguments", "takes 3", "float a, float *x, int *y")
	wantError(t, call(1, x, x), "argument 2", "float32", "int *y")
	wantError(t, call(x, x, y), "argument 0", "takes a value")
	wantError(t, call(nil, x, y), "argument 0", "nil")
	wantError(t, call(1, nil, y), "argument 1")
	wantError(t, call(1, (*Array[float32])(nil), y), "argument 1", "holds nothing")
	wantError(t, call(1, 5, y), "argument 1", "takes an array")
	wantError(t, call("1", x, y), "argument 0", "string")
	wantError(t, call(1, x, toDevice[int32](t, c, 1)), "argument 2", "1 elements", "has 3")
	wantError(t, call(1, x, toDevice[int32](t, newContext(t), 1, 2, 3)), "another context")
	wantError(t, call(1, x, y, On(newContext(t))), "different contexts")
	if err := call(1, x, must(BufferOf(c, []int32{1, 2, 3}))(t)); err != nil {
		t.Error(err)
	}
	pointer := must(NewElementwiseKernel("float *x", "*(x + i) = n; x[i] += 0", "by_pointer", On(c)))(t)
	_, err := pointer.Call(must(x.Reverse())(t))
	wantError(t, err, "by_pointer", "Copy")
}

func TestElementwiseRefusesWrongDefinitions(t *testing.T) {
	c := newContext(t)
	for _, test := range []struct{ arguments, operation, name, want string }{
		{"float x", "x = ", "k", "expected expression"},
		{"float *x", "x[i] = (1", "k", "never closed"},
		{"float *x", "x[i] = 1)}", "k", "without its counterpart"},
		{"float *x", "x[i] = 1", "1k", "1k"},
		{"float *i", "i[0] = 1", "k", "taken"},
		{"float *x__y", "x__y[0] = 1", "k", "__"},
		{"__local float *x", "x[i] = 1", "k", "local"},
		{"what *x", "x[i] = 1", "k", "what"},
		{"float3 *x", "x[i] = 1", "k", "float4"},
		{"float **x", "x[i] = 1", "k", "pointers"},
		{"float *x,", "x[i] = 1", "k", "empty"},
		{"float *x /*", "x[i] = 1", "k", "never closed"},
	} {
		_, err := NewElementwiseKernel(test.arguments, test.operation, test.name, On(c))
		wantError(t, err, test.want)
	}
}

func TestPreambleAndBuildOptions(t *testing.T) {
	c := newContext(t)
	k := must(NewElementwiseKernel("int *x", "x[i] = twice(N)", "k", On(c), Preamble("int twice(int x) { return 2*x; }"), BuildOptions{"-D", "N=21"}))(t)
	x := toDevice[int32](t, c, 0)
	must(k.Call(x))(t)
	sameSlices(t, "twice", must(x.Get())(t), []int32{42})
}

func TestSeveralGoroutinesUseOneKernel(t *testing.T) {
	c := newContext(t)
	k := must(NewElementwiseKernel("int a, int *x", "x[i] = a", "set", On(c)))(t)
	var all sync.WaitGroup
	for g := range 4 {
		q := must(c.NewQueue())(t)
		all.Go(func() {
			for round := range 20 {
				x := must(Empty[int32](1000+g, On(q)))(t)
				if _, err := k.Call(g*100+round, must(x.Reverse())(t), On(q)); err != nil {
					t.Error(err)
				}
				for _, v := range must(x.Get())(t) {
					if int(v) != g*100+round {
						t.Errorf("%d in place of %d", v, g*100+round)
						return
					}
				}
			}
		})
	}
	all.Wait()
}

func TestArraysOnTwoQueuesKeepTheirOrder(t *testing.T) {
	c := newContext(t)
	k := must(NewElementwiseKernel("int *x", "x[i] = 2*x[i] + 1", "next", On(c)))(t)
	queues := []*Queue{c.Queue(), must(c.NewQueue())(t), must(c.NewQueue())(t)}
	x := must(Zeros[int32](100000, On(c)))(t)
	want := int32(0)
	for i := range 30 {
		must(k.Call(x, On(queues[i%3])))(t)
		want = 2*want + 1
	}
	for _, v := range must(x.Get())(t) {
		if v != want {
			t.Fatalf("%d in place of %d", v, want)
		}
	}
}
