package rt

import (
	"context"
	"time"
)

// The runtime, or whoever cancels a context, starts the goroutines of functions that wait for that. They do not inherit the
// labels of the run that asked for them, so they are given them here: their panics belong to it, and it can stop them.

// AfterFunc stands for time.AfterFunc in cells.
func AfterFunc(d time.Duration, f func()) *time.Timer { return time.AfterFunc(d, ofRun(f)) }

// ContextAfterFunc stands for context.AfterFunc in cells.
func ContextAfterFunc(ctx context.Context, f func()) (stop func() bool) {
	return context.AfterFunc(ctx, ofRun(f))
}

// ofRun returns f for a goroutine of its own, as one of the run that ofRun is called in.
func ofRun(f func()) func() {
	labels := getProfLabel()
	return func() {
		setProfLabel(labels)
		defer Guard()
		f()
	}
}
