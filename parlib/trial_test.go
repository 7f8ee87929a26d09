package parlib

import (
	"sync/atomic"
	"testing"
	"time"
)

// simulate has a trial run a loop that takes so long each way, and counts the runs of each after the first.
func simulate(t *trial, runs int, took func(run int, w way) time.Duration) (counts [2]int) {
	for run := range runs {
		w, timed := t.choose()
		counts[w]++
		if timed {
			t.record(w, took(run, w))
		}
	}
	return counts
}

func always(f, a time.Duration) func(int, way) time.Duration {
	return func(_ int, w way) time.Duration { return [2]time.Duration{f, a}[w] }
}

func TestTheFasterWayIsTaken(t *testing.T) {
	const us = time.Microsecond
	for _, c := range []struct {
		name            string
		took            func(int, way) time.Duration
		most            way
		fewest, highest int // runs of the other way in 10,000
	}{
		{"alone is faster", always(2*us, us), alone, 2, 60},
		{"forked is faster", always(2*us, 3*us), forked, 2, 60},
		{"long loops are never tried alone", always(30*us, 20*us), forked, 0, 0},
		{"one hiccup in the first timing", func(run int, w way) time.Duration {
			if run == 0 {
				return 10 * time.Millisecond
			}
			return always(2*us, us)(run, w)
		}, alone, 2, 60},
		{"another load from run 1000 on", func(run int, w way) time.Duration {
			if run < 1000 {
				return always(us, 2*us)(run, w)
			}
			return always(8*us, 2*us)(run, w)
		}, alone, 900, 2500},
		{"a body that gets heavy", func(run int, w way) time.Duration {
			if run < 1000 {
				return always(2*us, us)(run, w)
			}
			return always(200*us, 400*us)(run, w)
		}, forked, 900, 1010},
		{"a body that is heavy half of the time", func(run int, w way) time.Duration {
			if run%2 == 0 {
				return always(2*us, us)(run, w)
			}
			return always(200*us, 400*us)(run, w)
		}, forked, 0, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			counts := simulate(new(trial), 10_000, c.took)
			if n := counts[c.most.other()]; n < c.fewest || n > c.highest {
				t.Errorf("%d runs forked and %d alone; want %d to %d of the slower way", counts[forked], counts[alone], c.fewest, c.highest)
			}
		})
	}
}

func TestBodiesAndSizesHaveTrialsOfTheirOwn(t *testing.T) {
	one, two := func(int) {}, func(int) { _ = t }
	span := func(lo, hi int) {}
	const op, other = "For", "Collapse"
	keys := map[uint64]string{}
	for name, key := range map[string]uint64{
		"a body": keyOf(op, one, nil, 100), "another": keyOf(op, two, nil, 100), "of ranges": keyOf(op, nil, span, 100),
		"larger": keyOf(op, one, nil, 1000), "another operation": keyOf(other, one, nil, 100),
	} {
		if same, ok := keys[key]; ok {
			t.Errorf("%s and %s have the same key", name, same)
		}
		keys[key] = name
	}
	if keyOf(op, one, nil, 100) != keyOf(op, one, nil, 101) {
		t.Error("the same body has another key for a size of the same order")
	}
}

func TestLoopsAreRightEitherWay(t *testing.T) {
	for range 1000 {
		var done atomic.Int64
		if err := For(10, func(i int) { done.Add(int64(i)) }); err != nil || done.Load() != 45 {
			t.Fatalf("sum is %d, %v; want 45", done.Load(), err)
		}
	}
}
