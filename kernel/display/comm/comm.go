package comm

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
)

// ErrClosed says that a comm is closed, by either side.
var ErrClosed = errors.New("comm: it is closed")

// Comm is one channel between the session and code in the front end. Its methods may be called from several goroutines at
// once, and in handlers.
type Comm struct {
	id, target string
	hub        *hub

	mu        sync.Mutex
	closed    bool
	onMessage func(Message)
	onClose   func(Message)
	early     []Message // what came before there was onMessage
}

// earlyLimit bounds how many messages are kept for a handler to come.
const earlyLimit = 1000

// Register has opened called for every comm that a front end opens for target; open is the message that came with it.
// An earlier function of that target is replaced; nil removes it. A comm for a target that nobody registered is refused.
// When opened panics, its comm is closed.
func Register(target string, opened func(c *Comm, open Message)) { process.register(target, opened) }

// Open opens a comm for a target that code in the front end has registered, and sends data with it (see [Comm.Send]). The
// front end closes it at once if there is none.
func Open(target string, data any, buffers ...[]byte) (*Comm, error) {
	return process.open(target, data, buffers)
}

// ID names the comm on both sides; for a widget it is the model id.
func (c *Comm) ID() string { return c.id }

// Target is the name that the comm was opened for.
func (c *Comm) Target() string { return c.target }

// Send sends data, of which encoding/json makes an object, and buffers beside it as they are. Data may be a Message, which
// has metadata, too. It returns ErrClosed when the comm is closed.
func (c *Comm) Send(data any, buffers ...[]byte) error {
	p, err := c.packet(kindMessage, data, buffers)
	if err != nil {
		return err
	}
	if c.isClosed() {
		return ErrClosed
	}
	return c.hub.send(p)
}

// Close closes the comm, and sends data with it, if any. Its handlers are called no more. A comm that is closed already
// stays so.
func (c *Comm) Close(data ...any) error {
	var with any
	if len(data) > 0 {
		with = data[0]
	}
	p, err := c.packet(kindClose, with, nil)
	if err != nil {
		return err
	}
	if !c.end() {
		return nil
	}
	c.hub.remove(c.id)
	return c.hub.send(p)
}

// OnMessage has f called for every message of the front end, in place of an earlier function; nil takes none. Messages that
// came before there was a function are handed to f now, so that none is lost between Open and OnMessage.
func (c *Comm) OnMessage(f func(Message)) {
	for {
		c.mu.Lock()
		if f == nil || len(c.early) == 0 || c.closed {
			c.onMessage = f
			c.mu.Unlock()
			return
		}
		m := c.early[0]
		c.early = c.early[1:]
		c.mu.Unlock()
		f(m) // without the lock: it may use the comm
	}
}

// OnClose has f called when the front end closes the comm, in place of an earlier function.
func (c *Comm) OnClose(f func(Message)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onClose = f
}

// received hands a message to its function.
func (c *Comm) received(m Message) {
	c.mu.Lock()
	f := c.onMessage
	if f == nil && len(c.early) < earlyLimit {
		c.early = append(c.early, m)
	}
	c.mu.Unlock()
	if f != nil {
		f(m)
	}
}

// hears tells whether a message would have something done.
func (c *Comm) hears() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.onMessage != nil || c.onClose != nil
}

func (c *Comm) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// end marks the comm as closed, and tells whether it was open.
func (c *Comm) end() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	open := !c.closed
	c.closed, c.early = true, nil
	return open
}

func (c *Comm) packet(kind string, data any, buffers [][]byte) (Packet, error) {
	p := Packet{Kind: kind, ID: c.id, Buffers: buffers}
	if kind == kindOpen {
		p.Target = c.target
	}
	if err := p.fill(data); err != nil {
		return p, fmt.Errorf("comm %s: %w", c.target, err)
	}
	return p, nil
}

// newID makes an id that no other session has.
func newID() string { return rand.Text() }
