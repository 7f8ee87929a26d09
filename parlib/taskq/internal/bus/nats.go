package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/warren-go/warren/parlib/taskq/broker"
)

const (
	retryTime = 100 * time.Millisecond // between two attempts to reach the broker
	pullTime  = 5 * time.Second        // for one request for messages
	pullBeat  = time.Second            // how often the broker says meanwhile that it is there
)

// Options say which broker.
type Options struct {
	Name  string // of the queue
	URL   string // of a broker in another process; "" starts one with Local
	Local broker.Options
}

// NATS is a Bus by NATS and JetStream: messages are a stream, and records a bucket of keys and values.
type NATS struct {
	Stream  jetstream.Stream
	Records jetstream.KeyValue

	name   string
	url    string
	broker *broker.Broker // nil if it is in another process
	nc     *nats.Conn
	js     jetstream.JetStream
}

// Open connects to a broker, starts it if it is to be in this process, and sees that it has what the queue needs. A broker in another
// process is waited for until ctx ends.
func Open(ctx context.Context, opts Options) (Bus, error) {
	b := &NATS{name: "taskq-" + opts.Name, url: opts.URL}
	if err := b.connect(ctx, opts); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *NATS) connect(ctx context.Context, opts Options) (err error) {
	options := []nats.Option{
		nats.Name(b.name), nats.MaxReconnects(-1), nats.ReconnectWait(retryTime), nats.ReconnectJitter(0, 0), nats.RetryOnFailedConnect(true),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // it would print what the calls return anyway
	}
	if opts.URL == "" {
		if b.broker, err = broker.Start(opts.Local); err != nil {
			return err
		}
		b.url = b.broker.URL()
		options = append(options, nats.InProcessServer(b.broker), nats.Token(b.broker.Token()))
	}
	if b.nc, err = nats.Connect(opts.URL, options...); err != nil {
		return b.hidden(err)
	}
	if err := b.reach(ctx); err != nil {
		return b.hidden(err)
	}
	if b.js, err = jetstream.New(b.nc); err != nil {
		return err
	}
	for {
		err := b.lay(ctx)
		if !errors.Is(err, ErrAway) || !Sleep(ctx, retryTime) {
			return err
		}
	}
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
	if b.broker != nil {
		return err
	}
	return fmt.Errorf("the broker at %s: %w", b.url[strings.LastIndex(b.url, "@")+1:], err)
}

// lay sees that the broker has the queue's messages and records. What is there is taken as it is: who has a cluster of brokers may
// have made both, with replicas.
func (b *NATS) lay(ctx context.Context) (err error) {
	b.Stream, err = b.js.Stream(ctx, b.name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		b.Stream, err = b.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: b.name, Subjects: []string{b.subject("run", ">")}, Retention: jetstream.WorkQueuePolicy, Storage: jetstream.FileStorage,
		})
	}
	if err != nil {
		return plain(err)
	}
	b.Records, err = b.js.KeyValue(ctx, b.name)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		b.Records, err = b.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: b.name, Storage: jetstream.FileStorage})
	}
	return plain(err)
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

func (b *NATS) Listen(f func(key string)) error {
	_, err := b.nc.Subscribe(b.subject("event", ">"), func(m *nats.Msg) { f(strings.TrimPrefix(m.Subject, b.subject("event", ""))) })
	return plain(err)
}

func (b *NATS) MaxPayload() int { return int(b.nc.MaxPayload()) }

func (b *NATS) URL() string { return b.url }

func (b *NATS) Close() error {
	if b.nc != nil {
		_ = b.nc.FlushTimeout(time.Second) // what goes back to the queue; else it does after the lease
		b.nc.Close()
	}
	if b.broker != nil {
		return b.broker.Close()
	}
	return nil
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
