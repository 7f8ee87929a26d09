package taskq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/warren-go/warren/parlib/taskq/internal/bus"
)

// conclude does what follows from a final task: it tells those that wait for it in the workflow and in programs. To do it again, since
// a worker was killed half-way, changes nothing.
func (q *Queue) conclude(ctx context.Context, id string, r *record) error {
	q.bus.Announce(id)
	if r.Next == "" {
		return nil
	}
	next, err := q.join(ctx, id, r)
	switch {
	case errors.Is(err, ErrUnknown): // forgotten: nobody waits any more
		return nil
	case err != nil:
		return err
	case next.Status == Queued:
		return q.publish(ctx, r.Next)
	case next.Status.Final():
		return q.conclude(ctx, r.Next, next)
	}
	return nil
}

// join tells the task that waits for a final one about it. The last to come turns waiting into queued.
func (q *Queue) join(ctx context.Context, id string, r *record) (*record, error) {
	var gathering error
	next, err := q.store.change(ctx, r.Next, func(next *record) bool {
		gathering = nil
		if next.Status != Waiting {
			return false
		}
		if r.Status != Done {
			next.Status, next.Cause, next.Finished = Dead, upstream, time.Now()
			next.Error = fmt.Sprintf("%v: %v", ErrUpstream, r.failure(id))
			return true
		}
		if next.Joined[r.Index] {
			return false
		}
		next.Joined[r.Index] = true
		if slices.Contains(next.Joined, false) {
			return true
		}
		input, err := q.gather(ctx, r, next)
		switch {
		case errors.Is(err, ErrUnknown) || errors.Is(err, bus.ErrTooLarge):
			next.Status, next.Cause, next.Error, next.Finished = Dead, upstream, err.Error(), time.Now()
		case err != nil:
			gathering = err
			return false
		case next.gathers():
			next.Status, next.Output, next.Finished = Done, input, time.Now()
		default:
			next.Status, next.Input = Queued, input
		}
		return true
	})
	return next, errors.Join(err, gathering)
}

// gather makes the input of a task of the results that it has waited for; r is the last of them.
func (q *Queue) gather(ctx context.Context, r, next *record) (json.RawMessage, error) {
	if !next.gathers() {
		return r.Output, q.fits(len(r.Output))
	}
	list := make([]json.RawMessage, next.Parents)
	for i := range list {
		if i == r.Index {
			list[i] = r.Output
			continue
		}
		parent, _, err := q.store.get(ctx, parentID(r.Next, i))
		if err != nil {
			return nil, err
		}
		list[i] = parent.Output
	}
	text, err := json.Marshal(list)
	return text, errors.Join(err, q.fits(len(text)))
}

// recordSize is more than a record takes beside its input and output.
const recordSize = 16 << 10

// fits returns an error that wraps bus.ErrTooLarge where so many bytes of input and output would be too many.
func (q *Queue) fits(size int) error {
	if limit := q.bus.MaxPayload() - recordSize; size > limit {
		return fmt.Errorf("%d bytes, with a limit of %d: %w", size, limit, bus.ErrTooLarge)
	}
	return nil
}
