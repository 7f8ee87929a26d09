package parlib

import (
	"github.com/warren-go/warren/parlib/schedule"
	"github.com/warren-go/warren/parlib/team"
)

// work is what a loop has to do: call each or span, of which one is nil, for the indices 0 to n-1.
type work struct {
	each func(i int)      // takes one index at a time
	span func(lo, hi int) // takes ranges
	n    int
	item func(i int) string // describes item i for messages; nil where there are only indices
	op   string             // the function called, for messages
}

// checkEvery is after how many calls of a body team.Check is called.
const checkEvery = 64

// stretch does the indices lo to hi-1 in one go. Where that panics, or ends the goroutine, it hands the failure to fail.
func (w *work) stretch(lo, hi int, fail func(*ItemError)) {
	at, returned := lo, false
	defer func() {
		if !returned {
			fail(w.failure(at, hi, recover()))
		}
	}()
	team.Check()
	if w.span != nil {
		w.span(lo, hi)
		returned = true
		return
	}
	for at < hi {
		for end := at + min(hi-at, checkEvery); at < end; at++ {
			w.each(at)
		}
		team.Check()
	}
	returned = true
}

// failure describes how the body failed, at an index of a range that ends before another. The deferred function that
// recovered v calls it.
func (w *work) failure(at, end int, v any) *ItemError {
	e := &ItemError{Op: w.op, Index: at, Count: 1, Err: recovered(v)}
	if w.each == nil {
		e.Count = end - at
	}
	if w.item != nil {
		e.Item = w.item(at)
	}
	return e
}

// recovered is the error of what a deferred function recovered: a nil v is the end of the goroutine, which goes on after this.
func recovered(v any) error {
	if v == nil {
		return team.ErrGoexit
	}
	return team.NewPanicError(v)
}

// alone does all of the work in the calling goroutine.
func (w *work) alone() error {
	var failed *ItemError
	w.stretch(0, w.n, func(e *ItemError) { failed = e })
	if failed != nil {
		return failed
	}
	return nil
}

// evenLoop is a loop of which each part does an equal share, and that is all it has to be told: a worker that begins has
// the first line of the loop to fetch from the caller's processor and nothing else. For loops of some microseconds that
// matters more than a share that takes longer than the others.
type evenLoop loop

// Do does the share of a part.
func (l *evenLoop) Do(part int) {
	lo, hi := schedule.Share(l.n, l.parts, part)
	l.stretch(lo, hi, (*loop)(l).fail)
}
