package parlib

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/warren-go/warren/parlib/schedule"
)

// Observer is told who does what when. Its methods are called by several goroutines at once, and hold up the work as long
// as they take. An observe.Recorder is one.
type Observer interface {
	// Workers tells at the beginning of a call how many workers there can be: 0 to n-1.
	Workers(n int)
	// Chunk tells that a worker did the indices from lo up to but without hi. A loop does not tell of chunks that panicked.
	Chunk(worker, lo, hi int, begin, end time.Time)
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
		c.watch = &watch{o, seats}
		return nil
	}
}

// observedRanges tells an observer what a schedule's ranges are asked for: a worker that asks for the next one has done
// the one before.
type observedRanges struct {
	schedule.Ranges
	observer Observer
	hands    []observedHand // of the workers
}

type observedHand struct {
	lo, hi int
	begin  time.Time
	_      [128 - 2*8 - 24]byte
}

func observeRanges(r schedule.Ranges, workers int, o Observer) *observedRanges {
	o.Workers(workers)
	return &observedRanges{r, o, make([]observedHand, workers)}
}

func (r *observedRanges) Next(worker int) (lo, hi int, ok bool) {
	h := &r.hands[worker]
	if h.lo < h.hi {
		r.observer.Chunk(worker, h.lo, h.hi, h.begin, time.Now())
	}
	lo, hi, ok = r.Ranges.Next(worker)
	*h = observedHand{lo: lo, hi: hi, begin: time.Now()}
	return lo, hi, ok
}

// watch tells an observer what is done on a pool. A nil watch tells nobody.
type watch struct {
	observer Observer
	seats    *seats
}

func (w *watch) workers(n int) {
	if w != nil {
		w.observer.Workers(n)
	}
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
		w.observer.Chunk(worker, lo, hi, begin, time.Now())
	}
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
