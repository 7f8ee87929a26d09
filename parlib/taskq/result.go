package taskq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// look is how often who waits for a task asks the broker, should its news have got lost.
const look = time.Second

// Result is the result of a task that was submitted, once it is there.
type Result[Out any] struct {
	q  *Queue
	id string
}

// Find returns the result of a task that was submitted earlier, in this process or another. Whether there is such a task is seen by Get.
func Find[Out any](q *Queue, id string) *Result[Out] { return &Result[Out]{q, id} }

// ID is the task's ID.
func (r *Result[Out]) ID() string { return r.id }

// Get waits for the result. The error is an *Error where the task has failed for good; it wraps the cause of ctx's end where that came
// first, and ErrClosed where the queue was closed. Any number of goroutines and processes may get it, again and again, until Forget.
func (r *Result[Out]) Get(ctx context.Context) (out Out, err error) {
	end, err := r.q.wait(ctx, r.id)
	if err != nil {
		return out, fmt.Errorf("taskq: Get: ID %s: %w", r.id, err)
	}
	if end.Status != Done {
		return out, end.failure(r.id)
	}
	if err := json.Unmarshal(end.Output, &out); err != nil {
		return out, fmt.Errorf("taskq: Get: the result of ID %s is not a %T: %w", r.id, out, err)
	}
	return out, nil
}

// Info returns what is known of the task now.
func (r *Result[Out]) Info(ctx context.Context) (Info, error) { return r.q.Info(ctx, r.id) }

// Revoke is Queue.Revoke.
func (r *Result[Out]) Revoke(ctx context.Context) error { return r.q.Revoke(ctx, r.id) }

// wait returns the record of a task when it is final.
func (q *Queue) wait(ctx context.Context, id string) (*record, error) {
	ctx, cancel, err := q.begin(ctx, id)
	if err != nil {
		return nil, err
	}
	defer cancel()
	news, stop := q.events.listen(id)
	defer stop()
	for {
		r, _, err := q.store.get(ctx, id)
		if err != nil || r.Status.Final() {
			return r, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("it is %s: %w", r.Status, context.Cause(ctx))
		case <-news:
		case <-time.After(look):
		}
	}
}

// begin checks what calls about a task are given.
func (q *Queue) begin(ctx context.Context, id string) (context.Context, context.CancelFunc, error) {
	switch {
	case ctx == nil:
		return nil, nil, errors.New("the context is nil; context.Background() never ends")
	case !validKey.MatchString(id):
		return nil, nil, fmt.Errorf("%q is not an ID of a task: %w", id, ErrUnknown)
	case q.ctx.Err() != nil:
		return nil, nil, ErrClosed
	}
	ctx, cancel := q.within(ctx)
	return ctx, cancel, nil
}

// Info returns what is known of a task now. The error wraps ErrUnknown where there is no such task.
func (q *Queue) Info(ctx context.Context, id string) (Info, error) {
	ctx, cancel, err := q.begin(ctx, id)
	if err != nil {
		return Info{}, fmt.Errorf("taskq: Info: %w", err)
	}
	defer cancel()
	r, _, err := q.store.get(ctx, id)
	if err != nil {
		return Info{}, fmt.Errorf("taskq: Info: %w", err)
	}
	return r.info(id), nil
}

// Revoke sees that a task is not begun any more. If it runs, its context ends; what it gives is thrown away, but what it has done by
// then it has done. What waits for it fails. A task that is final stays as it is.
func (q *Queue) Revoke(ctx context.Context, id string) error {
	return q.act(ctx, "Revoke", id, func(ctx context.Context) error {
		r, err := q.store.change(ctx, id, func(r *record) bool {
			if r.Status.Final() {
				return false
			}
			r.Status, r.Cause, r.Error, r.Finished = Revoked, revoked, ErrRevoked.Error(), time.Now()
			return true
		})
		if err != nil || r.Status != Revoked {
			return err
		}
		return q.conclude(ctx, id, r)
	})
}

// Requeue queues a task again that is dead or revoked, with all its retries, for instance when what was wrong has been mended.
// Tasks that waited for it stay dead; those can be queued again when it is done.
func (q *Queue) Requeue(ctx context.Context, id string) error {
	return q.act(ctx, "Requeue", id, func(ctx context.Context) error {
		r, err := q.store.change(ctx, id, func(r *record) bool {
			if r.Status != Dead && r.Status != Revoked || r.Input == nil {
				return false
			}
			r.Status, r.Cause, r.Error, r.Failures, r.Losses, r.Message, r.Before, r.Finished = Queued, failed, "", 0, 0, 0, time.Time{}, time.Time{}
			r.Round++
			return true
		})
		switch {
		case err != nil:
			return err
		case r.Status == Queued:
			return q.publish(ctx, id)
		case r.Input == nil:
			return fmt.Errorf("ID %s never had an input, since it waited for others; submit the workflow again", id)
		}
		return fmt.Errorf("ID %s is %s; only what is dead or revoked can be queued again", id, r.Status)
	})
}

// Forget removes what the broker knows of a task that is final; its ID is free then. Of a workflow each task is forgotten by its own ID.
func (q *Queue) Forget(ctx context.Context, id string) error {
	return q.act(ctx, "Forget", id, func(ctx context.Context) error {
		r, revision, err := q.store.get(ctx, id)
		if err != nil {
			return err
		}
		if !r.Status.Final() {
			return fmt.Errorf("ID %s is %s; Revoke it first", id, r.Status)
		}
		_, err = persist(ctx, func(ctx context.Context) (any, error) {
			return nil, q.bus.Purge(ctx, id, revision)
		})
		return err
	})
}

// act is the frame of what changes a task.
func (q *Queue) act(ctx context.Context, op, id string, change func(ctx context.Context) error) error {
	ctx, cancel, err := q.begin(ctx, id)
	if err == nil {
		defer cancel()
		err = change(ctx)
	}
	if err != nil {
		return fmt.Errorf("taskq: %s: %w", op, err)
	}
	return nil
}

// List returns what is known of all tasks that have one of the given statuses, or of all tasks where none is given: List(ctx, Dead)
// are the dead letters. Its order is that in which the tasks last changed.
func (q *Queue) List(ctx context.Context, statuses ...Status) ([]Info, error) {
	list, err := q.list(ctx, statuses)
	if err != nil {
		return nil, fmt.Errorf("taskq: List: %w", err)
	}
	return list, nil
}

func (q *Queue) list(ctx context.Context, statuses []Status) (list []Info, err error) {
	ctx, cancel, err := q.begin(ctx, "all")
	if err != nil {
		return nil, err
	}
	defer cancel()
	err = q.bus.Each(ctx, func(id string, value []byte) error {
		r := new(record)
		if err := json.Unmarshal(value, r); err != nil {
			return fmt.Errorf("ID %s: its record cannot be read: %w", id, err)
		}
		if len(statuses) == 0 || slices.Contains(statuses, r.Status) {
			list = append(list, r.info(id))
		}
		return nil
	})
	return list, err
}
