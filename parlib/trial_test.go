package parlib

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warren-go/warren/parlib/team"
)

// simulate has a trial run a loop that takes so long each way, and counts the runs of each.
func simulate(runs int, took func(run int, w way) time.Duration) (counts [ways]int) {
	t := new(trial)
	t.reset(0)
	for run := range runs {
		c := t.next()
		counts[c.way]++
		if c.slot != untimed {
			t.record(c, took(run, c.way))
		}
	}
	return counts
}

// always is a loop that takes so long by stealing, in equal shares and alone.
func always(times ...time.Duration) func(int, way) time.Duration {
	return func(_ int, w way) time.Duration { return times[w] }
}

func TestTheFastestWayIsTaken(t *testing.T) {
	const us = time.Microsecond
	for _, c := range []struct {
		name            string
		took            func(int, way) time.Duration
		most            way
		fewest, highest int // runs of the other ways in 10,000
	}{
		{"alone is fastest", always(3*us, 2*us, us), alone, 6, 150},
		{"equal shares are fastest", always(3*us, us, 2*us), even, 6, 150},
		{"stealing is fastest", always(us, 2*us, 3*us), forked, 6, 150},
		{"long loops are tried no other way", always(60*us, 40*us, 40*us), forked, 0, 0},
		{"one hiccup in the first timing", func(run int, w way) time.Duration {
			if run == 0 {
				return 10 * time.Millisecond
			}
			return always(3*us, 2*us, us)(run, w)
		}, alone, 6, 150},
		{"a lucky run of another way", func(run int, w way) time.Duration {
			if w == forked && run%3 == 0 {
				return us / 2
			}
			return always(3*us, 2*us, us)(run, w)
		}, alone, 6, 150},
		{"another load from run 1000 on", func(run int, w way) time.Duration {
			if run < 1000 {
				return always(us, 2*us, 2*us)(run, w)
			}
			return always(8*us, 4*us, 2*us)(run, w)
		}, alone, 900, 1700},
		{"a body that gets heavy", func(run int, w way) time.Duration {
			if run < 1000 {
				return always(2*us, 2*us, us)(run, w)
			}
			return always(200*us, 200*us, 400*us)(run, w)
		}, forked, 900, 1100},
		{"a body that is heavy half of the time", func(run int, w way) time.Duration {
			if run%2 == 0 {
				return always(2*us, 2*us, us)(run, w)
			}
			return always(200*us, 200*us, 400*us)(run, w)
		}, forked, 0, 250},
		{"now and then a run is held up", func(run int, w way) time.Duration {
			if run%700 == 0 {
				return 4 * time.Millisecond
			}
			return always(3*us, 2*us, us)(run, w)
		}, alone, 6, 150},
	} {
		t.Run(c.name, func(t *testing.T) {
			counts := simulate(10_000, c.took)
			if n := 10_000 - counts[c.most]; n < c.fewest || n > c.highest {
				t.Errorf("%d runs forked, %d in equal shares and %d alone; want %d to %d of the slower ways",
					counts[forked], counts[even], counts[alone], c.fewest, c.highest)
			}
		})
	}
}

func TestBodiesAndSizesHaveTrialsOfTheirOwn(t *testing.T) {
	one, two := func(int) {}, func(int) { _ = t }
	const op, other = "For", "Collapse"
	keys := map[uint64]string{}
	for name, loop := range map[string]struct {
		work
		code uintptr
	}{
		"a body":            {work{op: op, n: 100}, codeOf(one)},
		"another":           {work{op: op, n: 100}, codeOf(two)},
		"none":              {work{op: op, n: 100}, codeOf[func(int)](nil)},
		"larger":            {work{op: op, n: 1000}, codeOf(one)},
		"another operation": {work{op: other, n: 100}, codeOf(one)},
	} {
		key := keyOf(&loop.work, loop.code)
		if same, ok := keys[key]; ok {
			t.Errorf("%s and %s have the same key", name, same)
		}
		keys[key] = name
	}
	if keyOf(&work{op: op, n: 100}, codeOf(one)) != keyOf(&work{op: op, n: 101}, codeOf(one)) {
		t.Error("the same body has another key for a size of the same order")
	}
}

// Loops that wrap the user's function in one of their own must not take the wrapper for the body: it is the same for all.
func TestFunctionsOfTheUserHaveTrialsOfTheirOwn(t *testing.T) {
	keys := func() (keys [len(trials)]uint64) {
		for i := range trials {
			keys[i] = trials[i].key.Load()
		}
		return keys
	}
	x, dst := make([]int, 50_000), make([]int, 50_000)
	sum, product := func(a, b int) int { return a + b }, func(a, b int) int { return a * b }
	for name, pair := range map[string][2]func() error{
		"ForEach": {
			func() error { return ForEach(x, func(int, *int) {}) }, func() error { return ForEach(x, func(i int, at *int) { *at = i }) },
		},
		"Collapse": {
			func() error { return Collapse(20, 20, func(_, _ int) {}) }, func() error { return Collapse(20, 20, func(r, c int) { x[20*r+c] = 1 }) },
		},
		"ForReduce": {
			func() error { _, err := ForReduce(500, 0, sum, sum); return err }, func() error { _, err := ForReduce(500, 0, product, sum); return err },
		},
		"Reduce": {
			func() error { _, err := Reduce(x, 0, sum); return err }, func() error { _, err := Reduce(x, 1, product); return err },
		},
		"ScanFunc": {
			func() error { return ScanFunc(dst, x, 0, sum) }, func() error { return ScanFunc(dst, x, 1, product) },
		},
	} {
		for i := range trials {
			trials[i].key.Store(0) // an earlier run of this test in the same process left its own
		}
		if err := pair[0](); err != nil {
			t.Fatal(err)
		}
		before := keys()
		if err := pair[1](); err != nil {
			t.Fatal(err)
		}
		if keys() == before {
			t.Errorf("%s: two functions share their trials", name)
		}
	}
}

// eachWay tests loops of a body that leave it to parlib how they are run, in each way in turn.
func eachWay(t *testing.T, test func(t *testing.T, run func(w work, options ...Option) error)) {
	for name, how := range map[string]way{"forked": forked, "even": even, "alone": alone} {
		t.Run(name, func(t *testing.T) {
			test(t, func(w work, options ...Option) error {
				var s settings
				if err := s.read(w.op, options); err != nil {
					t.Fatal(err)
				}
				return w.run(&s, how)
			})
		})
	}
}

func TestEachIndexIsDoneOnceEachWay(t *testing.T) {
	eachWay(t, func(t *testing.T, run func(w work, options ...Option) error) {
		for _, workers := range []int{1, 2, 3, 8} {
			for _, n := range []int{0, 1, 2, 7, 1000} {
				done := make([]atomic.Int32, n)
				bodies := map[string]work{
					"each": {op: "For", n: n, each: func(i int) { done[i].Add(1) }},
					"span": {op: "ForRange", n: n, span: func(lo, hi int) {
						for i := lo; i < hi; i++ {
							done[i].Add(1)
						}
					}},
				}
				for name, w := range bodies {
					if err := run(w, Workers(workers)); err != nil {
						t.Fatal(err)
					}
					for i := range done {
						if n := done[i].Swap(0); n != 1 {
							t.Fatalf("%s, %d workers: index %d was done %d times", name, workers, i, n)
						}
					}
				}
			}
		}
	})
}

func TestTheLowestFailureIsNamedEachWay(t *testing.T) {
	fail := func(i int) {
		if i == 13 || i == 80 {
			panic("no luck")
		}
	}
	eachWay(t, func(t *testing.T, run func(w work, options ...Option) error) {
		err := run(work{op: "For", n: 100, each: fail, item: strconv.Itoa}, Workers(2))
		var failed *ItemError
		var panicked *team.PanicError
		if !errors.As(err, &failed) || failed.Index != 13 || failed.Count != 1 || failed.Item != "13" {
			t.Errorf("error is %#v, want index 13", err)
		}
		if !errors.As(err, &panicked) || panicked.Value != "no luck" || !strings.Contains(panicked.Where, "trial_test.go") {
			t.Errorf("panic is %+v, want one of trial_test.go", panicked)
		}
		if err := run(work{op: "For", n: 100, each: func(int) {}}, Workers(2)); err != nil {
			t.Errorf("the loop after it fails with %v", err)
		}
		err = run(work{op: "ForRange", n: 100, span: func(lo, hi int) { panic(lo) }}, Workers(1))
		if !errors.As(err, &failed) || failed.Index != 0 || failed.Count < 1 {
			t.Errorf("error of ranges is %#v, want one from index 0", err)
		}
	})
}

func TestAWorkersGoexitIsAFailureEachWay(t *testing.T) {
	eachWay(t, func(t *testing.T, run func(w work, options ...Option) error) {
		var err error
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			caller := make(chan struct{})
			err = run(work{op: "For", n: 2, each: func(i int) {
				if i == 0 {
					select { // until the worker has ended, so that it is not the caller that does
					case <-caller:
					case <-time.After(100 * time.Millisecond):
					}
					return
				}
				close(caller)
				runtime.Goexit()
			}}, Workers(2))
		}()
		<-ended
		if err != nil && !errors.Is(err, team.ErrGoexit) { // nil where the caller ended itself
			t.Errorf("error is %v, want one that wraps ErrGoexit", err)
		}
	})
}

func TestContextsEndLoopsEachWay(t *testing.T) {
	eachWay(t, func(t *testing.T, run func(w work, options ...Option) error) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var done atomic.Int32
		err := run(work{op: "For", n: 1_000_000, each: func(int) {
			if done.Add(1) == 100 {
				cancel()
			}
		}}, Workers(2), Context(ctx))
		if !errors.Is(err, context.Canceled) || done.Load() == 1_000_000 {
			t.Errorf("%d indices were done, error %v", done.Load(), err)
		}
	})
}

func TestLoopsAreRightInAllTheirTrials(t *testing.T) {
	for range 3 * trialEvery {
		var done atomic.Int64
		if err := For(10, func(i int) { done.Add(int64(i)) }); err != nil || done.Load() != 45 {
			t.Fatalf("sum is %d, %v; want 45", done.Load(), err)
		}
	}
}
