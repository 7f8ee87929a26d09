package coord

import (
	"context"
	"sync"
)

// Event is a flag that goroutines can wait for. The zero value is an event that is not set. An Event must not be copied
// after its first use.
type Event struct {
	mu   sync.Mutex
	done chan struct{} // closed while the event is set; nil until somebody needs it
	set  bool
}

// Set sets the event and lets all go on that wait for it. Setting it again does nothing.
func (e *Event) Set() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.set {
		e.set = true
		close(e.channel())
	}
}

// Clear takes the event back: who waits from now on waits for the next Set. Who was let go is not called back.
func (e *Event) Clear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.set {
		e.set, e.done = false, nil
	}
}

// IsSet reports whether the event is set.
func (e *Event) IsSet() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.set
}

// Done returns a channel that is closed when the event is set, for use in a select. After Clear it takes a new call to
// wait for the next Set.
func (e *Event) Done() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.channel()
}

// Wait returns when the event is set.
func (e *Event) Wait() { <-e.Done() }

// WaitContext returns when the event is set, or with an error that wraps ctx's cause.
func (e *Event) WaitContext(ctx context.Context) error {
	if err := checkContext("Event.WaitContext", ctx); err != nil {
		return err
	}
	done := e.Done()
	select {
	case <-done:
		return nil
	default:
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ended(ctx, "waiting for an event")
	}
}

// channel must be called with the lock held.
func (e *Event) channel() chan struct{} {
	if e.done == nil {
		e.done = make(chan struct{})
	}
	return e.done
}
