package function

import (
	"context"
	"errors"
	"fmt"
)

// Chunk is the result of a Map: the results of a part of the items. Results of items that failed are zero.
type Chunk[R any] struct {
	First   int // index of the first item
	Results []R
	Failed  []ItemError
}

// ItemError says how an item failed.
type ItemError struct {
	Index int   // among all items
	Err   error // what the function returned, or an *Error for a panic
}

func (e ItemError) Error() string { return fmt.Sprintf("item %d: %v", e.Index, e.Err) }

// Unwrap returns Err.
func (e ItemError) Unwrap() error { return e.Err }

// Map is a task that applies F to items: result i is F(Items[i]). One that panics does not keep the others from being done.
type Map[T, R any] struct {
	F     func(T) R
	First int // index of the first item among all
	Items []T
}

// Run returns a Chunk[R].
func (m *Map[T, R]) Run(ctx context.Context) (any, error) {
	c := Chunk[R]{First: m.First, Results: make([]R, len(m.Items))}
	err := each(ctx, len(m.Items), &c.Failed, m.First, func(lo int, at *int) error {
		for i := lo; i < len(m.Items); i++ {
			*at = i
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			c.Results[i] = m.F(m.Items[i])
		}
		return nil
	})
	return c, err
}

// MapContext is a Map whose function can fail and can be told to stop.
type MapContext[T, R any] struct {
	F     func(context.Context, T) (R, error)
	First int
	Items []T
}

// Run returns a Chunk[R].
func (m *MapContext[T, R]) Run(ctx context.Context) (any, error) {
	c := Chunk[R]{First: m.First, Results: make([]R, len(m.Items))}
	err := each(ctx, len(m.Items), &c.Failed, m.First, func(lo int, at *int) error {
		for i := lo; i < len(m.Items); i++ {
			*at = i
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			r, err := m.F(ctx, m.Items[i])
			if ctx.Err() != nil { // which may be why it failed, or gave up with less
				return context.Cause(ctx)
			}
			if err != nil {
				c.Failed = append(c.Failed, ItemError{m.First + i, err})
				continue
			}
			c.Results[i] = r
		}
		return nil
	})
	return c, err
}

// Reduce is a task that applies F to items and combines the results in their order.
type Reduce[T, R any] struct {
	F       func(T) R
	Combine func(a, b R) R
	First   int // index of the first item among all
	Items   []T // one at least
}

// Run returns an R, or the error of the first item that failed, since without it there is no result.
func (m *Reduce[T, R]) Run(ctx context.Context) (any, error) {
	if len(m.Items) == 0 {
		return nil, errors.New("function: Reduce: there are no items")
	}
	var sum R
	var failed []ItemError
	err := each(ctx, 1, &failed, m.First, func(_ int, at *int) error {
		sum = m.F(m.Items[0])
		for i, item := range m.Items[1:] {
			*at = i + 1
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			sum = m.Combine(sum, m.F(item))
		}
		return nil
	})
	if err == nil && len(failed) > 0 {
		err = itemFailure(failed[0])
	}
	if err != nil {
		return nil, err
	}
	return sum, nil
}

// itemFailure is the error of a whole task of which an item failed.
func itemFailure(i ItemError) error {
	e, ok := i.Err.(*Error)
	if !ok {
		return i
	}
	named := *e
	named.Text = fmt.Sprintf("at item %d: %s", i.Index, e.Text)
	return &named
}

// each has part do the items from lo to n, and say at which it is. A panic is the failure of that item, and the next ones are done.
func each(ctx context.Context, n int, failed *[]ItemError, first int, part func(lo int, at *int) error) error {
	for lo := 0; lo < n; {
		at := lo
		err, panicked := guarded(part, lo, &at)
		if panicked == nil {
			return err
		}
		if ctx.Err() != nil { // which may be why it panicked
			return context.Cause(ctx)
		}
		*failed = append(*failed, ItemError{first + at, panicked})
		lo = at + 1
	}
	return nil
}

func guarded(part func(lo int, at *int) error, lo int, at *int) (err error, panicked *Error) {
	defer func() {
		if v := recover(); v != nil {
			panicked = panicError(v)
		}
	}()
	return part(lo, at), nil
}
