package cluster

import (
	"context"
	"fmt"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/value"
)

// Call calls f with args on one of the view's engines, and returns its result, which must be an R. f may take a context.Context
// first, which is not among args and ends with ctx, and may return an error last. A function of no results has the R any, one of
// several results []any. Of a DirectView, the engine is that with the lowest id.
func Call[R any](ctx context.Context, v View, f any, args ...any) (R, error) {
	return CallAsync[R](ctx, v, f, args...).Get()
}

// CallAsync begins a Call and returns at once.
func CallAsync[R any](ctx context.Context, v View, f any, args ...any) *AsyncResult[R] {
	const op = "Call"
	if ctx == nil {
		return failed[R](fmt.Errorf("cluster: %s: %w", op, errNilContext))
	}
	w, err := newCalling[R](f, args)
	if err != nil {
		return failed[R](fmt.Errorf("cluster: %s: %w", op, err))
	}
	j, engines, err := newJob(op, v, 1, w, nil)
	if err != nil {
		return failed[R](fmt.Errorf("cluster: %s: %w", op, err))
	}
	j.calls = true
	if _, direct := v.(*DirectView); direct {
		j.pin(engines[:1])
	}
	w.results = make([]R, 1)
	return start(ctx, j, func(err error) (R, error) {
		if err != nil {
			var none R
			return none, single(op, err)
		}
		return w.results[0], nil
	})
}

// single speaks of one call instead of item 0 of 1.
func single(op string, err error) error {
	all, ok := err.(*ItemErrors)
	if !ok || len(all.Errs) == 0 {
		return err
	}
	return &EngineError{Op: op, Engine: all.Errs[0].Engine, Err: all.Errs[0].Err}
}

// Apply calls f with args on each of the view's engines, see Call, and returns the results in the order of the engines' ids. Where
// engines fail, the error joins an *EngineError for each, and the results of the others are returned along with it.
func Apply[R any](ctx context.Context, v *DirectView, f any, args ...any) ([]R, error) {
	return ApplyAsync[R](ctx, v, f, args...).Get()
}

// ApplyAsync begins an Apply and returns at once.
func ApplyAsync[R any](ctx context.Context, v *DirectView, f any, args ...any) *AsyncResult[[]R] {
	const op = "Apply"
	w, err := newCalling[R](f, args)
	if err != nil {
		return failed[[]R](fmt.Errorf("cluster: %s: %w", op, err))
	}
	return onEach(ctx, op, v, w, func(engines []client.Engine) { w.results = make([]R, len(engines)) }, func() []R { return w.results })
}

// calling is the work of a Call, and of an Apply, whose items are engines.
type calling[R any] struct {
	message
	results []R
}

func newCalling[R any](f any, args []any) (*calling[R], error) {
	c, err := function.NewCall(f, args...)
	if err != nil {
		return nil, err
	}
	w := &calling[R]{}
	w.make = func(s value.Store) ([][]byte, error) { return function.Encode(c, function.WithStore(s)) }
	return w, nil
}

func (w *calling[R]) accept(s span, _ int, r client.Reply, store value.Store) (_ []failure, err error) {
	w.results[s.lo], err = function.Decode[R](r.Buffers, function.WithStore(store))
	return nil, err
}
