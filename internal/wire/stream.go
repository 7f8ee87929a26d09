package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
)

// What a peer may send. The sizes of frames are believed: they are allocated before the bytes are there, up to atOnce.
const (
	maxHandshake = 1 << 16 // bytes of a handshake command
	atOnce       = 1 << 26 // bytes of a frame
)

// limits hold messages.
type limits struct {
	bytes  uint64 // of all frames together
	frames int
}

var (
	// of a front end, which anyone may connect to and which has no need of more
	small = limits{1 << 28, 1 << 12}
	// of a cluster, where large arrays travel
	large = limits{1 << 36, 1 << 16}
)

const (
	slabSize    = 1 << 13 // bytes of a block for small frames
	usualFrames = 8       // of a message with an ident and a buffer
)

var errTooLarge = errors.New("larger than a message may be")

// Flags of a ZMTP 3 frame, https://rfc.zeromq.org/spec/23.
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
	greeting    = 64 // bytes that come before the first frame
)

// stream lies between a network connection and zmq4 during the handshake. After that it sends and receives messages itself: it
// gathers many small ones to one write, reads many at a time, and answers a ping only between two messages. Incoming frames
// are held to the limits above.
type stream struct {
	net.Conn
	in  *bufio.Reader
	out *bufio.Writer

	limits limits
	open   bool              // the handshake is over
	ping   func(body []byte) // gets the body of a ping command

	rest   uint64  // bytes to pass on unread: of the greeting, then of a frame
	head   []byte  // header of a frame, to be passed on
	header [9]byte // of the frame that is being written
	slab   []byte  // where the next small frames go
	size   uint64  // bytes of the message so far
	frames int     // frames of the message so far
}

func newStream(c net.Conn, ping func([]byte)) *stream {
	return &stream{
		Conn: c, in: bufio.NewReaderSize(c, 1<<16), out: bufio.NewWriterSize(c, 1<<16), ping: ping, rest: greeting, limits: small,
	}
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

// next reads the header of a frame of the handshake, and keeps it to be passed on.
func (s *stream) next() error {
	flags, size, err := s.frameHeader()
	if err != nil {
		return err
	}
	s.head, s.rest = appendHeader(nil, flags, size), size
	return nil
}

// frameHeader reads the header of a frame and checks it.
func (s *stream) frameHeader() (flags byte, size uint64, err error) {
	if flags, err = s.in.ReadByte(); err != nil {
		return 0, 0, err
	}
	for range sizeBytes(flags) {
		b, err := s.in.ReadByte()
		if err != nil {
			return 0, 0, err
		}
		size = size<<8 | uint64(b)
	}
	return flags, size, s.account(flags, size)
}

func sizeBytes(flags byte) int {
	if flags&flagLong != 0 {
		return 8
	}
	return 1
}

func appendHeader(to []byte, flags byte, size uint64) []byte {
	if flags&flagLong != 0 {
		return binary.BigEndian.AppendUint64(append(to, flags), size)
	}
	return append(to, flags, byte(size))
}

// receive reads a message, after the handshake.
func (s *stream) receive() ([][]byte, error) {
	frames := make([][]byte, 0, usualFrames)
	for {
		flags, size, err := s.frameHeader()
		if err != nil {
			return nil, err
		}
		if flags&flagCommand != 0 {
			if err := s.command(size); err != nil {
				return nil, err
			}
			continue
		}
		f, err := s.body(size)
		if err != nil {
			return nil, err
		}
		if frames = append(frames, f); flags&flagMore == 0 {
			return frames, nil
		}
	}
}

// body reads a frame. A large one grows with the bytes that come, so that nobody can take memory by a word.
func (s *stream) body(size uint64) ([]byte, error) {
	f := s.room(int(min(size, atOnce)))
	_, err := io.ReadFull(s.in, f)
	for err == nil && uint64(len(f)) < size {
		had := len(f)
		n := int(min(size, 2*uint64(had)))
		f = slices.Grow(f, n-had)[:n]
		_, err = io.ReadFull(s.in, f[had:])
	}
	return f, err
}

// room is memory for a frame. Small ones share a block: those of a message are mostly kept, or forgotten, together.
func (s *stream) room(size int) []byte {
	if size > slabSize/8 {
		return make([]byte, size)
	}
	if len(s.slab) < size {
		s.slab = make([]byte, slabSize)
	}
	f := s.slab[:size:size]
	s.slab = s.slab[size:]
	return f
}

// send writes a message into the buffer.
func (s *stream) send(frames [][]byte) error {
	for i, f := range frames {
		var flags byte
		if i < len(frames)-1 {
			flags = flagMore
		}
		if err := s.frame(flags, f); err != nil {
			return err
		}
	}
	return nil
}

// pong answers a ping by what that holds.
func (s *stream) pong(context []byte) error {
	return s.frame(flagCommand, append([]byte("\x04PONG"), context...))
}

func (s *stream) frame(flags byte, body []byte) error {
	if len(body) > 255 {
		flags |= flagLong
	}
	if _, err := s.out.Write(appendHeader(s.header[:0], flags, uint64(len(body)))); err != nil {
		return err
	}
	_, err := s.out.Write(body)
	return err
}

// account holds a message to the limits. A command may come between its frames, and is no part of it.
func (s *stream) account(flags byte, size uint64) error {
	if s.open && flags&flagCommand != 0 {
		if size > maxHandshake {
			return fmt.Errorf("command of %d bytes: %w", size, errTooLarge)
		}
		return nil
	}
	limit := s.limits.bytes
	if !s.open {
		limit = maxHandshake
	}
	s.frames++
	if size > limit || s.size+size > limit || s.frames > s.limits.frames {
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
