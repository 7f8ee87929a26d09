package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/value"
)

// work is what a job does, in the types of its items and results.
type work interface {
	// request asks for the items of a span. Large slices of calls go through the store; it is nil for engines that have no part in it.
	request(s span, store value.Store) (client.Request, error)
	// accept takes an engine's reply, and says which items failed. Spans are accepted concurrently.
	accept(s span, engine int, r client.Reply, store value.Store) ([]failure, error)
}

// span is neighbouring items, from lo to before hi.
type span struct {
	lo, hi int
	tries  int // failures that were to be tried again
	losses int // engines that died with it
}

func (s span) size() int { return s.hi - s.lo }

// failure is what an item failed with on an engine.
type failure struct {
	index int
	err   *RemoteError
}

// job is a call on a cluster: items that are worked on by engines. What changes is guarded by the dispatcher's lock.
type job struct {
	call
	op      string
	calls   bool // its requests are calls of Go functions, and not code
	first   int  // index of item 0 in messages
	work    work
	keep    *Cluster // not closed before the job is over
	d       *dispatcher
	ctx     context.Context // ends with the job
	cancel  context.CancelCauseFunc
	unbind  func() bool // of the end of the caller's context
	unshare func()      // gives back shared memory

	allowed map[int]bool    // ids of the engines that may do it; nil for all
	own     map[int]span    // by id: items that an engine has to itself, as long as it lives
	engines []client.Engine // of a fixed job: item i is for engine i alone
	fixed   bool            // is sent also to engines that are busy; items of one that dies are lost
	spread  bool            // one message goes to all engines

	n, next  int    // items, and the first that nobody was given
	back     []span // to be done again
	suspects []span // the same, each alone on its engine, since engines died that had them
	out      int    // spans under way
	left     int    // items that are not through
	chunks   sizer
	failures ItemErrors
	fatal    error // ends the job, since it is none of a single item
	spans    []Span
	begun    time.Time
	ended    time.Time
	over     bool
	ready    bool            // it is in the dispatcher's list of those
	finished func(err error) // called once, without the lock
}

// take gives the next span for an engine. ok is false if there is none.
func (j *job) take(l *lane) (s span, ok bool) {
	if !j.open(l) {
		return span{}, false
	}
	if own, ok := j.own[l.ID]; ok {
		s := j.cut(&own)
		if j.own[l.ID] = own; own.size() == 0 {
			delete(j.own, l.ID)
		}
		return s, true
	}
	if last := len(j.suspects) - 1; last >= 0 {
		if l.busy > 0 {
			return span{}, false
		}
		s, j.suspects = j.suspects[last], j.suspects[:last]
		l.alone = true
		return s, true
	}
	if last := len(j.back) - 1; last >= 0 {
		s := j.back[last]
		j.back = j.back[:last]
		return s, true
	}
	if rest := (span{lo: j.next, hi: j.n}); rest.size() > 0 {
		s := j.cut(&rest)
		j.next = rest.lo
		return s, true
	}
	return span{}, false
}

// open reports whether the job may send something to an engine now.
func (j *job) open(l *lane) bool {
	switch {
	case l.gone || j.calls && l.refuses() != nil || j.over || j.ctx.Err() != nil || j.fatal != nil || !j.allows(l.ID):
		return false
	case j.fixed:
		return true
	case j.timeout > 0:
		return l.busy == 0 // so that the time is that of the item, not of others before it
	}
	return l.room()
}

// waits reports whether there is work that nobody has taken.
func (j *job) waits() bool {
	return !j.over && (j.next < j.n || len(j.back)+len(j.suspects) > 0 || len(j.own) > 0)
}

func (j *job) allows(id int) bool { return j.allowed == nil || j.allowed[id] }

// cut takes a chunk from the beginning of rest.
func (j *job) cut(rest *span) span {
	size := j.chunk
	switch {
	case j.fixed:
		size = rest.size()
	case size == 0 && j.timeout > 0:
		size = 1
	case size == 0:
		size = j.chunks.next(rest.size(), len(j.d.lanes))
	}
	s := *rest
	s.hi = min(s.hi, s.lo+size)
	rest.lo = s.hi
	return s
}

// report tells of the progress. A panic of the function ends the job.
func (j *job) report() {
	if j.progress == nil {
		return
	}
	defer func() {
		if r := recover(); r != nil {
			j.fatal = fmt.Errorf("the progress function panicked: %v", r)
		}
	}()
	j.progress(j.n-j.left, j.n)
}

// settle takes the outcome of a span from an engine. needs the lock.
func (j *job) settle(s span, engine int, failed []failure, err error) {
	if j.over {
		return
	}
	if err != nil {
		j.fail(s, engine, err)
		return
	}
	j.left -= s.size()
	for _, f := range failed {
		j.fail(span{lo: f.index, hi: f.index + 1, tries: s.tries, losses: s.losses}, engine, f.err)
		j.left++ // counted above
	}
}

// fail has a span done again, or gives it up.
func (j *job) fail(s span, engine int, err error) {
	if s.tries < j.retries {
		s.tries++
		j.back = append(j.back, s)
		return
	}
	j.failures.add(&ItemError{Op: j.op, Index: j.first + s.lo, Count: s.size(), Engine: engine, Err: err})
	j.left -= s.size()
}

// maxLosses is how many engines may die with a span before it is given up, as it may be the reason. It may not be for the first: an
// engine that dies may have lost its reply to that span, and have begun another.
const maxLosses = 1

// pieces is in how many parts a span is done again when its engine has died with it: so that an item that kills engines takes
// only a few others with it.
const pieces = 16

// lose takes back the span of an engine that died.
func (j *job) lose(s span, engine int, err error) {
	if j.over {
		return
	}
	s.losses++
	if j.fixed || s.losses > max(maxLosses, j.retries) {
		if !j.fixed {
			err = fmt.Errorf("%w; so it was for %d others before", err, s.losses-1)
		}
		j.failures.add(&ItemError{Op: j.op, Index: j.first + s.lo, Count: s.size(), Engine: engine, Err: err})
		j.left -= s.size()
		return
	}
	step := max(1, (s.size()+pieces-1)/pieces)
	for lo := s.lo; lo < s.hi; lo += step {
		piece := s
		piece.lo, piece.hi = lo, min(s.hi, lo+step)
		j.suspects = append(j.suspects, piece)
	}
}

// refuse takes back a span from an engine that cannot have it, or has gone before it had it.
func (j *job) refuse(l *lane, s span, err error) {
	l.gone = l.gone || errors.Is(err, ErrEngineLost)
	switch {
	case j.over || j.ctx.Err() != nil:
	case j.fixed:
		j.failures.add(&ItemError{Op: j.op, Index: j.first + s.lo, Count: s.size(), Engine: l.ID, Err: err})
		j.left -= s.size()
	case errors.Is(err, ErrEngineLost):
		j.suspects = append(j.suspects, s)
	default:
		j.back = append(j.back, s)
	}
}

// leave takes from an engine that is gone what it had to itself and has not begun.
func (j *job) leave(e client.Engine) {
	own, ok := j.own[e.ID]
	if !ok {
		return
	}
	delete(j.own, e.ID)
	if !j.fixed {
		j.back = append(j.back, own)
		j.d.wake(j)
		return
	}
	j.lose(own, e.ID, fmt.Errorf("engine %d: %w", e.ID, ErrEngineLost))
}

// release takes what engines have to themselves from those that will never do it: they cannot run calls of this program, the job may
// not run there, or they are gone.
func (j *job) release() {
	for id, own := range j.own {
		err := j.barred(id)
		if err == nil {
			continue
		}
		delete(j.own, id)
		if !j.fixed {
			j.back = append(j.back, own)
			j.d.wake(j)
			continue
		}
		j.failures.add(&ItemError{Op: j.op, Index: j.first + own.lo, Count: own.size(), Engine: id, Err: err})
		j.left -= own.size()
	}
}

// barred says why an engine will never do anything for the job, or nil.
func (j *job) barred(id int) error {
	l := j.d.lanes[id]
	switch {
	case l == nil:
		return fmt.Errorf("engine %d: %w", id, ErrEngineLost)
	case !j.allows(id):
		return fmt.Errorf("%w: what it follows has run on different ones", ErrNoEngines)
	case j.calls:
		return l.refuses()
	}
	return nil
}

// verdict says whether the job is over, and with which error.
func (j *job) verdict() (over bool, err error) {
	switch {
	case j.ctx.Err() != nil:
		return true, fmt.Errorf("cluster: %s: %d of %d items were done: %w", j.op, j.n-j.left, j.n, context.Cause(j.ctx))
	case j.d.client.Err() != nil:
		return true, fmt.Errorf("cluster: %s: %d of %d items were done: %w", j.op, j.n-j.left, j.n, j.d.client.Err())
	case j.fatal != nil:
		return true, fmt.Errorf("cluster: %s: %w", j.op, j.fatal)
	case j.stop && j.failures.Failed > 0:
		return true, j.failures.Errs[0]
	case j.left == 0:
		return true, j.failures.orNil()
	case j.out == 0 && !j.possible():
		return true, fmt.Errorf("cluster: %s: %d of %d items were done: %w", j.op, j.n-j.left, j.n, j.d.impossible(j))
	}
	return false, nil
}

// possible reports whether there is an engine for the job, now or soon.
func (j *job) possible() bool {
	for _, l := range j.d.lanes {
		if !l.gone && !(j.calls && l.refuses() != nil) && j.allows(l.ID) && (l.hung == 0 || j.d.replace != nil && !l.kept) {
			return true
		}
	}
	return j.d.coming > 0
}
