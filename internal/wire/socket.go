package wire

import (
	"context"
	"encoding/binary"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
)

var nullSecurity = null.Security()

// socket accepts peers and hands on what they send, each peer in its own goroutine.
type socket struct {
	log    *slog.Logger
	kind   zmq4.SocketType
	listen net.Listener
	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	onto   func(p *peer, frames [][]byte)
	joined func(p *peer) // called before the first message of a peer, or nil
	left   func(p *peer) // called after its last, or nil
	greet  [][]byte      // what a peer is sent first, or nil
	limits limits        // of what peers send
	strict bool          // a ROUTER's peer keeps its name while it is connected

	mu     sync.Mutex
	peers  []*peer // never changed in place, so that who reads it needs no copy
	serial uint32  // of names given to peers that have none
	closed bool
}

func newSocket(l net.Listener, kind zmq4.SocketType, log *slog.Logger) *socket {
	ctx, cancel := context.WithCancel(context.Background())
	return &socket{log: log.With("socket", string(kind)), kind: kind, listen: l, ctx: ctx, cancel: cancel, limits: small}
}

// start begins to accept; messages go to onto.
func (s *socket) start(onto func(p *peer, frames [][]byte)) {
	s.onto = onto
	s.tasks.Go(s.accept)
}

// Addr is the address that is listened at.
func (s *socket) Addr() net.Addr { return s.listen.Addr() }

func (s *socket) accept() {
	for {
		c, err := s.listen.Accept()
		if s.ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return
		}
		if err != nil { // such as too many open files: better later than never
			s.log.Warn("a connection was not accepted", "error", err)
			select {
			case <-s.ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		s.tasks.Go(func() { s.serve(c) })
	}
}

// serve talks to one peer until it goes.
func (s *socket) serve(c net.Conn) {
	stop := context.AfterFunc(s.ctx, func() { c.Close() })
	p, err := newPeer(c, s.kind, "")
	stop()
	if err != nil {
		s.log.Info("a connection was refused", "from", c.RemoteAddr(), "error", err)
		return
	}
	defer p.close()
	p.stream.limits = s.limits
	if !s.join(p) {
		return
	}
	defer s.leave(p)
	if s.joined != nil {
		s.joined(p)
	}
	if s.left != nil {
		defer s.left(p)
	}
	s.tasks.Go(p.send)
	if s.greet != nil {
		s.offer(p, s.greet)
	}
	for {
		frames, err := p.stream.receive()
		if err != nil {
			return
		}
		s.onto(p, frames)
	}
}

// join adds a peer. One that has the name of another takes its place, as libzmq does with ROUTER_HANDOVER: it is the same
// client, connecting again before the loss of its old connection was seen. A strict socket refuses it: names are no secret, and
// by that of another anyone could end its connection and get what it is sent.
func (s *socket) join(p *peer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if p.id == "" {
		s.serial++
		p.id = string(binary.BigEndian.AppendUint32([]byte{0}, s.serial)) // newPeer refuses clients that begin their names with zero
	} else if s.kind == zmq4.Router {
		if old := s.find(p.id); old != nil {
			if s.strict {
				s.log.Warn("a connection was refused, since another has its name", "identity", p.id, "from", p.stream.RemoteAddr())
				return false
			}
			old.close()
			s.remove(old)
		}
	}
	s.peers = append(slices.Clip(s.peers), p)
	return true
}

func (s *socket) leave(p *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(p)
}

// remove needs the lock.
func (s *socket) remove(p *peer) {
	s.peers = slices.DeleteFunc(slices.Clone(s.peers), func(q *peer) bool { return q == p })
}

// find needs the lock.
func (s *socket) find(id string) *peer {
	i := slices.IndexFunc(s.peers, func(p *peer) bool { return p.id == id })
	if i < 0 {
		return nil
	}
	return s.peers[i]
}

func (s *socket) everyone() []*peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peers
}

// Close sends what is queued, for at most a second, then ends every connection and goroutine of the socket.
func (s *socket) Close() error {
	drain(s.everyone)
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	err := s.listen.Close()
	for _, p := range s.everyone() {
		p.close()
	}
	s.tasks.Wait()
	return err
}

// drain waits until what is queued for peers has gone out, for at most a second.
func drain(peers func() []*peer) {
	deadline := time.Now().Add(time.Second)
	busy := func(p *peer) bool { return !p.idle() }
	for time.Now().Before(deadline) && slices.ContainsFunc(peers(), busy) {
		time.Sleep(time.Millisecond)
	}
}

func (s *socket) offer(p *peer, frames [][]byte) {
	if !p.offer(s.ctx, frames) && s.ctx.Err() == nil {
		s.log.Warn("a client takes no messages; it loses some until it does", "client", p.stream.RemoteAddr())
	}
}

// Router is a ROUTER socket: it knows its peers by name, and answers each.
type Router struct {
	*socket
	in chan [][]byte
}

// NewRouter serves those who connect to l, until Close, which also closes l.
func NewRouter(l net.Listener, log *slog.Logger) *Router {
	r := &Router{newSocket(l, zmq4.Router, log), make(chan [][]byte)}
	r.start(func(p *peer, frames [][]byte) {
		select {
		case r.in <- append([][]byte{[]byte(p.id)}, frames...):
		case <-r.ctx.Done():
		}
	})
	return r
}

// Messages gives incoming messages, the identity of the sender as the first frame. It is never closed.
func (r *Router) Messages() <-chan [][]byte { return r.in }

// Send sends frames to the peer that the first of them names. It reports false when there is none, or none any more.
func (r *Router) Send(frames [][]byte) bool {
	r.mu.Lock()
	p := r.find(string(frames[0]))
	r.mu.Unlock()
	if p == nil {
		return false
	}
	r.offer(p, frames[1:])
	return true
}

// Publisher is an XPUB socket: a publisher that hears of subscriptions.
type Publisher struct{ *socket }

// NewPublisher publishes to those who connect to l, until Close, which also closes l. welcome gives the messages that a peer
// gets when it subscribes; nil ones are left out.
func NewPublisher(l net.Listener, log *slog.Logger, welcome func(topic string) [][][]byte) *Publisher {
	pub := &Publisher{newSocket(l, zmq4.XPub, log)}
	pub.start(func(p *peer, frames [][]byte) {
		if len(frames) != 1 {
			return
		}
		if topic, added := p.subscribe(frames[0]); added {
			for _, m := range welcome(topic) {
				if m != nil {
					pub.offer(p, m)
				}
			}
		}
	})
	return pub
}

// Publish sends frames to the peers that subscribed to a prefix of the first. It waits for slow ones, but not for long.
func (pub *Publisher) Publish(frames [][]byte) {
	for _, p := range pub.everyone() {
		if p.wants(string(frames[0])) {
			pub.offer(p, frames)
		}
	}
}

// subscribeAll is a subscription to everything, as ZMTP 3.0 has it.
var subscribeAll = [][]byte{{1}}

// Collector is a SUB socket: it gets what publishers that connect to it send.
type Collector struct {
	*socket
	in chan [][]byte
}

// NewCollector serves publishers that connect to l, until Close, which also closes l.
func NewCollector(l net.Listener, log *slog.Logger) *Collector {
	c := &Collector{newSocket(l, zmq4.Sub, log), make(chan [][]byte)}
	c.greet = subscribeAll
	c.start(func(_ *peer, frames [][]byte) {
		select {
		case c.in <- frames:
		case <-c.ctx.Done():
		}
	})
	return c
}

// Messages gives incoming messages. It is never closed.
func (c *Collector) Messages() <-chan [][]byte { return c.in }

// Echo is a REP socket that answers each request with itself, as heartbeats want it.
type Echo struct{ *socket }

// NewEcho answers those who connect to l, until Close, which also closes l.
func NewEcho(l net.Listener, log *slog.Logger) *Echo {
	e := &Echo{newSocket(l, zmq4.Rep, log)}
	e.start(e.offer)
	return e
}
