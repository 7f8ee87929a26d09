package cluster

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/value"
)

// Push gives each of the view's engines a variable, or sets it: of its session where it has one, else in a table of the process,
// which Pull and Gather read.
func Push[T any](ctx context.Context, view *DirectView, name string, v T) error {
	w := &pushing{}
	w.make = func(s value.Store) ([][]byte, error) { return encodeSet(name, v, s) }
	_, err := onEach(ctx, "Push", view, w, ignoreEngines, nothing).Get()
	return err
}

// Pull reads a variable on each of the view's engines, which must be a T, in the order of their ids.
func Pull[T any](ctx context.Context, v *DirectView, name string) ([]T, error) {
	return pull[T](ctx, "Pull", v, name)
}

// Scatter gives each of the view's engines an equal share of items, as a variable, in the order of their ids: n items for e engines
// are cut at i*n/e.
func Scatter[T any](ctx context.Context, v *DirectView, name string, items []T) error {
	w := &scattering{}
	w.share = func(i, of int, s value.Store) ([][]byte, error) {
		return encodeSet(name, items[i*len(items)/of:(i+1)*len(items)/of], s)
	}
	if v != nil && v.broadcast { // each gets something else
		own := *v
		own.broadcast = false
		v = &own
	}
	_, err := onEach(ctx, "Scatter", v, w, func(e []client.Engine) { w.of = len(e) }, nothing).Get()
	return err
}

// Gather joins the slices that a variable holds on the view's engines, in the order of their ids.
func Gather[T any](ctx context.Context, v *DirectView, name string) ([]T, error) {
	parts, err := pull[[]T](ctx, "Gather", v, name)
	if err != nil {
		return nil, err
	}
	var all []T
	for _, p := range parts {
		all = append(all, p...)
	}
	return all, nil
}

func encodeSet(name string, v any, s value.Store) ([][]byte, error) {
	if name == "" {
		return nil, errors.New("the variable has no name")
	}
	return function.EncodeSet(map[string]any{name: v}, function.WithStore(s))
}

func ignoreEngines([]client.Engine) {}

func nothing() struct{} { return struct{}{} }

// pushing is the work of a Push.
type pushing struct{ message }

func (*pushing) accept(span, int, client.Reply, value.Store) ([]failure, error) { return nil, nil }

// scattering is the work of a Scatter.
type scattering struct {
	pushing
	of    int // engines
	share func(i, of int, s value.Store) ([][]byte, error)
}

func (w *scattering) request(s span, store value.Store) (client.Request, error) {
	buffers, err := w.share(s.lo, w.of, store)
	return client.Apply(buffers, nil), err
}

// pulling is the work of a Pull.
type pulling[T any] struct {
	message
	name string

	mu     sync.Mutex
	values []T
}

func pull[T any](ctx context.Context, op string, v *DirectView, name string) ([]T, error) {
	w := &pulling[T]{name: name}
	w.make = func(s value.Store) ([][]byte, error) {
		return function.EncodeGet([]string{name}, function.WithStore(s)), nil
	}
	all, err := onEach(ctx, op, v, w, func(e []client.Engine) { w.values = make([]T, len(e)) }, func() []T { return w.values }).Get()
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (w *pulling[T]) accept(s span, engine int, r client.Reply, store value.Store) ([]failure, error) {
	values, err := function.Decode[[]any](r.Buffers, function.WithStore(store))
	if err != nil {
		return nil, fmt.Errorf("engine %d: variable %s: %w", engine, w.name, err)
	}
	if len(values) != 1 {
		return nil, fmt.Errorf("engine %d: variable %s: %d values came", engine, w.name, len(values))
	}
	v, ok := values[0].(T)
	if t := reflect.TypeFor[T](); !ok && !(values[0] == nil && t.Kind() == reflect.Interface) {
		return nil, fmt.Errorf("engine %d: variable %s is a %T, not a %v", engine, w.name, values[0], t)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.values[s.lo] = v
	return nil, nil
}
