// Package coord holds the means of coordination that a course on parallel programming needs and that package sync lacks:
//
//	Barrier     all wait for all, round after round
//	Event       one sets it, any number wait for it
//	Semaphore   at most n at once
//	Queue       a bounded buffer between producers and consumers, which can be closed
//	Future      the outcome of work that is under way; AsCompleted and Wait for several
//	Limiter     at most so many a second
//	Reentrant   a lock that its holder may take again
//
// What Go already has stays with package sync: Mutex, RWMutex, Cond, Once, WaitGroup.
//
// # Waiting
//
// Whatever waits comes in two forms: Wait waits as long as it takes, WaitContext (or AcquireContext, PutContext…) until
// a context ends, whose cause its error then wraps. A time limit is a context, too:
//
//	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
//	defer cancel()
//	err := event.WaitContext(ctx)
//
// A wait whose condition holds already succeeds, even if the context has ended. A nil context is an error.
package coord

import (
	"context"
	"errors"
	"fmt"
)

// checkContext refuses a nil context, of which nobody can tell when it ends.
func checkContext(op string, ctx context.Context) error {
	if ctx == nil {
		return errors.New("coord: " + op + ": the context is nil; context.Background() never ends")
	}
	return nil
}

// unmade is the error of a use of what has no useful zero value.
func unmade(op, what, made string) error {
	return fmt.Errorf("coord: %s: the %s was not made by %s", op, what, made)
}

// ended puts the end of ctx into words: what was waited for, and why no longer.
func ended(ctx context.Context, what string) error {
	return fmt.Errorf("coord: %s: %w", what, context.Cause(ctx))
}
