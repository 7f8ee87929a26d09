package taskq

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/warren-go/warren/parlib/taskq/broker"
	"github.com/warren-go/warren/parlib/taskq/internal/bus"
)

// Options say where a queue's broker is. The zero value is a queue on this machine's disk, for this process.
type Options struct {
	// Name is the queue's: letters, digits, - and _. The default is "tasks". One broker has any number of queues.
	Name string
	// URL is the address of a broker in another process: that of Queue.URL or broker.Broker.URL, or of a NATS server that runs with
	// JetStream. "" starts a broker in this process.
	URL string
	// Dir is the folder of the broker in this process. The default is warren-taskq in the user's folder for caches.
	Dir string
	// Listen lets other processes come to the broker in this one, see broker.Options.
	Listen string
	// Sync waits for the disk at every change, so that tasks survive a power failure, too.
	Sync bool
	// Lease is how long a worker may be silent before its tasks are given to others; workers say three times as often that they are
	// alive. The default is 10 seconds. A worker that is stopped for longer loses its tasks, but completes none twice. All who open
	// a queue should say the same.
	Lease time.Duration
}

const (
	defaultName  = "tasks"
	defaultLease = 10 * time.Second
	minLease     = 100 * time.Millisecond
)

var validName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// Queue is a queue of tasks in a broker. Its methods may be called by several goroutines.
type Queue struct {
	opts   Options
	bus    bus.Bus
	store  store
	events *events
	ctx    context.Context // ends when the queue is closed
	cancel context.CancelCauseFunc

	mu       sync.Mutex
	handlers map[string]handler
	workers  map[*Worker]struct{}
	once     sync.Once
	err      error
}

// handler runs a task on an input in JSON.
type handler func(ctx context.Context, input []byte) (output []byte, err error)

// Open opens a queue, which is made where there is none. With the broker in this process it returns when the broker has read its disk;
// a broker in another process is waited for until ctx ends. What the queue held when it was closed, or its process killed, it holds again.
func Open(ctx context.Context, opts Options) (*Queue, error) {
	q, err := open(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("taskq: Open: %w", err)
	}
	return q, nil
}

func open(ctx context.Context, opts Options) (*Queue, error) {
	if ctx == nil {
		return nil, errors.New("the context is nil; context.Background() never ends")
	}
	if err := opts.complete(); err != nil {
		return nil, err
	}
	q := &Queue{opts: opts, events: newEvents(), handlers: map[string]handler{}, workers: map[*Worker]struct{}{}}
	q.ctx, q.cancel = context.WithCancelCause(context.Background())
	local := broker.Options{Dir: opts.Dir, Listen: opts.Listen, Sync: opts.Sync}
	var err error
	if q.bus, err = bus.Open(ctx, bus.Options{Name: opts.Name, URL: opts.URL, Local: local}); err != nil {
		return nil, err
	}
	q.store = store{q.bus}
	if err := q.bus.Listen(q.events.happened); err != nil {
		return nil, errors.Join(err, q.Close())
	}
	return q, nil
}

func (o *Options) complete() error {
	if o.Name == "" {
		o.Name = defaultName
	}
	if o.Lease == 0 {
		o.Lease = defaultLease
	}
	switch {
	case !validName.MatchString(o.Name):
		return fmt.Errorf("Options.Name is %q; it has up to 64 letters, digits, - and _", o.Name)
	case o.Lease < minLease:
		return fmt.Errorf("Options.Lease is %v; it is at least %v", o.Lease, minLease)
	case o.URL != "" && (o.Dir != "" || o.Listen != "" || o.Sync):
		return errors.New("Options.URL names a broker in another process; Dir, Listen and Sync are for one in this process")
	}
	if o.URL == "" && o.Dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("Options.Dir is empty, and no default is known: %w", err)
		}
		o.Dir = filepath.Join(cache, "warren-taskq")
	}
	return nil
}

// URL is where other processes reach the queue, for their Options.URL; "" if they cannot, for lack of Options.Listen. It holds the
// token: who knows it can do everything with the queue.
func (q *Queue) URL() string { return q.bus.URL() }

// Name is the queue's name.
func (q *Queue) Name() string { return q.opts.Name }

// Close closes the queue's workers, as Worker.Close does, then the connection and the broker in this process. What waits for results
// gets an error that wraps ErrClosed. Closing again does nothing.
func (q *Queue) Close() error {
	q.once.Do(func() {
		for _, w := range q.takeWorkers() {
			q.err = errors.Join(q.err, w.Close())
		}
		q.cancel(ErrClosed)
		q.err = errors.Join(q.err, q.bus.Close())
	})
	return q.err
}

// takeWorkers returns the workers, and lets no other begin.
func (q *Queue) takeWorkers() []*Worker {
	q.mu.Lock()
	defer q.mu.Unlock()
	var all []*Worker
	for w := range q.workers {
		all = append(all, w)
	}
	q.workers = nil
	return all
}

// within returns a context that ends with ctx or with the queue.
func (q *Queue) within(ctx context.Context) (context.Context, context.CancelFunc) {
	joined, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(q.ctx, func() { cancel(ErrClosed) })
	return joined, func() { stop(); cancel(nil) }
}
