package parlib

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"github.com/warren-go/warren/parlib/internal/memory"
	"github.com/warren-go/warren/parlib/team"
)

// Map applies f to every item and returns the results in the order of the items: result i is f(items[i]). f is called by
// several goroutines at once. If f panics, Map returns nil and an *ItemError that names the item; with FinishAll, the
// results of the other items and an *ItemErrors. The result for no items is empty, not nil.
func Map[T, R any](p *Pool, items []T, f func(T) R, options ...PoolOption) ([]R, error) {
	if f == nil {
		return nil, errNil("Map", "function", len(items))
	}
	j, results, err := newMap("Map", items, f)
	if err != nil {
		return nil, err
	}
	return collect(results, j.each(p, len(items), options...))
}

// makeResults makes room for the results of n items, which may need none themselves.
func makeResults[R any](op string, n int) ([]R, error) {
	var one R
	if err := memory.Check(n, int(unsafe.Sizeof(one))); err != nil {
		return nil, fmt.Errorf("parlib: %s on %d items: for the results %w", op, n, err)
	}
	return make([]R, n), nil
}

// newMap is the job of a Map, and where its results go.
func newMap[T, R any](op string, items []T, f func(T) R) (*job, []R, error) {
	results, err := makeResults[R](op, len(items))
	if err != nil {
		return nil, nil, err
	}
	j := &job{op: op, item: describeIn(items)}
	j.body = func(lo, hi int, at *int) error { return mapRange(j, lo, items[lo:hi], results[lo:hi], f, at) }
	return j, results, nil
}

// mapRange is the body of a Map for the indices from lo on. It is a function, as the compiler inlines no calls in a closure of
// one that it has inlined itself.
func mapRange[T, R any](j *job, lo int, in []T, out []R, f func(T) R, at *int) error {
	out = out[:len(in)] // which saves a check for each item
	for i, item := range in {
		*at = lo + i
		if j.stops(lo + i) {
			return errStopped
		}
		team.Check()
		out[i] = f(item)
	}
	return nil
}

// collect keeps the results of a call that failed only where it was to finish all.
func collect[R any](results []R, err error) ([]R, error) {
	var some *ItemErrors
	if err != nil && !errors.As(err, &some) {
		return nil, err
	}
	return results, err
}

// MapContext is Map for a function that can fail and can be told to stop. It begins no new item once ctx is over or an
// item has failed, waits for the items in hand, and returns nil and an error that names the item or wraps ctx's cause.
// The failure of one item does not end the context of others that are already running, so that the error is always that
// of the lowest index; Terminate does.
func MapContext[T, R any](ctx context.Context, p *Pool, items []T, f func(context.Context, T) (R, error), options ...PoolOption) ([]R, error) {
	if err := checkContext("MapContext", ctx, f == nil, len(items)); err != nil {
		return nil, err
	}
	j, results, err := newMapContext("MapContext", ctx, items, f)
	if err != nil {
		return nil, err
	}
	defer j.cancel(nil)
	return collect(results, j.each(p, len(items), options...))
}

func checkContext(op string, ctx context.Context, nilFunction bool, n int) error {
	switch {
	case nilFunction:
		return errNil(op, "function", n)
	case ctx == nil:
		return errNil(op, "context", n)
	}
	return nil
}

// newMapContext is the job of a MapContext, and where its results go. Its cancel must be called in the end.
func newMapContext[T, R any](op string, ctx context.Context, items []T, f func(context.Context, T) (R, error)) (*job, []R, error) {
	results, err := makeResults[R](op, len(items))
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	j := &job{op: op, ctx: ctx, cancel: cancel, item: describeIn(items)}
	j.body = func(lo, hi int, at *int) (err error) {
		for i := lo; i < hi; i++ {
			*at = i
			if !j.goesOn(i) || ctx.Err() != nil {
				return errStopped
			}
			if results[i], err = f(ctx, items[i]); err != nil {
				return err
			}
		}
		return nil
	}
	return j, results, nil
}

// Map2 applies f to the items of two slices in pairs: result i is f(xs[i], ys[i]). The slices must have equal lengths. For
// the rest it is Map.
func Map2[A, B, R any](p *Pool, xs []A, ys []B, f func(A, B) R, options ...PoolOption) ([]R, error) {
	switch {
	case f == nil:
		return nil, errNil("Map2", "function", len(xs))
	case len(xs) != len(ys):
		return nil, fmt.Errorf("parlib: Map2: there are %d and %d items; the numbers must be equal", len(xs), len(ys))
	}
	results, err := makeResults[R]("Map2", len(xs))
	if err != nil {
		return nil, err
	}
	j := &job{op: "Map2", item: func(i int) string { return describePair(xs[i], ys[i]) }}
	j.body = func(lo, hi int, at *int) error { return map2Range(j, lo, xs[lo:hi], ys[lo:hi], results[lo:hi], f, at) }
	return collect(results, j.each(p, len(xs), options...))
}

// map2Range is mapRange for two slices.
func map2Range[A, B, R any](j *job, lo int, xs []A, ys []B, out []R, f func(A, B) R, at *int) error {
	ys, out = ys[:len(xs)], out[:len(xs)]
	for i, x := range xs {
		*at = lo + i
		if j.stops(lo + i) {
			return errStopped
		}
		team.Check()
		out[i] = f(x, ys[i])
	}
	return nil
}

// Pair is two arguments for StarMap.
type Pair[A, B any] struct {
	A A
	B B
}

// StarMap applies f to the two parts of every pair: result i is f(pairs[i].A, pairs[i].B). For the rest it is Map.
func StarMap[A, B, R any](p *Pool, pairs []Pair[A, B], f func(A, B) R, options ...PoolOption) ([]R, error) {
	if f == nil {
		return nil, errNil("StarMap", "function", len(pairs))
	}
	j, results, err := newMap("StarMap", pairs, func(p Pair[A, B]) R { return f(p.A, p.B) })
	if err != nil {
		return nil, err
	}
	j.item = func(i int) string { return describePair(pairs[i].A, pairs[i].B) }
	return collect(results, j.each(p, len(pairs), options...))
}

// Filter returns the items for which keep is true, in their order. For the rest it is Map.
func Filter[T any](p *Pool, items []T, keep func(T) bool, options ...PoolOption) ([]T, error) {
	if keep == nil {
		return nil, errNil("Filter", "function", len(items))
	}
	j, kept, err := newMap("Filter", items, keep)
	if err != nil {
		return nil, err
	}
	kept, err = collect(kept, j.each(p, len(items), options...))
	if kept == nil {
		return nil, err
	}
	rest := make([]T, 0, len(items))
	for i, k := range kept {
		if k {
			rest = append(rest, items[i])
		}
	}
	return rest, err
}

// reduceParts is into how many parts MapReduce cuts its items at most: enough for any machine to share out. It does not
// depend on the pool, so that neither does the result.
const reduceParts = 1024

// MapReduce applies f to every item and combines the results, in their order, to one: starting from neutral, which must
// not change what it is combined with. combine must be associative up to rounding; the result does not depend on the
// number of workers. Nor is it given if an item failed. The result for no items is neutral.
func MapReduce[T, R any](p *Pool, items []T, neutral R, f func(T) R, combine func(a, b R) R, options ...PoolOption) (R, error) {
	n := len(items)
	if f == nil || combine == nil {
		return neutral, errNil("MapReduce", "function", n)
	}
	size := max(1, (n+reduceParts-1)/reduceParts)
	parts := make([]R, (n+size-1)/size)
	j := &job{op: "MapReduce", item: describeIn(items), grain: size}
	j.body = func(lo, hi int, at *int) (err error) {
		for ; lo < hi && err == nil; lo += size { // a chunk begins at a part, unless an item failed, and then there is no result
			parts[lo/size], err = reduceRange(j, lo, items[lo:min(hi, lo+size)], neutral, f, combine, at)
		}
		return err
	}
	if err := j.each(p, n, options...); err != nil {
		return neutral, err
	}
	return combineAll("MapReduce", neutral, parts, combine)
}

// reduceRange is mapRange for the items of a part of a MapReduce.
func reduceRange[T, R any](j *job, lo int, items []T, acc R, f func(T) R, combine func(a, b R) R, at *int) (R, error) {
	for i, item := range items {
		*at = lo + i
		if j.stops(lo + i) {
			return acc, errStopped
		}
		team.Check()
		acc = combine(acc, f(item))
	}
	return acc, nil
}

func describeIn[T any](items []T) func(int) string {
	return func(i int) string { return describe(items[i]) }
}

func describePair(a, b any) string {
	x, y := describe(a), describe(b)
	if x == "" || y == "" {
		return ""
	}
	return x + ", " + y
}

func errNil(op, what string, n int) error {
	return fmt.Errorf("parlib: %s on %d items: the %s is nil", op, n, what)
}
