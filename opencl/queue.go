package opencl

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// Queue runs commands one after the other, in the order in which they were given to it.
type Queue struct {
	context *Context
	driver  driver.Queue
	closed  bool    // guarded by context.commands
	running []noted // guarded by context.commands
}

// NewQueue makes one more queue. What is given to several queues may run at the same time.
func (c *Context) NewQueue() (*Queue, error) {
	const op = "Context.NewQueue"
	c, err := c.orDefault()
	if err != nil {
		return nil, err
	}
	c.commands.Lock()
	defer c.commands.Unlock()
	if c.closed {
		return nil, refused(op, "the context %w", ErrClosed)
	}
	made, err := c.driver.NewQueue()
	if err != nil {
		return nil, failed(op, err)
	}
	return &Queue{context: c, driver: made}, nil
}

// Context is the context that the queue was made in.
func (q *Queue) Context() *Context { return q.context }

// After has all commands that are given to the queue from now on wait for events of other queues of its context.
func (q *Queue) After(events ...*Event) (*Event, error) {
	const op = "Queue.After"
	var wait []driver.Event
	for i, e := range events {
		switch {
		case e == nil:
			return nil, refused(op, "event %d is nil", i)
		case e.queue.context != q.context:
			return nil, refused(op, "event %d belongs to another context", i)
		case e.driver != nil:
			wait = append(wait, e.driver)
		}
	}
	return q.barrier(op, wait)
}

// Finish waits until all commands given so far have ended.
func (q *Queue) Finish() error {
	e, err := q.barrier("Queue.Finish", nil)
	if err != nil {
		return err
	}
	return e.Wait()
}

// barrier ends when all commands given before, and the events, have ended.
func (q *Queue) barrier(op string, wait []driver.Event) (*Event, error) {
	return q.give(task{op: op, kind: BarrierCommand}, nil, func(after []driver.Event) (driver.Event, error) {
		return q.driver.Barrier(append(after, wait...))
	})
}

// usable says why the queue can take no command. The caller holds context.commands.
func (q *Queue) usable() error {
	switch {
	case q.context.closed:
		return fmt.Errorf("the context %w", ErrClosed)
	case q.closed:
		return fmt.Errorf("the queue %w", ErrClosed)
	}
	return nil
}

// Close waits for the queue's commands and gives it up. A context's own queue ends with the context.
func (q *Queue) Close() error {
	const op = "Queue.Close"
	if q == q.context.queue {
		return refused(op, "this is the context's own queue: Close the context")
	}
	if err := q.Finish(); errors.Is(err, ErrClosed) {
		return nil
	}
	q.context.commands.Lock()
	defer q.context.commands.Unlock()
	if q.closed || q.context.closed {
		return nil
	}
	q.closed = true
	err := q.driver.Finish()
	q.driver.Release()
	return failed(op, err)
}

// command gives a driver's queue something to do when the events have ended.
type command func(after []driver.Event) (driver.Event, error)

// task says what a command does, for errors and profiles.
type task struct {
	op    string // the function that was called
	kind  CommandKind
	name  string // the kernel's
	items string // the range of work-items
	bytes int64  // that are read and written, where that is known
}

// submit gives the queue a command of the device's, such as a library's kernel.
func (q *Queue) submit(op string, uses []*storage, do command) (*Event, error) {
	return q.give(task{op: op, kind: KernelCommand, name: op}, uses, do)
}

// give gives the queue a command that uses some buffers. The command is told what to wait for: uses of these buffers by
// other queues. Where memory fails, it is tried again when the garbage collector has given up what nobody uses any more.
func (q *Queue) give(t task, uses []*storage, do command) (*Event, error) {
	e, err := q.tryToGive(t, uses, do)
	if errors.Is(err, driver.AllocationFailed) || errors.Is(err, driver.OutOfResources) || errors.Is(err, driver.OutOfHostMemory) {
		q.context.memory.reclaim()
		e, err = q.tryToGive(t, uses, do)
	}
	runtime.KeepAlive(uses)
	if err != nil {
		return nil, failed(t.op, err)
	}
	return e, nil
}

func (q *Queue) tryToGive(t task, uses []*storage, do command) (*Event, error) {
	q.context.commands.Lock()
	defer q.context.commands.Unlock()
	if err := q.usable(); err != nil {
		return nil, err
	}
	var after []driver.Event
	for _, s := range uses {
		if s.block == nil {
			return nil, fmt.Errorf("the buffer %w", ErrClosed)
		}
		if last := s.block.last; last != nil && last.queue != q {
			after = append(after, last.driver)
		}
	}
	done, err := do(after)
	if err != nil {
		return nil, err
	}
	e := &Event{queue: q, driver: done, what: t.op, task: t}
	for _, s := range uses {
		s.block.last = e
	}
	q.context.record(e)
	return e, q.driver.Flush() // at once, as other queues may wait for it
}
