package wire

import (
	"context"
	"log/slog"
	"net"

	"github.com/go-zeromq/zmq4"
)

// Events are what a Server tells about its peers; none may be nil. For one peer they come one after the other: Joined, messages in the order
// in which they were sent, and Left when there will be no more. Different peers have different goroutines. A function that
// waits makes its peer wait, and no other.
type Events struct {
	Joined  func(p *Peer)
	Message func(p *Peer, frames [][]byte)
	Left    func(p *Peer)
}

// Peer is one connection to a Server. Its methods may be called from several goroutines, also after the connection has ended.
type Peer struct{ peer *peer }

// ID is the identity that the peer gave itself, or else one that no peer can give itself.
func (p *Peer) ID() string { return p.peer.id }

// Send queues frames, which must not be changed afterwards. It never waits; what a peer that is gone would get is lost.
func (p *Peer) Send(frames [][]byte) { p.peer.put(outgoing{frames: frames}) }

// Waiting is how many bytes are queued and have not gone out.
func (p *Peer) Waiting() int {
	p.peer.mu.Lock()
	defer p.peer.mu.Unlock()
	return p.peer.bytes
}

// Wait waits while much is queued (64 MiB), the connection lives, and ctx has not ended.
func (p *Peer) Wait(ctx context.Context) {
	for p.peer.crowded() {
		select {
		case <-p.peer.room:
		case <-ctx.Done():
			return
		}
	}
	wake(p.peer.room) // for the next who waits
}

// Close ends the connection at once.
func (p *Peer) Close() { p.peer.close() }

// Server is a socket that hands what its peers send to functions, without a goroutine in between.
type Server struct{ *socket }

// NewRouterServer serves, as a ROUTER socket, those who connect to l, until Close, which also closes l. Who has the name of
// another that is connected is refused.
func NewRouterServer(l net.Listener, log *slog.Logger, e Events) *Server {
	return newServer(newSocket(l, zmq4.Router, log), e)
}

// NewCollectorServer is a SUB socket: it serves publishers that connect to l, until Close, which also closes l.
func NewCollectorServer(l net.Listener, log *slog.Logger, e Events) *Server {
	s := newSocket(l, zmq4.Sub, log)
	s.greet = subscribeAll
	return newServer(s, e)
}

func newServer(s *socket, e Events) *Server {
	s.limits, s.strict = large, true
	s.joined = func(p *peer) {
		p.handle = &Peer{p}
		e.Joined(p.handle)
	}
	s.left = func(p *peer) { e.Left(p.handle) }
	s.start(func(p *peer, frames [][]byte) { e.Message(p.handle, frames) })
	return &Server{s}
}

// Context ends when the server closes.
func (s *Server) Context() context.Context { return s.ctx }
