package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/go-zeromq/zmq4"
)

// ErrClosed says that a link's connection has ended, by Close or because the other side is gone.
var ErrClosed = errors.New("the connection has ended")

// retryTime is the time between two attempts to reach an address where nobody listens yet.
const retryTime = 50 * time.Millisecond

// linkAhead is how many messages are read before they are taken.
const linkAhead = 16

// Link is a socket that has connected to one that listens. It does not connect again when the connection is lost: whoever
// holds it hears of the loss, and knows better what to do. Its methods may be called from several goroutines.
type Link struct {
	peer  *peer
	in    chan [][]byte
	done  chan struct{}
	stop  context.CancelFunc
	ctx   context.Context
	tasks sync.WaitGroup
}

// DialDealer connects a DEALER socket, which the other side knows as identity. As all Dial functions do, it takes addresses
// such as "tcp://127.0.0.1:5555" and "ipc:///tmp/socket", and waits while nobody listens there, until ctx ends.
func DialDealer(ctx context.Context, address, identity string) (*Link, error) {
	return dial(ctx, address, zmq4.Dealer, identity)
}

// DialPublisher connects a PUB socket. What is sent goes out whatever the other side has subscribed to.
func DialPublisher(ctx context.Context, address, identity string) (*Link, error) {
	return dial(ctx, address, zmq4.Pub, identity)
}

// DialSubscriber connects a SUB socket, which gets messages whose first frame begins with one of topics; "" stands for all.
func DialSubscriber(ctx context.Context, address string, topics ...string) (*Link, error) {
	l, err := dial(ctx, address, zmq4.Sub, "")
	if err != nil {
		return nil, err
	}
	for _, t := range topics {
		if err := l.Send(ctx, [][]byte{append([]byte{1}, t...)}); err != nil {
			l.Close()
			return nil, fmt.Errorf("subscription at %s: %w", address, err)
		}
	}
	return l, nil
}

func dial(ctx context.Context, address string, kind zmq4.SocketType, identity string) (*Link, error) {
	c, err := connect(ctx, address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.Close() })
	p, err := newPeer(c, kind, identity)
	if !stop() && err == nil {
		p.close()
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	p.stream.limits = large
	l := &Link{peer: p, in: make(chan [][]byte, linkAhead), done: make(chan struct{})}
	l.ctx, l.stop = context.WithCancel(context.Background())
	l.tasks.Go(p.send)
	l.tasks.Go(l.receive)
	return l, nil
}

// connect opens the connection that ZMTP is spoken over.
func connect(ctx context.Context, address string) (net.Conn, error) {
	network, rest, ok := strings.Cut(address, "://")
	if network == "ipc" {
		network = "unix"
	}
	if !ok || network != "tcp" && network != "unix" {
		return nil, fmt.Errorf(`address %q: want "tcp://host:port" or "ipc://path"`, address)
	}
	var d net.Dialer
	for {
		c, err := d.DialContext(ctx, network, rest)
		if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ENOENT) {
			return c, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", err, ctx.Err())
		case <-time.After(retryTime):
		}
	}
}

func (l *Link) receive() {
	defer close(l.in)
	defer close(l.done)
	defer l.peer.close()
	for {
		frames, err := l.peer.stream.receive()
		if err != nil {
			return
		}
		select {
		case l.in <- frames:
		case <-l.ctx.Done():
			return
		}
	}
}

// Messages gives incoming messages. It is closed when the connection has ended.
func (l *Link) Messages() <-chan [][]byte { return l.in }

// Done is closed when the connection has ended. That is noticed only once all messages before it were taken.
func (l *Link) Done() <-chan struct{} { return l.done }

// Send queues frames, which must not be changed afterwards. When much is queued it waits until some of it has gone out, or
// ctx ends. The error is ErrClosed when the connection has ended.
func (l *Link) Send(ctx context.Context, frames [][]byte) error { return l.peer.deliver(ctx, frames) }

// Flush waits until what is queued has gone out, for at most a second.
func (l *Link) Flush() { drain(func() []*peer { return []*peer{l.peer} }) }

// Close sends what is queued, for at most a second, and ends the connection and the goroutines of the link.
func (l *Link) Close() error {
	l.Flush()
	l.stop()
	l.peer.close()
	l.tasks.Wait()
	return nil
}
