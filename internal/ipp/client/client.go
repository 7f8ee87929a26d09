// Package client is a client of IPython Parallel, versions 8 and 9: it connects to a controller, Warren's own or Python's, sends
// requests to its engines, and has the replies, the output and the comings and goings of engines. What the requests mean is the
// affair of those who send them and of the engines.
package client

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

const (
	// connectTime is how long a controller may take to answer.
	connectTime = 10 * time.Second
	// lossTime is how long replies may still come after the news that their engine is gone: those two come by different ways.
	lossTime = 100 * time.Millisecond
)

// Options say how a client works. The zero value does.
type Options struct {
	Log     *slog.Logger  // of messages that are dropped; nil for none
	Timeout time.Duration // how long the controller may take to answer; 0 stands for 10 seconds
	// Changed is called when engines have come or gone, by one goroutine at a time. It must not wait. It may be nil.
	Changed func()
}

// Client is a connection to a controller. Its methods may be called from several goroutines.
type Client struct {
	Options
	file  protocol.ClientFile
	codec *wire.Codec
	table table // of requests under way and engines

	hub, mux, task, broadcast, control *wire.Link
	notification, iopub                *wire.Link
	links                              []*wire.Link // all of them

	ctx    context.Context // ends with the client, with why as its cause
	end    context.CancelCauseFunc
	tasks  sync.WaitGroup
	closed sync.Once
}

// Connect connects to the controller that f describes, and asks it for its engines.
func Connect(ctx context.Context, f protocol.ClientFile, o Options) (*Client, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Timeout == 0 {
		o.Timeout = connectTime
	}
	codec, err := wire.NewCodec(f.Scheme, f.Key, "client")
	if err != nil {
		return nil, fmt.Errorf("client: Connect: %w", err)
	}
	c := &Client{Options: o, file: f, codec: codec}
	c.table.init()
	c.ctx, c.end = context.WithCancelCause(context.Background())
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	if err := c.connect(ctx); err != nil {
		c.Close()
		return nil, fmt.Errorf("client: Connect: %w", err)
	}
	c.tasks.Go(c.receive)
	c.tasks.Go(c.hear)
	return c, nil
}

// connect opens all sockets, listening for news before it asks for what there is.
func (c *Client) connect(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	var mu sync.Mutex
	open := func(to **wire.Link, dial func() (*wire.Link, error)) {
		g.Go(func() error {
			l, err := dial()
			if err != nil {
				return fmt.Errorf("no connection: %w. Is the controller alive, and is the connection file of its last start?", err)
			}
			mu.Lock()
			defer mu.Unlock()
			*to = l
			c.links = append(c.links, l)
			return nil
		})
	}
	for to, port := range map[**wire.Link]int{
		&c.hub: c.file.Registration, &c.mux: c.file.Mux, &c.task: c.file.Task, &c.broadcast: c.file.Broadcast, &c.control: c.file.Control,
	} {
		open(to, func() (*wire.Link, error) { return wire.DialDealer(gctx, c.file.Address(port), c.codec.Session()) })
	}
	for to, port := range map[**wire.Link]int{&c.notification: c.file.Notification, &c.iopub: c.file.IOPub} {
		open(to, func() (*wire.Link, error) { return wire.DialSubscriber(gctx, c.file.Address(port), "") })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return c.enroll(ctx)
}

// enroll asks for the engines. This is the first message, so it shows whether the key is right.
func (c *Client) enroll(ctx context.Context) error {
	ask, err := c.message(Request{Type: "connection_request"})
	if err != nil {
		return err
	}
	if err := c.dispatch(ctx, c.hub, ask); err != nil {
		return err
	}
	select {
	case frames, ok := <-c.hub.Messages():
		if !ok {
			return ErrControllerGone
		}
		m, err := c.codec.Decode(frames)
		if err != nil {
			return fmt.Errorf("the controller's answer: %w", err)
		}
		return c.onEngines(m)
	case <-ctx.Done():
		return fmt.Errorf("the controller at %s does not answer: %w. Does the connection file hold the key of the controller's last start?",
			c.file.Address(c.file.Registration), ctx.Err())
	}
}

// Done is closed when the client has ended: by Close, or since the controller is gone.
func (c *Client) Done() <-chan struct{} { return c.ctx.Done() }

// Err is why the client has ended: ErrClosed, an error that wraps ErrControllerGone, or nil while it has not.
func (c *Client) Err() error { return context.Cause(c.ctx) }

// Close ends all connections. Requests under way fail with ErrClosed; what they began on engines goes on.
func (c *Client) Close() error {
	c.stop(ErrClosed)
	c.closed.Do(func() {
		var g errgroup.Group
		for _, l := range c.links {
			g.Go(l.Close)
		}
		g.Wait()
	})
	c.tasks.Wait()
	return nil
}

// stop ends the client's work. Whoever comes first says why.
func (c *Client) stop(why error) {
	c.end(why)
	c.table.failAll(context.Cause(c.ctx))
}

// Engines are the engines that the controller has, by their ids.
func (c *Client) Engines() []Engine {
	engines := c.table.all()
	slices.SortFunc(engines, func(a, b Engine) int { return a.ID - b.ID })
	return engines
}

// receive hands on what the controller answers and tells, until a connection is lost.
func (c *Client) receive() {
	for {
		var frames [][]byte
		var ok bool
		handle := c.onReply
		select {
		case frames, ok = <-c.mux.Messages():
		case frames, ok = <-c.task.Messages():
		case frames, ok = <-c.broadcast.Messages():
		case frames, ok = <-c.control.Messages():
		case frames, ok = <-c.hub.Messages():
			handle = c.onHub
		case frames, ok = <-c.notification.Messages():
			handle = c.onNotification
		case <-c.ctx.Done():
			return
		}
		if !ok {
			c.stop(fmt.Errorf("%w: it has closed the connection", ErrControllerGone))
			return
		}
		c.take(frames, handle)
	}
}

// take drops what is not signed, and logs what cannot be understood.
func (c *Client) take(frames [][]byte, handle func(wire.Message) error) {
	m, err := c.codec.Decode(frames)
	if err == nil {
		err = handle(m)
	}
	if err != nil {
		c.Log.Warn("a message was dropped", "type", m.Header.Type, "error", err)
	}
}

var _ io.Closer = (*Client)(nil)
