package opencl

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestLaunchRunsEveryWorkItem(t *testing.T) {
	c := newContext(t)
	ids := build(t, c, `__kernel void ids(__global int *x, int width) {
		x[get_global_id(1) * width + get_global_id(0)] = 1000 * get_global_id(1) + get_global_id(0);
	}`)
	for _, r := range []Range{Global(6, 4), Global(6, 4).Groups(3, 2), Global(6, 4).Groups(6, 4), Global(6, 4).Groups(1, 1)} {
		x := bufferOf(t, c, make([]int32, 24)...)
		launch(t, ids, r, x, 6)
		for i, v := range read(t, x) {
			if want := int32(1000*(i/6) + i%6); v != want {
				t.Errorf("%v: element %d is %d, not %d", r, i, v, want)
			}
		}
	}
}

func TestLaunchFromOffset(t *testing.T) {
	c := newContext(t)
	mark := build(t, c, `__kernel void mark(__global int *x) { x[get_global_id(0)] = 1; }`)
	x := bufferOf(t, c, make([]int32, 6)...)
	launch(t, mark, Global(2).From(3), x)
	if got := read(t, x); !slices.Equal(got, []int32{0, 0, 0, 1, 1, 0}) {
		t.Error(got)
	}
}

func TestLaunchOfNothingDoesNothing(t *testing.T) {
	c := newContext(t)
	mark := build(t, c, `__kernel void mark(__global int *x) { x[get_global_id(0)] = 1; }`)
	x := bufferOf[int32](t, c)
	launch(t, mark, Global(0), x)
	launch(t, mark, Global(0).Groups(4), x)
}

type pair struct {
	A int32
	B float32
}

// Each case has a kernel that writes its second argument to its first.
func TestArgumentsArriveAsTheyAre(t *testing.T) {
	c := newContext(t)
	type Celsius float32
	for _, test := range []struct {
		name, typ string
		arg       any
		want      any
	}{
		{"int8", "char", int8(-5), []int8{-5}},
		{"uint8", "uchar", uint8(250), []uint8{250}},
		{"int16", "short", int16(-500), []int16{-500}},
		{"uint16", "ushort", uint16(65000), []uint16{65000}},
		{"int32", "int", int32(-70000), []int32{-70000}},
		{"uint32", "uint", uint32(4e9), []uint32{4e9}},
		{"unsigned", "unsigned int", uint32(4e9), []uint32{4e9}},
		{"int64", "long", int64(-1 << 40), []int64{-1 << 40}},
		{"uint64", "ulong", uint64(1 << 63), []uint64{1 << 63}},
		{"int for long", "long", -1 << 40, []int64{-1 << 40}},
		{"int for char", "char", -128, []int8{-128}},
		{"int for uint", "uint", 4_000_000_000, []uint32{4e9}},
		{"int for float", "float", 16777216, []float32{16777216}},
		{"float32", "float", float32(0.1), []float32{0.1}},
		{"constant for float", "float", 0.1, []float32{0.1}},
		{"named", "float", Celsius(36.6), []float32{36.6}},
		{"float4", "float4", [4]float32{1, 2, 3, 4}, [][4]float32{{1, 2, 3, 4}}},
		{"int2", "int2", [2]int32{1, 2}, [][2]int32{{1, 2}}},
		{"complex", "float2", complex64(complex(1, 2)), []complex64{complex(1, 2)}},
		{"struct", "struct pair", pair{7, 8.5}, []pair{{7, 8.5}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := build(t, c, "struct pair { int a; float b; };\n__kernel void put(__global "+test.typ+" *to, "+test.typ+" x) { *to = x; }")
			if got := putOne(t, c, k, test.want, test.arg); !reflect.DeepEqual(got, test.want) {
				t.Errorf("%v, not %v", got, test.want)
			}
		})
	}
}

// putOne runs a kernel with a buffer of one element, of the type of want's, and an argument.
func putOne(t *testing.T, c *Context, k *Kernel, want, arg any) any {
	switch want.(type) {
	case []int8:
		return putTo[int8](t, c, k, arg)
	case []uint8:
		return putTo[uint8](t, c, k, arg)
	case []int16:
		return putTo[int16](t, c, k, arg)
	case []uint16:
		return putTo[uint16](t, c, k, arg)
	case []int32:
		return putTo[int32](t, c, k, arg)
	case []uint32:
		return putTo[uint32](t, c, k, arg)
	case []int64:
		return putTo[int64](t, c, k, arg)
	case []uint64:
		return putTo[uint64](t, c, k, arg)
	case []float32:
		return putTo[float32](t, c, k, arg)
	case [][4]float32:
		return putTo[[4]float32](t, c, k, arg)
	case [][2]int32:
		return putTo[[2]int32](t, c, k, arg)
	case []complex64:
		return putTo[complex64](t, c, k, arg)
	case []pair:
		return putTo[pair](t, c, k, arg)
	}
	t.Fatalf("no case for %T", want)
	return nil
}

func putTo[T any](t *testing.T, c *Context, k *Kernel, arg any) []T {
	var zero T
	b := bufferOf(t, c, zero)
	launch(t, k, Global(1), b, arg)
	return read(t, b)
}

func TestVectorOfThreeTakesRoomOfFour(t *testing.T) {
	c := newContext(t)
	k := build(t, c, `__kernel void put(__global float *to, float3 v, float w) { to[0] = v.x; to[1] = v.y; to[2] = v.z; to[3] = w; }`)
	b := bufferOf(t, c, make([]float32, 4)...)
	launch(t, k, Global(1), b, [3]float32{1, 2, 3}, 4.0)
	if got := read(t, b); !slices.Equal(got, []float32{1, 2, 3, 4}) {
		t.Error(got)
	}
}

const manyParameters = `__kernel void many(__global float *x, __global const int4 *v, __constant uchar *c, __local float *l, int n, float f, float4 f4) {
	if (n > 0) { l[get_local_id(0)] = f; x[get_global_id(0)] = l[get_local_id(0)] + v[0].x + c[0] + f4.x; } }
__kernel __attribute__((reqd_work_group_size(8, 1, 1))) void eight(__global float *x) { x[get_global_id(0)] = get_local_size(0); }`

func TestParametersAreKnown(t *testing.T) {
	c := newContext(t)
	k := build(t, c, manyParameters)
	want := []Parameter{
		{"x", "float*", GlobalSpace, false},
		{"v", "int4*", GlobalSpace, true},
		{"c", "uchar*", ConstantSpace, true},
		{"l", "float*", LocalSpace, false},
		{"n", "int", Value, false},
		{"f", "float", Value, false},
		{"f4", "float4", Value, false},
	}
	if got := k.Parameters(); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if want := "__kernel void many(__global float* x, __global const int4* v, __constant uchar* c, __local float* l, int n, float f, float4 f4)"; k.String() != want {
		t.Error(k)
	}
}

// What is wrong is found before the driver sees it: PoCL aborts the process on some of these.
func TestLaunchRefuses(t *testing.T) {
	c, other := newContext(t), newContext(t)
	p, err := c.Build(manyParameters)
	if err != nil {
		t.Fatal(err)
	}
	many, _ := p.Kernel("many")
	eight, _ := p.Kernel("eight")
	x := bufferOf(t, c, make([]float32, 64)...)
	v := bufferOf(t, c, make([]int32, 4)...)
	u := bufferOf(t, c, make([]uint8, 4)...)
	l, f4 := Local[float32](8), [4]float32{}
	foreign := bufferOf(t, other, make([]float32, 64)...)
	closed := bufferOf(t, c, make([]float32, 64)...)
	closed.Close()
	good := func() []any { return []any{x, v, u, l, 1, 0.5, f4} }
	with := func(i int, arg any) []any {
		args := good()
		args[i] = arg
		return args
	}
	ok := Global(64).Groups(8)
	launch(t, many, ok, good()...)
	launch(t, eight, Global(64), x)
	for _, test := range []struct {
		name   string
		kernel *Kernel
		r      Range
		args   []any
		says   string
	}{
		{"too few arguments", many, ok, []any{x}, "1 arguments; the kernel has 7 parameters (__global float* x"},
		{"too many arguments", many, ok, append(good(), 1), "8 arguments"},
		{"nil", many, ok, with(0, nil), "argument 0 (__global float* x): nil; it takes memory of the device, as an *opencl.Buffer[float32] or array"},
		{"nil buffer", many, ok, with(0, (*Buffer[float32])(nil)), "a nil *opencl.Buffer[float32]"},
		{"empty buffer value", many, ok, with(0, &Buffer[float32]{}), "holds nothing"},
		{"slice for memory", many, ok, with(0, []float32{1}), "a []float32; it takes memory"},
		{"wrong element", many, ok, with(0, v), "elements of type int32; it takes memory of the device, as an *opencl.Buffer[float32]"},
		{"no whole vectors", many, ok, with(1, bufferOf(t, c, make([]int32, 6)...)), "6 elements of type int32 are no whole number of vectors int4"},
		{"closed buffer", many, ok, with(0, closed), "the buffer is closed"},
		{"buffer of another context", many, ok, with(0, foreign), "another context"},
		{"buffer for local", many, ok, with(3, x), "it takes local memory, as opencl.Local[float32](n)"},
		{"local for buffer", many, ok, with(0, l), "local memory; it takes memory"},
		{"local of another type", many, ok, with(3, Local[int32](8)), "Local[int32](8); it takes"},
		{"local of nothing", many, ok, with(3, Local[float32](0)), "local memory for 0 elements"},
		{"local of less than nothing", many, ok, with(3, Local[float32](-1)), "local memory for -1 elements"},
		{"too much local", many, ok, with(3, Local[float32](1<<40)), "bytes of local memory"},
		{"buffer for value", many, ok, with(4, x), "it takes a int32"},
		{"int of another type", many, ok, with(4, uint32(1)), "a uint32; it takes a int32"},
		{"int too large", many, ok, with(4, math.MaxInt32+1), "2147483648, which is no int"},
		{"float for int", many, ok, with(4, 1.5), "a float64; it takes a int32"},
		{"int no float holds", many, ok, with(5, 1<<24+1), "16777217, which a float does not hold exactly"},
		{"array too short", many, ok, with(6, [2]float32{}), "a [2]float32; it takes a [4]float32"},
		{"text", many, ok, with(4, "1"), "a string; it takes a int32"},
		{"no dimensions", many, Range{}, good(), "0 dimensions"},
		{"four dimensions", many, Global(1, 1, 1, 1), good(), "4 dimensions"},
		{"negative size", many, Global(-1), good(), "a global size of -1"},
		{"more than can be counted", many, Global(math.MaxInt, 2), good(), "more work-items than can be counted"},
		{"groups of other dimensions", many, Global(8, 8).Groups(8), good(), "its work-groups have 1"},
		{"offset of other dimensions", many, Global(8, 8).From(8), good(), "its offset has 1"},
		{"negative offset", many, Global(8).From(-8), good(), "an offset of -8"},
		{"groups of nothing", many, Global(8).Groups(0), good(), "a work-group size of 0"},
		{"groups do not divide", many, Global(100).Groups(64), good(), "round up to 128"},
		{"groups too large", many, Global(1 << 20).Groups(1 << 20), good(), "the kernel allows"},
		{"not the groups it asks for", eight, Global(64).Groups(4), []any{x}, "the kernel asks for [8 1 1]"},
		{"not divisible by the groups it asks for", eight, Global(12), []any{x}, "do not divide"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.kernel.Launch(nil, test.r, test.args...)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.HasPrefix(err.Error(), "opencl: Kernel.Launch: "+test.kernel.Name()+": ") {
				t.Errorf("%v\ndoes not say %q", err, test.says)
			}
		})
	}
}

// All local memory of the device can be used, and not a byte more, counting the kernel's own.
func TestLocalMemoryUpToTheLimit(t *testing.T) {
	c := newContext(t)
	k := build(t, c, `__kernel void both(__global int *x, __local uchar *l, int n) {
		__local int own[1024];
		own[get_local_id(0)] = 40;
		l[n - 1] = 2;
		barrier(CLK_LOCAL_MEM_FENCE);
		x[0] = own[get_local_id(0)] + l[n - 1];
	}`)
	x := bufferOf(t, c, int32(0))
	room := int(c.Device().LocalMemory() - k.LocalMemory())
	if k.LocalMemory() < 4096 {
		t.Errorf("the kernel has %d bytes of its own", k.LocalMemory())
	}
	launch(t, k, Global(1).Groups(1), x, Local[uint8](room), room)
	if got := read(t, x)[0]; got != 42 {
		t.Error(got)
	}
	if _, err := k.Launch(nil, Global(1).Groups(1), x, Local[uint8](room+1), room); err == nil || !strings.Contains(err.Error(), "bytes of local memory") {
		t.Error(err)
	}
}

func TestRunningKernelsEndAfterClose(t *testing.T) {
	c := newContext(t)
	k, x := build(t, c, slow), bufferOf[int32](t, c, 0)
	e, err := k.Launch(nil, Global(1), x, 10_000_000)
	if err != nil {
		t.Fatal(err)
	}
	k.Program().Close()
	x.Close()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := e.Wait(); err != nil {
		t.Error(err)
	}
}

func TestNotANumberStaysOne(t *testing.T) {
	c := newContext(t)
	k := build(t, c, "__kernel void twice(__global float *x) { x[get_global_id(0)] *= 2; }")
	x := bufferOf(t, c, float32(math.NaN()), float32(math.Inf(-1)))
	launch(t, k, Global(2), x)
	if got := read(t, x); got[0] == got[0] || !math.IsInf(float64(got[1]), -1) {
		t.Error(got)
	}
}
