package parlib

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/warren-go/warren/parlib/internal/goroutine"
	"github.com/warren-go/warren/parlib/team"
)

// windowPerWorker is how many chunks a stream has under way for each worker: one in hand, and some so that a slow one
// does not leave the others without work.
const windowPerWorker = 4

// stream is a call on a sequence of items. The goroutine that consumes the results puts batches of items in and takes them
// out when they are done.
type stream[T, R any] struct {
	call
	config
	crew    *crew
	stats   *counters
	op      string
	ctx     context.Context
	cancel  context.CancelCauseFunc
	f       func(context.Context, T) (R, error)
	ordered bool
	helping bool // the consumer is a worker of the pool: it works instead of waiting, as all workers might wait
	idle    sync.WaitGroup
	halted  atomic.Bool
	waiting atomic.Int64 // batches in todo

	mu       sync.Mutex
	change   sync.Cond      // a batch is done, or the stream was halted
	todo     []*batch[T, R] // not begun
	window   []*batch[T, R] // not consumed, in the order of the items
	cause    error          // for which the stream was halted
	consumed int            // items
}

// batch is neighbouring items, and what became of them: a result or an error for each that was done.
type batch[T, R any] struct {
	first   int // index of the first item
	items   []T
	results []R
	errs    []error
	done    bool
}

func openStream[T, R any](op string, ctx context.Context, p *Pool, items iter.Seq[T], f func(context.Context, T) (R, error), options []PoolOption) (*stream[T, R], error) {
	switch {
	case p == nil || p.core == nil:
		return nil, errNoPool
	case f == nil:
		return nil, errors.New("the function is nil")
	case items == nil:
		return nil, errors.New("the sequence of items is nil")
	case ctx == nil:
		return nil, errors.New("the context is nil")
	}
	c := p.core
	s := &stream[T, R]{crew: c.crew, stats: &c.stats, op: op, f: f}
	var err error
	if s.config, err = c.config.with(options); err != nil {
		return nil, err
	}
	s.watch = s.watch.workers(c.crew.size)
	if err := s.watch.mistake(); err != nil {
		return nil, err
	}
	s.chunk = max(1, s.chunk)
	if s.config.window == 0 {
		s.config.window = windowPerWorker * c.crew.size
	}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	s.change.L = &s.mu
	s.task, s.lasting, s.limit = s, true, c.crew.size
	s.helping = c.crew.employs(goroutine.ID())
	s.idle.Add(1)
	if err := c.crew.add(&s.call, 0); err != nil {
		s.cancel(nil)
		return nil, err
	}
	c.stats.calls.Add(1)
	return s, nil
}

// run moves items in and results out.
func (s *stream[T, R]) run(items iter.Seq[T], yield func(R, error) bool) {
	defer s.close()
	next := &batch[T, R]{}
	for item := range items {
		next.items = append(next.items, item)
		if len(next.items) < s.chunk {
			continue
		}
		s.put(next)
		next = &batch[T, R]{first: next.first + len(next.items)}
		if !s.deliver(s.config.window-1, yield) {
			return
		}
		if s.halted.Load() {
			break
		}
	}
	if len(next.items) > 0 {
		s.put(next)
	}
	if !s.deliver(0, yield) {
		return
	}
	if s.cause != nil {
		var none R
		yield(none, fmt.Errorf("parlib: %s: stopped after %d items: %w", s.op, s.consumed, s.cause))
	}
}

// close ends the stream and waits for the items in hand.
func (s *stream[T, R]) close() {
	s.halt(errStopped)
	s.crew.remove(&s.call)
	s.call.release()
	s.idle.Wait()
}

func (s *stream[T, R]) put(b *batch[T, R]) {
	s.mu.Lock()
	if !s.halted.Load() {
		s.todo = append(s.todo, b)
		s.window = append(s.window, b)
		s.waiting.Add(1)
	}
	s.mu.Unlock()
	s.crew.notify(&s.call)
}

// deliver yields what is done, and waits until at most a number of batches are under way. It returns false when nothing
// more is to be yielded.
func (s *stream[T, R]) deliver(most int, yield func(R, error) bool) bool {
	for b := s.next(most); b != nil; b = s.next(most) {
		for i, r := range b.results {
			s.consumed++
			if !yield(r, b.errs[i]) || b.errs[i] != nil && !s.finishAll {
				return false
			}
		}
		s.tell()
	}
	return true
}

// tell tells of progress.
func (s *stream[T, R]) tell() {
	if s.progress == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			s.halt(fmt.Errorf("the progress function: %w", team.NewPanicError(v)))
		}
	}()
	s.progress(s.consumed, -1)
}

// next returns a batch that is done and takes it out of the window. While more than a number of batches are under way it
// waits for one; otherwise there may be none, and it returns nil.
func (s *stream[T, R]) next(most int) *batch[T, R] {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		s.heed()
		if s.halted.Load() {
			return nil
		}
		if i := s.ready(); i >= 0 {
			b := s.window[i]
			s.window = slices.Delete(s.window, i, i+1)
			return b
		}
		if len(s.window) <= most {
			return nil
		}
		if !s.helping || len(s.todo) == 0 {
			s.change.Wait()
			continue
		}
		b := s.first()
		s.unlocked(func() { s.do(b) })
	}
}

// unlocked calls f without the lock, and takes it again however f ends.
func (s *stream[T, R]) unlocked(f func()) {
	s.mu.Unlock()
	defer s.mu.Lock()
	f()
}

// ready is the place in the window of the batch that is to be consumed next, or -1. The lock is held.
func (s *stream[T, R]) ready() int {
	for i, b := range s.window {
		if b.done {
			return i
		}
		if s.ordered {
			break
		}
	}
	return -1
}

// heed halts the stream where its context is over. The lock is held.
func (s *stream[T, R]) heed() {
	if s.ctx.Err() != nil {
		s.stop(context.Cause(s.ctx))
	}
}

// first takes the oldest batch that was not begun, or nil. The lock is held.
func (s *stream[T, R]) first() *batch[T, R] {
	if len(s.todo) == 0 {
		return nil
	}
	b := s.todo[0]
	s.todo = s.todo[1:]
	s.waiting.Add(-1)
	s.stats.chunks.Add(1)
	return b
}

func (s *stream[T, R]) take() *batch[T, R] {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heed()
	return s.first()
}

func (s *stream[T, R]) open() bool { return s.waiting.Load() > 0 }

func (s *stream[T, R]) work() {
	for b := s.take(); b != nil; b = s.take() {
		s.do(b)
	}
}

// do works on the items of a batch until one fails; where the stream is to finish all, on all.
func (s *stream[T, R]) do(b *batch[T, R]) {
	defer s.complete(b)
	worker, begin := s.watch.sit(), s.watch.begin()
	defer func() {
		s.watch.end(worker, b.first, b.first+len(b.items), begin)
		s.watch.stand(worker)
		if err := s.watch.mistake(); err != nil {
			s.halt(err)
		}
	}()
	b.results, b.errs = make([]R, 0, len(b.items)), make([]error, 0, len(b.items))
	for i := range b.items {
		if s.halted.Load() || !s.attempt(b, i) && !s.finishAll {
			return
		}
	}
}

// complete marks a batch as done. Items are missing in it, where there was no failure before them, if a function ended the
// goroutine.
func (s *stream[T, R]) complete(b *batch[T, R]) {
	for i := len(b.results); i < len(b.items) && s.finishAll && !s.halted.Load(); i++ {
		var none R
		s.record(b, i, none, errLost)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b.done = true
	s.change.Signal()
}

// attempt does one item and reports whether it went well.
func (s *stream[T, R]) attempt(b *batch[T, R], i int) (well bool) {
	var result R
	returned := false
	defer func() {
		if returned {
			return
		}
		err := errGoexit
		if v := recover(); v != nil {
			err = team.NewPanicError(v)
		}
		if stop := failingCheck(); stop != nil { // the other items would fail, too
			s.halt(stop)
		}
		s.record(b, i, result, err)
	}()
	team.Check()
	result, err := s.f(s.ctx, b.items[i])
	returned = true
	s.record(b, i, result, err)
	return err == nil
}

func (s *stream[T, R]) record(b *batch[T, R], i int, result R, err error) {
	if err == nil {
		s.stats.items.Add(1)
	} else {
		var none R
		result = none
		err = &ItemError{Op: s.op, Index: b.first + i, Count: 1, Item: describe(b.items[i]), Err: err}
	}
	b.results, b.errs = append(b.results, result), append(b.errs, err)
}

// halt stops the stream: no item is begun any more.
func (s *stream[T, R]) halt(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop(cause)
}

// stop is halt with the lock held.
func (s *stream[T, R]) stop(cause error) {
	if s.halted.Swap(true) {
		return
	}
	s.cause, s.todo = cause, nil
	s.waiting.Store(0)
	s.cancel(cause)
	s.change.Signal()
}

func (s *stream[T, R]) finish() { s.idle.Done() }
