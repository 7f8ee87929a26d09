package mpi

import (
	"errors"
	"sync/atomic"

	"github.com/warren-go/warren/parlib/mpi/internal/lib"
)

// Message is one that arrived and waits for Mrecv. Only that can receive it, so goroutines that look for messages at the same
// time do not take each other's.
type Message struct {
	Source, Tag int
	Bytes       int

	comm   *Comm
	handle lib.Message
	taken  atomic.Bool
}

// Mprobe waits for a message and takes it for Mrecv, for when its length or sender is not known before.
func Mprobe(c *Comm, from, tag int) (*Message, error) {
	m, err := probe(c, "Mprobe", from, tag)
	if err != nil || m != nil {
		return m, err
	}
	what := lib.Call{What: lib.Recv, Peer: from, Tag: tag}
	var failed error
	err = c.poll("Mprobe"+describe(&what, ""), func(tests int, yield bool) bool {
		m, failed = probeOnce(c, "Mprobe", from, tag, tests, yield)
		return m != nil || failed != nil
	})
	if err != nil {
		return nil, c.failed("Mprobe", err)
	}
	return m, failed
}

// Improbe looks for a message without waiting. It returns nil if there is none.
func Improbe(c *Comm, from, tag int) (*Message, error) { return probe(c, "Improbe", from, tag) }

func probe(c *Comm, name string, from, tag int) (*Message, error) {
	if err := c.checkSource(name, from, tag, 0); err != nil {
		return nil, err
	}
	if err := c.usable(name); err != nil {
		return nil, err
	}
	return probeOnce(c, name, from, tag, 1, false)
}

func probeOnce(c *Comm, name string, from, tag, tests int, yield bool) (*Message, error) {
	f := lib.Probe(c.handle, from, tag, tests, yield)
	if err := codeError(f.Code); err != nil {
		return nil, c.failed(name, err)
	}
	if !f.OK {
		return nil, nil
	}
	return &Message{Source: f.Source, Tag: f.Tag, Bytes: f.Bytes, comm: c, handle: f.Message}, nil
}

// Mrecv receives a message of Mprobe or Improbe into buf. A message too long for it stays, to be received into a longer one.
func Mrecv[T Element](m *Message, buf []T) (Status, error) {
	if m == nil {
		return Status{}, errors.New("mpi: Mrecv: the message is nil")
	}
	c, size := m.comm, sizeOf[T]()
	if err := c.checkCount("Mrecv", len(buf)); err != nil {
		return Status{}, err
	}
	s, err := statusOf(lib.Result{Source: m.Source, Tag: m.Tag, Bytes: m.Bytes}, size)
	if err != nil {
		return s, c.failed("Mrecv", err)
	}
	if s.Count > len(buf) {
		return s, c.failedf("Mrecv", "from rank %d, tag %d: %d elements into a slice of %d: %w", m.Source, m.Tag, s.Count, len(buf), ErrTruncate)
	}
	if m.taken.Swap(true) {
		return s, c.failedf("Mrecv", "the message from rank %d, tag %d, was received before", m.Source, m.Tag)
	}
	call := lib.Call{What: lib.Mrecv, Recv: at(buf), Count: len(buf), Kind: kindOf[T](), Peer: m.Source, Tag: m.Tag, Message: m.handle}
	_, err = c.run(&call)
	return s, err
}

// RecvSlice receives a message of any length into a new slice.
func RecvSlice[T Element](c *Comm, from, tag int) ([]T, Status, error) {
	m, err := Mprobe(c, from, tag)
	if err != nil {
		return nil, Status{}, err
	}
	buf := make([]T, (m.Bytes+sizeOf[T]()-1)/sizeOf[T]())
	s, err := Mrecv(m, buf)
	return buf, s, err
}
