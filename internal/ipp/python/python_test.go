package python

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/warren-go/warren/internal/pickle"
)

// dump makes a pickle as Python would, also of objects.
func dump(v any) []byte {
	return append(put([]byte{0x80, 4}, v), '.')
}

func text(s string) []byte {
	return append(binary.LittleEndian.AppendUint64([]byte{0x8d}, uint64(len(s))), s...)
}

func put(b []byte, v any) []byte {
	all := func(b []byte, items []any) []byte {
		for _, i := range items {
			b = put(b, i)
		}
		return b
	}
	switch v := v.(type) {
	case nil:
		return append(b, 'N')
	case bool:
		if v {
			return append(b, 0x88)
		}
		return append(b, 0x89)
	case int:
		return binary.LittleEndian.AppendUint64(append(b, 0x8a, 8), uint64(v))
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 'G'), math.Float64bits(v))
	case string:
		return append(b, text(v)...)
	case []byte:
		return append(binary.LittleEndian.AppendUint64(append(b, 0x8e), uint64(len(v))), v...)
	case []any:
		return append(all(append(b, ']', '('), v), 'e')
	case pickle.Tuple:
		return append(all(append(b, '('), v), 't')
	case pickle.Dict:
		b = append(b, '}', '(')
		for _, i := range v.Items {
			b = put(put(b, i.Key), i.Value)
		}
		return append(b, 'u')
	case pickle.Global:
		return append(put(put(b, v.Module), v.Name), 0x93)
	case pickle.Object:
		b = append(put(put(b, v.Class), v.Args), 'R')
		if v.State != nil {
			b = append(put(b, v.State), 'b')
		}
		return b
	}
	panic(fmt.Sprintf("no pickle of a %T", v))
}

func dict(pairs ...any) pickle.Dict {
	var d pickle.Dict
	for i := 0; i < len(pairs); i += 2 {
		d.Items = append(d.Items, pickle.Item{Key: pairs[i], Value: pairs[i+1]})
	}
	return d
}

func canned(class string, state ...any) pickle.Object {
	return pickle.Object{Class: pickle.Global{Module: canning, Name: class}, Args: pickle.Tuple{}, State: dict(state...)}
}

func ref(name string) pickle.Object { return canned("Reference", "name", name, "buffers", []any{}) }

func function(module, name string) pickle.Object {
	return canned("CannedFunction", "module", module, "__name__", name, "buffers", []any{})
}

var (
	pushed = function("ipyparallel.util", "_push")
	pulled = function("ipyparallel.util", "_pull")
	mapped = function("ipyparallel.client.remotefunction", "_map")
)

func object2(module, name string, args ...any) pickle.Object {
	return pickle.Object{Class: pickle.Global{Module: module, Name: name}, Args: args}
}

// array is a NumPy array as ipyparallel sends small ones.
func array(dtype string, shape pickle.Tuple, data ...byte) pickle.Object {
	return canned("CannedArray", "shape", shape, "dtype", dtype, "pickled", false, "buffers", []any{data})
}

func floats(values ...float64) (b []byte) {
	for _, f := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	}
	return b
}

// message packs a request. Arguments are values, or [][]byte of their own.
func message(f any, args []any, named pickle.Dict) [][]byte {
	keys := []any{}
	var values [][]byte
	for _, i := range named.Items {
		keys = append(keys, i.Key)
		values = append(values, dump(i.Value))
	}
	buffers := [][]byte{dump(f), dump(dict("nargs", len(args), "narg_bufs", len(args), "kw_keys", keys))}
	for _, a := range args {
		if own, ok := a.([][]byte); ok {
			buffers = append(buffers, own...)
			continue
		}
		buffers = append(buffers, dump(a))
	}
	return append(buffers, values...)
}

// fake is a session of values and variables.
type fake struct {
	values    map[string][]any
	variables map[string]reflect.Value
}

func (f *fake) Values(expression string) ([]any, error) {
	if v, ok := f.variables[expression]; ok {
		return []any{v.Interface()}, nil
	}
	if v, ok := f.values[expression]; ok {
		return v, nil
	}
	return nil, fmt.Errorf("undefined: %s", expression)
}

func (f *fake) Variable(name string, t reflect.Type) (reflect.Value, error) {
	if _, ok := f.variables[name]; !ok {
		f.variables[name] = reflect.New(t).Elem()
	}
	return f.variables[name], nil
}

var errAgain = errors.New("again")

func (f *fake) Renew(name string, t reflect.Type) error {
	f.variables[name] = reflect.New(t).Elem()
	return errAgain
}

type point struct {
	X, Y float64
	name string
}

func newFake() *fake {
	one := func(v any) []any { return []any{v} }
	return &fake{variables: map[string]reflect.Value{}, values: map[string][]any{
		"add":     one(func(a, b int) int { return a + b }),
		"half":    one(func(x float64) float64 { return x / 2 }),
		"scale":   one(func(x []float64, by float64) []float64 { return append([]float64{x[0] * by}, x[1:]...) }),
		"sum":     one(func(all ...int) (s int) { return reduce(all) }),
		"move":    one(func(p point) point { p.X++; return p }),
		"pick":    one(func(m map[string]int, key string) (int, bool) { v, ok := m[key]; return v, ok }),
		"fail":    one(func() (int, error) { return 0, errors.New("it failed") }),
		"fine":    one(func() (int, error) { return 7, nil }),
		"nothing": one(func() {}),
		"context": one(func(ctx context.Context, n int) bool { return ctx.Value(key{}) == n }),
		"trace":   one(func(m *mat.Dense) float64 { return mat.Trace(m) }),
		"eye":     one(func() *mat.Dense { return mat.NewDense(2, 2, []float64{1, 0, 0, 1}) }),
		"same":    one(func(v any) any { return v }),
		"small":   one(func(v int8) int8 { return v }),
		"natural": one(func(v uint64) uint64 { return v }),
		"single":  one(func(v float32) float32 { return v }),
		"bytes":   one(func(b []byte) int { return len(b) }),
		"rows":    one(func(rows [][]float64) [][]float64 { return rows }),
		"two":     {1, "b"},
		"number":  one(5),
		"channel": one(make(chan int)),
		"nil":     one(nil),
		"points":  one([]point{{X: 1}}),
		"fixed":   one(func(v [2]int) int { return v[0] + v[1] }),
		"pointer": one(func(p *point) bool { return p == nil }),
		"loop":    one(loop()),

		"keys":           one(map[any]int{nil: 1}),
		"keys: numbers":  one(map[*big.Int]int{big.NewInt(7): 1}),
		"keys: structs":  one(map[point]int{{X: 1}: 1}),
		"keys: arrays":   one(map[[2]int]int{{}: 1}),
		"keys: pointers": one(map[*int]int{new(int): 1}),
		"keys: any":      one(map[any]int{point{}: 1}),
	}}
}

type key struct{}

func reduce(all []int) (s int) {
	for _, v := range all {
		s += v
	}
	return s
}

// loop is a value that contains itself.
func loop() any {
	all := make([]any, 1)
	all[0] = all
	return all
}

// show writes what a reply means to Python.
func show(v any) string {
	switch v := v.(type) {
	case *pickle.List:
		return "[" + join(v.Items) + "]"
	case pickle.Tuple:
		return "(" + join(v) + ")"
	case *pickle.Dict:
		var items []string
		for _, i := range v.Items {
			items = append(items, show(i.Key)+": "+show(i.Value))
		}
		return "{" + strings.Join(items, ", ") + "}"
	case *pickle.Object:
		return fmt.Sprint(v.Class) + show(v.Args)
	case string:
		return "'" + v + "'"
	}
	return fmt.Sprint(v)
}

func join(items []any) string {
	var all []string
	for _, i := range items {
		all = append(all, show(i))
	}
	return strings.Join(all, ", ")
}

// run does a request, again if that is asked for, and shows the reply or the error.
func run(t *testing.T, e *Engine, s Session, buffers [][]byte) string {
	t.Helper()
	ctx := context.WithValue(t.Context(), key{}, 42)
	got, err := e.Run(ctx, buffers, s)
	if errors.Is(err, errAgain) {
		got, err = e.Run(ctx, buffers, s)
	}
	if err != nil {
		return "error: " + err.Error()
	}
	v, err := pickle.Load(got[0])
	if err != nil || len(got) != 1 {
		t.Fatalf("%d buffers, %v", len(got), err)
	}
	return show(v)
}

func TestCalls(t *testing.T) {
	none := pickle.Dict{}
	huge := append([]any{}, make([]any, 70)...)
	for i := range huge {
		huge[i] = i
	}
	big2 := pickle.Object{Class: pickle.Global{Module: canning, Name: "CannedArray"}, Args: pickle.Tuple{}, State: dict(
		"shape", pickle.Tuple{3}, "dtype", "<f8", "pickled", false, "buffers", []any{nil})}
	dtype := pickle.Object{Class: pickle.Global{Module: "numpy", Name: "dtype"}, Args: pickle.Tuple{"f8", false, true}, State: pickle.Tuple{3, "<", nil, nil, nil, -1, -1, 0}}
	tests := map[string]struct {
		f    any
		args []any
		want string
	}{
		"numbers":                   {ref("add"), []any{1, 2}, "3"},
		"an exact float":            {ref("add"), []any{1.0, 2}, "3"},
		"an inexact float":          {ref("add"), []any{1.5, 2}, "error: argument 1: the float 1.5 cannot become a int"},
		"an int for a float":        {ref("half"), []any{3}, "1.5"},
		"a large int for a float":   {ref("half"), []any{1<<53 + 1}, "error: argument 1: the int 9007199254740993 cannot become a float64"},
		"a bool is no number":       {ref("add"), []any{true, 2}, "error: argument 1: a bool cannot become a int"},
		"overflow":                  {ref("small"), []any{128}, "error: argument 1: the int 128 cannot become a int8"},
		"negative":                  {ref("natural"), []any{-1}, "error: argument 1: the int -1 cannot become a uint64"},
		"rounded to single":         {ref("single"), []any{0.1}, fmt.Sprint(float64(float32(0.1)))},
		"too large for single":      {ref("single"), []any{1e300}, "error: argument 1: the float 1e+300 cannot become a float32"},
		"too few arguments":         {ref("add"), []any{1}, "error: a func(int, int) int takes 2 arguments, and got 1"},
		"variadic":                  {ref("sum"), []any{1, 2, 3}, "6"},
		"variadic of none":          {ref("sum"), nil, "0"},
		"a list":                    {ref("scale"), []any{[]any{1.5, 2}, 2}, "[3, 2]"},
		"a bad element":             {ref("scale"), []any{[]any{1.5, "x"}, 2}, "error: argument 1: element 1: a str cannot become a float64"},
		"an array":                  {ref("scale"), []any{array("<f8", pickle.Tuple{2}, floats(1.5, 2)...), 2}, "numpy.ndarray((2), '<f8', " + fmt.Sprint(floats(3, 2)) + ")"},
		"an array beside":           {ref("scale"), []any{[][]byte{dump(big2), floats(1, 2, 3)}, 2}, "numpy.ndarray((3), '<f8', " + fmt.Sprint(floats(2, 2, 3)) + ")"},
		"an array of int8":          {ref("scale"), []any{array("|i1", pickle.Tuple{2}, 1, 0xff), 1}, "numpy.ndarray((2), '<f8', " + fmt.Sprint(floats(1, -1)) + ")"},
		"an array of strings":       {ref("scale"), []any{array("<U1", pickle.Tuple{1}, 0, 0, 0, 0), 1}, `error: argument 1: ipyparallel.serialize.canning.CannedArray: a NumPy array of dtype "<U1" cannot become a value of Go: convert it with astype to numbers`},
		"a short array":             {ref("scale"), []any{array("<f8", pickle.Tuple{2}, 1), 1}, "error: argument 1: ipyparallel.serialize.canning.CannedArray: a NumPy array of shape [2] and dtype <f8 has 1 bytes"},
		"a table":                   {ref("rows"), []any{array("<f8", pickle.Tuple{1, 2}, floats(1, 2)...)}, "numpy.ndarray((1, 2), '<f8', " + fmt.Sprint(floats(1, 2)) + ")"},
		"a matrix":                  {ref("trace"), []any{array("<f8", pickle.Tuple{2, 2}, floats(1, 2, 3, 4)...)}, "5"},
		"lists for a matrix":        {ref("trace"), []any{[]any{[]any{1, 2}, []any{3, 4}}}, "5"},
		"uneven lists for a matrix": {ref("trace"), []any{[]any{[]any{1, 2}, []any{3}}}, "error: argument 1: a list whose rows differ in length cannot become a *mat.Dense"},
		"an empty matrix":           {ref("trace"), []any{[]any{}}, "error: argument 1: a list without elements cannot become a *mat.Dense"},
		"a matrix comes back":       {ref("eye"), nil, "[[1, 0], [0, 1]]"},
		"a pickled array":           {ref("half"), []any{object2("numpy._core.multiarray", "scalar", dtype, floats(5))}, "2.5"},
		"a number in protocol 2":    {ref("half"), []any{object2("numpy._core.multiarray", "scalar", dtype, object2("_codecs", "encode", strings.Repeat("\x00", 6)+"\u0014@", "latin1"))}, "2.5"},
		"a number of a bytearray":   {ref("half"), []any{object2("numpy._core.multiarray", "scalar", dtype, object2("builtins", "bytearray", floats(5)))}, "2.5"},
		"rows without elements":     {ref("rows"), []any{array("<f8", pickle.Tuple{2, 0})}, "numpy.ndarray((2, 0), '<f8', [])"},
		"many rows of none":         {ref("rows"), []any{array("<f8", pickle.Tuple{1 << 40, 0})}, "error: argument 1: " + errNodes.Error()},
		"bytes of no elements":      {ref("rows"), []any{array("<f8", pickle.Tuple{2, 0}, 1)}, "error: argument 1: ipyparallel.serialize.canning.CannedArray: a NumPy array of shape [2 0] and dtype <f8 has 1 bytes"},
		"too many dimensions":       {ref("same"), []any{array("|i1", slices.Repeat(pickle.Tuple{1}, 65), 1)}, "error: argument 1: ipyparallel.serialize.canning.CannedArray: a NumPy array has at most 64 dimensions, and this one has 65"},
		"a struct":                  {ref("move"), []any{dict("X", 1, "Y", 2.5)}, "{'X': 2, 'Y': 2.5}"},
		"a field of its own":        {ref("move"), []any{dict("name", "x")}, `error: argument 1: the struct python.point has no exported field "name"`},
		"None for a pointer":        {ref("pointer"), []any{nil}, "true"},
		"a pointer":                 {ref("pointer"), []any{dict("X", 1)}, "false"},
		"an array of Go":            {ref("fixed"), []any{pickle.Tuple{1, 2}}, "3"},
		"an array of another size":  {ref("fixed"), []any{[]any{1}}, "error: argument 1: a list of 1 elements cannot become a [2]int"},
		"a map, two results":        {ref("pick"), []any{dict("a", 1), "a"}, "(1, true)"},
		"bytes":                     {ref("bytes"), []any{canned("CannedBytes", "buffers", []any{[]byte("abc")})}, "3"},
		"bytes of protocol 2":       {ref("bytes"), []any{object2("_codecs", "encode", "é", "latin1")}, "1"},
		"no error":                  {ref("fine"), nil, "7"},
		"an error":                  {ref("fail"), nil, "error: it failed"},
		"no result":                 {ref("nothing"), nil, "<nil>"},
		"the request's context":     {ref("context"), []any{42}, "true"},
		"any: mixed numbers":        {ref("same"), []any{[]any{1, 2.5}}, "[1, 2.5]"},
		"any: a range":              {ref("same"), []any{object2("builtins", "range", 5, 0, -2)}, "[5, 3, 1]"},
		"any: the longest range":    {ref("same"), []any{object2("builtins", "range", math.MinInt64, math.MaxInt64, 1)}, "error: argument 1: " + errNodes.Error()},
		"any: complex":              {ref("same"), []any{object2("builtins", "complex", 1.0, 2.0)}, "builtins.complex(1, 2)"},
		"any: many items":           {ref("same"), []any{huge}, "[" + strings.Trim(strings.ReplaceAll(fmt.Sprint(huge), " ", ", "), "[]") + "]"},
		"any: of all kinds":         {ref("same"), []any{[]any{1, "a", nil, dict(1, []any{true})}}, "[1, 'a', <nil>, {1: [true]}]"},
		"a reference":               {ref("add"), []any{ref("number"), 1}, "6"},
		"a reference that misfits":  {ref("half"), []any{ref("number")}, "error: argument 1: a int cannot become a float64"},
		"unknown references":        {ref("f"), []any{ref("x")}, "error: undefined: f\nundefined: x"},
		"no function":               {ref("number"), nil, "error: a int is no function"},
		"nil":                       {ref("nil"), nil, "error: nil is no function"},
		"two functions":             {ref("two"), nil, "error: two has 2 values, and one is wanted"},
		"a function of Python":      {function("__main__", "mine"), []any{1}, "error: mine: " + errFunction.Error()},
		"a class":                   {pickle.Global{Module: "os", Name: "system"}, []any{"ls"}, "error: " + errFunction.Error()},
		"a call":                    {object2("os", "system", "ls"), nil, "error: " + errFunction.Error()},
		"an object":                 {ref("same"), []any{object2("os", "system", "ls")}, "error: argument 1: an object of Python's class os.system cannot become a value of Go: send numbers, strings, lists, dicts or NumPy arrays"},
		"map":                       {mapped, []any{ref("half"), []any{1, 3}}, "[0.5, 1.5]"},
		"map of two sequences":      {mapped, []any{ref("add"), []any{1, 2, 3}, object2("builtins", "range", 0, 2, 1)}, "[1, 3]"},
		"map with two results":      {mapped, []any{ref("pick"), []any{dict("a", 1)}, []any{"b"}}, "[(0, false)]"},
		"map fails at an item":      {mapped, []any{ref("half"), []any{1, "x"}}, "error: item 1: argument 1: a str cannot become a float64"},
		"map of Python":             {mapped, []any{function("__main__", "f"), []any{1}}, "error: ipyparallel.serialize.canning.CannedFunction: " + errFunction.Error()},
		"map of an array":           {mapped, []any{ref("half"), array("<f8", pickle.Tuple{2}, floats(1, 2)...)}, "[0.5, 1]"},
		"map of one number":         {mapped, []any{ref("half"), array("<f8", pickle.Tuple{}, floats(1)...)}, "error: a NumPy array of shape [] and dtype <f8 cannot become a []interface {}"},
		"map of the longest range":  {mapped, []any{ref("half"), object2("builtins", "range", math.MaxInt64, math.MinInt64, -1)}, "error: " + errNodes.Error()},
		"map of nothing":            {mapped, []any{ref("half")}, "error: map wants a function and a sequence"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := run(t, &Engine{}, newFake(), message(test.f, test.args, none)); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
	if got := run(t, &Engine{}, newFake(), message(ref("add"), []any{1}, dict("b", 2))); !strings.Contains(got, "keyword arguments, such as b") {
		t.Errorf("got %s", got)
	}
}

func TestDescribe(t *testing.T) {
	for want, buffers := range map[string][][]byte{
		"F":        message(ref("F"), []any{1}, pickle.Dict{}),
		"map of F": message(mapped, []any{ref("F"), []any{1}}, pickle.Dict{}),
		"push":     message(pushed, nil, dict("x", 1)),
		"":         {[]byte("garbage")},
	} {
		if got := Describe(buffers); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestVariables(t *testing.T) {
	tests := map[string]struct {
		value any
		typ   string
		want  string // as it is pulled
	}{
		"int":      {3, "int", "3"},
		"float":    {2.5, "float64", "2.5"},
		"text":     {"a", "string", "'a'"},
		"None":     {nil, "interface {}", "<nil>"},
		"floats":   {[]any{1, 2.5}, "[]float64", "[1, 2.5]"},
		"table":    {[]any{[]any{1}, []any{}, []any{2.5}}, "[]interface {}", "[[1], [], [2.5]]"},
		"tuple":    {pickle.Tuple{1, 2}, "[]int", "[1, 2]"},
		"mixed":    {[]any{1, "a"}, "[]interface {}", "[1, 'a']"},
		"empty":    {[]any{}, "[]interface {}", "[]"},
		"map":      {dict("a", 1, "b", 2.5), "map[string]float64", ""},
		"array":    {array("<f4", pickle.Tuple{1}, 0, 0, 0x80, 0x3f), "[]float32", "numpy.ndarray((1), '<f4', [0 0 128 63])"},
		"no array": {array("<i8", pickle.Tuple{0}), "[]int64", "numpy.ndarray((0), '<i8', [])"},
		"range":    {object2("builtins", "range", 1, 3, 1), "[]int", "[1, 2]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var e Engine
			s := newFake()
			if got := run(t, &e, s, message(pushed, nil, dict("x", test.value))); got != "<nil>" {
				t.Fatal(got)
			}
			if got := s.variables["x"].Type().String(); got != test.typ {
				t.Errorf("a variable of type %s, want %s", got, test.typ)
			}
			if got := run(t, &e, s, message(pulled, []any{"x"}, pickle.Dict{})); test.want != "" && got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// A variable keeps its type as long as that can hold what is pushed, and is replaced otherwise.
func TestPushedValuesFitTheVariable(t *testing.T) {
	var e Engine
	s := newFake()
	s.variables["x"] = reflect.New(reflect.TypeFor[float32]()).Elem()
	push := func(v any) string { return run(t, &e, s, message(pushed, nil, dict("x", v))) }
	if got := push(3); got != "<nil>" || s.variables["x"].Interface() != float32(3) {
		t.Errorf("%s, %v", got, s.variables["x"])
	}
	if got := push("three"); got != "<nil>" || s.variables["x"].Interface() != "three" {
		t.Errorf("%s, %v", got, s.variables["x"])
	}
	if got := push(object2("decimal", "Decimal", "1")); !strings.HasPrefix(got, "error: x: an object of Python's class decimal.Decimal") {
		t.Errorf("got %s", got)
	}
}

func TestPull(t *testing.T) {
	for name, test := range map[string]struct {
		arg  any
		want string
	}{
		"several names":   {[]any{"number", "points", "two"}, "[5, [{'X': 1, 'Y': 0}], (1, 'b')]"},
		"a tuple":         {pickle.Tuple{"number"}, "[5]"},
		"unknown":         {"x", "error: undefined: x"},
		"two unknown":     {[]any{"x", "number", "y"}, "error: undefined: x\nundefined: y"},
		"no name":         {7, "error: pull wants names, and got the int 7"},
		"a number inside": {[]any{7}, "error: pull wants names, and got the int 7"},
		"a channel":       {"channel", "error: channel: a chan int cannot become a value of Python"},
		"keys":            {"keys", "{<nil>: 1}"},
		"keys: numbers":   {"keys: numbers", "{7: 1}"},
		"keys: structs":   {"keys: structs", "error: keys: structs: a key: a python.point cannot be a key of a dict of Python"},
		"keys: arrays":    {"keys: arrays", "error: keys: arrays: a key: a [2]int cannot be a key of a dict of Python"},
		"keys: pointers":  {"keys: pointers", "error: keys: pointers: a key: a *int cannot be a key of a dict of Python"},
		"keys: any":       {"keys: any", "error: keys: any: a key: a python.point cannot be a key of a dict of Python"},
		"a loop":          {"loop", "error: loop: " + strings.Repeat("element 0: ", maxDepth/2+1) + errDepth.Error()},
	} {
		if got := run(t, &Engine{}, newFake(), message(pulled, []any{test.arg}, pickle.Dict{})); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestBigNumbers(t *testing.T) {
	n := new(big.Int).Lsh(big.NewInt(1), 100)
	data := append([]byte{0x8a, 13}, append(make([]byte, 12), 0x10)...)
	buffers := message(pushed, nil, dict("x", nil))
	buffers[len(buffers)-1] = append(data, '.')
	var e Engine
	s := newFake()
	if got := run(t, &e, s, buffers); got != "<nil>" {
		t.Fatal(got)
	}
	if got := s.variables["x"].Interface().(*big.Int); got.Cmp(n) != 0 {
		t.Errorf("got %v", got)
	}
	if got := run(t, &e, s, message(pulled, []any{"x"}, pickle.Dict{})); got != n.String() {
		t.Errorf("got %s", got)
	}
}

// A list that contains itself, and one that is exponentially larger than its pickle, are errors.
func TestBombs(t *testing.T) {
	itself := []byte("\x80\x04]\x94h\x00a.")
	shared := []byte("\x80\x04]\x94")
	for i := range 40 {
		shared = append(shared, ']', 0x94, 'h', byte(i), 'a', 'h', byte(i), 'a')
	}
	shared = append(shared, '.')
	for name, data := range map[string][]byte{"itself": itself, "shared": shared} {
		buffers := message(ref("same"), []any{nil}, pickle.Dict{})
		buffers[2] = data
		if got := run(t, &Engine{}, newFake(), buffers); !strings.HasPrefix(got, "error: argument 1: ") {
			t.Errorf("%s: %.100s", name, got)
		}
	}
}

// What should be the bytes of an array may be another object, also the array itself.
func TestElementsThatAreObjects(t *testing.T) {
	dtype := pickle.Object{Class: pickle.Global{Module: "numpy", Name: "dtype"}, Args: pickle.Tuple{"f8", false, true}}
	five := object2("numpy._core.multiarray", "scalar", dtype, floats(5))
	array := pickle.Global{Module: "numpy._core.multiarray", Name: "_reconstruct"}
	itself := append(put(put([]byte{0x80, 4}, array), pickle.Tuple{}), 'R', 0x94, '(')
	itself = append(put(put(put(put(itself, 1), pickle.Tuple{}), dtype), false), 'h', 0, 't', 'b', '.')
	for name, data := range map[string][]byte{
		"an array of itself":  itself,
		"an array of objects": dump(pickle.Object{Class: array, Args: pickle.Tuple{}, State: pickle.Tuple{1, pickle.Tuple{}, dtype, false, []any{five}}}),
		"an array of numbers": dump(pickle.Object{Class: array, Args: pickle.Tuple{}, State: pickle.Tuple{1, pickle.Tuple{}, dtype, false, five}}),
		"a buffer":            dump(object2("numpy._core.numeric", "_frombuffer", five, dtype, pickle.Tuple{}, "C")),
		"a scalar":            dump(object2("numpy._core.multiarray", "scalar", dtype, five)),
	} {
		buffers := message(ref("same"), []any{nil}, pickle.Dict{})
		buffers[2] = data
		if got := run(t, &Engine{}, newFake(), buffers); !strings.HasPrefix(got, "error: argument 1: numpy._core.") || !strings.Contains(got, errElements.Error()) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestWhatIsNoRequest(t *testing.T) {
	good := message(ref("add"), []any{1, 2}, pickle.Dict{})
	for name, buffers := range map[string][][]byte{
		"nothing": nil, "one buffer": good[:1], "a buffer is missing": good[:3], "one too many": append(good[:4:4], dump(1)),
		"no counts": {good[0], dump(1)}, "negative": {good[0], dump(dict("nargs", -1, "kw_keys", []any{}))},
		"garbage": {[]byte("garbage")}, "names of no strings": {good[0], dump(dict("nargs", 0, "kw_keys", []any{1}))},
		"an array without its data": message(ref("same"), []any{canned("CannedArray", "buffers", []any{nil})}, pickle.Dict{}),
	} {
		if got, err := new(Engine).Run(t.Context(), buffers, newFake()); err == nil || !strings.HasPrefix(err.Error(), "python: Run: this is no request of ipyparallel: ") {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzRun(f *testing.F) {
	for _, b := range [][][]byte{
		message(ref("add"), []any{1, 2}, pickle.Dict{}),
		message(ref("same"), []any{array("<f8", pickle.Tuple{1}, floats(1)...)}, pickle.Dict{}),
		message(pushed, nil, dict("x", object2("builtins", "range", 0, 3, 1))),
		message(ref("same"), []any{object2("builtins", "range", math.MinInt64, math.MaxInt64, 1)}, pickle.Dict{}),
	} {
		f.Add(b[0], b[1], b[2])
	}
	f.Fuzz(func(t *testing.T, function, counts, arg []byte) {
		got, err := new(Engine).run(t.Context(), [][]byte{function, counts, arg}, newFake(), 1<<10)
		if err != nil {
			return
		}
		if _, err := pickle.Load(got[0]); err != nil {
			t.Errorf("the reply is no pickle: %v", err)
		}
	})
}
