package parlib

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/warren-go/warren/parlib/schedule"
	"github.com/warren-go/warren/parlib/team"
)

// loop is one run of a loop: the indices 0 to n-1, split by a schedule over the parts of a team's task. Loops are used
// again and again, with what they have allocated.
type loop struct {
	work
	parts int
	_     [64 - (unsafe.Sizeof(work{})+8)%64]byte // the rest is on other lines, see evenLoop

	ctx   context.Context   // nil: none
	plan  schedule.Schedule // of this run, or the last
	split schedule.Ranges   // what plan made
	hands []hand            // of the parts

	failedAt atomic.Int64 // lowest index that failed so far; n: none
	mu       sync.Mutex
	first    *ItemError // the failure with the lowest index
	refused  error      // what the schedule did wrong
}

// hand is where a part is. Others read it when the loop is over.
type hand struct {
	at, end int    // the index in hand, and the end of its range
	done    int    // indices completed
	seal    uint64 // of the ranges completed, see seal
	_       [128 - 4*8]byte
}

// asking is where a part is that asks the schedule for its next range: at no index.
const asking = -1

// loops keeps loops for the next run.
var loops = sync.Pool{New: func() any { return new(loop) }}

// Schedules of loops that do not say.
var (
	stealing = schedule.Stealing(1)
	whole    = schedule.Static()
)

// run runs a loop. Loops of an operation with the same code, that of the function which the user gave, or 0, are taken to be
// alike in what an index costs.
func run(w work, code uintptr, options []Option) error {
	switch {
	case w.each == nil && w.span == nil:
		return errNil(w.op, "body", w.n)
	case w.n < 0:
		return fmt.Errorf("parlib: %s: number of indices is %d; it must not be negative", w.op, w.n)
	}
	var s settings // filled in where it is: copies took as long as all else before a small loop
	if err := s.read(w.op, options); err != nil {
		return err
	}
	if s.given || w.n < 2 {
		return w.run(&s, forked)
	}
	return w.tried(&s, code)
}

// tried does the work in the way that trials have found to be fastest.
func (w *work) tried(s *settings, code uintptr) error {
	t := trialOf(keyOf(w, code))
	c := t.next()
	if c.slot == untimed {
		return w.run(s, c.way)
	}
	start := clock()
	err := w.run(s, c.way)
	t.record(c, clock()-start)
	return err
}

func (w *work) run(s *settings, how way) error {
	if how == alone {
		if s.ctx == nil {
			return w.alone()
		}
		s.workers = 1
	}
	s.complete()
	l := loops.Get().(*loop)
	l.work, l.ctx = *w, s.ctx
	err := l.run(s, how)
	l.work, l.ctx, l.first, l.refused = work{}, nil, nil, nil
	loops.Put(l) // not if the body ended this goroutine: others may still work on l then
	return err
}

func (l *loop) run(s *settings, how way) error {
	if l.n == 0 {
		return l.err(0)
	}
	l.parts = min(s.workers, (l.n-1)/s.grain+1)
	if how == even && l.ctx == nil {
		return l.wrong(s.team.Run(l.parts, (*evenLoop)(l)))
	}
	return l.runOn(s, l.parts)
}

// runOn runs a number of parts.
func (l *loop) runOn(s *settings, parts int) error {
	if cap(l.hands) < parts {
		l.hands = make([]hand, parts)
	}
	l.hands = l.hands[:parts]
	l.failedAt.Store(int64(l.n))
	if err := l.divide(s, parts); err != nil {
		l.split = nil
		return err
	}
	var err error
	if parts > s.team.Size() {
		err = s.team.Together(parts, l)
	} else {
		err = s.team.Run(parts, l)
	}
	err = l.outcome(err, parts)
	if o, ok := l.split.(*observedRanges); ok {
		l.split = o.Ranges // which the next loop uses again
		if mistake := o.told.mistake(); err == nil && mistake != nil {
			err = fmt.Errorf("parlib: %s: %w", l.op, mistake)
		}
	}
	return err
}

// divide has the schedule split the loop. Its error is what the schedule does wrong in that.
func (l *loop) divide(s *settings, parts int) (err error) {
	plan := s.schedule
	switch {
	case plan != nil:
	case s.grain > 1:
		plan = schedule.Stealing(s.grain)
	case parts == 1 && s.ctx == nil: // in one go, as there is nothing to share out, and no reason to stop
		plan = whole
	default:
		plan = stealing
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("parlib: %s: the schedule %v could not split a loop of %d for %d workers: %w", l.op, plan, l.n, parts, team.NewPanicError(v))
		}
	}()
	l.plan, l.split = plan, plan.Split(l.n, parts, l.split)
	if l.split == nil {
		return fmt.Errorf("parlib: %s: the schedule %v split a loop of %d for %d workers into nil", l.op, plan, l.n, parts)
	}
	if s.observer != nil {
		l.split = observeRanges(l.split, parts, s.observer)
	}
	return nil
}

// Do works on the ranges of a part until there are none left. It turns a panic, or the end of the goroutine, into the
// item's failure.
func (l *loop) Do(part int) {
	h := &l.hands[part]
	h.at, h.end, h.done, h.seal = asking, 0, 0, 0
	returned := false
	defer func() {
		if o, ok := l.split.(*observedRanges); ok {
			o.end(part)
		}
		if !returned {
			l.failed(h, recover())
		}
	}()
	l.ranges(part, h)
	returned = true
}

// ranges works on the ranges of a part.
func (l *loop) ranges(part int, h *hand) {
	given := 0
	for {
		h.at = asking
		lo, hi, ok := l.split.Next(part)
		if !ok {
			return
		}
		h.at, h.end = lo, hi
		if lo < 0 || lo >= hi || hi > l.n || hi-lo > l.n-given {
			l.refuse(fmt.Errorf("parlib: %s: the schedule %v gave worker %d the indices from %d up to %d (exclusive) after %d others, in a loop of %d",
				l.op, l.plan, part, lo, hi, given, l.n))
			return
		}
		given += hi - lo
		if int64(lo) > l.failedAt.Load() {
			return // a serial loop would not have come here, nor to what this worker would do next
		}
		if l.ctx != nil && l.ctx.Err() != nil {
			return
		}
		team.Check()
		done := hi - lo
		if l.span != nil {
			l.span(lo, hi)
		} else {
			done = l.calls(lo, hi, h)
		}
		h.done += done
		if done < hi-lo {
			return
		}
		h.seal += seal(hi) - seal(lo)
	}
}

// calls calls the body for each index of a range, and returns how often: fewer times if ctx is over.
func (l *loop) calls(lo, hi int, h *hand) int {
	for i := lo; i < hi; {
		for end := i + min(hi-i, checkEvery); i < end; i++ {
			if l.ctx != nil && l.ctx.Err() != nil {
				return i - lo
			}
			h.at = i
			l.each(i)
		}
		team.Check()
	}
	return hi - lo
}

// seal is a number for each bound of a range, so that the ranges that were done can be checked: if they cover the indices
// exactly once, every bound is the end of a range as often as the start of one, but for the first and the last; so the
// sum of all ends less that of all starts is that of these two, and for other ranges it is not, unless by a chance of
// 1 in 2^64.
func seal(bound int) uint64 {
	x := uint64(bound) + 0x9e3779b97f4a7c15 // splitmix64
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// failed counts a failure where a part is; the deferred function that recovered v calls it.
func (l *loop) failed(h *hand, v any) {
	if h.at == asking {
		l.refuse(fmt.Errorf("parlib: %s: the schedule %v failed in Next, in a loop of %d: %w", l.op, l.plan, l.n, recovered(v)))
		return
	}
	l.fail(l.failure(h.at, h.end, v))
}

func (l *loop) fail(e *ItemError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == nil || e.Index < l.first.Index {
		l.first = e
		l.failedAt.Store(int64(e.Index))
	}
}

// refuse ends a loop whose schedule is wrong.
func (l *loop) refuse(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused = err
	l.failedAt.Store(-1)
}

// wrong is the error of a run of which a part failed, and the team's error is given.
func (l *loop) wrong(err error) error {
	switch {
	case l.refused != nil:
		return l.refused
	case l.first != nil:
		return l.first
	case err != nil:
		return fmt.Errorf("parlib: %s on %d items: %w", l.op, l.n, err)
	}
	return nil
}

// outcome is the error of a run of which nobody works any more on any part, and the team's error is given.
func (l *loop) outcome(err error, parts int) error {
	if err := l.wrong(err); err != nil {
		return err
	}
	var done int
	var sum uint64
	for i := range parts {
		done += l.hands[i].done
		sum += l.hands[i].seal
	}
	if l.ctx != nil && l.ctx.Err() != nil {
		return l.err(done)
	}
	if sum != seal(l.n)-seal(0) {
		return fmt.Errorf("parlib: %s: the schedule %v did not give each of the %d indices to exactly one of %d workers: %d were done",
			l.op, l.plan, l.n, parts, done)
	}
	return nil
}

// err is the error of a loop of which a number of indices were done.
func (l *loop) err(done int) error {
	if l.ctx == nil || l.ctx.Err() == nil || done == l.n && l.n > 0 {
		return nil
	}
	return fmt.Errorf("parlib: %s: stopped after %d of %d items: %w", l.op, done, l.n, context.Cause(l.ctx))
}
