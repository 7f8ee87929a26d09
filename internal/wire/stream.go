package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// What a peer may send. The sizes of frames are believed by zmq4, which allocates them before the bytes are there.
const (
	maxHandshake = 1 << 16 // bytes of a handshake command
	maxMessage   = 1 << 28 // bytes of a message, all frames together
	maxFrames    = 1 << 12 // frames of a message
)

var errTooLarge = errors.New("larger than a message may be")

// Flags of a ZMTP 3 frame, https://rfc.zeromq.org/spec/23.
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
	greeting    = 64 // bytes that come before the first frame
)

// stream lies between a network connection and zmq4: it buffers, holds incoming frames to the limits above, and takes
// commands out once the handshake is over, since zmq4 would answer a ping in the middle of a message that is being sent.
type stream struct {
	net.Conn
	in  *bufio.Reader
	out *bufio.Writer

	open bool              // the handshake is over
	ping func(body []byte) // gets the body of a ping command

	rest   uint64 // bytes to pass on unread: of the greeting, then of a frame
	head   []byte // header of a frame, to be passed on
	size   uint64 // bytes of the message so far
	frames int    // frames of the message so far
}

func newStream(c net.Conn, ping func([]byte)) *stream {
	return &stream{Conn: c, in: bufio.NewReaderSize(c, 1<<16), out: bufio.NewWriterSize(c, 1<<16), ping: ping, rest: greeting}
}

// Write buffers messages; the sender flushes at their ends. The handshake goes out at once.
func (s *stream) Write(p []byte) (int, error) {
	n, err := s.out.Write(p)
	if err == nil && !s.open {
		err = s.out.Flush()
	}
	return n, err
}

func (s *stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for s.rest == 0 && len(s.head) == 0 {
		if err := s.next(); err != nil {
			return 0, err
		}
	}
	if len(s.head) > 0 {
		n := copy(p, s.head)
		s.head = s.head[n:]
		return n, nil
	}
	if uint64(len(p)) > s.rest {
		p = p[:s.rest]
	}
	n, err := s.in.Read(p)
	s.rest -= uint64(n)
	return n, err
}

// next reads the header of a frame.
func (s *stream) next() error {
	var h [9]byte
	head := h[:2]
	if _, err := io.ReadFull(s.in, head); err != nil {
		return err
	}
	size := uint64(h[1])
	if h[0]&flagLong != 0 {
		head = h[:]
		if _, err := io.ReadFull(s.in, h[2:]); err != nil {
			return err
		}
		size = binary.BigEndian.Uint64(h[1:])
	}
	if err := s.account(h[0], size); err != nil {
		return err
	}
	if s.open && h[0]&flagCommand != 0 {
		return s.command(size)
	}
	s.head, s.rest = head, size
	return nil
}

// account holds a message to the limits.
func (s *stream) account(flags byte, size uint64) error {
	limit := uint64(maxMessage)
	if !s.open || flags&flagCommand != 0 {
		limit = maxHandshake
	}
	s.frames++
	if size > limit || s.size+size > limit || s.frames > maxFrames {
		return fmt.Errorf("frame %d of %d bytes: %w", s.frames, size, errTooLarge)
	}
	s.size += size
	if flags&flagMore == 0 {
		s.size, s.frames = 0, 0
	}
	return nil
}

// command takes a command out of the stream. Only pings matter here: version 3.0 of ZMTP, which zmq4 speaks, has
// subscriptions as messages.
func (s *stream) command(size uint64) error {
	body := make([]byte, size)
	if _, err := io.ReadFull(s.in, body); err != nil {
		return err
	}
	const name, ttl = "\x04PING", 2
	if len(body) >= len(name)+ttl && string(body[:len(name)]) == name {
		s.ping(body[len(name)+ttl:])
	}
	return nil
}
