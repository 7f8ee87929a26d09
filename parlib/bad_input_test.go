package parlib

import (
	"context"
	"errors"
	"iter"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warren-go/warren/parlib/schedule"
	"github.com/warren-go/warren/parlib/team"
)

// A number that nothing can be made of is refused before memory is asked for.
func TestSizesBeyondReasonAreErrorsThatNameThem(t *testing.T) {
	nothing := func(int) {}
	p := newPool(t, 2)
	for _, n := range []int{maxWorkers + 1, math.MaxInt32, math.MaxInt, math.MinInt, -1, 0} {
		for name, call := range map[string]func() error{
			"NewPool":   func() error { _, err := NewPool(n); return err },
			"Workers":   func() error { return For(10, nothing, Workers(n)) },
			"of Sum":    func() error { _, err := Sum(count(10), Workers(n)); return err },
			"of Sort":   func() error { return Sort(count(10), Workers(n)) },
			"of Tasks":  func() error { return Tasks(func(*Task) {}, Workers(n)) },
			"Region":    func() error { return Region(n, func(*Thread) {}) },
			"team.New":  func() error { _, err := team.New(n); return err },
			"of others": func() error { _, err := WorkersFor(Workers(n)); return err },
		} {
			if err := call(); err == nil || !strings.Contains(err.Error(), "it must be between 1 and 65536") {
				t.Errorf("%s(%d): error is %v", name, n, err)
			}
		}
	}
	for _, bins := range []int{math.MaxInt, maxBins + 1, 0, -3} {
		if c, err := Histogram([]float64{1}, bins, 0, 1); err == nil || !strings.Contains(err.Error(), "it must be between 1 and 16777216") {
			t.Errorf("Histogram of %d bins is %v, %v", bins, c, err)
		}
	}
	for name, call := range map[string]func() error{
		"Grain":  func() error { return For(10, nothing, Grain(math.MaxInt)) },
		"Chunk":  func() error { _, err := Map(p, count(10), square, Chunk(math.MaxInt)); return err },
		"Window": func() error { return last(Imap(p, slices.Values(count(10)), square, Window(math.MaxInt))) },
		"Chunk of Imap": func() error {
			return last(Imap(p, slices.Values(count(10)), square, Chunk(math.MaxInt), Window(math.MaxInt)))
		},
		"Dynamic":     func() error { return For(10, nothing, Schedule(schedule.Dynamic(math.MaxInt)), Workers(3)) },
		"Guided":      func() error { return For(10, nothing, Schedule(schedule.Guided(math.MaxInt)), Workers(3)) },
		"StaticChunk": func() error { return For(10, nothing, Schedule(schedule.StaticChunk(math.MaxInt)), Workers(3)) },
		"Stealing":    func() error { return For(10, nothing, Schedule(schedule.Stealing(math.MaxInt)), Workers(3)) },
	} {
		within(t, name, func() {
			if err := call(); err != nil {
				t.Errorf("a great %s, which means one chunk for all: %v", name, err)
			}
		})
	}
}

// faulty is a schedule that fails where it is told to.
type faulty struct{ split, next func() }

func (f faulty) String() string { return "faulty" }

func (f faulty) Split(n, workers int, _ schedule.Ranges) schedule.Ranges {
	if f.split != nil {
		f.split()
	}
	if f.next == nil {
		return nil
	}
	return f
}

func (f faulty) Next(int) (lo, hi int, ok bool) { f.next(); return 0, 0, false }

func TestASchedulesPanicsAreErrors(t *testing.T) {
	broken := errors.New("broken")
	fail := func() { panic(broken) }
	nothing := func(int) {}
	for _, c := range []struct {
		name  string
		s     schedule.Schedule
		want  string
		value error // that the error wraps
	}{
		{"in Split", faulty{split: fail}, "the schedule faulty could not split a loop of 10 for 3 workers: panic at ", broken},
		{"in Next", faulty{next: fail}, "the schedule faulty failed in Next, in a loop of 10: panic at ", broken},
		{"no indices", faulty{next: func() {}}, "did not give each of the 10 indices", nil},
		{"nothing", faulty{}, "the schedule faulty split a loop of 10 for 3 workers into nil", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, c.name, func() {
				err := For(10, nothing, Schedule(c.s), Workers(3))
				if err == nil || !strings.Contains(err.Error(), c.want) || c.value != nil && !errors.Is(err, c.value) {
					t.Errorf("For: error is %v, want one with %q", err, c.want)
				}
				if err := For(10, nothing, Workers(3)); err != nil {
					t.Errorf("the next loop: %v", err)
				}
				err = Region(3, func(th *Thread) { th.For(10, nothing, c.s) })
				if err == nil || c.value != nil && !errors.Is(err, c.value) {
					t.Errorf("Thread.For: error is %v", err)
				}
			})
		})
	}
}

func TestNilsInARegionsLoopsAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		body func(*Thread)
		want string
	}{
		"body":         {func(th *Thread) { th.For(5, nil) }, "the body of a loop of 5 is nil"},
		"ordered body": {func(th *Thread) { th.ForOrdered(5, nil) }, "the body of a loop of 5 is nil"},
		"schedule":     {func(th *Thread) { th.For(5, func(int) {}, nil) }, "the schedule of a loop of 5 is nil"},
	} {
		within(t, name, func() {
			if err := Region(2, c.body); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("nil %s: error is %v", name, err)
			}
		})
	}
}

func TestACheckThatPanicsEndsARegionsLoops(t *testing.T) {
	stop := errors.New("the program wants an end")
	var stopped atomic.Bool
	team.SetCheck(func() {
		if stopped.Load() {
			panic(stop)
		}
	})
	defer team.SetCheck(nil)
	var begun atomic.Int64
	within(t, "a region's loop", func() {
		err := Region(2, func(th *Thread) {
			th.For(1<<40, func(int) {
				if begun.Add(1) == 100 {
					stopped.Store(true)
				}
			})
		})
		if !errors.Is(err, stop) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestObserverIsToldOfChunksThatFail(t *testing.T) {
	for name, body := range map[string]func(int){
		"panic":  func(i int) { panic(i) },
		"Goexit": func(int) { runtime.Goexit() },
	} {
		var seen notes
		done := make(chan bool)
		go func() { // which Goexit ends
			defer close(done)
			For(10, body, Observe(&seen), Workers(1), Schedule(schedule.Dynamic(4)))
		}()
		<-done
		if len(seen.chunks) != 1 || seen.chunks[0].lo != 0 || seen.chunks[0].hi != 4 {
			t.Errorf("%s: chunks are %v", name, seen.chunks)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var seen notes
	For(10, func(i int) { cancel() }, Observe(&seen), Workers(1), Schedule(schedule.Dynamic(4)), Context(ctx))
	if len(seen.chunks) != 1 || seen.chunks[0].hi != 4 {
		t.Errorf("after the context's end: chunks are %v", seen.chunks)
	}
}

// shaky is an observer that panics.
type shaky struct{ workers, chunk bool }

func (s shaky) Workers(int) {
	if s.workers {
		panic("no workers")
	}
}

func (s shaky) Chunk(_, _, _ int, _, _ time.Time) {
	if s.chunk {
		panic("no chunks")
	}
}

// Pools call observers in goroutines of their own, where a panic would end the process.
func TestAnObserversPanicIsTheCallsError(t *testing.T) {
	p := newPool(t, 3)
	items := count(100)
	for want, o := range map[string]Observer{"no workers": shaky{workers: true}, "no chunks": shaky{chunk: true}} {
		for name, call := range map[string]func() error{
			"For":      func() error { return For(100, func(int) {}, Observe(o), Workers(3)) },
			"Map":      func() error { _, err := Map(p, items, square, Observed(o)); return err },
			"MapAsync": func() error { _, err := MapAsync(p, items, square, Observed(o)).Get(); return err },
			"Imap":     func() error { return last(Imap(p, slices.Values(items), square, Observed(o))) },
		} {
			within(t, name, func() {
				if err := call(); err == nil || !strings.Contains(err.Error(), "the observer: panic at ") || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: error is %v, want one with %q", name, err, want)
				}
			})
		}
	}
}

func TestAProgressFunctionsPanicIsTheCallsError(t *testing.T) {
	p := newPool(t, 3)
	fail := Progress(func(int, int) { panic("no progress") })
	for name, call := range map[string]func() error{
		"Map":      func() error { _, err := Map(p, count(100), square, fail); return err },
		"MapAsync": func() error { _, err := MapAsync(p, count(100), square, fail).Get(); return err },
		"Imap":     func() error { return last(Imap(p, slices.Values(count(100)), square, fail)) },
	} {
		within(t, name, func() {
			if err := call(); err == nil || !strings.Contains(err.Error(), "the progress function: panic at ") {
				t.Errorf("%s: error is %v", name, err)
			}
		})
	}
}

// What combines the workers' results runs in the caller, and its panics are errors all the same.
func TestAPanicWhereResultsAreCombinedIsAnError(t *testing.T) {
	p := newPool(t, 2)
	x := count(100_000)
	for name, call := range map[string]func(combine func(a, b int) int) error{
		"Reduce": func(c func(a, b int) int) error { _, err := Reduce(x, 0, c); return err },
		"ForReduce": func(c func(a, b int) int) error {
			_, err := ForReduce(len(x), 0, func(i, acc int) int { return acc }, c)
			return err
		},
		"MapReduce": func(c func(a, b int) int) error { _, err := MapReduce(p, x, 0, square, c); return err },
		"ScanFunc":  func(c func(a, b int) int) error { return ScanFunc(make([]int, len(x)), x, 0, c) },
	} {
		for _, last := range []bool{false, true} { // in the first call, in a late one
			var calls atomic.Int64
			within(t, name, func() {
				err := call(func(a, b int) int {
					if n := calls.Add(1); !last || n == 20 && name == "ForReduce" || n > int64(len(x)) {
						panic("cannot combine")
					}
					return a + b
				})
				if err == nil || !strings.Contains(err.Error(), "parlib: "+name+": ") || !strings.Contains(err.Error(), "cannot combine") {
					t.Errorf("%s: error is %v", name, err)
				}
			})
		}
	}
}

// A comparison that is no order makes no order, but every element stays, and stays once.
func TestSortsLoseNothingByAComparisonThatContradictsItself(t *testing.T) {
	for name, compare := range map[string]func(a, b int) int{
		"random":       func(a, b int) int { return rand.IntN(3) - 1 },
		"always less":  func(a, b int) int { return -1 },
		"always more":  func(a, b int) int { return 1 },
		"never equal":  func(a, b int) int { return map[bool]int{true: -1, false: 1}[a < b] },
		"paper, stone": func(a, b int) int { return (a-b+300_001)%3 - 1 },
	} {
		for kind, sort := range map[string]func([]int, func(a, b int) int, ...Option) error{"SortFunc": SortFunc[int], "SortStableFunc": SortStableFunc[int]} {
			x := rand.Perm(100_000)
			within(t, name, func() { sort(x, compare, Workers(4)) }) // an error or none
			slices.Sort(x)
			if !slices.Equal(x, count(len(x))) {
				t.Errorf("%s with a comparison that is %s lost elements", kind, name)
			}
		}
	}
}

func TestOnePanicOfAMillionIsNamed(t *testing.T) {
	const n, bad = 1_000_000, 999_983
	p := newPool(t, 3)
	body := func(i int) {
		if i == bad {
			panic("bad")
		}
	}
	f := func(i int) int { body(i); return i }
	for name, call := range map[string]func() error{
		"For":       func() error { return For(n, body) },
		"ForEach":   func() error { return ForEach(count(n), func(i int, _ *int) { body(i) }) },
		"Collapse":  func() error { return Collapse(1000, 1000, func(row, column int) { body(1000*row + column) }) },
		"Map":       func() error { _, err := Map(p, count(n), f); return err },
		"FinishAll": func() error { _, err := Map(p, count(n), f, FinishAll()); return err },
		"Imap":      func() error { return last(Imap(p, slices.Values(count(n)), f, Chunk(1000))) },
		"MapReduce": func() error {
			_, err := MapReduce(p, count(n), 0, f, func(a, b int) int { return a + b })
			return err
		},
	} {
		var item *ItemError
		if err := call(); !errors.As(err, &item) || item.Index != bad {
			t.Errorf("%s: error is %v, want one of item %d", name, err, bad)
		}
	}
}

func TestClosedAndNilPoolsAreErrors(t *testing.T) {
	closed := newPool(t, 2)
	closed.Close()
	for what, p := range map[string]*Pool{"the pool is closed": closed, "the pool is nil": nil, "nil; make one with NewPool": new(Pool)} {
		for name, call := range map[string]func() error{
			"Map":        func() error { _, err := Map(p, count(3), square); return err },
			"Map of 0":   func() error { _, err := Map(p, nil, square); return err },
			"Filter":     func() error { _, err := Filter(p, count(3), func(int) bool { return true }); return err },
			"Apply":      func() error { _, err := Apply(p, func() int { return 1 }); return err },
			"ApplyAsync": func() error { _, err := ApplyAsync(p, func() int { return 1 }).Get(); return err },
			"MapAsync":   func() error { _, err := MapAsync(p, count(3), square).Get(); return err },
			"Imap":       func() error { return last(Imap(p, slices.Values(count(3)), square)) },
		} {
			within(t, name, func() {
				if err := call(); err == nil || !strings.Contains(err.Error(), what) {
					t.Errorf("%s: error is %v, want one with %q", name, err, what)
				}
			})
		}
	}
	for name, p := range map[string]*Pool{"nil": nil, "zero": new(Pool)} { // as a deferred Close has it where NewPool failed
		p.Close()
		p.Terminate()
		if err := p.Join(); err == nil || p.Workers() != 0 || p.Stats() != (Stats{}) || p.String() != "parlib.Pool(0 workers)" {
			t.Errorf("%s pool: %v, joins with %v", name, p, err)
		}
	}
	for name, tm := range map[string]*team.Team{"nil": nil, "zero": new(team.Team)} {
		tm.Close()
		if err := tm.Join(); err == nil || tm.Size() != 0 {
			t.Errorf("%s team: size %d, joins with %v", name, tm.Size(), err)
		}
		if err := For(3, func(int) {}, On(tm)); err == nil || !strings.Contains(err.Error(), "the team is nil") {
			t.Errorf("%s team: error is %v", name, err)
		}
	}
	var none iter.Seq[int]
	if err := last(Imap(newPool(t, 1), none, square)); err == nil || !strings.Contains(err.Error(), "sequence of items is nil") {
		t.Errorf("a nil sequence: error is %v", err)
	}
}

func TestNothingToDoIsNoError(t *testing.T) {
	p := newPool(t, 2)
	for name, err := range map[string]error{
		"For":      For(0, func(int) { t.Error("called") }),
		"ForRange": ForRange(0, func(int, int) { t.Error("called") }),
		"ForEach":  ForEach([]int(nil), func(int, *int) { t.Error("called") }),
		"Collapse": Collapse(0, math.MaxInt, func(int, int) { t.Error("called") }),
		"Sort":     Sort([]int(nil)),
		"SortFunc": SortFunc([]int{}, func(a, b int) int { return 0 }),
		"Scan":     Scan([]int{}, []int{}),
		"Imap":     last(Imap(p, slices.Values([]int{}), square)),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := Histogram([]int{}, 3, 0, 1); err != nil || !slices.Equal(c.Bins, []int{0, 0, 0}) {
		t.Errorf("histogram of nothing is %v, %v", c, err)
	}
	if s, err := Dot([]float64{}, nil); s != 0 || err != nil {
		t.Errorf("product of nothing is %v, %v", s, err)
	}
	if _, at, err := Min([]int{}); at != -1 || !errors.Is(err, ErrEmpty) {
		t.Errorf("least of nothing is at %d, %v", at, err)
	}
}

func TestNaNAndInfinity(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	x := make([]float64, 20_000)
	x[15_000], x[17_000] = nan, -inf
	if s, err := Sum(x); !math.IsNaN(s) || err != nil {
		t.Errorf("sum is %v, %v", s, err)
	}
	if n, err := Norm(x); !math.IsNaN(n) || err != nil {
		t.Errorf("length is %v, %v", n, err)
	}
	for name, f := range map[string]func([]float64, ...Option) (float64, int, error){"Min": Min[float64], "Max": Max[float64]} {
		if v, at, err := f(x); !math.IsNaN(v) || at != 15_000 || err != nil {
			t.Errorf("%s is %v at %d, %v", name, v, at, err)
		}
	}
	if c, err := Histogram([]float64{nan, inf, -inf, 0.5, 1, 0}, 2, 0, 1); err != nil || c.NaN != 1 || c.Above != 1 || c.Below != 1 || !slices.Equal(c.Bins, []int{1, 2}) {
		t.Errorf("histogram is %+v, %v", c, err)
	}
	for _, bounds := range [][2]float64{{nan, 1}, {0, nan}, {0, inf}, {-inf, 0}, {1, 1}, {2, 1}, {-math.MaxFloat64, math.MaxFloat64}} {
		if c, err := Histogram(x, 3, bounds[0], bounds[1]); err == nil {
			t.Errorf("histogram between %v is %v", bounds, c)
		}
	}
	if err := Sort(x); err != nil || !math.IsNaN(x[0]) || x[1] != -inf || !slices.IsSorted(x) {
		t.Errorf("sorted: %v … , %v", x[:3], err)
	}
}

func TestDestinationsThatOverlapAreErrors(t *testing.T) {
	x := make([]float64, 100)
	for name, err := range map[string]error{
		"Scan":     Scan(x[1:], x[:99]),
		"ScanFunc": ScanFunc(x[:99], x[1:], 0, func(a, b float64) float64 { return a + b }),
		"lengths":  Scan(x[:3], x[:4]),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAContextThatIsOver(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	p := newPool(t, 2)
	x := []float64{3, 1, 2}
	over := Context(ctx)
	for name, call := range map[string]func() error{
		"For":       func() error { return For(3, func(int) { t.Error("begun") }, over) },
		"Sum":       func() error { _, err := Sum(x, over); return err },
		"Dot":       func() error { _, err := Dot(x, x, over); return err },
		"Norm":      func() error { _, err := Norm(x, over); return err },
		"Min":       func() error { _, _, err := Min(x, over); return err },
		"Scan":      func() error { return Scan(x, x, over) },
		"Sort":      func() error { return Sort(x, over) },
		"Histogram": func() error { _, err := Histogram(x, 2, 0, 1, over); return err },
		"Region":    func() error { return Region(2, func(*Thread) { t.Error("begun") }, over) },
		"Tasks":     func() error { return Tasks(func(*Task) { t.Error("begun") }, over) },
		"MapContext": func() error {
			_, err := MapContext(ctx, p, count(3), func(context.Context, int) (int, error) { t.Error("begun"); return 0, nil })
			return err
		},
		"ImapContext": func() error {
			return last(ImapContext(ctx, p, slices.Values(count(3)), func(context.Context, int) (int, error) { t.Error("begun"); return 0, nil }))
		},
	} {
		within(t, name, func() {
			if err := call(); !errors.Is(err, why) {
				t.Errorf("%s: error is %v, want the cause", name, err)
			}
		})
	}
}

func TestNilContextsAreErrors(t *testing.T) {
	p := newPool(t, 2)
	f := func(context.Context, int) (int, error) { t.Error("called"); return 0, nil }
	for name, call := range map[string]func() error{
		"For":             func() error { return For(3, func(int) {}, Context(nil)) },
		"Region":          func() error { return Region(2, func(*Thread) {}, Context(nil)) },
		"Tasks":           func() error { return Tasks(func(*Task) {}, Context(nil)) },
		"Sum":             func() error { _, err := Sum(count(3), Context(nil)); return err },
		"MapContext":      func() error { _, err := MapContext(nil, p, count(3), f); return err },
		"MapAsyncContext": func() error { _, err := MapAsyncContext(nil, p, count(3), f).Get(); return err },
		"ImapContext":     func() error { return last(ImapContext(nil, p, slices.Values(count(3)), f)) },
		"unordered":       func() error { return last(ImapUnorderedContext(nil, p, slices.Values(count(3)), f)) },
		"ApplyAsyncContext": func() error {
			_, err := ApplyAsyncContext(nil, p, func(context.Context) (int, error) { return 0, nil }).Get()
			return err
		},
	} {
		within(t, name, func() {
			if err := call(); err == nil || !strings.Contains(err.Error(), "the context is nil") {
				t.Errorf("%s: error is %v", name, err)
			}
		})
	}
}

func TestOptionsWithoutEffectAreRefused(t *testing.T) {
	for name, o := range map[string]Option{
		"Schedule": Schedule(schedule.Static()), "Grain": Grain(2), "Observe": Observe(nobodyWatches{}),
	} {
		for op, err := range map[string]error{"Region": Region(2, func(*Thread) {}, o), "Tasks": Tasks(func(*Task) {}, o)} {
			if err == nil || !strings.Contains(err.Error(), op+": the option "+name) {
				t.Errorf("%s with %s: error is %v", op, name, err)
			}
		}
	}
	if err := Region(2, func(*Thread) {}, Workers(3)); err == nil {
		t.Error("Region of 2 threads with Workers(3) succeeds")
	}
	if err := Region(2, func(*Thread) {}, Option{}, Context(t.Context())); err != nil {
		t.Error(err)
	}
}

type nobodyWatches struct{}

func (nobodyWatches) Workers(int)                       {}
func (nobodyWatches) Chunk(_, _, _ int, _, _ time.Time) {}

// Items that need no memory may be more than there is memory for the results of, and asking for that would end the process.
func TestResultsBeyondMemoryAreErrors(t *testing.T) {
	p := newPool(t, 2)
	items := make([]struct{}, 1<<45)
	local, _ := NewLocal(func(int) (int, error) { return 0, nil })
	one := func(struct{}) float64 { return 1 }
	withContext := func(context.Context, struct{}) (float64, error) { return 1, nil }
	for name, call := range map[string]func() error{
		"Map":             func() error { _, err := Map(p, items, one); return err },
		"MapContext":      func() error { _, err := MapContext(t.Context(), p, items, withContext); return err },
		"MapAsync":        func() error { _, err := MapAsync(p, items, one).Get(); return err },
		"MapAsyncContext": func() error { _, err := MapAsyncContext(t.Context(), p, items, withContext).Get(); return err },
		"MapLocal": func() error {
			_, err := MapLocal(p, items, local, func(int, struct{}) float64 { return 1 })
			return err
		},
		"Map2": func() error {
			_, err := Map2(p, items, items, func(_, _ struct{}) float64 { return 1 })
			return err
		},
		"StarMap": func() error {
			_, err := StarMap(p, make([]Pair[struct{}, struct{}], len(items)), func(_, _ struct{}) float64 { return 1 })
			return err
		},
	} {
		err := call()
		if err == nil || !strings.HasPrefix(err.Error(), "parlib: "+name+" on 35184372088832 items: for the results 256 TiB of memory are needed") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}
