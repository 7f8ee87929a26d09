package cluster

import (
	"context"
	"iter"
	"time"

	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/shm"
	"github.com/warren-go/warren/parlib/coord"
)

// AsyncResult is the outcome of a call that does not wait: Get waits for it, Ready and Successful tell whether it is there, Cancel
// stops what was not begun and ends the contexts of what was. The functions of package coord work on its Future.
type AsyncResult[T any] struct {
	*coord.Future[T]
	job *job // nil of a call that was refused
}

// Abort ends the call: items that no engine has begun are not done, contexts that functions were given end, and the error wraps
// context.Canceled. Functions that pay no heed to their context go on, while their engines take nothing else.
func (r *AsyncResult[T]) Abort() { r.Cancel() }

// WaitFor waits until the outcome is there, or a time is over, and reports which.
func (r *AsyncResult[T]) WaitFor(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-r.Done():
		return true
	case <-t.C:
		return r.Ready()
	}
}

// Progress is how many items are through, failed ones included, of how many.
func (r *AsyncResult[T]) Progress() (done, total int) {
	if r.job == nil {
		return 0, 0
	}
	r.job.d.mu.Lock()
	defer r.job.d.mu.Unlock()
	return r.job.n - r.job.left, r.job.n
}

// Span is a part of a call that one engine did.
type Span struct {
	Engine    int       // its id
	From, To  int       // indices of the first item and behind the last
	Sent      time.Time // by this process
	Started   time.Time // Started and Completed are by the engine's clock
	Completed time.Time
	Received  time.Time // by this process
}

func spanOf(s span, engine int, sent time.Time, t client.Times) Span {
	return Span{Engine: engine, From: s.lo, To: s.hi, Sent: sent, Started: t.Started, Completed: t.Completed, Received: t.Received}
}

// Timings say when a call was worked on, and where.
type Timings struct {
	Submitted, Completed time.Time     // Completed is zero until the outcome is there
	Wall                 time.Duration // between the two; until now for calls under way
	Serial               time.Duration // what the engines' times add up to
	Spans                []Span        // in the order in which they ended
}

// Speedup is how many times as fast as one engine the call was: the sum of the engines' times by the time that went by.
func (t Timings) Speedup() float64 {
	if t.Wall <= 0 {
		return 0
	}
	return float64(t.Serial) / float64(t.Wall)
}

// Timings says when the call was worked on so far, and where.
func (r *AsyncResult[T]) Timings() Timings {
	if r.job == nil {
		return Timings{}
	}
	return r.job.timings()
}

func (j *job) timings() Timings {
	j.d.mu.Lock()
	defer j.d.mu.Unlock()
	t := Timings{Submitted: j.begun, Completed: j.ended, Spans: append([]Span(nil), j.spans...)}
	end := j.ended
	if end.IsZero() {
		end = time.Now()
	}
	t.Wall = end.Sub(j.begun)
	for _, s := range t.Spans {
		t.Serial += s.Completed.Sub(s.Started)
	}
	return t
}

func (r *AsyncResult[T]) places() map[int]bool {
	at := map[int]bool{}
	if r.job != nil {
		for _, s := range r.job.timings().Spans {
			at[s.Engine] = true
		}
	}
	return at
}

func failed[T any](err error) *AsyncResult[T] {
	return &AsyncResult[T]{Future: coord.Failed[T](err)}
}

// AsCompleted yields results as they become ready, each with its place in the list.
func AsCompleted[T any](results ...*AsyncResult[T]) iter.Seq2[int, *AsyncResult[T]] {
	return func(yield func(int, *AsyncResult[T]) bool) {
		futures := make([]*coord.Future[T], len(results))
		for i, r := range results {
			if r != nil {
				futures[i] = r.Future
			}
		}
		for i := range coord.AsCompleted(futures...) {
			if !yield(i, results[i]) {
				return
			}
		}
	}
}

// start begins a job whose result is what outcome makes of its end.
func start[T any](ctx context.Context, j *job, outcome func(error) (T, error)) *AsyncResult[T] {
	j.ctx, j.cancel = context.WithCancelCause(ctx)
	j.unbind = context.AfterFunc(j.ctx, func() { j.d.touch(j) }) // the dispatcher has to look at it when its context ends
	j.left, j.begun = j.n, time.Now()
	j.unshare = func() {}
	if w, ok := j.work.(interface{ open(*shm.Store) func() }); ok {
		j.unshare = w.open(j.d.store)
	}
	j.failures.Op, j.failures.Items, j.failures.all = j.op, j.n, j.keepAll
	p := coord.NewPromise[T](coord.Hooks{Cancel: func() { j.cancel(context.Canceled) }})
	j.finished = func(err error) { p.Resolve(outcome(err)) }
	j.d.submit(j)
	return &AsyncResult[T]{Future: p.Future(), job: j}
}
