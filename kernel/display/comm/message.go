package comm

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Message is one message of a comm. Metadata and Buffers may be missing.
type Message struct {
	// Data is the message's JSON object, with numbers as float64. It is nil in a message received that holds another JSON
	// value, which only Decode gives.
	Data     map[string]any
	Metadata map[string]any
	Buffers  [][]byte

	raw json.RawMessage
}

// Decode stores the data of a message received in what v points to, as json.Unmarshal does.
func (m Message) Decode(v any) error {
	raw := m.raw
	if raw == nil {
		var err error
		if raw, err = json.Marshal(m.Data); err != nil {
			return fmt.Errorf("comm: the data of the message: %w", err)
		}
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("comm: the data of the message: %w", err)
	}
	return nil
}

// Kinds of packets.
const (
	kindOpen    = "open"
	kindMessage = "msg"
	kindClose   = "close"
)

// Packet is a message on its way between worker and front end. Cells have no use for it.
type Packet struct {
	Kind     string          `json:"kind"` // "open", "msg" or "close", as in the message types of the Jupyter protocol
	ID       string          `json:"id"`
	Target   string          `json:"target,omitempty"` // of an open
	Data     json.RawMessage `json:"data,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
	Buffers  [][]byte        `json:"buffers,omitempty"`
}

// fill puts data into the packet, which may be a Message.
func (p *Packet) fill(data any) (err error) {
	if m, ok := data.(Message); ok {
		p.Buffers = slices.Concat(m.Buffers, p.Buffers)
		if p.Metadata, err = object(m.Metadata, m.Metadata == nil); err != nil {
			return fmt.Errorf("metadata cannot be sent: %w", err)
		}
		data = m.Data
		if m.Data == nil && m.raw != nil { // one received, sent on
			data = m.raw
		}
	}
	if p.Data, err = object(data, data == nil); err != nil {
		return fmt.Errorf("data cannot be sent: %w", err)
	}
	return nil
}

var errNoObject = errors.New("it is no object: use a map or a struct")

// object is v as JSON, of which the protocol wants an object.
func object(v any, empty bool) (json.RawMessage, error) {
	if empty {
		return json.RawMessage("{}"), nil
	}
	raw, err := json.Marshal(v)
	switch {
	case err != nil:
		return nil, err
	case string(raw) == "null":
		return json.RawMessage("{}"), nil
	case raw[0] != '{':
		return nil, errNoObject
	}
	return raw, nil
}

// message is what handlers get of a packet.
func (p Packet) message() Message {
	m := Message{Buffers: p.Buffers, raw: p.Data}
	if len(p.Data) == 0 {
		m.raw = json.RawMessage("{}")
	}
	json.Unmarshal(m.raw, &m.Data)          // another value than an object is for Decode
	json.Unmarshal(p.Metadata, &m.Metadata) // as the protocol says an object, or left out
	return m
}
