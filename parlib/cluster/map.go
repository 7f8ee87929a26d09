package cluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/value"
)

// Map applies f to all items on the view's engines, and returns the results in the order of the items. f must be a function that
// can travel: see the package's documentation. With a BalancedView engines get chunks as they have time; with a DirectView each
// has an equal part of the items to itself, and those of an engine that dies go to others.
//
// Items that fail do not keep the others from being done: the error is then an *ItemErrors, which names them, and the results of
// the others are returned along with it.
func Map[T, R any](v View, items []T, f func(T) R, options ...CallOption) ([]R, error) {
	return mapAsync[T, R]("Map", context.Background(), v, items, plain(f), options).Get()
}

// MapContext is Map for a function that can fail and can be told to stop. When ctx ends, no item is begun any more, the
// contexts that f was given end, and the error wraps ctx's cause.
func MapContext[T, R any](ctx context.Context, v View, items []T, f func(context.Context, T) (R, error), options ...CallOption) ([]R, error) {
	return mapAsync[T, R]("MapContext", ctx, v, items, fallible(f), options).Get()
}

// MapAsync begins a Map and returns at once.
func MapAsync[T, R any](v View, items []T, f func(T) R, options ...CallOption) *AsyncResult[[]R] {
	return mapAsync[T, R]("MapAsync", context.Background(), v, items, plain(f), options)
}

// MapAsyncContext begins a MapContext and returns at once.
func MapAsyncContext[T, R any](ctx context.Context, v View, items []T, f func(context.Context, T) (R, error), options ...CallOption) *AsyncResult[[]R] {
	return mapAsync[T, R]("MapAsyncContext", ctx, v, items, fallible(f), options)
}

// ForEach applies f to all items on the view's engines, as MapContext does, and returns no results.
func ForEach[T any](ctx context.Context, v View, items []T, f func(context.Context, T) error, options ...CallOption) error {
	if f == nil {
		return fmt.Errorf("cluster: ForEach: %w", errNilFunction)
	}
	make := func(first int, items []T) function.Task { return &forEach[T]{F: f, First: first, Items: items} }
	_, err := mapAsync[T, struct{}]("ForEach", ctx, v, items, make, options).Get()
	return err
}

// forEach is a task that applies F to items, of which only the failures come back.
type forEach[T any] struct {
	F     func(context.Context, T) error
	First int
	Items []T
}

// Run returns a function.Chunk[struct{}].
func (t *forEach[T]) Run(ctx context.Context) (any, error) {
	m := function.MapContext[T, struct{}]{First: t.First, Items: t.Items, F: func(ctx context.Context, item T) (struct{}, error) {
		return struct{}{}, t.F(ctx, item)
	}}
	return m.Run(ctx)
}

var (
	errNilFunction = errors.New("the function is nil")
	errNilContext  = errors.New("the context is nil")
)

// tasker makes the task of a chunk. It is nil where the function is.
type tasker[T any] func(first int, items []T) function.Task

func plain[T, R any](f func(T) R) tasker[T] {
	if f == nil {
		return nil
	}
	return func(first int, items []T) function.Task { return &function.Map[T, R]{F: f, First: first, Items: items} }
}

func fallible[T, R any](f func(context.Context, T) (R, error)) tasker[T] {
	if f == nil {
		return nil
	}
	return func(first int, items []T) function.Task {
		return &function.MapContext[T, R]{F: f, First: first, Items: items}
	}
}

// mapping is the work of a Map.
type mapping[T, R any] struct {
	environment
	first   int // index of the first item among those of the stream that they are a part of
	items   []T
	results []R
	task    tasker[T]
}

func (m *mapping[T, R]) request(s span, store value.Store) (client.Request, error) {
	buffers, err := m.encode(m.task(m.first+s.lo, m.items[s.lo:s.hi]), store)
	return client.Apply(buffers, nil), err
}

func (m *mapping[T, R]) accept(s span, engine int, r client.Reply, store value.Store) ([]failure, error) {
	c, err := function.Decode[function.Chunk[R]](r.Buffers, function.WithStore(store))
	if err != nil {
		return nil, err
	}
	if len(c.Results) != s.size() {
		return nil, fmt.Errorf("the engine answers %d items with %d results", s.size(), len(c.Results))
	}
	copy(m.results[s.lo:s.hi], c.Results)
	failed := make([]failure, len(c.Failed))
	for i, f := range c.Failed {
		index := f.Index - m.first
		if index < s.lo || index >= s.hi {
			return nil, fmt.Errorf("the engine says that item %d failed, of items %d to %d", f.Index, m.first+s.lo, m.first+s.hi-1)
		}
		failed[i] = failure{index, failureOf(engine, f.Err)}
	}
	return failed, nil
}

// failureOf makes a function's failure one of this package.
func failureOf(engine int, err error) *RemoteError {
	if e, ok := err.(*function.Error); ok {
		return &RemoteError{Engine: engine, Name: nameOf(e.Name), Message: e.Text, Stack: e.Stack}
	}
	return &RemoteError{Engine: engine, Message: err.Error(), cause: err}
}

func mapAsync[T, R any](op string, ctx context.Context, v View, items []T, task tasker[T], options []CallOption) *AsyncResult[[]R] {
	r, err := startMap(op, ctx, v, &mapping[T, R]{items: items, task: task}, options)
	if err != nil {
		return failed[[]R](fmt.Errorf("cluster: %s: %w", op, err))
	}
	return r
}

func startMap[T, R any](op string, ctx context.Context, v View, m *mapping[T, R], options []CallOption) (*AsyncResult[[]R], error) {
	switch {
	case ctx == nil:
		return nil, errNilContext
	case m.task == nil:
		return nil, errNilFunction
	}
	j, engines, err := newJob(op, v, len(m.items), m, options)
	if err != nil {
		return nil, err
	}
	j.calls = true
	if _, direct := v.(*DirectView); direct {
		j.share(engines)
	}
	m.with(m.task(0, nil))
	m.results, j.first = make([]R, len(m.items)), m.first
	return start(ctx, j, func(err error) ([]R, error) {
		if err != nil && !isItemErrors(err) {
			return nil, err
		}
		return m.results, err
	}), nil
}

func isItemErrors(err error) bool {
	_, ok := err.(*ItemErrors)
	return ok
}

// MapReduce applies f to all items on the view's engines, and combines the results in their order, on the engines and in the
// end here. combine must be associative. Without items the result is neutral. An item that fails fails the call.
func MapReduce[T, R any](v View, items []T, neutral R, f func(T) R, combine func(a, b R) R, options ...CallOption) (R, error) {
	const op = "MapReduce"
	sum, err := mapReduce(op, v, items, neutral, f, combine, options)
	if err != nil {
		var none R
		return none, err
	}
	return sum, nil
}

func mapReduce[T, R any](op string, v View, items []T, neutral R, f func(T) R, combine func(a, b R) R, options []CallOption) (R, error) {
	if f == nil || combine == nil {
		return neutral, fmt.Errorf("cluster: %s: %w", op, errNilFunction)
	}
	w := &reduction[T, R]{items: items, f: f, combine: combine, parts: map[int]R{}}
	w.with(&function.Reduce[T, R]{F: f, Combine: combine})
	j, engines, err := newJob(op, v, len(items), w, options)
	if err != nil {
		return neutral, fmt.Errorf("cluster: %s: %w", op, err)
	}
	if _, direct := v.(*DirectView); direct {
		j.share(engines)
	}
	j.calls, j.stop = true, true
	_, err = start(context.Background(), j, func(err error) (struct{}, error) { return struct{}{}, err }).Get()
	if err != nil {
		return neutral, err
	}
	return w.sum(neutral), nil
}
