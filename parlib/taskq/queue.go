package taskq

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/warren-go/warren/parlib/taskq/broker"
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
	broker *broker.Broker // nil if it is in another process
	nc     *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
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
	if err := q.connect(ctx); err != nil {
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

// connect reaches the broker, and sees that it has what the queue needs.
func (q *Queue) connect(ctx context.Context) (err error) {
	options := []nats.Option{
		nats.Name("taskq " + q.opts.Name), nats.MaxReconnects(-1), nats.ReconnectWait(callRest), nats.ReconnectJitter(0, 0), nats.RetryOnFailedConnect(true),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // it would print what the calls return anyway
	}
	if q.opts.URL == "" {
		q.broker, err = broker.Start(broker.Options{Dir: q.opts.Dir, Listen: q.opts.Listen, Sync: q.opts.Sync})
		if err != nil {
			return err
		}
		options = append(options, nats.InProcessServer(q.broker), nats.Token(q.broker.Token()))
	}
	if q.nc, err = nats.Connect(q.opts.URL, options...); err != nil {
		return q.hidden(err)
	}
	if err := q.reach(ctx); err != nil {
		return q.hidden(err)
	}
	if q.js, err = jetstream.New(q.nc); err != nil {
		return err
	}
	if err := q.lay(ctx); err != nil {
		return err
	}
	_, err = q.nc.Subscribe(q.subject("event", ">"), func(m *nats.Msg) { q.events.happened(strings.TrimPrefix(m.Subject, q.subject("event", ""))) })
	return err
}

// reach waits until the connection stands. Being refused for a wrong token does not mend itself.
func (q *Queue) reach(ctx context.Context) error {
	for !q.nc.IsConnected() {
		err := q.nc.LastError()
		if errors.Is(err, nats.ErrAuthorization) {
			return fmt.Errorf("the broker refuses the token in Options.URL: %w", err)
		}
		if !sleep(ctx, callRest/4) {
			return fmt.Errorf("no broker answers: %w (%w)", context.Cause(ctx), err)
		}
	}
	return nil
}

// hidden is an error about the connection with the broker's address, without the token.
func (q *Queue) hidden(err error) error {
	if q.opts.URL == "" {
		return err
	}
	_, host, found := strings.Cut(q.opts.URL, "@")
	if !found {
		host = q.opts.URL
	}
	return fmt.Errorf("the broker at %s: %w", host, err)
}

// lay sees that the broker has the queue's messages and records. What is there is taken as it is: who has a cluster of brokers may have
// made both, with replicas.
func (q *Queue) lay(ctx context.Context) (err error) {
	q.stream, err = persist(ctx, func(ctx context.Context) (jetstream.Stream, error) {
		stream, err := q.js.Stream(ctx, q.prefix())
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			stream, err = q.js.CreateStream(ctx, jetstream.StreamConfig{
				Name: q.prefix(), Subjects: []string{q.subject("run", ">")}, Retention: jetstream.WorkQueuePolicy, Storage: jetstream.FileStorage,
			})
		}
		return stream, err
	})
	if err != nil {
		return err
	}
	q.store.kv, err = persist(ctx, func(ctx context.Context) (jetstream.KeyValue, error) {
		records, err := q.js.KeyValue(ctx, q.prefix())
		if errors.Is(err, jetstream.ErrBucketNotFound) {
			records, err = q.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: q.prefix(), Storage: jetstream.FileStorage})
		}
		return records, err
	})
	return err
}

func (q *Queue) prefix() string { return "taskq-" + q.opts.Name }

// subject is where the broker's messages of a kind go: "run" for tasks by name, "event" for changes by ID.
func (q *Queue) subject(kind, name string) string { return q.prefix() + "." + kind + "." + name }

// URL is where other processes reach the queue, for their Options.URL; "" if they cannot, for lack of Options.Listen. It holds the
// token: who knows it can do everything with the queue.
func (q *Queue) URL() string {
	if q.broker == nil {
		return q.opts.URL
	}
	return q.broker.URL()
}

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
		if q.nc != nil {
			_ = q.nc.FlushTimeout(time.Second) // what goes back to the queue; else it does after the lease
			q.nc.Close()
		}
		if q.broker != nil {
			q.err = errors.Join(q.err, q.broker.Close())
		}
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

// announce tells all who wait for news of a task, in any process. It may get lost: who waits asks now and then, too.
func (q *Queue) announce(id string) { _ = q.nc.Publish(q.subject("event", id), nil) }
