package parlib

import (
	"context"
	"errors"
	"fmt"

	"github.com/warren-go/warren/parlib/coord"
)

// Result is the outcome of a call that does not wait: Get waits for it, Ready and Successful tell whether it is there,
// Cancel stops what was not begun. coord.AsCompleted, coord.Wait and coord.Then work on it.
//
// A function on a pool may wait for results of calls on the same pool: its worker does that work in the meantime. It must
// do so itself, not in a goroutine that it starts.
type Result[R any] = coord.Future[R]

// Apply calls f in the calling goroutine, which is one of the pool's workers, and turns a panic into an error.
func Apply[R any](p *Pool, f func() R) (R, error) {
	if f == nil {
		return failedApply[R]("Apply", errNilApply)
	}
	j, result := newApply("Apply", func(context.Context) (R, error) { return f(), nil })
	if err := j.each(p, 1); err != nil {
		return failedApply[R]("Apply", err)
	}
	return *result, nil
}

// ApplyAsync has a worker of the pool call f, and returns at once. No more than the pool's number of workers run at once;
// others wait in the order in which they came. A panic of f is the result's error.
func ApplyAsync[R any](p *Pool, f func() R) *Result[R] {
	if f == nil {
		return applyAsync[R](nil, "ApplyAsync", p, nil)
	}
	return applyAsync(nil, "ApplyAsync", p, func(context.Context) (R, error) { return f(), nil })
}

// ApplyAsyncContext is ApplyAsync for a function that can fail and can be told to stop: by the end of ctx, by the result's
// Cancel, or by Terminate.
func ApplyAsyncContext[R any](ctx context.Context, p *Pool, f func(context.Context) (R, error)) *Result[R] {
	const op = "ApplyAsyncContext"
	if ctx == nil {
		return coord.Failed[R](applyError(op, errors.New("the context is nil")))
	}
	return applyAsync(ctx, op, p, f)
}

var errNilApply = errors.New("the function is nil")

// applyAsync is what both do; ctx is nil where f has no use for one.
func applyAsync[R any](ctx context.Context, op string, p *Pool, f func(context.Context) (R, error)) *Result[R] {
	if f == nil {
		return coord.Failed[R](applyError(op, errNilApply))
	}
	j, result := newApply(op, f)
	if ctx != nil {
		j.ctx, j.cancel = context.WithCancelCause(ctx)
	}
	return begin(p, j, 1, func(err error) (R, error) {
		if err != nil {
			return failedApply[R](op, err)
		}
		return *result, nil
	})
}

// newApply is the job of one call, and where its result goes.
func newApply[R any](op string, f func(context.Context) (R, error)) (*job, *R) {
	result := new(R)
	j := &job{op: op}
	j.body = func(lo, hi int, at *int) (err error) {
		*result, err = f(j.ctx)
		return err
	}
	return j, result
}

// applyError speaks of one call instead of item 0 of 1, or of 1 item.
func applyError(op string, err error) error {
	if cause := errors.Unwrap(err); cause != nil {
		err = cause
	}
	return fmt.Errorf("parlib: %s: %w", op, err)
}

func failedApply[R any](op string, err error) (R, error) {
	var none R
	return none, applyError(op, err)
}

// MapAsync begins a Map and returns at once. The result's error is that of Map.
func MapAsync[T, R any](p *Pool, items []T, f func(T) R, options ...PoolOption) *Result[[]R] {
	if f == nil {
		return coord.Failed[[]R](errNil("MapAsync", "function", len(items)))
	}
	j, results, err := newMap("MapAsync", items, f)
	if err != nil {
		return coord.Failed[[]R](err)
	}
	return begin(p, j, len(items), func(err error) ([]R, error) { return collect(results, err) }, options...)
}

// MapAsyncContext begins a MapContext and returns at once. The result's error is that of MapContext.
func MapAsyncContext[T, R any](ctx context.Context, p *Pool, items []T, f func(context.Context, T) (R, error), options ...PoolOption) *Result[[]R] {
	const op = "MapAsyncContext"
	if err := checkContext(op, ctx, f == nil, len(items)); err != nil {
		return coord.Failed[[]R](err)
	}
	j, results, err := newMapContext(op, ctx, items, f)
	if err != nil {
		return coord.Failed[[]R](err)
	}
	return begin(p, j, len(items), func(err error) ([]R, error) { return collect(results, err) }, options...)
}

// begin starts a job, whose result is what outcome makes of its end.
func begin[R any](p *Pool, j *job, n int, outcome func(error) (R, error), options ...PoolOption) *Result[R] {
	var crew *crew
	promise := coord.NewPromise[R](coord.Hooks{
		Cancel: func() { crew.halt(&j.call, context.Canceled) },
		Help:   func() { crew.assist(&j.call) },
	})
	j.done = func(err error) {
		if j.cancel != nil {
			j.cancel(nil)
		}
		promise.Resolve(outcome(err))
	}
	if p != nil && p.core != nil {
		crew = p.core.crew
	}
	if err := j.begin(p, n, options); err != nil {
		j.done(err)
	}
	return promise.Future()
}
