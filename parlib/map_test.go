package parlib

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

func TestCallsOnTuplesFiltersAndReductions(t *testing.T) {
	for _, workers := range []int{1, 3} {
		for _, n := range []int{0, 1, 10, 5000} {
			p := newPool(t, workers)
			items := count(n)
			sums, err := Map2(p, items, items, func(a, b int) int { return a + b })
			if err != nil || len(sums) != n || n > 0 && sums[n-1] != 2*(n-1) {
				t.Errorf("Map2 of %d: %v", n, err)
			}
			pairs := make([]Pair[int, string], n)
			for i := range pairs {
				pairs[i] = Pair[int, string]{i, "x"}
			}
			texts, err := StarMap(p, pairs, func(n int, s string) string { return fmt.Sprint(s, n) })
			if err != nil || len(texts) != n || n > 0 && texts[n-1] != fmt.Sprint("x", n-1) {
				t.Errorf("StarMap of %d: %v", n, err)
			}
			even, err := Filter(p, items, func(x int) bool { return x%2 == 0 })
			if err != nil || len(even) != (n+1)/2 || n > 2 && even[1] != 2 {
				t.Errorf("Filter of %d gives %d items, %v", n, len(even), err)
			}
			total, err := MapReduce(p, items, 0, square, func(a, b int) int { return a + b })
			if want := (n - 1) * n * (2*n - 1) / 6; err != nil || total != want {
				t.Errorf("MapReduce of %d gives %d, %v, want %d", n, total, err, want)
			}
		}
	}
}

func TestMapReduceCombinesInOrderOnAnyNumberOfWorkers(t *testing.T) {
	words := make([]string, 3000)
	random := make([]float64, len(words))
	for i := range words {
		words[i], random[i] = fmt.Sprint(i, " "), rand.NormFloat64()
	}
	var first float64
	for i, options := range [][]PoolOption{nil, {Chunk(1)}, {Chunk(700)}} {
		p := newPool(t, i+1, options...)
		text, err := MapReduce(p, words, "", strings.ToUpper, func(a, b string) string { return a + b })
		if err != nil || text != strings.Join(words, "") {
			t.Errorf("%v: strings are not joined in order: %v", p, err)
		}
		sum, err := MapReduce(p, random, 0, func(x float64) float64 { return x / 3 }, func(a, b float64) float64 { return a + b })
		if i == 0 {
			first = sum
		}
		if err != nil || sum != first {
			t.Errorf("%v: the sum is %v, on one worker %v, %v", p, sum, first, err)
		}
	}
}

func TestFinishAllDoesAllAndNamesEachFailure(t *testing.T) {
	bad := errors.New("bad item")
	for _, workers := range []int{1, 4} {
		p := newPool(t, workers, FinishAll(), Chunk(3))
		got, err := MapContext(t.Context(), p, count(20), func(_ context.Context, x int) (int, error) {
			switch {
			case x%7 == 3: // 3, 10, 17
				return -1, bad
			case x == 5:
				panic("five")
			}
			return x, nil
		})
		var all *ItemErrors
		if !errors.As(err, &all) || !errors.Is(err, bad) {
			t.Fatalf("error is %v, want an *ItemErrors with the cause", err)
		}
		var indices []int
		for _, e := range all.Errs {
			indices = append(indices, e.Index)
		}
		if all.Failed != 4 || all.Items != 20 || !slices.Equal(indices, []int{3, 5, 10, 17}) {
			t.Errorf("failures are %v: %+v", indices, err)
		}
		if want := "4 of 20 items failed: item 3 (3): bad item; item 5 (5): panic at "; !strings.Contains(err.Error(), want) {
			t.Errorf("message %q lacks %q", err, want)
		}
		if len(got) != 20 || got[4] != 4 || got[19] != 19 {
			t.Errorf("results of the others are %v", got)
		}
		if s := p.Stats(); s.Items != 16 {
			t.Errorf("%d items went well, want 16", s.Items)
		}
	}
}

func TestMillionFailuresAreCountedAndNotKept(t *testing.T) {
	p := newPool(t, 2)
	_, err := MapContext(t.Context(), p, count(100_000), func(context.Context, int) (int, error) { return 0, errors.New("bad") }, FinishAll())
	var all *ItemErrors
	if !errors.As(err, &all) || all.Failed != 100_000 || len(all.Errs) != keptFailures {
		t.Fatalf("error is %.200v", err)
	}
	if len(err.Error()) > 300 {
		t.Errorf("message has %d bytes", len(err.Error()))
	}
}

func TestFinishAllAccountsForItemsAGoexitTakesAlong(t *testing.T) {
	p := newPool(t, 2, FinishAll())
	within(t, "a function that ends its goroutine", func() {
		got := MapAsync(p, count(16), func(x int) int {
			if x == 9 {
				runtime.Goexit()
			}
			return x
		}, Chunk(4))
		_, err := got.Get()
		var all *ItemErrors
		if !errors.As(err, &all) || all.Failed != 3 || all.Errs[0].Index != 9 || all.Errs[2].Index != 11 {
			t.Errorf("error is %v, want items 9 to 11", err)
		}
	})
	meet(t, p, 2)
}

func TestNoItemBeginsAfterAFailure(t *testing.T) {
	for _, chunk := range []int{1, 4, 100} {
		p := newPool(t, 1, Chunk(chunk))
		began := 0
		_, err := Map(p, count(100), func(x int) int {
			began++
			if x == 10 {
				panic("ten")
			}
			return x
		})
		if err == nil || began != 11 {
			t.Errorf("chunks of %d: %d items began, %v", chunk, began, err)
		}
	}
}

func TestProgressCountsUpToAll(t *testing.T) {
	for _, workers := range []int{1, 4} {
		p := newPool(t, workers)
		var seen []int
		_, err := Map(p, count(1000), square, Chunk(10), Progress(func(done, total int) {
			if total != 1000 {
				t.Errorf("total is %d", total)
			}
			seen = append(seen, done)
		}))
		if err != nil || len(seen) != 100 || seen[0] != 10 || seen[99] != 1000 || !slices.IsSorted(seen) {
			t.Errorf("%d reports, %v: %v", len(seen), err, seen)
		}
	}
}

func TestProgressThatPanicsIsAnError(t *testing.T) {
	p := newPool(t, 3)
	within(t, "a progress function that panics", func() {
		_, err := Map(p, count(1000), square, Progress(func(done, total int) {
			if done == total || done > 100 {
				panic("no more")
			}
		}))
		if err == nil || !strings.Contains(err.Error(), "the progress function: panic at ") {
			t.Errorf("error is %v", err)
		}
	})
	meet(t, p, 3)
}

func TestProgressMayTerminateThePool(t *testing.T) {
	p := newPool(t, 2)
	within(t, "Terminate in a progress function", func() {
		_, err := Map(p, count(1000), square, Chunk(10), Progress(func(done, _ int) { p.Terminate() }))
		if !errors.Is(err, ErrTerminated) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestTerminateStopsCallsInProgress(t *testing.T) {
	for _, c := range []struct {
		name string
		call func(p *Pool, stop func(int) int) error
	}{
		{"Map", func(p *Pool, f func(int) int) error { _, err := Map(p, count(1_000_000), f); return err }},
		{"MapContext", func(p *Pool, f func(int) int) error {
			_, err := MapContext(context.Background(), p, count(50), func(ctx context.Context, x int) (int, error) {
				f(10)
				<-ctx.Done()
				return 0, nil
			})
			return err
		}},
		{"MapAsync", func(p *Pool, f func(int) int) error { _, err := MapAsync(p, count(1_000_000), f).Get(); return err }},
		{"Imap", func(p *Pool, f func(int) int) error {
			for _, err := range Imap(p, slices.Values(count(1_000_000)), f) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
	} {
		for _, workers := range []int{1, 3} {
			t.Run(fmt.Sprint(c.name, workers), func(t *testing.T) {
				p := newPool(t, workers)
				var began atomic.Int64
				within(t, "a call that is terminated", func() {
					err := c.call(p, func(x int) int {
						if began.Add(1) == 5 || x == 10 {
							p.Terminate()
						}
						return x
					})
					if !errors.Is(err, ErrTerminated) || !strings.Contains(err.Error(), "stopped after") {
						t.Errorf("error is %v", err)
					}
				})
				if _, err := Map(p, count(3), square); !errors.Is(err, ErrClosed) {
					t.Errorf("a call after Terminate gives %v", err)
				}
			})
		}
	}
}

func TestLocalValuesAreEachUsedByOneWorkerAtATime(t *testing.T) {
	type counter struct{ worker, n int }
	const workers, n = 4, 10_000
	p := newPool(t, workers, Chunk(1))
	local, err := NewLocal(func(worker int) (*counter, error) { return &counter{worker: worker}, nil })
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		got, err := MapLocal(p, count(n), local, func(c *counter, x int) int { c.n++; return x })
		if err != nil || got[n-1] != n-1 {
			t.Fatal(err)
		}
	}
	total := 0
	numbers := map[int]bool{}
	for _, c := range local.Values() {
		total += c.n
		numbers[c.worker] = c.worker < workers
	}
	if len(local.Values()) > workers || len(numbers) != len(local.Values()) || total != 3*n {
		t.Errorf("%d values counted %d items, numbers %v", len(local.Values()), total, numbers)
	}
}

func TestLocalThatCannotBeMadeFailsTheCall(t *testing.T) {
	p := newPool(t, 2)
	for name, init := range map[string]func(int) (int, error){
		"cannot initialise worker 0: no connection": func(int) (int, error) { return 0, errors.New("no connection") },
		"panic at ": func(int) (int, error) { panic("no") },
	} {
		local, err := NewLocal(init)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := MapLocal(p, []int{1}, local, func(int, int) int { return 0 }); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error is %v, want %q", err, name)
		}
	}
}
