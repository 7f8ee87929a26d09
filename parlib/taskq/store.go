package taskq

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/warren-go/warren/parlib/taskq/internal/bus"
)

const (
	callTime = 5 * time.Second        // for one question to the broker, before it is asked again
	callRest = 100 * time.Millisecond // between two of them
)

// store holds the records. Its methods wait for a broker that is away until ctx ends.
type store struct{ bus bus.Bus }

// entry is a record as the broker has it.
type entry struct {
	value    []byte
	revision uint64
}

// persist calls the broker until it answers. A call that got no answer may all the same have been carried out.
func persist[T any](ctx context.Context, call func(ctx context.Context) (T, error)) (T, error) {
	for {
		limited, cancel := context.WithTimeout(ctx, callTime)
		value, err := call(limited)
		cancel()
		if err == nil || !errors.Is(err, bus.ErrAway) || ctx.Err() != nil {
			return value, reason(ctx, err)
		}
		if !bus.Sleep(ctx, callRest) {
			return value, reason(ctx, err)
		}
	}
}

// reason puts the end of ctx in the place of what it led to.
func reason(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w (the broker said last: %w)", context.Cause(ctx), err)
	}
	return err
}

func (s store) fetch(ctx context.Context, id string) (entry, error) {
	return persist(ctx, func(ctx context.Context) (e entry, err error) {
		e.value, e.revision, err = s.bus.Get(ctx, id)
		return e, err
	})
}

// get returns a record and its revision. The error wraps ErrUnknown where there is none.
func (s store) get(ctx context.Context, id string) (*record, uint64, error) {
	e, err := s.fetch(ctx, id)
	if err != nil {
		return nil, 0, fmt.Errorf("ID %s: %w", id, err)
	}
	r := new(record)
	if err := json.Unmarshal(e.value, r); err != nil {
		return nil, 0, fmt.Errorf("ID %s: its record cannot be read: %w", id, err)
	}
	return r, e.revision, nil
}

// create stores a record under an ID that is not taken; otherwise the error is bus.ErrConflict.
func (s store) create(ctx context.Context, id string, r *record) (revision uint64, err error) {
	return s.write(ctx, id, r, func(ctx context.Context, value []byte) (uint64, error) { return s.bus.Create(ctx, id, value) })
}

// update changes a record of the given revision. The error is bus.ErrConflict if it has another one by now.
func (s store) update(ctx context.Context, id string, r *record, revision uint64) (uint64, error) {
	return s.write(ctx, id, r, func(ctx context.Context, value []byte) (uint64, error) { return s.bus.Update(ctx, id, value, revision) })
}

// write tells a conflict with others from one with itself: the broker may have carried out a call whose answer got lost, and refuses
// its repetition.
func (s store) write(ctx context.Context, id string, r *record, call func(ctx context.Context, value []byte) (uint64, error)) (uint64, error) {
	value, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	calls := 0
	revision, err := persist(ctx, func(ctx context.Context) (uint64, error) { calls++; return call(ctx, value) })
	switch {
	case errors.Is(err, bus.ErrConflict) && calls > 1:
		if e, err := s.fetch(ctx, id); err == nil && bytes.Equal(e.value, value) {
			return e.revision, nil
		}
	case errors.Is(err, bus.ErrTooLarge):
		return 0, fmt.Errorf("ID %s, %d bytes: %w", id, len(value), err)
	}
	return revision, err
}

// change applies f to a record until nobody else changes it at the same time. It does nothing where f returns false.
func (s store) change(ctx context.Context, id string, f func(*record) bool) (*record, error) {
	for {
		r, revision, err := s.get(ctx, id)
		if err != nil || !f(r) {
			return r, err
		}
		if _, err = s.update(ctx, id, r, revision); !errors.Is(err, bus.ErrConflict) {
			return r, err
		}
	}
}
