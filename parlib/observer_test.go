package parlib

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/warren-go/warren/parlib/schedule"
)

// notes is an observer that writes down everything.
type notes struct {
	mu      sync.Mutex
	workers int
	chunks  []chunkNote
}

type chunkNote struct {
	worker, lo, hi int
	begin, end     time.Time
}

func (n *notes) Workers(workers int) { n.workers = max(n.workers, workers) }

func (n *notes) Chunk(worker, lo, hi int, begin, end time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.chunks = append(n.chunks, chunkNote{worker, lo, hi, begin, end})
}

// check fails the test unless the chunks are the indices 0 to n-1, each once, by as many workers at most.
func (n *notes) check(t *testing.T, indices, workers int) {
	t.Helper()
	if n.workers != workers {
		t.Errorf("told of %d workers, want %d", n.workers, workers)
	}
	slices.SortFunc(n.chunks, func(a, b chunkNote) int { return a.lo - b.lo })
	next := 0
	for _, c := range n.chunks {
		if c.lo != next || c.hi <= c.lo || c.worker < 0 || c.worker >= workers || c.begin.IsZero() || c.end.Before(c.begin) {
			t.Errorf("after index %d comes %+v", next, c)
		}
		next = c.hi
	}
	if next != indices {
		t.Errorf("chunks end at %d, want %d", next, indices)
	}
}

// free fails the test where two chunks of one worker overlap.
func (n *notes) free(t *testing.T) {
	t.Helper()
	slices.SortFunc(n.chunks, func(a, b chunkNote) int { return a.begin.Compare(b.begin) })
	until := map[int]time.Time{}
	for _, c := range n.chunks {
		if c.begin.Before(until[c.worker]) {
			t.Errorf("worker %d does two chunks at once: %+v", c.worker, c)
		}
		until[c.worker] = c.end
	}
}

func TestObserverIsToldOfEveryChunkOfALoop(t *testing.T) {
	body := func(int) { time.Sleep(20 * time.Microsecond) }
	for name, loop := range map[string]func(Option) error{
		"For":      func(o Option) error { return For(100, body, Workers(3), o) },
		"static":   func(o Option) error { return For(100, body, Workers(3), Schedule(schedule.Static()), o) },
		"dynamic":  func(o Option) error { return For(100, body, Workers(3), Schedule(schedule.Dynamic(7)), o) },
		"ForRange": func(o Option) error { return ForRange(100, func(lo, hi int) { body(0) }, Workers(3), o) },
		"Collapse": func(o Option) error { return Collapse(10, 10, func(int, int) { body(0) }, Workers(3), o) },
	} {
		t.Run(name, func(t *testing.T) {
			for range 3 { // the second time the schedule's state is used again
				n := new(notes)
				if err := loop(Observe(n)); err != nil {
					t.Fatal(err)
				}
				n.check(t, 100, 3)
				n.free(t)
			}
		})
	}
}

func TestObserverIsToldOfEveryChunkOfAPool(t *testing.T) {
	slow := func(x int) int { time.Sleep(20 * time.Microsecond); return x }
	for name, call := range map[string]func(*Pool, PoolOption) error{
		"Map":      func(p *Pool, o PoolOption) error { _, err := Map(p, count(100), slow, o); return err },
		"MapAsync": func(p *Pool, o PoolOption) error { _, err := MapAsync(p, count(100), slow, o).Get(); return err },
		"Imap": func(p *Pool, o PoolOption) (err error) {
			for _, e := range Imap(p, slices.Values(count(100)), slow, o) {
				err = errors.Join(err, e)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := new(notes)
			if err := call(newPool(t, 3), Observed(n)); err != nil {
				t.Fatal(err)
			}
			n.check(t, 100, 3)
			n.free(t)
		})
	}
}

func TestObserverOfAPoolIsToldOfAllCalls(t *testing.T) {
	n := new(notes)
	p := newPool(t, 2, Observed(n), Chunk(10))
	for range 2 {
		if _, err := Map(p, count(20), square); err != nil {
			t.Fatal(err)
		}
	}
	if len(n.chunks) != 4 {
		t.Errorf("told of %d chunks, want 4", len(n.chunks))
	}
}

func TestObservedCallsFailAsOthers(t *testing.T) {
	n := new(notes)
	var item *ItemError
	if err := For(10, func(i int) { panic(i) }, Workers(1), Observe(n)); !errors.As(err, &item) || item.Index != 0 {
		t.Errorf("error is %v", err)
	}
	p := newPool(t, 2)
	if _, err := Map(p, count(10), func(x int) int { return 10 / x }, Observed(n)); !errors.As(err, &item) || item.Index != 0 {
		t.Errorf("error is %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := For(10, func(int) {}, Context(ctx), Observe(n)); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if err := For(10, func(int) {}, Observe(nil)); err == nil || err.Error() != "parlib: For: the observer is nil" {
		t.Errorf("error is %v", err)
	}
	if _, err := NewPool(2, Observed(nil)); err == nil || err.Error() != "parlib: NewPool: observer is nil" {
		t.Errorf("error is %v", err)
	}
}
