package taskq

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	callTime = 5 * time.Second        // for one question to the broker, before it is asked again
	callRest = 100 * time.Millisecond // between two of them
)

// errConflict says that somebody else has changed a record in the meantime.
var errConflict = errors.New("the record has changed")

// store holds the records. Its methods wait for a broker that is away until ctx ends.
type store struct{ kv jetstream.KeyValue }

// persist calls the broker until it answers. A call that got no answer may all the same have been carried out.
func persist[T any](ctx context.Context, call func(ctx context.Context) (T, error)) (T, error) {
	for {
		limited, cancel := context.WithTimeout(ctx, callTime)
		value, err := call(limited)
		cancel()
		if err == nil || !away(err) || ctx.Err() != nil {
			return value, reason(ctx, err)
		}
		if !sleep(ctx, callRest) {
			return value, reason(ctx, err)
		}
	}
}

// reason puts the end of ctx in the place of what it led to.
func reason(ctx context.Context, err error) error {
	if errors.Is(err, nats.ErrConnectionClosed) {
		return ErrClosed
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w (the broker said last: %w)", context.Cause(ctx), err)
	}
	return err
}

// sleep reports whether ctx has let it sleep to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// away reports whether an error says only that the broker cannot be reached now.
func away(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.Code == 503
	}
	for _, passing := range []error{
		nats.ErrTimeout, nats.ErrNoResponders, nats.ErrDisconnected, nats.ErrConnectionReconnecting, nats.ErrReconnectBufExceeded, nats.ErrStaleConnection,
		nats.ErrNoServers, jetstream.ErrNoStreamResponse, context.DeadlineExceeded,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

// get returns a record and its revision. The error wraps ErrUnknown where there is none.
func (s store) get(ctx context.Context, id string) (*record, uint64, error) {
	entry, err := persist(ctx, func(ctx context.Context) (jetstream.KeyValueEntry, error) { return s.kv.Get(ctx, id) })
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, fmt.Errorf("ID %s: %w", id, ErrUnknown)
	}
	if err != nil {
		return nil, 0, err
	}
	r := new(record)
	if err := json.Unmarshal(entry.Value(), r); err != nil {
		return nil, 0, fmt.Errorf("ID %s: its record cannot be read: %w", id, err)
	}
	return r, entry.Revision(), nil
}

// create stores a record under an ID that is not taken; otherwise the error is errConflict.
func (s store) create(ctx context.Context, id string, r *record) (revision uint64, err error) {
	return s.write(ctx, id, r, func(ctx context.Context, value []byte) (uint64, error) { return s.kv.Create(ctx, id, value) })
}

// update changes a record of the given revision. The error is errConflict if it has another one by now.
func (s store) update(ctx context.Context, id string, r *record, revision uint64) (uint64, error) {
	return s.write(ctx, id, r, func(ctx context.Context, value []byte) (uint64, error) { return s.kv.Update(ctx, id, value, revision) })
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
	case errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch):
		if calls == 1 {
			return 0, errConflict
		}
		entry, err := persist(ctx, func(ctx context.Context) (jetstream.KeyValueEntry, error) { return s.kv.Get(ctx, id) })
		if err == nil && bytes.Equal(entry.Value(), value) {
			return entry.Revision(), nil
		}
		return 0, errConflict
	case errors.Is(err, nats.ErrMaxPayload):
		return 0, fmt.Errorf("ID %s, %d bytes: %w", id, len(value), errTooLarge)
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
		if _, err = s.update(ctx, id, r, revision); !errors.Is(err, errConflict) {
			return r, err
		}
	}
}
