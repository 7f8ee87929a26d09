package parlib

import (
	"context"
	"fmt"
)

// Map applies f to every item and returns the results in the order of the items: result i is f(items[i]). f is called by
// several goroutines at once. If f panics, Map returns nil and an *ItemError that names the item. The result for no items
// is empty, not nil.
func Map[T, R any](p *Pool, items []T, f func(T) R) ([]R, error) {
	if f == nil {
		return nil, errNil("Map", "function", len(items))
	}
	results := make([]R, len(items))
	j := job{op: "Map", item: describeIn(items), body: func(lo, hi int, at *int) error {
		for i := lo; i < hi; i++ {
			*at = i
			results[i] = f(items[i])
		}
		return nil
	}}
	if err := j.each(p, len(items)); err != nil {
		return nil, err
	}
	return results, nil
}

// MapContext is Map for a function that can fail and can be told to stop. It begins no new item once ctx is over or an
// item has failed, waits for the items in hand, and returns nil and an error that names the item or wraps ctx's cause.
// ctx is handed to f as it is: the failure of one item does not cancel the others that are already running, so that the
// error is always that of the lowest index.
func MapContext[T, R any](ctx context.Context, p *Pool, items []T, f func(context.Context, T) (R, error)) ([]R, error) {
	switch {
	case f == nil:
		return nil, errNil("MapContext", "function", len(items))
	case ctx == nil:
		return nil, errNil("MapContext", "context", len(items))
	}
	results := make([]R, len(items))
	j := job{op: "MapContext", ctx: ctx, item: describeIn(items), body: func(lo, hi int, at *int) (err error) {
		for i := lo; i < hi; i++ {
			*at = i
			if ctx.Err() != nil {
				return errStopped
			}
			if results[i], err = f(ctx, items[i]); err != nil {
				return err
			}
		}
		return nil
	}}
	if err := j.each(p, len(items)); err != nil {
		return nil, err
	}
	return results, nil
}

func describeIn[T any](items []T) func(int) string {
	return func(i int) string { return describe(items[i]) }
}

func errNil(op, what string, n int) error {
	return fmt.Errorf("parlib: %s on %d items: the %s is nil", op, n, what)
}
