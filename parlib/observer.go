package parlib

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/warren-go/warren/parlib/schedule"
	"github.com/warren-go/warren/parlib/team"
)

// Observer is told who does what when. Its methods are called by several goroutines at once, and hold up the work as long
// as they take. If one panics, the call that it observes ends with that as its error. An observe.Recorder is an observer.
type Observer interface {
	// Workers tells at the beginning of a call how many workers there can be: 0 to n-1.
	Workers(n int)
	// Chunk tells that a worker was given the indices from lo up to but without hi, and has done them; or some of them, where
	// one failed or the call was to end.
	Chunk(worker, lo, hi int, begin, end time.Time)
}

// told calls an observer, and keeps its panics from who calls it.
type told struct {
	observer Observer
	failed   atomic.Pointer[team.PanicError] // one of its panics
}

func (t *told) workers(n int) {
	defer t.keep()
	t.observer.Workers(n)
}

func (t *told) chunk(worker, lo, hi int, begin time.Time) {
	defer t.keep()
	t.observer.Chunk(worker, lo, hi, begin, time.Now())
}

// keep must be deferred.
func (t *told) keep() {
	if v := recover(); v != nil {
		t.failed.Store(team.NewPanicError(v))
	}
}

// mistake is how the observer panicked, if it did.
func (t *told) mistake() error {
	if p := t.failed.Load(); p != nil {
		return fmt.Errorf("the observer: %w", p)
	}
	return nil
}

// Observe tells an observer of each chunk of a loop.
func Observe(o Observer) Option { return Option{kind: observeOption, observer: o} }

// Observed tells an observer of each chunk of a call on a pool; given to NewPool, of all calls. A worker has the lowest
// number that is free as long as it works on a call.
func Observed(o Observer) PoolOption {
	seats := new(seats)
	return func(c *config) error {
		if o == nil {
			return errors.New("observer is nil")
		}
		c.watch = &watch{observer: o, seats: seats}
		return nil
	}
}

// observedRanges tells an observer what a schedule's ranges are asked for: a worker that asks for the next one has done
// the one before.
type observedRanges struct {
	schedule.Ranges
	told  told
	hands []observedHand // of the workers
}

type observedHand struct {
	lo, hi int
	begin  time.Time
	_      [128 - 2*8 - 24]byte
}

func observeRanges(r schedule.Ranges, workers int, o Observer) *observedRanges {
	observed := &observedRanges{Ranges: r, hands: make([]observedHand, workers)}
	observed.told.observer = o
	observed.told.workers(workers)
	return observed
}

func (r *observedRanges) Next(worker int) (lo, hi int, ok bool) {
	r.end(worker)
	lo, hi, ok = r.Ranges.Next(worker)
	if ok {
		r.hands[worker] = observedHand{lo: lo, hi: hi, begin: time.Now()}
	}
	return lo, hi, ok
}

// end tells of the range that a worker has in hand, if any.
func (r *observedRanges) end(worker int) {
	h := r.hands[worker]
	r.hands[worker] = observedHand{}
	if h.lo < h.hi {
		r.told.chunk(worker, h.lo, h.hi, h.begin)
	}
}

// watch tells an observer what is done on a pool. A nil watch tells nobody.
type watch struct {
	observer Observer
	seats    *seats
	told     told // of a call
}

// workers returns a watch of a call, and tells how many workers there are.
func (w *watch) workers(n int) *watch {
	if w == nil {
		return nil
	}
	call := &watch{seats: w.seats, observer: w.observer, told: told{observer: w.observer}}
	call.told.workers(n)
	return call
}

// sit gives the calling worker a number until it stands up.
func (w *watch) sit() (worker int) {
	if w == nil {
		return 0
	}
	return w.seats.take()
}

func (w *watch) stand(worker int) {
	if w != nil {
		w.seats.free(worker)
	}
}

// begin is the time, where somebody wants to know.
func (w *watch) begin() time.Time {
	if w == nil {
		return time.Time{}
	}
	return time.Now()
}

// end tells that a worker has done the indices from lo up to but without hi.
func (w *watch) end(worker, lo, hi int, begin time.Time) {
	if w != nil {
		w.told.chunk(worker, lo, hi, begin)
	}
}

// mistake is how the observer panicked, if it did.
func (w *watch) mistake() error {
	if w == nil {
		return nil
	}
	return w.told.mistake()
}

// seats are numbers that are in use.
type seats struct {
	mu    sync.Mutex
	taken []bool
}

// take gives the lowest number that is free.
func (s *seats) take() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.taken, false)
	if i < 0 {
		i = len(s.taken)
		s.taken = append(s.taken, false)
	}
	s.taken[i] = true
	return i
}

func (s *seats) free(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken[i] = false
}
