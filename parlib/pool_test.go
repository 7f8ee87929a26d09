package parlib

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warren-go/warren/parlib/internal/goroutine"
)

func TestMapGivesResultsInOrder(t *testing.T) {
	for _, workers := range []int{1, 2, 5, 33} {
		for _, n := range []int{0, 1, 2, 3, 7, 100, 12345} {
			for _, options := range [][]PoolOption{nil, {Chunk(1)}, {Chunk(7)}, {Chunk(math.MaxInt)}} {
				p := newPool(t, workers, options...)
				got, err := Map(p, count(n), square)
				if err != nil {
					t.Fatal(err)
				}
				if got == nil || len(got) != n {
					t.Fatalf("%d workers, %d items: %d results, nil: %t", workers, n, len(got), got == nil)
				}
				for i, r := range got {
					if r != i*i {
						t.Fatalf("%d workers, %d items: result %d is %d", workers, n, i, r)
					}
				}
			}
		}
	}
}

func TestBadCallsAreErrorsThatNameTheValues(t *testing.T) {
	p := newPool(t, 2)
	closed := newPool(t, 3)
	closed.Close()
	var nilMap func(int) int
	var nilContext context.Context
	ok := func(_ context.Context, x int) (int, error) { return x, nil }
	for _, c := range []struct {
		name string
		call func() error
		want string
	}{
		{"no workers", func() error { _, err := NewPool(0); return err }, "number of workers is 0"},
		{"negative workers", func() error { _, err := NewPool(-3); return err }, "number of workers is -3"},
		{"too many workers", func() error { _, err := NewPool(math.MaxInt); return err }, "must be between 1 and 65536"},
		{"chunk of nothing", func() error { _, err := NewPool(2, Chunk(0)); return err }, "chunk size is 0"},
		{"nil option", func() error { _, err := NewPool(2, nil); return err }, "option 0 is nil"},
		{"Map nil function", func() error { _, err := Map(p, count(3), nilMap); return err }, "Map on 3 items: the function is nil"},
		{"progress nil", func() error { _, err := Map(p, count(3), square, Progress(nil)); return err }, "Map on 3 items: progress function is nil"},
		{"Map2 unequal", func() error {
			_, err := Map2(p, count(3), count(4), func(a, b int) int { return a })
			return err
		}, "3 and 4 items"},
		{"Map2 nil function", func() error { _, err := Map2[int, int, int](p, count(3), count(3), nil); return err }, "the function is nil"},
		{"StarMap nil function", func() error { _, err := StarMap[int, int, int](p, nil, nil); return err }, "the function is nil"},
		{"Filter nil function", func() error { _, err := Filter(p, count(3), nil); return err }, "the function is nil"},
		{"MapReduce nil function", func() error { _, err := MapReduce(p, count(3), 0, square, nil); return err }, "the function is nil"},
		{"NewLocal nil function", func() error { _, err := NewLocal[int](nil); return err }, "the function is nil"},
		{"MapLocal nil local", func() error {
			_, err := MapLocal(p, count(3), nil, func(int, int) int { return 0 })
			return err
		}, "MapLocal on 3 items: the local is nil"},
		{"MapContext nil function", func() error {
			_, err := MapContext[int, int](t.Context(), p, count(4), nil)
			return err
		}, "MapContext on 4 items: the function is nil"},
		{"MapContext nil context", func() error { _, err := MapContext(nilContext, p, count(4), ok); return err }, "the context is nil"},
		{"nil pool", func() error { _, err := Map(nil, count(3), square); return err }, "Map: the pool is nil"},
		{"zero pool", func() error { _, err := Map(new(Pool), count(3), square); return err }, "Map: the pool is nil"},
		{"Map after Close", func() error { _, err := Map(closed, count(3), square); return err }, "Map on 3 items: the pool is closed"},
		{"Map of nothing after Close", func() error { _, err := Map(closed, nil, square); return err }, "Map on 0 items: the pool is closed"},
		{"Join before Close", p.Join, "still open"},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, c.name, func() {
				err := c.call()
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v, want one with %q", err, c.want)
				}
				if strings.Contains(c.want, "closed") && !errors.Is(err, ErrClosed) {
					t.Error("the error does not wrap ErrClosed")
				}
			})
		})
	}
}

func TestPanicBecomesAnErrorThatNamesTheItem(t *testing.T) {
	for _, workers := range []int{1, 4} {
		p := newPool(t, workers)
		_, err := Map(p, []int{5, 4, 3, 2, 1, 0}, func(x int) int { return 60 / x })
		var item *ItemError
		if !errors.As(err, &item) {
			t.Fatalf("error is %v, want an *ItemError", err)
		}
		if item.Op != "Map" || item.Index != 5 || item.Count != 1 || item.Item != "0" {
			t.Errorf("error is about %+v", *item)
		}
		var fault runtime.Error
		if !errors.As(err, &fault) {
			t.Error("the runtime error is not wrapped")
		}
		var p1 *PanicError
		if !errors.As(err, &p1) || !strings.Contains(string(p1.Stack), "TestPanicBecomesAnError") {
			t.Error("no stack that leads to the function")
		}
		for _, want := range []string{"Map", "item 5 (0)", "divide by zero", "pool_test.go:"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("message %q lacks %q", err, want)
			}
		}
		if long := fmt.Sprintf("%+v", err); !strings.Contains(long, "goroutine ") || strings.Contains(fmt.Sprintf("%v", err), "goroutine ") {
			t.Error("the stack belongs under the verbose verb, and only there")
		}
		if got, err := Map(p, []int{1, 2, 3}, square); err != nil || !slices.Equal(got, []int{1, 4, 9}) {
			t.Errorf("after a panic the pool gives %v, %v", got, err)
		}
	}
}

func TestFailureIsTheOneASerialLoopMeetsFirst(t *testing.T) {
	p := newPool(t, 8, Chunk(3))
	for round := range 200 {
		bad := 100 + round%7
		_, err := MapContext(t.Context(), p, count(400), func(_ context.Context, x int) (int, error) {
			if x%3 == 0 {
				runtime.Gosched()
			}
			if x >= bad {
				return 0, errors.New("bad item")
			}
			return x, nil
		})
		var item *ItemError
		if !errors.As(err, &item) || item.Index != bad {
			t.Fatalf("error is %v, want item %d", err, bad)
		}
	}
}

func TestGoexitDoesNotCostAWorkerOrHang(t *testing.T) {
	p := newPool(t, 3, Chunk(1))
	within(t, "a call whose function ends its goroutine", func() {
		for range 20 {
			// In a goroutine of its own, which Goexit may end.
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, err := Map(p, count(30), func(x int) int { runtime.Goexit(); return x })
				if err == nil || !strings.Contains(err.Error(), "Goexit") {
					t.Errorf("error is %v", err)
				}
			}()
			<-done
		}
	})
	meet(t, p, 3)
}

// meet checks that n workers take part in one call: each waits in its item until all n have come.
func meet(t *testing.T, p *Pool, n int) {
	t.Helper()
	within(t, fmt.Sprintf("a meeting of %d workers", n), func() {
		var all sync.WaitGroup
		all.Add(n)
		if _, err := Map(p, count(n), func(int) bool { all.Done(); all.Wait(); return true }); err != nil {
			t.Error(err)
		}
	})
}

func TestAllWorkersTakePart(t *testing.T) {
	for _, n := range []int{1, 2, 5, 40} {
		meet(t, newPool(t, n), n)
	}
}

func TestNoMoreThanNWorkAtOnce(t *testing.T) {
	const n = 3
	p := newPool(t, n, Chunk(1))
	ApplyAsync(p, func() bool { return true }).Get() // for which it starts a worker in place of the caller
	var now, most atomic.Int64
	if _, err := Map(p, count(200), func(int) bool {
		k := now.Add(1)
		for m := most.Load(); k > m && !most.CompareAndSwap(m, k); m = most.Load() {
		}
		time.Sleep(100 * time.Microsecond)
		now.Add(-1)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if most.Load() != n {
		t.Errorf("at most %d worked at once, want %d", most.Load(), n)
	}
}

func TestNestedCallsDoNotHang(t *testing.T) {
	p := newPool(t, 2)
	within(t, "a call inside a call inside a call", func() {
		got, err := Map(p, count(8), func(x int) int {
			inner, err := Map(p, count(8), func(y int) int {
				innermost, err := Map(p, count(10), square)
				if err != nil {
					t.Error(err)
				}
				return innermost[y]
			})
			if err != nil {
				t.Error(err)
			}
			return inner[x]
		})
		if err != nil || got[7] != 49 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func TestManyCallersShareAPool(t *testing.T) {
	p := newPool(t, 4)
	var callers sync.WaitGroup
	for c := range 16 {
		callers.Go(func() {
			for range 50 {
				got, err := Map(p, []int{c, c + 1}, square)
				if err != nil || got[0] != c*c || got[1] != (c+1)*(c+1) {
					t.Errorf("caller %d got %v, %v", c, got, err)
				}
			}
		})
	}
	within(t, "16 callers", callers.Wait)
}

func TestCancelStopsBeforeTheNextItem(t *testing.T) {
	cause := errors.New("the student pressed stop")
	for _, workers := range []int{1, 4} {
		p := newPool(t, workers)
		ctx, cancel := context.WithCancelCause(t.Context())
		var began atomic.Int64
		_, err := MapContext(ctx, p, count(100_000), func(context.Context, int) (int, error) {
			if began.Add(1) == 10 {
				cancel(cause)
			}
			return 0, nil
		})
		if !errors.Is(err, cause) || !strings.Contains(err.Error(), "of 100000 items") {
			t.Errorf("error is %v, want the cause and the count", err)
		}
		if workers == 1 && began.Load() != 10 {
			t.Errorf("%d items began, want 10", began.Load())
		}
	}
}

func TestContextOverBeforeTheCall(t *testing.T) {
	p := newPool(t, 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := MapContext(ctx, p, count(5), func(context.Context, int) (int, error) {
		t.Error("an item began")
		return 0, nil
	})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "stopped after 0 of 5 items") {
		t.Errorf("error is %v", err)
	}
}

func TestCloseLetsCallsFinish(t *testing.T) {
	p := newPool(t, 3)
	got, err := Map(p, count(100), func(x int) int {
		if x == 50 {
			p.Close()
			p.Close()
		}
		return x
	})
	if err != nil || len(got) != 100 || got[99] != 99 {
		t.Errorf("got %d results, %v", len(got), err)
	}
}

func TestForgottenPoolEndsItsWorkers(t *testing.T) {
	p, err := NewPool(4)
	if err != nil {
		t.Fatal(err)
	}
	c := p.core.crew
	p = nil
	within(t, "waiting for the workers of a forgotten pool", func() {
		for !c.isClosed() {
			runtime.GC()
		}
		c.alive.Wait()
	})
}

func TestPoolIsNotCollectedWhileItsLastCallBegins(t *testing.T) {
	for range 200 {
		p, err := NewPool(2)
		if err != nil {
			t.Fatal(err)
		}
		c := p.core.crew
		go runtime.GC()
		if _, err := Map(p, count(10), square); err != nil {
			t.Fatal(err)
		}
		c.close()
		c.alive.Wait()
	}
}

func TestStatsCountChunksExactly(t *testing.T) {
	for _, c := range []struct {
		workers, n int
		options    []PoolOption
		chunks     int64
	}{
		{4, 3, nil, 3},
		{4, 32, nil, 32},
		{4, 3200, nil, 32},
		{1, 3200, nil, 1},
		{4, 100, []PoolOption{Chunk(1)}, 100},
		{4, 100, []PoolOption{Chunk(30)}, 4},
		{4, 0, nil, 0},
	} {
		p := newPool(t, c.workers, c.options...)
		if _, err := Map(p, count(c.n), square); err != nil {
			t.Fatal(err)
		}
		if got, want := p.Stats(), (Stats{Calls: 1, Chunks: c.chunks, Items: int64(c.n)}); got != want {
			t.Errorf("%d workers, %d items: %+v, want %+v", c.workers, c.n, got, want)
		}
	}
}

// The labels are what the kernel knows the goroutines of a cell by.
func TestWorkersHaveTheLabelsOfWhomTheyWorkFor(t *testing.T) {
	p := newPool(t, 3, Chunk(1))
	for _, run := range []string{"1", "2", ""} {
		var all sync.WaitGroup
		all.Add(3)
		labels := func(int) goroutine.Labels {
			all.Done()
			all.Wait() // each worker has one
			return goroutine.GetLabels()
		}
		call := func(context.Context) {
			mine := goroutine.GetLabels()
			got, err := Map(p, count(3), labels)
			if err != nil || !slices.Equal(got, []goroutine.Labels{mine, mine, mine}) {
				t.Errorf("labels are %v, those of the caller %v, %v", got, mine, err)
			}
		}
		if run == "" {
			call(t.Context())
			continue
		}
		pprof.Do(t.Context(), pprof.Labels("run", run), call)
	}
}
