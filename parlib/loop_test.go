package parlib

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/warren-go/warren/parlib/schedule"
	"github.com/warren-go/warren/parlib/team"
)

func schedules() []schedule.Schedule {
	return []schedule.Schedule{
		schedule.Static(), schedule.StaticChunk(3), schedule.Dynamic(2), schedule.Guided(1), schedule.Stealing(1),
	}
}

func TestLoopsDoEachIndexOnce(t *testing.T) {
	for _, s := range schedules() {
		for _, workers := range []int{1, 2, 5} {
			for _, n := range []int{0, 1, 2, 100, 1009} {
				t.Run(fmt.Sprintf("%v/%d workers/%d", s, workers, n), func(t *testing.T) {
					done := make([]atomic.Int32, n)
					options := []Option{Workers(workers), Schedule(s)}
					for name, err := range map[string]error{
						"For": For(n, func(i int) { done[i].Add(1) }, options...),
						"ForRange": ForRange(n, func(lo, hi int) {
							for i := lo; i < hi; i++ {
								done[i].Add(1)
							}
						}, options...),
						"ForEach":  ForEach(done, func(i int, item *atomic.Int32) { item.Add(1) }, options...),
						"Collapse": Collapse(1, n, func(_, i int) { done[i].Add(1) }, options...),
					} {
						if err != nil {
							t.Errorf("%s: %v", name, err)
						}
					}
					for i := range done {
						if c := done[i].Load(); c != 4 {
							t.Fatalf("index %d was done %d times by 4 loops", i, c)
						}
					}
				})
			}
		}
	}
}

func TestCollapseCoversRowsAndColumns(t *testing.T) {
	const rows, columns = 3, 5
	var seen [rows][columns]atomic.Int32
	if err := Collapse(rows, columns, func(r, c int) { seen[r][c].Add(1) }); err != nil {
		t.Fatal(err)
	}
	for r := range seen {
		for c := range seen[r] {
			if n := seen[r][c].Load(); n != 1 {
				t.Errorf("row %d, column %d was done %d times", r, c, n)
			}
		}
	}
}

// The error is the one that a serial loop would have met first, on every schedule.
func TestTheErrorIsThatOfTheLowestIndex(t *testing.T) {
	for _, s := range schedules() {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			for range 50 {
				err := For(100, func(i int) {
					if i%10 == 7 {
						panic(fmt.Sprint("item ", i))
					}
				}, Workers(3), Schedule(s))
				var item *ItemError
				if !errors.As(err, &item) || item.Index != 7 {
					t.Fatalf("error is %v, want that of index 7", err)
				}
			}
		})
	}
}

func TestFailuresNameWhatFailed(t *testing.T) {
	broken := errors.New("broken")
	fail := func() { panic(broken) }
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"For", For(9, func(i int) {
			if i == 4 {
				fail()
			}
		}), "parlib: For: item 4: panic at "},
		{"ForRange", ForRange(25, func(lo, hi int) {
			if hi == 25 {
				fail()
			}
		}, Schedule(schedule.Dynamic(10))), "parlib: ForRange: indices 20 to 24: panic at "},
		{"ForEach", ForEach([]string{"a", "b"}, func(_ int, s *string) {
			if *s == "b" {
				fail()
			}
		}), `parlib: ForEach: item 1 ("b"): panic at `},
		{"Collapse", Collapse(3, 4, func(r, c int) {
			if r == 1 && c == 2 {
				fail()
			}
		}), "parlib: Collapse: item 6 (row 1, column 2): panic at "},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.err == nil || !strings.HasPrefix(c.err.Error(), c.want) || !errors.Is(c.err, broken) {
				t.Errorf("error is %v, want %s…", c.err, c.want)
			}
		})
	}
}

func TestGoexitInABodyIsAnError(t *testing.T) {
	for range 20 {
		var caller atomic.Bool
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			caller.Store(true)
			err = For(2, func(i int) { runtime.Goexit() }, Workers(2), Schedule(schedule.Static()))
			caller.Store(false)
		}()
		<-done
		if caller.Load() { // the caller itself ended, as it must where the body told it to
			continue
		}
		if !errors.Is(err, team.ErrGoexit) {
			t.Errorf("error is %v", err)
		}
	}
	if err := For(10, func(int) {}); err != nil {
		t.Errorf("the next loop: %v", err)
	}
}

// More workers than processors are started, each a goroutine of its own.
func TestWorkersAreReallyStarted(t *testing.T) {
	for _, n := range []int{runtime.GOMAXPROCS(0) + 1, 4 * runtime.GOMAXPROCS(0)} {
		var all sync.WaitGroup
		all.Add(n)
		within(t, "For", func() {
			if err := For(n, func(int) { all.Done(); all.Wait() }, Workers(n), Schedule(schedule.Static())); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLoopsInLoops(t *testing.T) {
	var sum atomic.Int64
	within(t, "For", func() {
		err := For(20, func(i int) {
			if err := For(30, func(j int) { sum.Add(int64(i * j)) }, Workers(3)); err != nil {
				t.Error(err)
			}
		}, Workers(3))
		if err != nil {
			t.Error(err)
		}
	})
	if want := int64(190 * 435); sum.Load() != want {
		t.Errorf("sum is %d, want %d", sum.Load(), want)
	}
}

func TestContextEndsALoop(t *testing.T) {
	why := errors.New("enough")
	for _, s := range schedules() {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			var done, late atomic.Int64
			var over atomic.Bool
			err := For(1_000_000, func(i int) {
				if over.Load() {
					late.Add(1)
				}
				if done.Add(1) == 10 {
					cancel(why)
					over.Store(true)
				}
			}, Context(ctx), Schedule(s), Workers(2))
			if !errors.Is(err, why) || !strings.Contains(err.Error(), fmt.Sprintf("stopped after %d of 1000000 items", done.Load())) {
				t.Errorf("error is %v after %d items", err, done.Load())
			}
			if late.Load() > 1 { // which the other worker was about to begin
				t.Errorf("%d items were begun after the end", late.Load())
			}
			if err := For(5, func(int) { t.Error("the body was called") }, Context(ctx), Schedule(s)); !errors.Is(err, why) {
				t.Errorf("a loop under a context that is over: %v", err)
			}
		})
	}
}

// wrong is a schedule that hands out whatever it is told.
type wrong [][2]int

func (w wrong) Split(int, int, schedule.Ranges) schedule.Ranges { return &wrongRanges{ranges: w} }

type wrongRanges struct {
	sync.Mutex
	ranges [][2]int
}

func (w *wrongRanges) Next(int) (lo, hi int, ok bool) {
	w.Lock()
	defer w.Unlock()
	if len(w.ranges) == 0 {
		return 0, 0, false
	}
	r := w.ranges[0]
	w.ranges = w.ranges[1:]
	return r[0], r[1], true
}

type endless struct{}

func (endless) Split(int, int, schedule.Ranges) schedule.Ranges { return endless{} }
func (endless) Next(int) (lo, hi int, ok bool)                  { return 0, 1, true }

func TestASchedulesMistakesAreErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		s    schedule.Schedule
		want string
	}{
		{"right", wrong{{3, 10}, {0, 3}}, ""},
		{"gap", wrong{{0, 3}, {4, 10}}, "did not give each of the 10 indices to exactly one of 2 workers: 9 were done"},
		{"overlap", wrong{{0, 6}, {4, 10}}, "the schedule [[0 6] [4 10]]"},
		{"overlap and gap", wrong{{0, 5}, {4, 9}}, "10 were done"},
		{"nothing", wrong{}, "0 were done"},
		{"beyond", wrong{{0, 11}}, "the indices from 0 up to 11 (exclusive)"},
		{"negative", wrong{{-1, 3}}, "the indices from -1 up to 3"},
		{"backwards", wrong{{5, 3}}, "the indices from 5 up to 3 (exclusive) after 0 others"},
		{"empty", wrong{{5, 5}}, "the indices from 5 up to 5"},
		{"endless", endless{}, "after 10 others"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var err error
			within(t, "For", func() { err = ForEach(make([]int, 10), func(int, *int) {}, Schedule(c.s), Workers(2)) })
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestHugeLoopDoesNotOverflow(t *testing.T) {
	for _, options := range [][]Option{{Workers(1)}, {Workers(2)}, {Workers(3), Grain(math.MaxInt / 2)}} {
		var total atomic.Int64
		if err := ForRange(math.MaxInt, func(lo, hi int) { total.Add(int64(hi - lo)) }, options...); err != nil {
			t.Fatal(err)
		}
		if total.Load() != math.MaxInt {
			t.Errorf("%d indices done, want all", total.Load())
		}
	}
}

func TestACheckThatPanicsEndsLoops(t *testing.T) {
	defer team.SetCheck(nil)
	over := errors.New("over")
	for _, s := range schedules() {
		var bodies atomic.Int64
		team.SetCheck(func() {
			if bodies.Load() > 1000 {
				panic(over)
			}
		})
		within(t, "For", func() {
			if err := For(1<<60, func(int) { bodies.Add(1) }, Schedule(s), Workers(3)); !errors.Is(err, over) {
				t.Errorf("%v: error is %v", s, err)
			}
		})
	}
}

// With chunks of 1, going through the indices behind the one that failed would take years.
func TestAFailureEndsLongLoops(t *testing.T) {
	for _, s := range schedules() {
		within(t, "For", func() {
			err := For(1<<60, func(i int) { panic("at once") }, Schedule(s), Workers(3))
			var item *ItemError
			if !errors.As(err, &item) || item.Index != 0 {
				t.Errorf("%v: error is %v", s, err)
			}
		})
	}
}

func TestGrainKeepsSmallLoopsTogether(t *testing.T) {
	var ranges atomic.Int32
	if err := ForRange(100, func(lo, hi int) { ranges.Add(1) }, Workers(4), Grain(100)); err != nil || ranges.Load() != 1 {
		t.Errorf("%d ranges, %v; want 1", ranges.Load(), err)
	}
	err := ForRange(1000, func(lo, hi int) {
		if hi-lo < 50 && hi != 1000 {
			t.Errorf("range %d to %d is below the grain of 50", lo, hi)
		}
	}, Workers(4), Grain(50))
	if err != nil {
		t.Error(err)
	}
}

func TestBadLoopsAreErrorsThatNameTheValues(t *testing.T) {
	nothing := func(int) {}
	for _, c := range []struct {
		name string
		call func() error
		want string
	}{
		{"For nil body", func() error { return For(5, nil) }, "For on 5 items: the body is nil"},
		{"ForRange nil body", func() error { return ForRange(5, nil) }, "ForRange on 5 items: the body is nil"},
		{"ForEach nil body", func() error { return ForEach([]int{1}, nil) }, "ForEach on 1 items: the body is nil"},
		{"Collapse nil body", func() error { return Collapse(1, 2, nil) }, "Collapse on 1 items: the body is nil"},
		{"negative", func() error { return For(-1, nothing) }, "number of indices is -1"},
		{"negative rows", func() error { return Collapse(-2, 3, func(int, int) {}) }, "-2 rows and 3 columns"},
		{"too many", func() error { return Collapse(math.MaxInt, 3, func(int, int) {}) }, "are more than an int can count"},
		{"workers", func() error { return For(5, nothing, Workers(0)) }, "For: number of workers is 0; it must be between 1 and 65536"},
		{"grain", func() error { return For(5, nothing, Grain(-4)) }, "grain is -4; it must be at least 1"},
		{"team", func() error { return For(5, nothing, On(nil)) }, "the team is nil"},
		{"schedule", func() error { return For(5, nothing, Schedule(nil)) }, "the schedule is nil"},
		{"context", func() error { return For(5, nothing, Context(nil)) }, "the context is nil"},
		{"unequal vectors", func() error { _, err := Dot(make([]float64, 3), make([]float64, 4)); return err }, "3 and 4 elements"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
		})
	}
	closed, err := team.New(2)
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	if err := For(5, nothing, On(closed)); !errors.Is(err, team.ErrClosed) {
		t.Errorf("on a closed team: %v", err)
	}
}

func TestTheSharedTeamFollowsGOMAXPROCS(t *testing.T) {
	old := runtime.GOMAXPROCS(3)
	defer runtime.GOMAXPROCS(old)
	if n := sharedTeam().Size(); n != 3 {
		t.Errorf("the team has %d workers, want 3", n)
	}
}

func TestWorkersForOptions(t *testing.T) {
	crowd, err := team.New(3)
	if err != nil {
		t.Fatal(err)
	}
	defer crowd.Close()
	for _, c := range []struct {
		options []Option
		want    int
	}{
		{nil, runtime.GOMAXPROCS(0)}, {[]Option{Workers(7)}, 7}, {[]Option{On(crowd)}, 3}, {[]Option{On(crowd), Workers(2)}, 2},
	} {
		if got, err := WorkersFor(c.options...); got != c.want || err != nil {
			t.Errorf("%d options: %d workers, error %v; want %d", len(c.options), got, err, c.want)
		}
	}
	if _, err := WorkersFor(Workers(-3)); err == nil || !strings.Contains(err.Error(), "-3") {
		t.Errorf("negative number of workers: %v", err)
	}
}
