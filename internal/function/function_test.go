package function_test

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"gonum.org/v1/gonum/mat"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/shm"
)

// engineVariable makes a process of this test an engine.
const engineVariable = "FUNCTION_TEST_ENGINE"

func TestMain(m *testing.M) {
	if os.Getenv(engineVariable) != "" {
		serve()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// answer is what an engine of the tests says to a message.
type answer struct {
	Buffers [][]byte
	Failed  bool
	Error   function.Error
}

// serve runs the messages that come by standard input.
func serve() {
	store, err := shm.Open("")
	if err != nil {
		panic(err)
	}
	defer store.Close()
	in, out := gob.NewDecoder(bufio.NewReader(os.Stdin)), gob.NewEncoder(os.Stdout)
	for {
		var buffers [][]byte
		if in.Decode(&buffers) != nil {
			return
		}
		var a answer
		results, err := function.Run(context.Background(), buffers, function.WithVariables(new(function.Values)), function.WithStore(store))
		if a.Buffers = results; err != nil {
			a.Failed, a.Error = true, function.Error{Text: err.Error()}
			if e := new(function.Error); errors.As(err, &e) {
				a.Error = *e
			}
		}
		if out.Encode(a) != nil {
			return
		}
	}
}

// engine is another process of the same program.
type engine struct {
	out *gob.Encoder
	in  *gob.Decoder
}

func startEngine(t testing.TB) *engine {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), engineVariable+"=1")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := c.Wait(); err != nil {
			t.Errorf("the engine ended with %v", err)
		}
	})
	return &engine{gob.NewEncoder(in), gob.NewDecoder(bufio.NewReader(out))}
}

func (e *engine) send(t testing.TB, buffers [][]byte) ([][]byte, error) {
	t.Helper()
	if err := e.out.Encode(buffers); err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := e.in.Decode(&a); err != nil {
		t.Fatal(err)
	}
	if a.Failed {
		return nil, &a.Error
	}
	return a.Buffers, nil
}

func (e *engine) run(t testing.TB, task function.Task) ([][]byte, error) {
	t.Helper()
	buffers, err := function.Encode(task)
	if err != nil {
		t.Fatal(err)
	}
	return e.send(t, buffers)
}

// call runs f elsewhere and returns its result.
func (e *engine) call(t testing.TB, f any, args ...any) (any, error) {
	t.Helper()
	c, err := function.NewCall(f, args...)
	if err != nil {
		t.Fatal(err)
	}
	results, err := e.run(t, c)
	if err != nil {
		return nil, err
	}
	return function.Decode[any](results)
}

type point struct {
	x, y float64
	name string
}

func (p point) norm() float64           { return math.Hypot(p.x, p.y) }
func (p *point) shift(by float64) point { p.x += by; return *p }

type list struct {
	value int
	next  *list
}

type shape interface{ norm() float64 }

func double[T int | float64](x T) T               { return 2 * x }
func pid() int                                    { return os.Getpid() }
func nothing()                                    {}
func both(a int, b string) (int, string)          { return a + 1, b + "!" }
func half(x float64) float64                      { return x / 2 }
func variadicSum(from int, xs ...int) (s int)     { return from + len(xs) + xs[len(xs)-1] }
func deadline(ctx context.Context, s string) bool { return ctx.Err() == nil && s == "x" }
func notFound(name string) (int, error) {
	return 0, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
func index(a []int, i int) int         { return a[i] }
func apply(f func(int) int, x int) int { return f(x) }
func measure(s shape) float64          { return s.norm() }
func trace(m *mat.Dense) float64       { return m.Trace() }
func echo[T any](v T) T                { return v }
func exitGoroutine()                   { runtime.Goexit() }
func sumList(l *list) (s int) {
	for ; l != nil; l = l.next {
		s += l.value
	}
	return s
}

func TestCallsInAnotherProcess(t *testing.T) {
	e := startEngine(t)
	dense := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	for name, test := range map[string]struct {
		f    any
		args []any
		want any
	}{
		"generic instance":          {double[int], []any{21}, 42},
		"another instance":          {double[float64], []any{1.5}, 3.0},
		"literal without captures":  {func(s string) int { return len(s) }, []any{"four"}, 4},
		"method expression":         {point.norm, []any{point{3, 4, "p"}}, 5.0},
		"pointer method expression": {(*point).shift, []any{&point{1, 2, "p"}, 2}, point{3, 2, "p"}},
		"no result":                 {nothing, nil, nil},
		"two results":               {both, []any{1, "a"}, []any{2, "a!"}},
		"int for a float64":         {half, []any{3}, 1.5},
		"variadic":                  {variadicSum, []any{100, 1, 2, 7}, 110},
		"context":                   {deadline, []any{"x"}, true},
		"no error":                  {index, []any{[]int{1, 2}, 1}, 2},
		"function as argument":      {apply, []any{func(x int) int { return -x }, 3}, -3},
		"interface argument":        {measure, []any{point{6, 8, ""}}, 10.0},
		"matrix":                    {trace, []any{dense}, 5.0},
		"linked list":               {sumList, []any{&list{1, &list{2, &list{3, nil}}}}, 6},
		"standard library":          {strings.ToUpper, []any{"abc"}, "ABC"},
		"duration":                  {echo[time.Duration], []any{time.Second}, time.Second},
		"nil slice":                 {echo[[]int], []any{[]int(nil)}, []int(nil)},
		"empty slice":               {echo[[]int], []any{[]int{}}, []int{}},
		"local type":                {echo[shape], []any{point{1, 1, "a"}}, point{1, 1, "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := e.call(t, test.f, test.args...)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("%#v, %v; want %#v", got, err, test.want)
			}
		})
	}
	if got, err := e.call(t, pid); err != nil || got == os.Getpid() {
		t.Errorf("process %v, %v: it should be another than this", got, err)
	}
}

func TestFailuresComeBack(t *testing.T) {
	e := startEngine(t)
	for name, test := range map[string]struct {
		f    any
		args []any
		want function.Error
	}{
		"error":  {notFound, []any{"f"}, function.Error{Name: "fs.PathError", Text: "open f: file does not exist"}},
		"panic":  {index, []any{[]int{1}, 5}, function.Error{Name: "panic", Text: "runtime error: index out of range [5] with length 1", Stack: "function_test.index("}},
		"Goexit": {exitGoroutine, nil, function.Error{Name: "Goexit", Text: "the function ended its goroutine (runtime.Goexit, or FailNow of a test)"}},
		"result": {func() any { return make(chan int) }, nil, function.Error{Text: "function: Run: the result cannot be sent: value: a chan int cannot travel: it is a chan, which belongs to this process"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := e.call(t, test.f, test.args...)
			var got *function.Error
			if !errors.As(err, &got) {
				t.Fatalf("the error is %v", err)
			}
			if got.Name != test.want.Name || got.Text != test.want.Text || !strings.Contains(got.Stack, test.want.Stack) {
				t.Errorf("%+v, want %+v", got, test.want)
			}
			if strings.Contains(got.Stack, "debug.Stack") || strings.Contains(got.Stack, "internal/function.") {
				t.Errorf("the stack shows how the call was made:\n%s", got.Stack)
			}
		})
	}
}

func TestArgumentsAreCheckedBeforeTheyAreSent(t *testing.T) {
	n := 3
	for name, test := range map[string]struct {
		f    any
		args []any
		want string
	}{
		"no function":      {3, nil, "a int is no function"},
		"too few":          {half, nil, "takes 1 arguments beside a context, and got 0"},
		"wrong type":       {half, []any{"x"}, "argument 1: a string is no float64"},
		"does not fit":     {double[int], []any{2.5}, "argument 1: 2.5 does not fit a int"},
		"negative":         {echo[uint], []any{-1}, "argument 1: -1 does not fit a uint"},
		"NaN as int":       {double[int], []any{math.NaN()}, "argument 1: NaN does not fit a int"},
		"nil":              {half, []any{nil}, "argument 1: nil is no float64"},
		"channel":          {echo[chan int], []any{make(chan int)}, "a chan int cannot travel"},
		"captures":         {func() int { return n }, nil, "pass what it uses as an argument"},
		"bound method":     {point{}.norm, nil, "use the method expression"},
		"made by reflect":  {reflect.MakeFunc(reflect.TypeFor[func()](), nil).Interface(), nil, "was made by package reflect"},
		"captures, within": {apply, []any{func(x int) int { return n }, 3}, "pass what it uses as an argument"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := function.NewCall(test.f, test.args...)
			if err == nil {
				_, err = function.Encode(c)
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestNaNFitsAnyFloat(t *testing.T) {
	c, err := function.NewCall(double[float64], float32(math.NaN()))
	if err != nil {
		t.Fatal(err)
	}
	if x, ok := c.Args[0].(float64); !ok || !math.IsNaN(x) {
		t.Errorf("the argument is %v", c.Args[0])
	}
}

func square(x int) int { return x * x }

func picky(x int) int {
	if x%4 == 3 {
		panic(fmt.Sprintf("%d", x))
	}
	return x
}

// evenOnly is an error of the program's own.
type evenOnly struct{ n int }

func (e *evenOnly) Error() string { return fmt.Sprintf("%d is odd", e.n) }

func evens(_ context.Context, x int) (int, error) {
	if x%2 == 1 {
		return 0, &evenOnly{x}
	}
	return x, nil
}

func TestMapKeepsTheResultsOfOthers(t *testing.T) {
	e := startEngine(t)
	items := []int{0, 1, 2, 3, 4, 5, 6, 7}
	results, err := e.run(t, &function.Map[int, int]{F: picky, First: 100, Items: items})
	if err != nil {
		t.Fatal(err)
	}
	c, err := function.Decode[function.Chunk[int]](results)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{0, 1, 2, 0, 4, 5, 6, 0}; !slices.Equal(c.Results, want) || c.First != 100 {
		t.Errorf("results %v, want %v", c.Results, want)
	}
	if len(c.Failed) != 2 || c.Failed[0].Index != 103 || c.Failed[1].Error() != "item 107: panic: 7" {
		t.Errorf("failed: %v", c.Failed)
	}
	var p *function.Error
	if !errors.As(c.Failed[0], &p) || !strings.Contains(p.Stack, "picky") {
		t.Errorf("the first failure is %#v", c.Failed[0].Err)
	}
}

func TestErrorsOfItemsKeepTheirTypes(t *testing.T) {
	e := startEngine(t)
	results, err := e.run(t, &function.MapContext[int, int]{F: evens, Items: []int{4, 5, 6}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := function.Decode[function.Chunk[int]](results)
	if err != nil {
		t.Fatal(err)
	}
	var odd *evenOnly
	if len(c.Failed) != 1 || !errors.As(c.Failed[0], &odd) || odd.n != 5 || !slices.Equal(c.Results, []int{4, 0, 6}) {
		t.Errorf("%+v", c)
	}
}

func add(a, b int) int { return a + b }

func TestReduce(t *testing.T) {
	e := startEngine(t)
	results, err := e.run(t, &function.Reduce[int, int]{F: square, Combine: add, Items: []int{1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	if sum, err := function.Decode[int](results); err != nil || sum != 14 {
		t.Errorf("%d, %v", sum, err)
	}
	_, err = e.run(t, &function.Reduce[int, int]{F: picky, Combine: add, First: 10, Items: []int{1, 2, 3}})
	if err == nil || !strings.Contains(err.Error(), "at item 12: 3") {
		t.Errorf("the error is %v", err)
	}
}

func TestCancelledMapEndsBetweenItems(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough")
	done := 0
	m := &function.Map[int, int]{F: func(x int) int { done++; cancel(why); return x }, Items: []int{1, 2, 3}}
	if _, err := m.Run(ctx); !errors.Is(err, why) || done != 1 {
		t.Errorf("%d items were done, and the error is %v", done, err)
	}
}

func TestAnItemDuringWhichAMapIsCancelledIsNotDone(t *testing.T) {
	for _, end := range []error{nil, errors.New("cut short")} {
		ctx, cancel := context.WithCancelCause(context.Background())
		why := errors.New("enough")
		m := &function.MapContext[int, int]{F: func(_ context.Context, x int) (int, error) { cancel(why); return x, end }, Items: []int{1}}
		if _, err := m.Run(ctx); !errors.Is(err, why) {
			t.Errorf("an item that ends with %v: the map ends with %v", end, err)
		}
	}
}

func TestIdentityAndVariables(t *testing.T) {
	e := startEngine(t)
	self, err := function.Self()
	if err != nil {
		t.Fatal(err)
	}
	results, err := e.send(t, function.EncodeIdentity())
	if err != nil {
		t.Fatal(err)
	}
	other, err := function.DecodeIdentity(results)
	if other.Store == "" {
		t.Error("the engine has a store, and does not say so")
	}
	other.Store = ""
	if err != nil || other != self || self.Same(other) != nil {
		t.Errorf("%v, %v; want %v", other, err, self)
	}
	other.Build = "other"
	if err := self.Same(other); err == nil || !strings.Contains(err.Error(), "run different programs") {
		t.Errorf("the error is %v", err)
	}

	var vars function.Values
	set, err := function.EncodeSet(map[string]any{"x": 3, "p": point{1, 2, "n"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := function.Run(t.Context(), set, function.WithVariables(&vars)); err != nil {
		t.Fatal(err)
	}
	results, err = function.Run(t.Context(), function.EncodeGet([]string{"p", "x"}), function.WithVariables(&vars))
	if err != nil {
		t.Fatal(err)
	}
	got, err := function.Decode[[]any](results)
	if want := []any{point{1, 2, "n"}, 3}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if _, err = function.Run(t.Context(), function.EncodeGet([]string{"y"}), function.WithVariables(&vars)); err == nil || !strings.Contains(err.Error(), "no variable y; there are [p x]") {
		t.Errorf("the error is %v", err)
	}
	if _, err = e.send(t, function.EncodeGet([]string{"y"})); err == nil {
		t.Error("a variable is there that nobody set")
	}
}

func TestResultOfAnotherType(t *testing.T) {
	c, err := function.NewCall(square, 3)
	if err != nil {
		t.Fatal(err)
	}
	buffers, err := function.Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	results, err := function.Run(t.Context(), buffers)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := function.Decode[string](results); err == nil || !strings.Contains(err.Error(), "the result is a int, not a string") {
		t.Errorf("the error is %v", err)
	}
	if _, err := function.Decode[int](buffers); err == nil {
		t.Error("a call was taken for a result")
	}
}

func scale(xs []float64, by float64) []float64 {
	for i := range xs {
		xs[i] *= by
	}
	return xs
}

func TestLargeSlicesGoThroughSharedMemory(t *testing.T) {
	store, err := shm.Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	e := startEngine(t)
	xs := make([]float64, 1<<18)
	for i := range xs {
		xs[i] = float64(i)
	}
	c, err := function.NewCall(scale, xs, 3)
	if err != nil {
		t.Fatal(err)
	}
	batch := store.Batch()
	defer batch.Close()
	for name, test := range map[string]struct {
		options []function.Option
		aside   int // buffers beside the first
	}{"shared": {[]function.Option{function.WithStore(batch)}, 0}, "sent": {nil, 1}} {
		buffers, err := function.Encode(c, test.options...)
		if err != nil {
			t.Fatal(err)
		}
		results, err := e.send(t, buffers)
		if err != nil {
			t.Fatal(err)
		}
		if len(buffers) != 1+test.aside || len(results) != 1+test.aside {
			t.Errorf("%s: %d buffers there and %d back", name, len(buffers), len(results))
		}
		got, err := function.Decode[[]float64](results, test.options...)
		if err != nil || len(got) != len(xs) || got[1000] != 3000 || xs[1000] != 1000 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRun(f *testing.F) {
	c, err := function.NewCall(half, 3)
	if err != nil {
		f.Fatal(err)
	}
	for _, task := range []function.Task{c, &function.Map[int, int]{F: square, Items: []int{1, 2}}} {
		buffers, err := function.Encode(task)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(buffers[0])
	}
	set, err := function.EncodeSet(map[string]any{"x": map[string][]float64{"a": {1}}, "e": fs.ErrNotExist})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(set[0])
	f.Add(function.EncodeGet([]string{"x"})[0])
	f.Fuzz(func(t *testing.T, b []byte) {
		function.Run(t.Context(), [][]byte{b}, function.WithVariables(new(function.Values)))
		function.Decode[any]([][]byte{b})
	})
}

func BenchmarkMap(b *testing.B) {
	items := make([]int, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		buffers, err := function.Encode(&function.Map[int, int]{F: square, Items: items})
		if err != nil {
			b.Fatal(err)
		}
		results, err := function.Run(b.Context(), buffers)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := function.Decode[function.Chunk[int]](results); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(items))/b.Elapsed().Seconds(), "items/s")
}

func BenchmarkCall(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		c, err := function.NewCall(square, 3)
		if err != nil {
			b.Fatal(err)
		}
		buffers, err := function.Encode(c)
		if err != nil {
			b.Fatal(err)
		}
		results, err := function.Run(b.Context(), buffers)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := function.Decode[int](results); err != nil {
			b.Fatal(err)
		}
	}
}
