package taskq

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/warren-go/warren/parlib/taskq/internal/bus"
)

const closeTime = 5 * time.Second // for handlers to heed the end of their context

// Worker takes tasks from a queue and runs them, in this process.
type Worker struct {
	q     *Queue
	id    string
	slots chan struct{} // holds one value for each task that runs
	ctx   context.Context
	stop  context.CancelCauseFunc
	loops sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	freed   chan struct{}     // closed when a task has ended, and made anew
	running map[string]string // ID and attempt to name of what runs, or ran on though nobody waits for it
	once    sync.Once
	err     error
}

// errStopped is the cause of a handler's context when its worker is closed.
var errStopped = errors.New("the worker is closed")

// Work starts a worker that runs up to so many tasks at once, of all kinds that are defined in this process, also later. It ends with
// ctx, with its Close, or with the queue. Any number of workers, in any number of processes, share the tasks of a queue.
func (q *Queue) Work(ctx context.Context, concurrency int) (*Worker, error) {
	w, err := q.work(ctx, concurrency)
	if err != nil {
		return nil, fmt.Errorf("taskq: Work: %w", err)
	}
	return w, nil
}

func (q *Queue) work(ctx context.Context, concurrency int) (*Worker, error) {
	switch {
	case ctx == nil:
		return nil, errors.New("the context is nil; context.Background() never ends")
	case concurrency < 1:
		return nil, fmt.Errorf("the number of tasks at once is %d; it is at least 1", concurrency)
	}
	w := &Worker{q: q, id: rand.Text(), slots: make(chan struct{}, concurrency), freed: make(chan struct{}), running: map[string]string{}}
	w.ctx, w.stop = context.WithCancelCause(ctx)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.workers == nil || q.ctx.Err() != nil {
		w.stop(nil)
		return nil, ErrClosed
	}
	q.workers[w] = struct{}{}
	for name := range q.handlers {
		w.take(name)
	}
	return w, nil
}

// Close lets the worker take no more tasks, ends the contexts of those that run, and waits until their handlers have returned. What
// they have not completed goes back to the queue. Handlers that pay no heed to their context for five seconds are named by the error,
// and left behind. Closing again does nothing.
func (w *Worker) Close() error {
	w.once.Do(func() {
		w.stop(errStopped)
		w.mu.Lock()
		w.closed = true
		w.mu.Unlock()
		w.q.mu.Lock()
		delete(w.q.workers, w)
		w.q.mu.Unlock()
		w.loops.Wait() // attempts wait for their handlers
		w.err = w.heedless()
	})
	return w.err
}

// heedless is the error about handlers that still run.
func (w *Worker) heedless() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var left []string
	for key, name := range w.running {
		id, _, _ := strings.Cut(key, "\x00")
		left = append(left, fmt.Sprintf("%s (ID %s)", name, id))
	}
	if slices.Sort(left); len(left) == 0 {
		return nil
	}
	return fmt.Errorf("taskq: Close: these handlers pay no heed to their context and run on: %s", strings.Join(left, ", "))
}

// enter notes that a handler begins, leave that it has ended.
func (w *Worker) enter(key, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running[key] = name
}

func (w *Worker) leave(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.running, key)
}

// take begins to take tasks of a name. The caller holds the queue's mutex.
func (w *Worker) take(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.loops.Go(func() { w.loop(name) })
	}
}

// loop takes tasks of one name until the worker ends. A broker that is away is asked again.
func (w *Worker) loop(name string) {
	consumer, err := w.consumer(name)
	for err == nil && w.free() {
		m, missed := consumer.Pull(w.ctx)
		if missed != nil && bus.Sleep(w.ctx, callRest) {
			consumer, err = w.consumer(name) // should somebody have deleted it
		}
		if m != nil {
			w.hand(m)
		}
	}
}

// consumer is the broker's list of who gets which task of a name; all workers of all processes share it. The error says that the worker
// has ended.
func (w *Worker) consumer(name string) (bus.Consumer, error) {
	for {
		consumer, err := persist(w.ctx, func(ctx context.Context) (bus.Consumer, error) { return w.q.bus.Consume(ctx, name, w.q.opts.Lease) })
		if err == nil || !bus.Sleep(w.ctx, callRest) {
			return consumer, err
		}
	}
}

// free waits until another task may run. It reports whether the worker goes on.
func (w *Worker) free() bool {
	for w.ctx.Err() == nil {
		w.mu.Lock()
		freed := w.freed
		w.mu.Unlock()
		if len(w.slots) < cap(w.slots) {
			return true
		}
		select {
		case <-freed:
		case <-w.ctx.Done():
		}
	}
	return false
}

// hand runs the task that has come. It was asked for when there was room; if there is none by now, since another kind of task came
// first, somebody else may have it.
func (w *Worker) hand(m bus.Message) {
	select {
	case w.slots <- struct{}{}:
		w.loops.Go(func() {
			defer w.release()
			w.process(m)
		})
	default:
		m.Back(0)
	}
}

func (w *Worker) release() {
	<-w.slots
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.freed)
	w.freed = make(chan struct{})
}
