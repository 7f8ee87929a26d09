package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// ProtocolVersion is the version of the messaging protocol that headers name.
const ProtocolVersion = "5.5"

// Why Decode refuses a message; match with errors.Is.
var (
	ErrFrames    = errors.New("frames are missing")
	ErrSignature = errors.New("the signature is wrong")
	ErrReplay    = errors.New("the message was seen before")
	ErrJSON      = errors.New("a part is not a JSON object")
)

var delimiter = []byte("<IDS|MSG>")

// schemes are the signature schemes; Jupyter itself uses only the first.
var schemes = map[string]func() hash.Hash{
	"hmac-sha256": sha256.New,
	"hmac-sha384": sha512.New384,
	"hmac-sha512": sha512.New,
}

// seenLimit is how many signatures are remembered against replay, as many as jupyter_client's digest_history_size.
const seenLimit = 1 << 16

// Codec turns messages into signed frames and back, for one session. Its methods may be called from several goroutines.
type Codec struct {
	session string
	user    string
	macs    *sync.Pool    // of hash.Hash, which are made for the key; nil without a key
	count   atomic.Uint64 // of messages made

	mu   sync.Mutex
	seen map[mark]struct{}
	ring []mark // what seen holds, oldest at next
	next int
}

// mark is the beginning of a signature, which is all of it in the usual scheme.
type mark [sha256.Size]byte

// NewCodec makes a codec with a new session id, which signs by scheme, such as "hmac-sha256", and key. With an empty key
// messages are neither signed nor checked, whatever the scheme. Headers name user as the sender.
func NewCodec(scheme, key, user string) (*Codec, error) {
	c := &Codec{session: uuid.NewString(), user: user, seen: map[mark]struct{}{}}
	if key == "" {
		return c, nil
	}
	h, ok := schemes[scheme]
	if !ok {
		return nil, fmt.Errorf(`signature_scheme %q is not known, use "hmac-sha256"`, scheme)
	}
	c.macs = &sync.Pool{New: func() any { return hmac.New(h, []byte(key)) }}
	return c, nil
}

// Session is the session id that outgoing headers carry.
func (c *Codec) Session() string { return c.session }

// New makes a message of the given type as an answer to parent, a raw header, which may be nil. Content that is a
// json.RawMessage is sent as it is.
func (c *Codec) New(kind string, parent json.RawMessage, content any) (Message, error) {
	body, done := content.(json.RawMessage)
	if !done {
		var err error
		if body, err = json.Marshal(content); err != nil {
			return Message{}, fmt.Errorf("content of %s: %w", kind, err)
		}
	}
	header := Header{
		ID: c.session + "_" + strconv.FormatUint(c.count.Add(1), 10), Session: c.session, User: c.user, Date: Date(time.Now()), Type: kind, Version: ProtocolVersion,
	}
	return Message{Header: header, Parent: parent, Content: body}, nil
}

// Encode gives the frames of m: idents, delimiter, signature, header, parent, metadata, content, buffers.
// Parts that are nil become empty objects.
func (c *Codec) Encode(m Message) ([][]byte, error) {
	m.Raw = m.Header.appendTo(make([]byte, 0, 256))
	return c.Seal(m), nil
}

// Seal gives the frames of m as Encode does, with the header of m.Raw, as it is.
func (c *Codec) Seal(m Message) [][]byte {
	parts := m.parts()
	frames := make([][]byte, 0, len(m.Idents)+2+len(parts)+len(m.Buffers))
	frames = append(frames, m.Idents...)
	frames = append(frames, delimiter, c.sign(parts))
	frames = append(frames, parts...)
	return append(frames, m.Buffers...)
}

func object(raw json.RawMessage) []byte {
	if len(raw) == 0 {
		return []byte("{}")
	}
	return raw
}

// Open checks the signature of a message and takes it apart, for who only passes it on: its JSON is not read, Header is empty,
// and the same message is opened any number of times.
func (c *Codec) Open(frames [][]byte) (Message, error) {
	m, signature, err := split(frames)
	if err == nil && c.macs != nil {
		_, err = c.check(signature, frames[len(m.Idents)+2:][:4])
	}
	return m, err
}

// split takes apart the frames of a message.
func split(frames [][]byte) (m Message, signature []byte, err error) {
	at := 0
	for at < len(frames) && !bytes.Equal(frames[at], delimiter) {
		at++
	}
	rest := frames[min(at+1, len(frames)):]
	if len(rest) < 5 {
		return Message{}, nil, fmt.Errorf("%w: %d after the delimiter, 5 needed", ErrFrames, len(rest))
	}
	return Message{
		Idents: frames[:at], Raw: rest[1], Parent: rest[2], Metadata: rest[3], Content: rest[4], Buffers: rest[5:],
		Frames: frames,
	}, rest[0], nil
}

// parts are what is signed.
func (m Message) parts() [][]byte {
	return [][]byte{m.Raw, object(m.Parent), object(m.Metadata), object(m.Content)}
}

// Decode checks and takes apart the frames of one message. The error says why it must be dropped.
func (c *Codec) Decode(frames [][]byte) (Message, error) {
	m, signature, err := split(frames)
	if err != nil {
		return Message{}, err
	}
	parts := frames[len(m.Idents)+2:][:4]
	if err := c.verify(signature, parts); err != nil {
		return Message{}, err
	}
	for i, name := range [...]string{"header", "parent_header", "metadata", "content"} {
		if text := trimSpace(parts[i]); !json.Valid(text) || text[0] != '{' {
			return Message{}, fmt.Errorf("%w: %s", ErrJSON, name)
		}
	}
	m.Header = readHeader(m.Raw)
	if m.Header.Type == "" || m.Header.ID == "" {
		return Message{}, fmt.Errorf("%w: header without msg_type or msg_id", ErrJSON)
	}
	return m, nil
}

// readHeader reads a header, which has to be an object. What is no text is left out.
func readHeader(raw json.RawMessage) (h Header) {
	for name, value := range Fields(raw) {
		switch string(name) {
		case "msg_id":
			h.ID = Text(value)
		case "session":
			h.Session = Text(value)
		case "username":
			h.User = Text(value)
		case "date":
			h.Date = Text(value)
		case "msg_type":
			h.Type = Text(value)
		case "version":
			h.Version = Text(value)
		}
	}
	return h
}

// sign gives the signature of parts in hexadecimal, or nil without a key.
func (c *Codec) sign(parts [][]byte) []byte {
	if c.macs == nil {
		return nil
	}
	return hex.AppendEncode(nil, c.mac(parts))
}

func (c *Codec) mac(parts [][]byte) []byte {
	h := c.macs.Get().(hash.Hash)
	defer c.macs.Put(h)
	h.Reset()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// check compares in constant time and gives the signature's bytes.
func (c *Codec) check(signature []byte, parts [][]byte) ([]byte, error) {
	sum := c.mac(parts)
	var given [sha512.Size]byte
	if hex.DecodedLen(len(signature)) != len(sum) {
		return nil, ErrSignature
	}
	if _, err := hex.Decode(given[:], signature); err != nil || !hmac.Equal(given[:len(sum)], sum) {
		return nil, ErrSignature
	}
	return sum, nil
}

// verify remembers what it has seen. Only right signatures are remembered, so that nobody without the key can push them out.
func (c *Codec) verify(signature []byte, parts [][]byte) error {
	if c.macs == nil {
		return nil
	}
	sum, err := c.check(signature, parts)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := mark(sum)
	if _, seen := c.seen[s]; seen {
		return ErrReplay
	}
	if len(c.ring) < seenLimit {
		c.ring = append(c.ring, s)
	} else {
		delete(c.seen, c.ring[c.next])
		c.ring[c.next] = s
		c.next = (c.next + 1) % seenLimit
	}
	c.seen[s] = struct{}{}
	return nil
}
