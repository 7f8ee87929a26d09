package wire

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
)

const (
	handshakeTime = 10 * time.Second
	// queueLimit is how many bytes wait for one peer before senders have to wait too.
	queueLimit = 64 << 20
	// flushSize is how many bytes are written before those who wait for room hear of it.
	flushSize = 64 << 10
	// stallTime is how long a sender waits for a peer that takes nothing. After it the peer loses messages until it
	// takes some again: a suspended front end must not stop the cells of the others.
	stallTime = 5 * time.Second
)

// outgoing is one thing to send: a message, or the body of a pong.
type outgoing struct {
	frames [][]byte
	pong   []byte
}

func (o outgoing) size() int {
	n := len(o.pong)
	for _, f := range o.frames {
		n += len(f)
	}
	return n
}

// peer is one connection of a socket.
type peer struct {
	stream *stream
	id     string

	mu      sync.Mutex
	queue   []outgoing
	bytes   int  // in queue, and being sent
	stalled bool // a sender waited in vain
	closed  bool
	topics  map[string]struct{} // of a publisher's peer
	handle  *Peer               // of a server's peer

	ready chan struct{} // something is in queue, or the peer is closed
	room  chan struct{} // something was sent
}

// newPeer does the handshake as a socket of the given kind, which calls itself identity. It closes c when that fails. zmq4
// panics on some malformed handshakes.
func newPeer(c net.Conn, kind zmq4.SocketType, identity string) (p *peer, err error) {
	p = &peer{topics: map[string]struct{}{}, ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
	p.stream = newStream(c, p.pong)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("handshake: %v", r)
		}
		if err != nil {
			c.Close()
		}
	}()
	if err := c.SetDeadline(time.Now().Add(handshakeTime)); err != nil {
		return nil, err
	}
	conn, err := zmq4.Open(p.stream, nullSecurity, kind, zmq4.SocketIdentity(identity), true, nil)
	if err != nil {
		return nil, err
	}
	p.stream.open = true
	if p.id = conn.Peer.Meta["Identity"]; strings.HasPrefix(p.id, "\x00") {
		return nil, fmt.Errorf("the identity %q begins with zero, as only names given by sockets do", p.id)
	}
	return p, c.SetDeadline(time.Time{})
}

// offer queues frames, waiting for room if there is much. It reports false when they were dropped.
func (p *peer) offer(ctx context.Context, frames [][]byte) bool {
	o := outgoing{frames: frames}
	if p.push(o) {
		return true
	}
	timer := time.NewTimer(stallTime)
	defer timer.Stop()
	for {
		select {
		case <-p.room:
			if p.push(o) {
				return true
			}
		case <-timer.C:
			p.mu.Lock()
			p.stalled = true
			p.mu.Unlock()
			return false
		case <-ctx.Done():
			return false
		}
		if p.gaveUp() {
			return false
		}
	}
}

// deliver queues frames, waiting for room as long as it takes.
func (p *peer) deliver(ctx context.Context, frames [][]byte) error {
	for !p.push(outgoing{frames: frames}) {
		select {
		case <-p.room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if p.gaveUp() {
		wake(p.room) // for the next who waits
		return ErrClosed
	}
	return nil
}

func (p *peer) gaveUp() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed || p.stalled
}

// push reports false when the queue is full. What a closed or stalled peer would get is gone.
func (p *peer) push(o outgoing) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	full := p.bytes > 0 && p.bytes+o.size() > queueLimit
	if p.closed || full && p.stalled {
		return true
	}
	if full {
		return false
	}
	p.stalled = false
	p.queue = append(p.queue, o)
	p.bytes += o.size()
	wake(p.ready)
	return true
}

// put queues whatever the limit is.
func (p *peer) put(o outgoing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.queue = append(p.queue, o)
	p.bytes += o.size()
	wake(p.ready)
}

// crowded reports whether a sender that can wait should.
func (p *peer) crowded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.closed && p.bytes > queueLimit
}

func (p *peer) pong(body []byte) { p.push(outgoing{pong: append([]byte{}, body...)}) }

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// take gives everything that waits. ok is false when the peer is closed.
func (p *peer) take() (batch []outgoing, ok bool) {
	for range p.ready {
		p.mu.Lock()
		batch, p.queue = p.queue, nil
		closed := p.closed
		p.mu.Unlock()
		if closed {
			return nil, false
		}
		if len(batch) > 0 {
			return batch, true
		}
	}
	return nil, false
}

// send writes what is queued until the peer is closed.
func (p *peer) send() {
	defer p.close()
	for {
		batch, ok := p.take()
		if !ok {
			return
		}
		size := 0 // of what may still be in the buffer
		for i, o := range batch {
			if err := p.write(o); err != nil {
				return
			}
			size += o.size()
			if last := i == len(batch)-1; !last && size < flushSize {
				continue
			}
			if p.stream.out.Flush() != nil {
				return
			}
			p.sent(size)
			size = 0
		}
	}
}

// sent takes bytes off that have gone out.
func (p *peer) sent(bytes int) {
	p.mu.Lock()
	p.bytes -= bytes
	p.mu.Unlock()
	wake(p.room)
}

func (p *peer) write(o outgoing) error {
	if o.frames == nil {
		return p.stream.pong(o.pong)
	}
	return p.stream.send(o.frames)
}

// close ends both directions; it may be called more than once.
func (p *peer) close() {
	p.mu.Lock()
	p.closed = true
	p.queue = nil
	p.mu.Unlock()
	p.stream.Close()
	wake(p.ready)
	wake(p.room)
}

func (p *peer) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed || p.bytes == 0
}

// subscribe follows a subscription message and reports whether it is a new subscription.
func (p *peer) subscribe(message []byte) (topic string, added bool) {
	if len(message) == 0 {
		return "", false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	topic = string(message[1:])
	switch message[0] {
	case 0:
		delete(p.topics, topic)
	case 1:
		p.topics[topic] = struct{}{}
		added = true
	}
	return topic, added
}

func (p *peer) wants(topic string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for t := range p.topics {
		if len(topic) >= len(t) && topic[:len(t)] == t {
			return true
		}
	}
	return false
}
