package taskq

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/warren-go/warren/internal/program"
	"github.com/warren-go/warren/parlib/taskq/internal/bus"
	"github.com/warren-go/warren/parlib/taskq/internal/shared"
)

// Options say where a queue's broker is: URL or Broker, or in a notebook neither.
type Options struct {
	// Name is the queue's: letters, digits, - and _. The default is "tasks". One broker has any number of queues.
	Name string
	// URL is the address of a broker in another process: that of Queue.URL or broker.Broker.URL, or of a NATS server that runs with
	// JetStream.
	URL string
	// Broker is a broker in this process, as broker.Start gives it. Who started it closes it, after the queue.
	Broker Broker
	// Dir is the folder of the broker in a notebook, whose sessions start one for each folder, as a process of its own, and share it.
	// The default is warren-taskq in the user's folder for caches. Other programs have no such broker.
	Dir string
	// Sync has that broker wait for the disk at every change, so that tasks survive a power failure, too.
	Sync bool
	// Lease is how long a worker may be silent before its tasks are given to others; workers say three times as often that they are
	// alive. The default is 10 seconds. A worker that is stopped for longer loses its tasks, but completes none twice. All who open
	// a queue should say the same.
	Lease time.Duration
}

// Broker is a broker in this process: a *broker.Broker, of package broker.
type Broker interface {
	InProcessConn() (net.Conn, error)
	Token() string // what it wants to be shown; "" for nothing
	URL() string   // where other processes reach it; "" if they cannot
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

// Open opens a queue, which is made where there is none. A broker in another process is waited for until ctx ends. What the queue held
// when it was closed, or its process killed, it holds again.
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
	common, err := opts.common()
	if err != nil {
		return nil, err
	}
	if q.bus, err = bus.Open(ctx, bus.Options{Name: opts.Name, URL: opts.URL, Local: opts.Broker, Shared: common}); err != nil {
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
	case o.URL != "" && o.Broker != nil:
		return errors.New("Options has a URL and a Broker; a queue is in one of them")
	case (o.URL != "" || o.Broker != nil) && (o.Dir != "" || o.Sync):
		return errors.New("Options.Dir and Sync are for the broker of a notebook; that of Options.URL or Broker is told by broker.Options, or its own settings")
	}
	return nil
}

// common is the broker that the sessions of notebooks share, if it is that which is meant.
func (o *Options) common() (*shared.Broker, error) {
	if o.URL != "" || o.Broker != nil {
		return nil, nil
	}
	warren := program.Binary()
	if warren == "" {
		return nil, errors.New("Options names no broker; start one by broker.Start of package github.com/warren-go/warren/parlib/taskq/broker " +
			"and set Options.Broker, or set Options.URL to the address of one that runs (only in notebooks there is one from the start)")
	}
	if o.Dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("Options.Dir is empty, and no default is known: %w", err)
		}
		o.Dir = filepath.Join(cache, "warren-taskq")
	}
	return shared.New(o.Dir, o.Sync, warren, "broker", "-until-unused", fmt.Sprintf("-sync=%t", o.Sync))
}

// URL is where other processes reach the queue, for their Options.URL; "" if they cannot, since the broker does not listen. It holds the
// token: who knows it can do everything with the queue. The broker of a notebook has another one whenever it is started; other sessions
// come by Options.Dir.
func (q *Queue) URL() string { return q.bus.URL() }

// Name is the queue's name.
func (q *Queue) Name() string { return q.opts.Name }

// Close closes the queue's workers, as Worker.Close does, then the connection. The broker of a notebook ends if nobody else uses it; its
// folder is free when Close returns. What waits for results gets an error that wraps ErrClosed. Closing again does nothing.
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
