package parlib

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/warren-go/warren/parlib/schedule"
	"github.com/warren-go/warren/parlib/team"
)

var threadCounts = []int{1, 2, 3, 9}

// inRegion runs a region that must not fail.
func inRegion(t *testing.T, n int, body func(*Thread)) {
	t.Helper()
	within(t, "Region", func() {
		if err := Region(n, body); err != nil {
			t.Error(err)
		}
	})
}

func TestARegionsThreadsAreNumbered(t *testing.T) {
	for _, n := range threadCounts {
		seen := make([]atomic.Int32, n)
		inRegion(t, n, func(th *Thread) {
			seen[th.ID()].Add(1)
			if th.Threads() != n {
				t.Errorf("a region of %d says it has %d threads", n, th.Threads())
			}
		})
		for id := range seen {
			if c := seen[id].Load(); c != 1 {
				t.Errorf("thread %d of %d ran %d times", id, n, c)
			}
		}
	}
}

func TestNoThreadPassesABarrierBeforeAllHaveCome(t *testing.T) {
	for _, n := range threadCounts {
		var come atomic.Int32
		inRegion(t, n, func(th *Thread) {
			for round := range int32(50) {
				come.Add(1)
				th.Barrier()
				if c := come.Load(); c < (round+1)*int32(n) {
					t.Errorf("round %d: passed when %d of %d had come", round, c, (round+1)*int32(n))
				}
				th.Barrier()
			}
		})
	}
}

func TestSingleRunsOnceAndOthersWaitForIt(t *testing.T) {
	for _, n := range threadCounts {
		runs, late := 0, atomic.Int32{}
		inRegion(t, n, func(th *Thread) {
			for round := range 50 {
				th.Single(func() { runs++ }) // no race: each in turn
				if runs != round+1 {
					t.Errorf("after single %d there were %d runs", round, runs)
				}
				th.Barrier()
			}
			for range 50 {
				th.SingleNoWait(func() { late.Add(1) })
			}
		})
		if late.Load() != 50 {
			t.Errorf("%d of 50 sections that do not wait were run", late.Load())
		}
	}
}

func TestMasterIsThreadZero(t *testing.T) {
	inRegion(t, 4, func(th *Thread) {
		th.Master(func() {
			if th.ID() != 0 {
				t.Errorf("thread %d runs a master section", th.ID())
			}
		})
	})
}

func TestCriticalSectionsOfANameExcludeEachOther(t *testing.T) {
	counts := map[string]int{}
	a, b := 0, 0
	inRegion(t, 4, func(th *Thread) {
		for range 100 {
			th.Critical("a", func() { a++ })
			th.Critical("b", func() { b++ })
			th.Critical("", func() { counts["x"]++ })
		}
	})
	if a != 400 || b != 400 || counts["x"] != 400 {
		t.Errorf("counts are %d, %d and %d, want 400", a, b, counts["x"])
	}
}

func TestThreadsShareLoops(t *testing.T) {
	for _, s := range schedules() {
		for _, n := range threadCounts {
			const size = 500
			var done [3][size]atomic.Int32
			inRegion(t, n, func(th *Thread) {
				for round := range done {
					th.For(size, func(i int) { done[round][i].Add(1) }, s)
					if c := done[round][size-1].Load(); c != 1 {
						t.Errorf("a thread left the loop when its last index was done %d times", c)
					}
				}
				th.For(0, func(i int) { t.Error("a loop over nothing has an index") })
			})
			for round := range done {
				for i := range done[round] {
					if c := done[round][i].Load(); c != 1 {
						t.Fatalf("%v: index %d was done %d times", s, i, c)
					}
				}
			}
		}
	}
}

func TestOrderedKeepsTheOrder(t *testing.T) {
	for _, s := range append(schedules(), nil) {
		var how []schedule.Schedule
		if s != nil {
			how = append(how, s)
		}
		var order []int
		inRegion(t, 3, func(th *Thread) {
			th.ForOrdered(200, func(i int, inOrder func(func())) {
				if i%3 == 1 {
					return // nothing to do in order
				}
				inOrder(func() { order = append(order, i) })
			}, how...)
		})
		if len(order) != 133 || !slices.IsSorted(order) {
			t.Errorf("%v: order is %v", s, order)
		}
	}
}

func TestAllReduceGivesAllTheSame(t *testing.T) {
	for _, n := range threadCounts {
		want := ""
		for id := range n {
			want += fmt.Sprint(id)
		}
		inRegion(t, n, func(th *Thread) {
			for range 20 {
				if got := AllReduce(th, fmt.Sprint(th.ID()), func(a, b string) string { return a + b }); got != want {
					t.Errorf("thread %d got %q, want %q", th.ID(), got, want)
				}
			}
		})
	}
}

func TestPerThreadIsKept(t *testing.T) {
	var counter PerThread[int]
	for range 3 {
		inRegion(t, 4, func(th *Thread) { *counter.Of(th) += th.ID() })
	}
	if got := counter.All(); !slices.Equal(got, []int{0, 3, 6, 9}) {
		t.Errorf("values are %v", got)
	}
}

func TestRegionsInRegions(t *testing.T) {
	var sum atomic.Int64
	inRegion(t, 3, func(outer *Thread) {
		err := Region(4, func(inner *Thread) {
			inner.Barrier()
			sum.Add(int64(10*outer.ID() + inner.ID()))
			inner.Barrier()
		})
		if err != nil {
			t.Error(err)
		}
		outer.Barrier()
	})
	if sum.Load() != 4*30+3*6 {
		t.Errorf("sum is %d, want %d", sum.Load(), 4*30+3*6)
	}
}

func TestARegionThatCannotGoOnIsAnError(t *testing.T) {
	broken := errors.New("broken")
	gone, cancel := context.WithCancelCause(context.Background())
	cancel(broken)
	for _, c := range []struct {
		name    string
		n       int
		body    func(*Thread)
		options []Option
		want    string
	}{
		{"panic", 3, func(th *Thread) {
			if th.ID() == 1 {
				panic(broken)
			}
			th.Barrier()
		}, nil, "parlib: Region: thread 1: panic at "},
		{"panic in a loop", 3, func(th *Thread) {
			th.For(9, func(i int) {
				if i == 8 {
					panic(broken)
				}
			})
		}, nil, "thread 2: panic at "},
		{"panic in order", 3, func(th *Thread) {
			th.ForOrdered(9, func(i int, inOrder func(func())) {
				inOrder(func() {
					if i == 4 {
						panic(broken)
					}
				})
			})
		}, nil, ": panic at "},
		{"goexit", 2, func(th *Thread) {
			if th.ID() == 1 {
				runtime.Goexit()
			}
			th.Barrier()
		}, nil, "thread 1: " + team.ErrGoexit.Error()},
		{"missing barrier", 3, func(th *Thread) {
			if th.ID() != 1 {
				th.Barrier()
			}
		}, nil, "2 of 3 threads wait at a barrier that the others have not come to before they ended"},
		{"unequal loops", 2, func(th *Thread) { th.For(3+th.ID(), func(int) {}) }, nil, "the same loop with"},
		{"gap in a schedule", 2, func(th *Thread) { th.For(10, func(int) {}, wrong{{0, 3}, {4, 10}}) }, nil,
			"the schedule [[0 3] [4 10]] did not give each of the 10 indices to exactly one thread"},
		{"indices given twice", 2, func(th *Thread) { th.For(10, func(int) {}, wrong{{0, 6}, {4, 10}}) }, nil, "the schedule [[0 6] [4 10]] "},
		{"range beyond the loop", 2, func(th *Thread) { th.For(10, func(int) {}, wrong{{0, 11}}) }, nil, "the indices from 0 up to 11 (exclusive)"},
		{"endless schedule", 2, func(th *Thread) { th.For(10, func(int) {}, endless{}) }, nil, "after 10 others, in a loop of 10"},
		{"gap in order", 3, func(th *Thread) {
			th.ForOrdered(10, func(_ int, inOrder func(func())) { inOrder(func() {}) }, wrong{{1, 5}, {5, 10}})
		}, nil, "of an ordered loop, but no thread comes to index 0 first: the schedule [[1 5] [5 10]] must"},
		{"descending order", 1, func(th *Thread) {
			th.ForOrdered(10, func(_ int, inOrder func(func())) { inOrder(func() {}) }, wrong{{5, 10}, {0, 5}})
		}, nil, "thread 0 waits for its turn at index 5 of an ordered loop"},
		{"negative loop", 2, func(th *Thread) { th.For(-1, func(int) {}) }, nil, "number of indices is -1"},
		{"threads", 0, func(*Thread) {}, nil, "number of threads is 0"},
		{"body", 2, nil, nil, "the body is nil"},
		{"context", 2, func(*Thread) { t.Error("begun") }, []Option{Context(gone)}, "not begun: broken"},
		{"team", 2, func(*Thread) {}, []Option{On(nil)}, "the team is nil"},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, "Region", func() {
				if err := Region(c.n, c.body, c.options...); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v, want one with %q", err, c.want)
				}
			})
		})
	}
}

func TestContextReleasesThreadsThatWait(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	within(t, "Region", func() {
		err := Region(3, func(th *Thread) {
			if th.ID() == 2 {
				cancel(why)
				<-ctx.Done()
			}
			for {
				th.Barrier()
			}
		}, Context(ctx))
		if !errors.Is(err, why) {
			t.Errorf("error is %v", err)
		}
	})
}

// What a method of Thread finds wrong is said of the line that called it, not of the library's own.
func TestMethodsOfThreadsRefuseWhatIsNil(t *testing.T) {
	for what, body := range map[string]func(*Thread){
		"Thread.Critical: the function is nil": func(th *Thread) { th.Critical("a", nil) },
		"Thread.Single: the function is nil":   func(th *Thread) { th.Single(nil) },
		"Thread.Master: the function is nil":   func(th *Thread) { th.Master(nil) },
		"AllReduce: the function is nil":       func(th *Thread) { AllReduce(th, 1, nil) },
		"Thread.For: the body of a loop of 3":  func(th *Thread) { th.For(3, nil) },
	} {
		within(t, what, func() {
			err := Region(2, body)
			var p *PanicError
			if !errors.As(err, &p) || !strings.Contains(err.Error(), what) || !strings.Contains(p.Where, "region_test.go:") {
				t.Errorf("error is %v, want one of a line of this file with %q", err, what)
			}
		})
	}
}

func TestAllReduceOfNilInterfaces(t *testing.T) {
	failure := errors.New("thread 1")
	inRegion(t, 3, func(th *Thread) {
		var mine error
		if got := AllReduce(th, mine, func(a, b error) error { return errors.Join(a, b) }); got != nil {
			t.Errorf("no errors make %v", got)
		}
		if th.ID() == 1 {
			mine = failure
		}
		if got := AllReduce(th, mine, func(a, b error) error { return errors.Join(a, b) }); !errors.Is(got, failure) {
			t.Errorf("an error of one thread makes %v", got)
		}
	})
}

func TestAllReduceOfDifferentTypesIsAnError(t *testing.T) {
	err := Region(2, func(th *Thread) {
		if th.ID() == 0 {
			AllReduce(th, 1, func(a, b int) int { return a + b })
		} else {
			AllReduce(th, 1.5, func(a, b float64) float64 { return a + b })
		}
	})
	if err == nil || !strings.Contains(err.Error(), "[]float64") || !strings.Contains(err.Error(), "[]int") {
		t.Errorf("error is %v, want one that names both types", err)
	}
}
