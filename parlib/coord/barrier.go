package coord

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrBroken is wrapped by the errors of a barrier that will not be full any more: a party gave up, or Abort was called.
var ErrBroken = errors.New("the barrier is broken")

// Barrier is a place where a fixed number of goroutines wait until all have come, again and again: who goes on from one
// round can wait in the next at once, while others still leave the last.
type Barrier struct {
	parties int
	action  func()

	mu    sync.Mutex
	round *round
}

// round is one filling of a barrier. Each has a channel of its own, so that the rounds cannot be mixed up.
type round struct {
	waiting int
	over    chan struct{} // closed when the round is full or broken
	cause   error         // why it broke; nil while it did not
}

func newRound() *round { return &round{over: make(chan struct{})} }

// NewBarrier makes a barrier for a number of parties. The last to come in a round calls action, if it is not nil, before
// all go on.
func NewBarrier(parties int, action func()) (*Barrier, error) {
	if parties < 1 {
		return nil, fmt.Errorf("coord: NewBarrier: number of parties is %d; it must be at least 1", parties)
	}
	return &Barrier{parties: parties, action: action, round: newRound()}, nil
}

// Parties is the number of goroutines that must come.
func (b *Barrier) Parties() int { return b.parties }

// Waiting is the number of goroutines that wait now.
func (b *Barrier) Waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.round.waiting
}

// Wait returns when all parties have come. Its result says who came when: 0 is the first of the round, Parties()-1 the
// last. The error wraps ErrBroken if the round cannot become full.
func (b *Barrier) Wait() (arrival int, err error) {
	return b.WaitContext(context.Background())
}

// WaitContext is Wait until ctx ends. A party that gives up breaks the barrier for all, since they would wait for it in
// vain: its own error wraps ctx's cause, that of the others ErrBroken and the cause. A broken barrier stays broken until
// Reset.
func (b *Barrier) WaitContext(ctx context.Context) (arrival int, err error) {
	if err := checkContext("Barrier.WaitContext", ctx); err != nil {
		return 0, err
	}
	r, arrival, err := b.arrive()
	if err != nil {
		return arrival, err
	}
	if arrival == b.parties-1 {
		return arrival, b.open(r)
	}
	select {
	case <-r.over:
	case <-ctx.Done():
		if b.breakRound(r, context.Cause(ctx)) {
			return arrival, ended(ctx, fmt.Sprintf("waiting as number %d of %d at a barrier", arrival+1, b.parties))
		}
	}
	return arrival, b.outcome(r)
}

// arrive counts the caller in.
func (b *Barrier) arrive() (r *round, arrival int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r = b.round
	if r == nil {
		return r, 0, unmade("Barrier.Wait", "barrier", "NewBarrier")
	}
	if r.cause != nil {
		return r, 0, broken(r.cause)
	}
	if r.waiting == b.parties { // the last to come is still in the action
		return r, 0, fmt.Errorf("coord: more than %d parties wait at a barrier", b.parties)
	}
	r.waiting++
	return r, r.waiting - 1, nil
}

// open ends a round that is full. An action that panics breaks the barrier on its way.
func (b *Barrier) open(r *round) error {
	if b.action != nil {
		acted := false
		defer func() {
			if !acted {
				b.breakRound(r, errors.New("its action panicked"))
			}
		}()
		b.action()
		acted = true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.cause != nil { // aborted during the action
		return broken(r.cause)
	}
	b.round = newRound()
	close(r.over)
	return nil
}

// breakRound reports whether it was this call that broke the round: it may be over already.
func (b *Barrier) breakRound(r *round, cause error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.round != r || r.cause != nil {
		return false
	}
	r.cause, r.waiting = cause, 0
	close(r.over)
	return true
}

func (b *Barrier) outcome(r *round) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.cause != nil {
		return broken(r.cause)
	}
	return nil
}

// Abort breaks the barrier: who waits at it, and who comes later, gets an error that wraps ErrBroken.
func (b *Barrier) Abort() {
	b.breakRound(b.current(), errors.New("Abort was called"))
}

// Reset makes the barrier whole again. Who waits at it gets an error that wraps ErrBroken.
func (b *Barrier) Reset() {
	b.breakRound(b.current(), errors.New("Reset was called"))
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.round.cause != nil {
		b.round = newRound()
	}
}

// Broken reports whether the barrier is broken.
func (b *Barrier) Broken() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.round.cause != nil
}

func (b *Barrier) current() *round {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.round
}

func broken(cause error) error { return fmt.Errorf("coord: %w: %w", ErrBroken, cause) }
