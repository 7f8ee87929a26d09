package controller

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// replyLimit is how many bytes may wait for a client that takes nothing. Then it loses its connection: to drop some of its
// replies would leave it waiting for ever, and to wait for it would stop engines that others use.
const replyLimit = 4 << 30

// message makes a signed message, without idents.
func (c *Controller) message(kind string, parent json.RawMessage, content, metadata any) [][]byte {
	m, err := c.codec.New(kind, parent, content)
	if err == nil && metadata != nil {
		m.Metadata, err = json.Marshal(metadata)
	}
	var frames [][]byte
	if err == nil {
		frames, err = c.codec.Encode(m)
	}
	if err != nil { // all contents are structs of text and numbers, and parents were read as JSON
		panic(err)
	}
	return frames
}

// refused is the content of a reply that says why there is no other.
type refused struct {
	Status string `json:"status"`
	protocol.Failure
}

func refusal(name, value string) refused {
	return refused{"error", protocol.Failure{Name: name, Value: value, Traceback: []string{name + ": " + value}}}
}

// aborted is the content of a reply to a request that was not wanted any more.
type aborted struct {
	Status string `json:"status"`
}

// answer makes a reply in the place of an engine, nil when none had the request.
func (c *Controller) answer(r *request, e *engine, status string, content any) [][]byte {
	metadata := protocol.ReplyMetadata{Started: wire.Date(time.Now()), Status: status, DependenciesMet: true}
	_ = json.Unmarshal(r.metadata, &metadata.RequestMetadata) // of another type than expected, it is not returned
	if e != nil {
		metadata.Engine = e.uuid
	}
	return c.message(strings.TrimSuffix(r.kind, "_request")+"_reply", r.header, content, metadata)
}

// deliver sends a reply to a client. from is the uuid of the engine, or "".
func (c *Controller) deliver(to *wire.Peer, from string, frames [][]byte) {
	if waiting := to.Waiting(); waiting > replyLimit {
		c.Log.Warn("a client takes no replies, and is cut off", "client", to.ID(), "waiting", waiting)
		to.Close()
		return
	}
	to.Send(append([][]byte{[]byte(from)}, frames...))
}
