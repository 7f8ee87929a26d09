package opencl_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/warren-go/warren/opencl"
	"github.com/warren-go/warren/opencl/internal/cltest"
	"github.com/warren-go/warren/opencl/internal/translate"
)

// inputs are what random expressions are made of, by type: its name is that of the slice.
type inputs struct {
	Int8    []int8
	Int32   []int32
	Int64   []int64
	Uint8   []uint8
	Uint32  []uint32
	Uint64  []uint64
	Float32 []float32
	Float64 []float64
}

const inputCount = 6

func randomInputs(r *rand.Rand) *inputs {
	in := &inputs{}
	for range inputCount {
		bits := func() uint64 { return r.Uint64() >> r.IntN(64) }
		in.Int8 = append(in.Int8, int8(bits()))
		in.Int32 = append(in.Int32, int32(bits()))
		in.Int64 = append(in.Int64, int64(bits()))
		in.Uint8 = append(in.Uint8, uint8(bits()))
		in.Uint32 = append(in.Uint32, uint32(bits()))
		in.Uint64 = append(in.Uint64, bits())
		in.Float32 = append(in.Float32, float32(r.NormFloat64()*100))
		in.Float64 = append(in.Float64, r.NormFloat64()*1e6)
	}
	in.Int32[0], in.Int64[0], in.Int8[0] = math.MinInt32, math.MinInt64, math.MinInt8
	in.Int32[1], in.Int64[1], in.Int8[1] = -1, -1, -1
	return in
}

// term is an expression in Go's syntax, and what Go makes of it.
type term[T any] struct {
	text string
	eval func(*inputs) T
}

type integer interface {
	int8 | int32 | int64 | uint8 | uint32 | uint64
}

// integers makes a random expression of type T. of gives the slice of T; from makes an integer of another type, converted.
func integers[T integer](r *rand.Rand, depth int) term[T] {
	name := reflect.TypeFor[T]().Name()
	if depth == 0 {
		i := r.IntN(inputCount)
		field := strings.ToUpper(name[:1]) + name[1:]
		return term[T]{fmt.Sprintf("%s[%d]", field, i), func(in *inputs) T {
			return reflect.ValueOf(in).Elem().FieldByName(field).Interface().([]T)[i]
		}}
	}
	x := integers[T](r, depth-1)
	if r.IntN(8) == 0 {
		return converted[T](r, name, depth-1)
	}
	y := integers[T](r, r.IntN(depth))
	if r.IntN(4) == 0 {
		c := T(r.IntN(100))
		y = term[T]{fmt.Sprint(c), func(*inputs) T { return c }}
	}
	two := func(format string, f func(x, y T) T) term[T] {
		return term[T]{fmt.Sprintf(format, x.text, y.text), func(in *inputs) T { return f(x.eval(in), y.eval(in)) }}
	}
	switch r.IntN(14) {
	case 0, 1:
		return two("(%s + %s)", func(x, y T) T { return x + y })
	case 2:
		return two("(%s - %s)", func(x, y T) T { return x - y })
	case 3, 4:
		return two("(%s * %s)", func(x, y T) T { return x * y })
	case 5:
		return two("(%s & %s)", func(x, y T) T { return x & y })
	case 6:
		return two("(%s | %s)", func(x, y T) T { return x | y })
	case 7:
		return two("(%s ^ %s)", func(x, y T) T { return x ^ y })
	case 8:
		return two("(%s &^ %s)", func(x, y T) T { return x &^ y })
	case 9:
		d := integers[T](r, 0)
		return term[T]{fmt.Sprintf("(%s / (%s | 1))", x.text, d.text), func(in *inputs) T { return x.eval(in) / (d.eval(in) | 1) }}
	case 10:
		d := integers[T](r, 0)
		return term[T]{fmt.Sprintf("(%s %% (%s | 1))", x.text, d.text), func(in *inputs) T { return x.eval(in) % (d.eval(in) | 1) }}
	case 11:
		n := integers[uint8](r, r.IntN(depth))
		if r.IntN(2) == 0 {
			return term[T]{fmt.Sprintf("(%s << %s)", x.text, n.text), func(in *inputs) T { return x.eval(in) << n.eval(in) }}
		}
		return term[T]{fmt.Sprintf("(%s >> %s)", x.text, n.text), func(in *inputs) T { return x.eval(in) >> n.eval(in) }}
	case 12:
		if r.IntN(2) == 0 {
			return term[T]{"(-" + x.text + ")", func(in *inputs) T { return -x.eval(in) }}
		}
		return term[T]{"(^" + x.text + ")", func(in *inputs) T { return ^x.eval(in) }}
	}
	return two("max(%[1]s, min(%[2]s, %[1]s))", func(x, y T) T { return max(x, min(y, x)) })
}

func converted[T integer](r *rand.Rand, name string, depth int) term[T] {
	switch r.IntN(4) {
	case 0:
		x := integers[int8](r, depth)
		return term[T]{name + "(" + x.text + ")", func(in *inputs) T { return T(x.eval(in)) }}
	case 1:
		x := integers[int64](r, depth)
		return term[T]{name + "(" + x.text + ")", func(in *inputs) T { return T(x.eval(in)) }}
	case 2:
		x := integers[uint32](r, depth)
		return term[T]{name + "(" + x.text + ")", func(in *inputs) T { return T(x.eval(in)) }}
	}
	x := integers[uint64](r, depth)
	return term[T]{name + "(" + x.text + ")", func(in *inputs) T { return T(x.eval(in)) }}
}

func floats[T float32 | float64](r *rand.Rand, depth int) term[T] {
	name := reflect.TypeFor[T]().Name()
	if depth == 0 {
		i := r.IntN(inputCount)
		field := strings.ToUpper(name[:1]) + name[1:]
		return term[T]{fmt.Sprintf("%s[%d]", field, i), func(in *inputs) T {
			return reflect.ValueOf(in).Elem().FieldByName(field).Interface().([]T)[i]
		}}
	}
	x, y := floats[T](r, depth-1), floats[T](r, r.IntN(depth))
	two := func(format string, f func(x, y T) T) term[T] {
		return term[T]{fmt.Sprintf(format, x.text, y.text), func(in *inputs) T { return f(x.eval(in), y.eval(in)) }}
	}
	switch r.IntN(8) {
	case 0, 1:
		return two("(%s + %s)", func(x, y T) T { return x + y })
	case 2:
		return two("(%s - %s)", func(x, y T) T { return x - y })
	case 3:
		return two("(%s * %s)", func(x, y T) T { return x * y })
	case 4:
		return two("(%s / %s)", func(x, y T) T { return x / y })
	case 5:
		n := integers[int64](r, depth-1)
		return term[T]{name + "(" + n.text + ")", func(in *inputs) T { return T(n.eval(in)) }}
	case 6:
		return term[T]{fmt.Sprintf("%s(math.Sqrt(float64(%s)))", name, x.text), func(in *inputs) T { return T(math.Sqrt(float64(x.eval(in)))) }}
	}
	return two("(-min(%[1]s, max(%[2]s, %[1]s)))", func(x, y T) T { return -min(x, max(y, x)) })
}

// expressions is a kernel of random expressions of one type, with what Go computes for them.
type expressions struct {
	source string
	want   any
}

func randomExpressions[T any](r *rand.Rand, in *inputs, make func(r *rand.Rand, depth int) term[T]) expressions {
	const count = 60
	name := reflect.TypeFor[T]().Name()
	var body strings.Builder
	var want []T
	for i := range count {
		e := make(r, 1+i%5)
		fmt.Fprintf(&body, "\tout[%d] = %s\n", i, e.text)
		want = append(want, e.eval(in))
	}
	params := "Int8 []int8, Int32 []int32, Int64 []int64, Uint8 []uint8, Uint32 []uint32, Uint64 []uint64, Float32 []float32, Float64 []float64"
	return expressions{fmt.Sprintf("func random(it opencl.Item, %s, out []%s) {\n%s}", params, name, body.String()), want}
}

// run translates and runs the kernel. Its output is compared bit by bit.
func (e expressions) run(t *testing.T, in *inputs) {
	t.Helper()
	k, err := translate.Function([]translate.File{{Name: "random", Line: 1, Text: e.source}}, "random", translate.Options{Unchecked: true})
	if err != nil {
		t.Fatalf("%v\n%s", err, e.source)
	}
	p, err := opencl.Build(k.Source)
	if err != nil {
		t.Fatalf("%v\n%s", err, k.Source)
	}
	defer p.Close()
	var args []any
	add := func(x any, buffer any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, buffer, int64(reflect.ValueOf(x).Len()))
	}
	for _, x := range []any{in.Int8, in.Int32, in.Int64, in.Uint8, in.Uint32, in.Uint64, in.Float32, in.Float64, e.want} {
		if reflect.DeepEqual(x, e.want) {
			x = reflect.MakeSlice(reflect.TypeOf(x), reflect.ValueOf(x).Len(), reflect.ValueOf(x).Len()).Interface()
		}
		buffer, err := bufferOfAny(x)
		add(x, buffer, err)
	}
	kernel, err := p.Kernel("random")
	if err != nil {
		t.Fatal(err)
	}
	event, err := kernel.Launch(nil, opencl.Global(1), args...)
	if err != nil {
		t.Fatal(err)
	}
	if err := event.Wait(); err != nil {
		t.Fatal(err)
	}
	got := contents(t, args[len(args)-2])
	lines := strings.Split(e.source, "\n")
	for i := range reflect.ValueOf(e.want).Len() {
		if d := difference(reflect.ValueOf(got).Index(i), reflect.ValueOf(e.want).Index(i), 0); d != "" {
			t.Errorf("%s%s\n%+v", strings.TrimSpace(lines[i+1]), d, in)
		}
	}
}

// bufferOfAny makes a buffer of a slice of numbers.
func bufferOfAny(x any) (any, error) {
	switch x := x.(type) {
	case []int8:
		return opencl.BufferOf(nil, x)
	case []int32:
		return opencl.BufferOf(nil, x)
	case []int64:
		return opencl.BufferOf(nil, x)
	case []uint8:
		return opencl.BufferOf(nil, x)
	case []uint32:
		return opencl.BufferOf(nil, x)
	case []uint64:
		return opencl.BufferOf(nil, x)
	case []float32:
		return opencl.BufferOf(nil, x)
	case []float64:
		return opencl.BufferOf(nil, x)
	}
	return nil, fmt.Errorf("a %T", x)
}

func contents(t *testing.T, buffer any) any {
	t.Helper()
	n := reflect.ValueOf(buffer).MethodByName("Len").Call(nil)[0].Int()
	read := reflect.ValueOf(buffer).MethodByName("Read")
	x := reflect.MakeSlice(read.Type().In(0), int(n), int(n))
	if err := read.Call([]reflect.Value{x, reflect.ValueOf(0)})[0]; !err.IsNil() {
		t.Fatal(err)
	}
	return x.Interface()
}

func TestRandomExpressionsAreWhatTheyAreInGo(t *testing.T) {
	cltest.NeedDevice(t)
	r := rand.New(rand.NewPCG(0, 7))
	in := randomInputs(r)
	for _, e := range []expressions{ // each is a program
		randomExpressions(r, in, integers[int8]), randomExpressions(r, in, integers[int32]), randomExpressions(r, in, integers[int64]),
		randomExpressions(r, in, integers[uint8]), randomExpressions(r, in, integers[uint32]), randomExpressions(r, in, integers[uint64]),
		randomExpressions(r, in, floats[float32]), randomExpressions(r, in, floats[float64]),
	} {
		e.run(t, in)
	}
}
