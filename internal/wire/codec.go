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
	"sync"
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
	hash    func() hash.Hash
	key     []byte

	mu   sync.Mutex
	seen map[string]struct{}
	ring []string // what seen holds, oldest at next
	next int
}

// NewCodec makes a codec with a new session id, which signs by scheme, such as "hmac-sha256", and key. With an empty key
// messages are neither signed nor checked, whatever the scheme. Headers name user as the sender.
func NewCodec(scheme, key, user string) (*Codec, error) {
	h, ok := schemes[scheme]
	if !ok && key != "" {
		return nil, fmt.Errorf(`signature_scheme %q is not known, use "hmac-sha256"`, scheme)
	}
	return &Codec{session: uuid.NewString(), user: user, hash: h, key: []byte(key), seen: map[string]struct{}{}}, nil
}

// Session is the session id that outgoing headers carry.
func (c *Codec) Session() string { return c.session }

// New makes a message of the given type as an answer to parent, a raw header, which may be nil.
func (c *Codec) New(kind string, parent json.RawMessage, content any) (Message, error) {
	body, err := json.Marshal(content)
	if err != nil {
		return Message{}, fmt.Errorf("content of %s: %w", kind, err)
	}
	header := Header{
		ID: uuid.NewString(), Session: c.session, User: c.user, Date: Date(time.Now()), Type: kind, Version: ProtocolVersion,
	}
	return Message{Header: header, Parent: parent, Content: body}, nil
}

// Encode gives the frames of m: idents, delimiter, signature, header, parent, metadata, content, buffers.
// Parts that are nil become empty objects.
func (c *Codec) Encode(m Message) ([][]byte, error) {
	header, err := json.Marshal(m.Header)
	if err != nil {
		return nil, fmt.Errorf("header of %s: %w", m.Header.Type, err)
	}
	m.Raw = header
	return c.Seal(m), nil
}

// Seal gives the frames of m as Encode does, with the header of m.Raw, as it is.
func (c *Codec) Seal(m Message) [][]byte {
	parts := [][]byte{m.Raw, object(m.Parent), object(m.Metadata), object(m.Content)}
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

// Decode checks and takes apart the frames of one message. The error says why it must be dropped.
func (c *Codec) Decode(frames [][]byte) (Message, error) {
	at := 0
	for at < len(frames) && !bytes.Equal(frames[at], delimiter) {
		at++
	}
	rest := frames[min(at+1, len(frames)):]
	if len(rest) < 5 {
		return Message{}, fmt.Errorf("%w: %d after the delimiter, 5 needed", ErrFrames, len(rest))
	}
	signature, parts := rest[0], rest[1:5]
	if err := c.verify(signature, parts); err != nil {
		return Message{}, err
	}
	m := Message{
		Idents: frames[:at], Raw: parts[0], Parent: parts[1], Metadata: parts[2], Content: parts[3], Buffers: rest[5:],
		Frames: frames,
	}
	for i, name := range [...]string{"header", "parent_header", "metadata", "content"} {
		if text := bytes.TrimLeft(parts[i], " \t\r\n"); !json.Valid(text) || text[0] != '{' {
			return Message{}, fmt.Errorf("%w: %s", ErrJSON, name)
		}
	}
	if err := json.Unmarshal(m.Raw, &m.Header); err != nil {
		return Message{}, fmt.Errorf("%w: header: %v", ErrJSON, err)
	}
	if m.Header.Type == "" || m.Header.ID == "" {
		return Message{}, fmt.Errorf("%w: header without msg_type or msg_id", ErrJSON)
	}
	return m, nil
}

func (c *Codec) sign(parts [][]byte) []byte {
	if len(c.key) == 0 {
		return nil
	}
	mac := hmac.New(c.hash, c.key)
	for _, p := range parts {
		mac.Write(p)
	}
	return hex.AppendEncode(nil, mac.Sum(nil))
}

// verify compares in constant time. Only right signatures are remembered, so that nobody without the key can push them out.
func (c *Codec) verify(signature []byte, parts [][]byte) error {
	if len(c.key) == 0 {
		return nil
	}
	if !hmac.Equal(signature, c.sign(parts)) {
		return ErrSignature
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := string(signature)
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
