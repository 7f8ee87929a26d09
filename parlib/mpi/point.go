package mpi

import (
	"runtime"

	"github.com/warren-go/warren/parlib/mpi/internal/lib"
)

// Send sends data to a rank. It returns when data may be changed again. The library may have copied a short message then,
// though nobody received it; a long one it delivers while both sides are in a call. So a program must not rely on either.
func Send[T Element](c *Comm, data []T, to, tag int) error {
	if err := c.checkPeer("Send", to, tag, len(data)); err != nil {
		return err
	}
	_, _, _, err := point(c, lib.Send, data, to, tag)
	return err
}

// Ssend is Send that returns only when the receiver has begun to receive, however short the message. A program that deadlocks
// with Ssend may do so with Send, for longer messages.
func Ssend[T Element](c *Comm, data []T, to, tag int) error {
	if err := c.checkPeer("Ssend", to, tag, len(data)); err != nil {
		return err
	}
	_, _, _, err := point(c, lib.Ssend, data, to, tag)
	return err
}

// Recv receives a message from a rank, or AnySource, with a tag, or AnyTag, into buf. The message may have fewer elements than
// buf, as Status tells; one with more is ErrTruncate.
func Recv[T Element](c *Comm, buf []T, from, tag int) (Status, error) {
	if err := c.checkSource("Recv", from, tag, len(buf)); err != nil {
		return Status{}, err
	}
	source, gotTag, bytes, err := point(c, lib.Recv, buf, from, tag)
	if err != nil {
		return Status{}, err
	}
	size := sizeOf[T]()
	if bytes%size != 0 {
		return uneven(c, "Recv", source, gotTag, bytes, size)
	}
	return Status{Source: source, Tag: gotTag, Count: bytes / size}, nil
}

// uneven is the error of a receive that got no whole number of elements.
func uneven(c *Comm, name string, source, tag, bytes, size int) (Status, error) {
	s, err := statusOf(lib.Result{Source: source, Tag: tag, Bytes: bytes}, size)
	return s, c.failed(name, err)
}

// Isend begins to send data and returns at once. data must stay as it is until the request is done.
func Isend[T Element](c *Comm, data []T, to, tag int) (*Request, error) {
	if err := c.checkPeer("Isend", to, tag, len(data)); err != nil {
		return nil, err
	}
	return c.request(sending(lib.Send, data, to, tag), sizeOf[T]())
}

// Irecv begins to receive into buf and returns at once. buf holds the message when the request is done.
func Irecv[T Element](c *Comm, buf []T, from, tag int) (*Request, error) {
	if err := c.checkSource("Irecv", from, tag, len(buf)); err != nil {
		return nil, err
	}
	return c.request(receiving(buf, from, tag), sizeOf[T]())
}

// Sendrecv sends and receives at the same time, so that ranks that exchange messages do not wait for each other in a circle.
// The two slices may be the same.
func Sendrecv[T Element](c *Comm, send []T, to, sendTag int, recv []T, from, recvTag int) (Status, error) {
	if err := c.checkPeer("Sendrecv", to, sendTag, len(send)); err != nil {
		return Status{}, err
	}
	if err := c.checkSource("Sendrecv", from, recvTag, len(recv)); err != nil {
		return Status{}, err
	}
	if err := c.usable("Sendrecv"); err != nil {
		return Status{}, err
	}
	send = apart(send, recv)
	in := begin(c, lib.Recv, recv, from, recvTag, 1)
	out := begin(c, lib.Send, send, to, sendTag, hotTests)
	if !in.Done {
		in = lib.Poll(in.Request, hotTests, false)
	}
	if !out.Done || !in.Done || out.Code != 0 || in.Code != 0 {
		receive, send := c.adopt(receiving(recv, from, recvTag), in), c.adopt(sending(lib.Send, send, to, sendTag), out)
		if err := send.wait(); err != nil {
			return Status{}, err
		}
		if err := receive.wait(); err != nil {
			return Status{}, err
		}
		in = receive.received()
	}
	runtime.KeepAlive(recv)
	s, err := statusOf(in, sizeOf[T]())
	if err != nil {
		return s, c.failed("Sendrecv", err)
	}
	return s, nil
}

// begin starts an operation with one rank. Its memory is not pinned: see lib.Start.
func begin[T Element](c *Comm, what lib.What, data []T, peer, tag, tests int) (r lib.Result) {
	r.Code, r.Done, r.Request, r.Source, r.Tag, r.Bytes = lib.Point(what, at(data), len(data), sizeOf[T](), peer, tag, c.handle, tests)
	return r
}

// point does an operation with one rank and waits for it. What it returns counts for receives. It is run for what has to be fast.
func point[T Element](c *Comm, what lib.What, data []T, peer, tag int) (source, gotTag, bytes int, err error) {
	if err := c.usable(what.String()); err != nil {
		return 0, 0, 0, err
	}
	code, done, request, source, gotTag, bytes := lib.Point(what, at(data), len(data), sizeOf[T](), peer, tag, c.handle, hotTests)
	if done && code == 0 {
		return source, gotTag, bytes, nil
	}
	call := sending(what, data, peer, tag)
	if what == lib.Recv {
		call = receiving(data, peer, tag)
	}
	r, err := c.finish(call, lib.Result{Code: code, Done: done, Request: request, Source: source, Tag: gotTag, Bytes: bytes})
	return r.Source, r.Tag, r.Bytes, err
}

func sending[T Element](what lib.What, data []T, to, tag int) lib.Call {
	return lib.Call{What: what, Send: at(data), Count: len(data), Kind: kindOf[T](), Peer: to, Tag: tag}
}

func receiving[T Element](buf []T, from, tag int) lib.Call {
	return lib.Call{What: lib.Recv, Recv: at(buf), Count: len(buf), Kind: kindOf[T](), Peer: from, Tag: tag}
}
