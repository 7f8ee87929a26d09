// Package wire carries Jupyter messages over ZeroMQ sockets: it frames and signs messages, and drops what is not signed, not
// new or not well formed. It knows neither a kernel nor a cluster; both are built on it.
//
// The message format is that of https://jupyter-client.readthedocs.io/en/stable/messaging.html, version 5.4 and later.
// ZMTP handshakes are done by github.com/go-zeromq/zmq4; its sockets are not used, because they accept one peer at a time (a
// silent one blocks all others), trust the sizes a peer names, do not tell of subscriptions, queue for slow subscribers
// without limit, write and allocate for every frame, and leave goroutines behind. See socket.go and stream.go.
package wire

import (
	"encoding/json"
	"time"
)

// Header is the header of a message. Date is ISO 8601, kept as it came.
type Header struct {
	ID      string `json:"msg_id"`
	Session string `json:"session"`
	User    string `json:"username"`
	Date    string `json:"date"`
	Type    string `json:"msg_type"`
	Version string `json:"version"`
}

// appendTo appends the header as JSON.
func (h Header) appendTo(to []byte) []byte {
	sep := `{"`
	for _, f := range [...]struct{ name, value string }{
		{"msg_id", h.ID}, {"session", h.Session}, {"username", h.User}, {"date", h.Date}, {"msg_type", h.Type}, {"version", h.Version},
	} {
		to = append(append(append(to, sep...), f.name...), `":`...)
		to = appendText(to, f.value)
		sep = `,"`
	}
	return append(to, '}')
}

func appendText(to []byte, s string) []byte {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			text, _ := json.Marshal(s) // strings never fail
			return append(to, text...)
		}
	}
	return append(append(append(to, '"'), s...), '"')
}

// Message is one Jupyter message. The four JSON parts are objects, kept as they came, so that a header returns to its
// sender as the parent of the answer with every field it had.
type Message struct {
	Idents   [][]byte // who sent it, or who gets it; on iopub the topic
	Header   Header
	Raw      json.RawMessage // the header as received
	Parent   json.RawMessage
	Metadata json.RawMessage
	Content  json.RawMessage
	Buffers  [][]byte
	Frames   [][]byte // all of a message that was received, to be passed on as it came
}

// Date writes t as the protocol wants dates: ISO 8601 with microseconds and zone.
func Date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") }
