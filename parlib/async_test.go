package parlib

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warren-go/warren/parlib/coord"
)

func TestAsyncResultsArrive(t *testing.T) {
	for _, workers := range []int{1, 4} {
		p := newPool(t, workers)
		var results []*Result[int]
		for i := range 100 {
			results = append(results, ApplyAsync(p, func() int { return i * i }))
		}
		many := MapAsync(p, count(1000), square)
		none := MapAsync(p, nil, square)
		within(t, "101 results", func() {
			for i, r := range results {
				if v, err := r.Get(); v != i*i || err != nil || !r.Ready() || !r.Successful() {
					t.Errorf("result %d is %d, %v", i, v, err)
				}
			}
			if v, err := many.Get(); err != nil || len(v) != 1000 || v[999] != 999*999 {
				t.Errorf("MapAsync gives %d results, %v", len(v), err)
			}
			if v, err := none.Get(); err != nil || v == nil || len(v) != 0 {
				t.Errorf("MapAsync of nothing gives %v, %v", v, err)
			}
		})
	}
}

func TestAsyncCallsRunOnNWorkersAndNoMore(t *testing.T) {
	const n = 3
	p := newPool(t, n)
	var now, most atomic.Int64
	var results []*Result[bool]
	for range 100 {
		results = append(results, ApplyAsync(p, func() bool {
			k := now.Add(1)
			for m := most.Load(); k > m && !most.CompareAndSwap(m, k); m = most.Load() {
			}
			time.Sleep(200 * time.Microsecond)
			now.Add(-1)
			return true
		}))
	}
	within(t, "100 results", func() {
		for _, r := range results {
			r.Get()
		}
	})
	if most.Load() != n {
		t.Errorf("at most %d ran at once, want %d", most.Load(), n)
	}
}

// fibonacci asks the pool for the smaller numbers and waits for them, so that far more calls wait than there are workers.
func fibonacci(p *Pool, n int) int {
	if n < 2 {
		return n
	}
	a := ApplyAsync(p, func() int { return fibonacci(p, n-1) })
	b := ApplyAsync(p, func() int { return fibonacci(p, n-2) })
	x, _ := a.Get()
	y, _ := b.Get()
	return x + y
}

func TestCallsThatWaitForCallsDoNotHang(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		p := newPool(t, workers)
		within(t, "calls that wait for calls", func() {
			if v, err := ApplyAsync(p, func() int { return fibonacci(p, 11) }).Get(); v != 89 || err != nil {
				t.Errorf("got %d, %v", v, err)
			}
			inner, err := MapAsync(p, count(8), func(x int) int {
				results, _ := MapAsync(p, count(8), square).Get()
				return results[x]
			}).Get()
			if err != nil || inner[7] != 49 {
				t.Errorf("got %v, %v", inner, err)
			}
		})
	}
}

func TestAsyncFailuresAreInTheResult(t *testing.T) {
	p := newPool(t, 2)
	closed := newPool(t, 2)
	closed.Close()
	terminated := newPool(t, 2)
	terminated.Terminate()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	bad := errors.New("bad")
	for _, c := range []struct {
		name   string
		result *Result[int]
		want   string
	}{
		{"panic", ApplyAsync(p, func() int { panic("no") }), "parlib: ApplyAsync: panic at "},
		{"Goexit", ApplyAsync(p, func() int { runtime.Goexit(); return 0 }), "ended its goroutine"},
		{"error", ApplyAsyncContext(t.Context(), p, func(context.Context) (int, error) { return 0, bad }), "parlib: ApplyAsyncContext: bad"},
		{"nil function", ApplyAsync[int](p, nil), "ApplyAsync: the function is nil"},
		{"nil context", ApplyAsyncContext(nilContext(), p, func(context.Context) (int, error) { return 0, nil }), "the context is nil"},
		{"closed pool", ApplyAsync(closed, func() int { return 0 }), "the pool is closed"},
		{"terminated pool", ApplyAsync(terminated, func() int { return 0 }), "the pool is closed"},
		{"ended context", ApplyAsyncContext(ended, p, func(context.Context) (int, error) { return 0, nil }), context.Canceled.Error()},
		{"nil pool", ApplyAsync(nil, func() int { return 0 }), "the pool is nil"},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, c.name, func() {
				_, err := c.result.Get()
				if err == nil || !strings.Contains(err.Error(), c.want) || c.result.Successful() || !c.result.Ready() {
					t.Errorf("error is %v, want one with %q", err, c.want)
				}
				if err != nil && strings.Count(err.Error(), "Apply") != 1 {
					t.Errorf("error is %v, want one that names the function once", err)
				}
			})
		})
	}
	if _, err := Apply(p, func() int { panic("no") }); err == nil || !strings.Contains(err.Error(), "parlib: Apply: panic at ") {
		t.Errorf("Apply gives %v", err)
	}
	if v, err := Apply(p, func() int { return 42 }); v != 42 || err != nil {
		t.Errorf("Apply gives %d, %v", v, err)
	}
	if _, err := MapAsync[int, int](p, nil, nil).Get(); err == nil {
		t.Error("MapAsync of a nil function succeeds")
	}
	meet(t, p, 2)
}

func nilContext() context.Context { return nil }

func TestCancelledResultsEnd(t *testing.T) {
	p := newPool(t, 1)
	var release coord.Event
	busy := ApplyAsync(p, func() bool { release.Wait(); return true })
	waiting := ApplyAsync(p, func() bool { t.Error("a cancelled call began"); return true })
	patient := MapAsyncContext(t.Context(), p, count(10), func(ctx context.Context, x int) (int, error) {
		<-ctx.Done()
		return 0, ctx.Err()
	})
	within(t, "a call that was cancelled before it began", func() {
		waiting.Cancel()
		if _, err := waiting.Get(); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	})
	if busy.Ready() || patient.Ready() {
		t.Error("results are there that cannot be")
	}
	release.Set()
	within(t, "a call that is cancelled while it runs", func() {
		if v, err := busy.Get(); !v || err != nil {
			t.Errorf("busy gives %t, %v", v, err)
		}
		patient.Cancel()
		if _, err := patient.Get(); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestClosedPoolDoesWhatWaits(t *testing.T) {
	p := newPool(t, 2)
	var results []*Result[int]
	for i := range 50 {
		results = append(results, ApplyAsync(p, func() int { return i }))
	}
	p.Close()
	within(t, "50 results of a closed pool", func() {
		for i, r := range results {
			if v, err := r.Get(); v != i || err != nil {
				t.Errorf("result %d is %d, %v", i, v, err)
			}
		}
	})
}

func TestTerminatedPoolDropsWhatWaits(t *testing.T) {
	p := newPool(t, 1)
	var begun, release coord.Event
	first := ApplyAsync(p, func() int { begun.Set(); release.Wait(); return 1 })
	begun.Wait()
	var rest []*Result[int]
	for range 10 {
		rest = append(rest, ApplyAsync(p, func() int { t.Error("a call began after Terminate"); return 0 }))
	}
	p.Terminate()
	within(t, "calls that were dropped", func() {
		for _, r := range rest {
			if _, err := r.Get(); !errors.Is(err, ErrTerminated) {
				t.Errorf("error is %v", err)
			}
		}
		release.Set()
		if v, err := first.Get(); v != 1 || err != nil {
			t.Errorf("the call in hand gives %d, %v", v, err)
		}
	})
}

func TestForgottenPoolKeepsItsPromises(t *testing.T) {
	var results []*Result[int]
	func() {
		p, err := NewPool(2)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			results = append(results, ApplyAsync(p, func() int { time.Sleep(time.Millisecond); return i }))
		}
	}()
	runtime.GC()
	runtime.GC()
	within(t, "results of a forgotten pool", func() {
		for i, r := range results {
			if v, err := r.Get(); v != i || err != nil {
				t.Errorf("result %d is %d, %v", i, v, err)
			}
		}
	})
}

func TestResultsWorkWithCoord(t *testing.T) {
	p := newPool(t, 3)
	var results []*Result[int]
	for i := range 10 {
		results = append(results, ApplyAsync(p, func() int { return i }))
	}
	seen := 0
	within(t, "AsCompleted", func() {
		for i, r := range coord.AsCompleted(results...) {
			if v, err := r.Get(); v != i || err != nil {
				t.Errorf("result %d is %d, %v", i, v, err)
			}
			seen++
		}
		twice := coord.Then(results[4], func(x int) (int, error) { return 2 * x, nil })
		if v, err := twice.Get(); v != 8 || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
	})
	if seen != 10 {
		t.Errorf("%d results came", seen)
	}
}
