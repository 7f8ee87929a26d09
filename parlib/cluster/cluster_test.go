package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The engines of the tests are the test's program.
func TestMain(m *testing.M) {
	Init()
	beOwner()
	beClient()
	goleak.VerifyTestMain(m)
}

// wait is how long a test waits for anything.
const wait = 60 * time.Second

// startN starts a cluster that is closed with the test.
func startN(t *testing.T, n int, options ...Option) *Cluster {
	t.Helper()
	c, err := Start(n, append([]Option{DropOutput()}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// within is a context that ends when the test should have.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	t.Cleanup(cancel)
	return ctx
}

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func square(x int) int { return x * x }

func add(a, b int) int { return a + b }

func pid() int { return os.Getpid() }

func failAt7(x int) int {
	if x%10 == 7 {
		panic(fmt.Sprint("no ", x))
	}
	return x
}

func refuse3(_ context.Context, x int) (int, error) {
	if x == 3 {
		return 0, &os.PathError{Op: "open", Path: "three", Err: syscall.ENOENT}
	}
	return x, nil
}

func TestMapGivesResultsInOrder(t *testing.T) {
	c := startN(t, 3)
	want := make([]int, 100_000)
	for i := range want {
		want[i] = i * i
	}
	for name, v := range map[string]View{"balanced": c.Balanced(), "direct": c.Direct(), "some": c.Balanced(0, 2), "one": c.Direct(1)} {
		t.Run(name, func(t *testing.T) {
			got, err := Map(v, numbers(len(want)), square)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%d results, %v", len(got), err)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		got, err := Map(c.Balanced(), nil, square)
		if err != nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}
	})
	t.Run("each in a message", func(t *testing.T) {
		got, err := Map(c.Balanced(), numbers(200), square, Chunk(1))
		if err != nil || !slices.Equal(got, want[:200]) {
			t.Errorf("%v, %v", got, err)
		}
	})
	t.Run("reduce", func(t *testing.T) {
		got, err := MapReduce(c.Balanced(), numbers(1001), 0, square, add)
		if err != nil || got != 333833500 {
			t.Errorf("%v, %v", got, err)
		}
	})
	t.Run("all engines work", func(t *testing.T) {
		r := MapAsync(c.Direct(), numbers(100), square)
		if _, err := r.Get(); err != nil {
			t.Fatal(err)
		}
		if at := r.places(); len(at) != 3 {
			t.Errorf("engines %v worked, of 3", at)
		}
		if done, total := r.Progress(); done != 100 || total != 100 {
			t.Errorf("progress %d of %d", done, total)
		}
		if timings := r.Timings(); timings.Completed.IsZero() || timings.Serial <= 0 {
			t.Errorf("timings %+v", timings)
		}
	})
}

func TestFailuresNameTheirItemsAndKeepTheOthersResults(t *testing.T) {
	c := startN(t, 2)
	got, err := Map(c.Balanced(), numbers(10_000), failAt7)
	var all *ItemErrors
	if !errors.As(err, &all) || all.Failed != 1000 || all.Items != 10_000 {
		t.Fatalf("%v", err)
	}
	first := all.Errs[0]
	var r *RemoteError
	if first.Index != 7 || !errors.As(first, &r) || r.Name != "panic" || r.Message != "no 7" || !strings.Contains(r.Stack, "failAt7") {
		t.Errorf("%+v of %+v", first, r)
	}
	if len(got) != 10_000 || got[9_998] != 9_998 || got[7] != 0 {
		t.Error("results of others are lost")
	}
	_, err = MapContext(within(t), c.Balanced(1), numbers(5), refuse3)
	var path *os.PathError
	if errors.As(err, &r); r.Engine != 1 {
		t.Errorf("the error is of engine %d", r.Engine)
	}
	if !errors.As(err, &path) || path.Path != "three" || !strings.Contains(err.Error(), "item 3 on engine") {
		t.Errorf("%v", err)
	}
	_, err = Map(c.Balanced(), numbers(10_000), failAt7, StopAtFailure())
	var one *ItemError
	if errors.As(err, &all) && err == error(all) || !errors.As(err, &one) || one.Index%10 != 7 {
		t.Errorf("%v", err)
	}
}

func untilCancelled(ctx context.Context) { <-ctx.Done() }

func TestCallsGoToOneEngineOrToAll(t *testing.T) {
	c := startN(t, 2)
	ctx := within(t)
	sum, err := Call[int](ctx, c.Balanced(), add, 2, 3)
	if err != nil || sum != 5 {
		t.Errorf("%v, %v", sum, err)
	}
	for name, v := range map[string]*DirectView{"direct": c.Direct(), "broadcast": c.Broadcast()} {
		pids, err := Apply[int](ctx, v, pid)
		if err != nil || len(pids) != 2 || pids[0] == pids[1] || slices.Contains(pids, os.Getpid()) {
			t.Errorf("%s: %v, %v", name, pids, err)
		}
	}
	var at []Engine
	for at = c.Engines(); len(at) != 2 || at[0].PID == 0; at = c.Engines() { // calls of others may be under way
		if ctx.Err() != nil {
			t.Fatalf("%+v", at)
		}
	}
	second, err := Call[int](ctx, c.Direct(1), pid)
	if err != nil || second != at[1].PID {
		t.Errorf("engine 1 runs in process %d, %v; want %d", second, err, at[1].PID)
	}
	waiting, stop := context.WithCancel(ctx)
	busy := CallAsync[any](waiting, c.Direct(1), untilCancelled)
	if rows := c.Engines(); rows[1].State != "busy" || rows[1].PID != second { // as it was known before
		t.Errorf("a busy engine: %+v", rows[1])
	}
	stop()
	_, _ = busy.Get()
	_, err = Call[int](ctx, c.Direct(1), failAt7, 17)
	var e *EngineError
	if !errors.As(err, &e) || e.Engine != 1 || !strings.Contains(err.Error(), "no 17") {
		t.Errorf("%v", err)
	}
	_, err = Apply[int](ctx, c.Broadcast(), failAt7, 17)
	if text := fmt.Sprint(err); !strings.Contains(text, "engine 0: panic: no 17") || !strings.Contains(text, "engine 1: panic: no 17") {
		t.Errorf("%v", err)
	}
}

func TestVariablesStayOnEngines(t *testing.T) {
	c := startN(t, 2)
	ctx := within(t)
	for name, v := range map[string]*DirectView{"direct": c.Direct(), "broadcast": c.Broadcast()} {
		t.Run(name, func(t *testing.T) {
			if err := Push(ctx, v, "x", map[string][]float64{"a": {1, 2}}); err != nil {
				t.Fatal(err)
			}
			got, err := Pull[map[string][]float64](ctx, v, "x")
			if err != nil || len(got) != 2 || got[1]["a"][1] != 2 {
				t.Errorf("%v, %v", got, err)
			}
			if err := Scatter(ctx, v, "y", numbers(7)); err != nil {
				t.Fatal(err)
			}
			parts, err := Pull[[]int](ctx, v, "y")
			if err != nil || fmt.Sprint(parts) != "[[0 1 2] [3 4 5 6]]" {
				t.Errorf("%v, %v", parts, err)
			}
			all, err := Gather[int](ctx, v, "y")
			if err != nil || !slices.Equal(all, numbers(7)) {
				t.Errorf("%v, %v", all, err)
			}
		})
	}
	if _, err := Pull[int](ctx, c.Direct(), "none"); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("no such variable: %v", err)
	}
	if _, err := Pull[string](ctx, c.Direct(), "y"); err == nil || !strings.Contains(err.Error(), "[]int") {
		t.Errorf("of another type: %v", err)
	}
	if err := Push(ctx, c.Direct(), "z", make(chan int)); err == nil || !strings.Contains(err.Error(), "chan") {
		t.Errorf("what cannot travel: %v", err)
	}
}

func TestStreamsYieldWhileTheyTake(t *testing.T) {
	c := startN(t, 2)
	i := 0
	for r, err := range Imap(c.Balanced(), func(yield func(int) bool) {
		for n := 0; yield(n); n++ {
		}
	}, square) {
		if err != nil || r != i*i {
			t.Fatalf("result %d is %d, %v", i, r, err)
		}
		if i++; i == 5000 {
			break
		}
	}
	seen := map[int]bool{}
	failures := 0
	for r, err := range ImapUnordered(c.Balanced(), slices.Values(numbers(1000)), failAt7) {
		var e *ItemError
		switch {
		case errors.As(err, &e) && e.Index%10 == 7:
			failures++
		case err != nil || seen[r]:
			t.Fatalf("%d, %v", r, err)
		default:
			seen[r] = true
		}
	}
	if failures != 100 || len(seen) != 900 {
		t.Errorf("%d failures, %d results", failures, len(seen))
	}
}

func failAlways(x int) int { panic(fmt.Sprint("no ", x)) }

func TestStreamsYieldAllFailuresOfAChunk(t *testing.T) {
	c := startN(t, 2)
	n := 0
	for r, err := range Imap(c.Balanced(), slices.Values(numbers(3000)), failAlways, Chunk(3000)) {
		var e *ItemError
		if !errors.As(err, &e) || e.Index != n {
			t.Fatalf("item %d: %d, %v", n, r, err)
		}
		n++
	}
	if n != 3000 {
		t.Errorf("%d failures", n)
	}
}

func sum(x []float64) (total float64) {
	for _, v := range x {
		total += v
	}
	return total
}

func ramp(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i)
	}
	return x
}

func TestLargeSlicesGoBothWays(t *testing.T) {
	const n = 300_000 // large enough for shared memory
	want := sum(ramp(n))
	c := startN(t, 2)
	ctx := within(t)
	for name, v := range map[string]*DirectView{"direct": c.Direct(), "broadcast": c.Broadcast()} {
		sums, err := Apply[float64](ctx, v, sum, ramp(n))
		if err != nil || len(sums) != 2 || sums[0] != want || sums[1] != want {
			t.Errorf("%s: %v, %v, want %v", name, sums, err, want)
		}
		if err := Push(ctx, v, "x", ramp(n)); err != nil {
			t.Error(err)
		}
		back, err := Pull[[]float64](ctx, v, "x")
		if err != nil || len(back) != 2 || sum(back[1]) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	results, err := Map(c.Balanced(), []int{n, n, n, n}, ramp)
	if err != nil || sum(results[3]) != want {
		t.Error(err)
	}
	sums, err := Map(c.Balanced(), results, sum)
	if err != nil || sums[3] != want {
		t.Errorf("%v, %v", sums, err)
	}
}

func say(x int) int {
	fmt.Println("item", x)
	fmt.Fprintln(os.Stderr, "careful")
	return x
}

func TestOutputComesBeforeTheResult(t *testing.T) {
	var mu sync.Mutex
	var all []Output
	c := startN(t, 1, ShowOutput(func(o Output) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, o)
	}))
	if _, err := Map(c.Balanced(), []int{5}, say); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []Output{{Stream: "stdout", Text: "item 5\n"}, {Stream: "stderr", Text: "careful\n"}} {
		if !slices.ContainsFunc(all, func(o Output) bool { return o.Stream == want.Stream && o.Text == want.Text }) {
			t.Errorf("no %+v in %+v", want, all)
		}
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	c := startN(t, 1)
	ctx := within(t)
	captured := 3
	var none context.Context
	for _, p := range []struct {
		name string
		do   func() error
		want string
	}{
		{"number of engines", func() error { _, err := Start(0); return err }, "0; it must be between 1"},
		{"option", func() error { _, err := Start(1, nil); return err }, "option 0 is nil"},
		{"no address", func() error { _, err := Start(1, Listen("")); return err }, "address to listen at is empty"},
		{"address of others", func() error { _, err := Start(1, Listen("192.0.2.1")); return err }, `no socket at "192.0.2.1"`},
		{"no such file", func() error { _, err := Connect("/none/at-all.json"); return err }, "no such file"},
		{"nil view", func() error { _, err := Map[int, int](nil, nil, square); return err }, "the view is nil"},
		{"nil direct view", func() error { _, err := Apply[int](ctx, nil, pid); return err }, "the view is nil"},
		{"nil cluster", func() error { var c *Cluster; _, err := Map(c.Balanced(), nil, square); return err }, "the cluster is nil"},
		{"nil function", func() error { _, err := Map[int, int](c.Balanced(), nil, nil); return err }, "the function is nil"},
		{"chunk", func() error { _, err := Map(c.Balanced(), nil, square, Chunk(0)); return err }, "chunk size is 0"},
		{"no such engine", func() error { _, err := Map(c.Balanced(4), nil, square); return err }, "engine 4: there is no such engine"},
		{"target outside", func() error { _, err := Map(c.Balanced(0), nil, square, Targets(1)); return err }, "none of the view's"},
		{"nil context of a call", func() error { _, err := Call[int](none, c.Balanced(), pid); return err }, "the context is nil"},
		{"nil context of a map", func() error { _, err := MapContext(none, c.Balanced(), nil, refuse3); return err }, "the context is nil"},
		{"nil context of an apply", func() error { _, err := Apply[int](none, c.Direct(), pid); return err }, "the context is nil"},
		{"nil context of code", func() error { _, err := c.Balanced().Execute(none, "1"); return err }, "the context is nil"},
		{"nil context of a restart", func() error { return c.RestartEngine(none, 0) }, "the context is nil"},
		{"nil context of waiting", func() error { return c.Wait(none, 2) }, "the context is nil"},
		{"nil context of stopping", func() error { return c.Stop(none) }, "the context is nil"},
		{"closure", func() error {
			_, err := Map(c.Balanced(), []int{1}, func(x int) int { return x + captured })
			return err
		}, "pass what it uses as an argument"},
		{"result", func() error {
			_, err := Call[chan int](ctx, c.Balanced(), func() chan int { return make(chan int) })
			return err
		}, "chan int"},
		{"type of result", func() error { _, err := Call[string](ctx, c.Balanced(), pid); return err }, "int, not a string"},
		{"arguments", func() error { _, err := Call[int](ctx, c.Balanced(), add, 1); return err }, "2 arguments"},
		{"code", func() error { _, err := c.Direct().Execute(ctx, "1 + 1"); return err }, "runs no code"},
		{"code, balanced", func() error { _, err := c.Balanced().Execute(ctx, "1 + 1"); return err }, "runs no code"},
		{"item that cannot travel", func() error {
			_, err := Map(c.Balanced(), []chan int{nil, nil}, func(chan int) int { return 0 })
			return err
		}, "chan int"},
	} {
		t.Run(p.name, func(t *testing.T) {
			err := p.do()
			if err == nil || !strings.Contains(err.Error(), p.want) || !strings.HasPrefix(err.Error(), "cluster: ") {
				t.Errorf("error %v, want %q", err, p.want)
			}
		})
	}
	c.Close()
	if _, err := Map(c.Balanced(), []int{1}, square); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
