package bus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/warren-go/warren/internal/background"
	"github.com/warren-go/warren/parlib/taskq/internal/shared"
)

const (
	retryTime = 100 * time.Millisecond // between two attempts to reach the broker
	pullTime  = 5 * time.Second        // for one request for messages
	leaveTime = time.Second            // for a last word to the broker
	pullBeat  = time.Second            // how often the broker says meanwhile that it is there
)

// Options say which broker: one of URL, Local and Shared.
type Options struct {
	Name   string         // of the queue
	URL    string         // of a broker in another process
	Local  Local          // the broker in this process
	Shared *shared.Broker // the broker of a folder, which is started if there is none
}

// Local is a broker in this process.
type Local interface {
	InProcessConn() (net.Conn, error)
	Token() string // "" if it wants none
	URL() string   // "" if no other process can reach it
}

// NATS is a Bus by NATS and JetStream: messages are a stream, and records a bucket of keys and values.
type NATS struct {
	Stream  jetstream.Stream
	Records jetstream.KeyValue

	name string
	opts Options
	nc   *nats.Conn
	js   jetstream.JetStream
}

// Open connects to a broker and sees that it has what the queue needs. A broker in another process is waited for until ctx ends.
func Open(ctx context.Context, opts Options) (Bus, error) {
	b := &NATS{name: "taskq-" + opts.Name, opts: opts}
	if err := b.connect(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *NATS) connect(ctx context.Context) error {
	if b.opts.Shared != nil {
		if err := b.opts.Shared.Find(ctx); err != nil {
			return err
		}
	}
	err := b.dial()
	if err == nil {
		err = b.reach(ctx)
	}
	if err != nil {
		return b.hidden(err)
	}
	for {
		err := b.lay(ctx)
		if !errors.Is(err, ErrAway) || !Sleep(ctx, retryTime) {
			return err
		}
	}
}

// dial begins to connect. The connection's goroutines belong to no cell of a notebook, and it has no timer while nothing is under way: a
// peer that has vanished is noticed by TCP's own probes, and one that hangs by the time limits of calls.
func (b *NATS) dial() (err error) {
	background.Run("nats", func() {
		url, options := b.address()
		options = append(options, nats.Name(b.name), nats.PingInterval(0), nats.MaxReconnects(-1), nats.ReconnectWait(retryTime), nats.ReconnectJitter(0, 0),
			nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // it would print what the calls return anyway
		)
		if b.nc, err = nats.Connect(url, options...); err == nil {
			b.js, err = jetstream.New(b.nc)
		}
	})
	return err
}

// address is where the broker is, as NATS is told. Only one in this process is there at once, or never.
func (b *NATS) address() (url string, options []nats.Option) {
	switch {
	case b.opts.Local != nil:
		return "", []nats.Option{nats.InProcessServer(b.opts.Local), nats.Token(b.opts.Local.Token())}
	case b.opts.Shared != nil:
		return "", []nats.Option{
			nats.SetCustomDialer(b.opts.Shared), nats.TokenHandler(b.opts.Shared.Token), nats.RetryOnFailedConnect(true), nats.IgnoreAuthErrorAbort(),
		}
	}
	return b.opts.URL, []nats.Option{nats.RetryOnFailedConnect(true)}
}

// reach waits until the connection stands. Being refused for a wrong token does not mend itself.
func (b *NATS) reach(ctx context.Context) error {
	for !b.nc.IsConnected() {
		err := b.nc.LastError()
		if errors.Is(err, nats.ErrAuthorization) {
			return fmt.Errorf("it refuses the token in Options.URL: %w", err)
		}
		if !Sleep(ctx, retryTime/4) {
			return fmt.Errorf("nobody answers: %w (%w)", context.Cause(ctx), err)
		}
	}
	return nil
}

// hidden is an error about the connection with the broker's address, without the token.
func (b *NATS) hidden(err error) error {
	if b.opts.URL == "" {
		return err
	}
	return fmt.Errorf("the broker at %s: %w", b.opts.URL[strings.LastIndex(b.opts.URL, "@")+1:], err)
}

// lay sees that the broker has the queue's messages and records. What is there is taken as it is: who has a cluster of brokers may
// have made both, with replicas.
func (b *NATS) lay(ctx context.Context) (err error) {
	background.Run("nats", func() { // the first question starts a goroutine for the answers to all others
		if err = b.layStream(ctx); err == nil {
			err = b.layRecords(ctx)
		}
	})
	return plain(err)
}

func (b *NATS) layStream(ctx context.Context) (err error) {
	b.Stream, err = b.js.Stream(ctx, b.name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		b.Stream, err = b.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: b.name, Subjects: []string{b.subject("run", ">")}, Retention: jetstream.WorkQueuePolicy, Storage: jetstream.FileStorage,
		})
	}
	return err
}

func (b *NATS) layRecords(ctx context.Context) (err error) {
	b.Records, err = b.js.KeyValue(ctx, b.name)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		b.Records, err = b.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: b.name, Storage: jetstream.FileStorage})
	}
	return err
}

// subject is where messages of a kind go: "run" for tasks by name, "event" for news by key.
func (b *NATS) subject(kind, name string) string { return b.name + "." + kind + "." + name }

// meaning are the kinds of NATS' errors.
var meaning = []struct {
	err   error
	means error
}{
	{nats.ErrTimeout, ErrAway}, {nats.ErrNoResponders, ErrAway}, {nats.ErrDisconnected, ErrAway}, {nats.ErrConnectionReconnecting, ErrAway},
	{nats.ErrReconnectBufExceeded, ErrAway}, {nats.ErrStaleConnection, ErrAway}, {nats.ErrNoServers, ErrAway}, {jetstream.ErrNoStreamResponse, ErrAway},
	{context.DeadlineExceeded, ErrAway}, {nats.ErrConnectionClosed, ErrClosed}, {nats.ErrMaxPayload, ErrTooLarge},
	{jetstream.ErrKeyExists, ErrConflict}, {jetstream.ErrKeyRevisionMismatch, ErrConflict}, {jetstream.ErrKeyNotFound, ErrUnknown},
}

// plain says in the words of this package what kind of error it is.
func plain(err error) error {
	if err == nil {
		return nil
	}
	for _, m := range meaning {
		if errors.Is(err, m.err) {
			return fmt.Errorf("%w: %w", m.means, err)
		}
	}
	var api *jetstream.APIError
	if errors.As(err, &api) && api.Code == 503 { // JetStream is about to start, or to end
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return err
}

func (b *NATS) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	entry, err := b.Records.Get(ctx, key)
	if err != nil {
		return nil, 0, plain(err)
	}
	return entry.Value(), entry.Revision(), nil
}

func (b *NATS) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	revision, err := b.Records.Create(ctx, key, value)
	return revision, plain(err)
}

func (b *NATS) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	revision, err := b.Records.Update(ctx, key, value, revision)
	return revision, plain(err)
}

func (b *NATS) Purge(ctx context.Context, key string, revision uint64) error {
	return plain(b.Records.Purge(ctx, key, jetstream.LastRevision(revision)))
}

func (b *NATS) Each(ctx context.Context, f func(key string, value []byte) error) error {
	watcher, err := b.Records.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return plain(err)
	}
	defer watcher.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case entry := <-watcher.Updates():
			if entry == nil { // all that there is now
				return nil
			}
			if err := f(entry.Key(), entry.Value()); err != nil {
				return err
			}
		}
	}
}

func (b *NATS) Publish(ctx context.Context, name, messageID string, data []byte) error {
	_, err := b.js.Publish(ctx, b.subject("run", name), data, jetstream.WithMsgID(messageID))
	return plain(err)
}

func (b *NATS) Consume(ctx context.Context, name string, lease time.Duration) (Consumer, error) {
	c, err := b.Stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: name, FilterSubject: b.subject("run", name), AckPolicy: jetstream.AckExplicitPolicy, AckWait: lease, MaxAckPending: -1,
	})
	if err != nil {
		return nil, plain(err)
	}
	return consumer{c}, nil
}

func (b *NATS) Announce(key string) { _ = b.nc.Publish(b.subject("event", key), nil) }

func (b *NATS) Listen(f func(key string)) (err error) {
	background.Run("nats", func() {
		_, err = b.nc.Subscribe(b.subject("event", ">"), func(m *nats.Msg) { f(strings.TrimPrefix(m.Subject, b.subject("event", ""))) })
	})
	return plain(err)
}

func (b *NATS) MaxPayload() int { return int(b.nc.MaxPayload()) }

func (b *NATS) URL() string {
	switch {
	case b.opts.Local != nil:
		return b.opts.Local.URL()
	case b.opts.Shared != nil:
		return b.opts.Shared.URL()
	}
	return b.opts.URL
}

func (b *NATS) Close() error {
	last := b.nc != nil && b.leave()
	switch {
	case b.opts.Shared == nil:
		return nil
	case last:
		return errors.Join(b.opts.Shared.Close(), b.opts.Shared.WaitEnd())
	}
	return b.opts.Shared.Close()
}

// leave closes the connection. It tells whether the broker is one that ends with it.
func (b *NATS) leave() (last bool) {
	_ = b.nc.FlushTimeout(leaveTime) // what goes back to the queue; else it does after the lease
	if b.opts.Shared != nil {
		clients, err := b.nc.Request(shared.Leave, nil, leaveTime)
		last = err == nil && string(clients.Data) == "1"
	}
	b.nc.Close()
	return last
}

type consumer struct{ jetstream.Consumer }

func (c consumer) Pull(ctx context.Context) (Message, error) {
	ctx, cancel := context.WithTimeout(ctx, pullTime)
	defer cancel()
	batch, err := c.Fetch(1, jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(pullBeat))
	if err != nil {
		return nil, plain(err)
	}
	if m := <-batch.Messages(); m != nil {
		return message{m}, nil
	}
	if err := batch.Error(); ctx.Err() == nil {
		return nil, plain(err)
	}
	return nil, nil
}

type message struct{ jetstream.Msg }

func (m message) Number() uint64 {
	meta, err := m.Metadata()
	if err != nil {
		return 0
	}
	return meta.Sequence.Stream
}

// What gets lost of these the lease makes good.

func (m message) Ack() { _ = m.Msg.Ack() }

func (m message) Back(wait time.Duration) { _ = m.NakWithDelay(max(0, wait)) }

func (m message) Alive() { _ = m.InProgress() }
