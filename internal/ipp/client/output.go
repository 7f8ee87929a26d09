package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// Output is something that an engine publishes for a request. Kind says which of the rest there is: "stream" has Name, "stdout" or
// "stderr", and Text; "display_data", "update_display_data" and "execute_result" have Data, by media types, Metadata and
// Transient; "error" has a Failure. There are others, of which only Kind counts.
type Output struct {
	Engine    int                        `json:"-"` // its id
	Kind      string                     `json:"-"`
	Name      string                     `json:"name"`
	Text      string                     `json:"text"`
	Data      map[string]json.RawMessage `json:"data"`
	Metadata  map[string]json.RawMessage `json:"metadata"`
	Transient map[string]json.RawMessage `json:"transient"`
	protocol.Failure
}

// hear hands on what engines publish, until the client ends.
func (c *Client) hear() {
	for {
		select {
		case frames, ok := <-c.iopub.Messages():
			if !ok {
				c.stop(fmt.Errorf("%w: it has closed the connection", ErrControllerGone))
				return
			}
			if c.wanted(frames) {
				c.take(frames, c.onOutput)
			}
		case <-c.ctx.Done():
			return
		}
	}
}

// wanted reports whether a message may belong to a request with output. Most say that an engine is busy or idle, about
// requests of which nobody wants to know: they are not worth a check of their signatures.
func (c *Client) wanted(frames [][]byte) bool {
	const parent = 4 // topic, delimiter, signature, header
	if len(frames) <= parent || !bytes.HasSuffix(frames[0], []byte(".status")) {
		return true
	}
	id, err := parentOf(wire.Message{Parent: frames[parent]})
	return err == nil && c.table.talker(id) != nil
}

func (c *Client) onOutput(m wire.Message) error {
	id, err := parentOf(m)
	if err != nil {
		return err
	}
	f := c.table.talker(id)
	if f == nil {
		return nil
	}
	if m.Header.Type == "status" {
		return c.onStatus(id, m)
	}
	o := Output{Engine: c.publisher(m, f), Kind: m.Header.Type}
	if err := json.Unmarshal(m.Content, &o); err != nil {
		return fmt.Errorf("content: %w", err)
	}
	f.output(o)
	return nil
}

// onStatus ends the output of a request whose engine is idle again.
func (c *Client) onStatus(id string, m wire.Message) error {
	var status struct {
		State string `json:"execution_state"`
	}
	if err := json.Unmarshal(m.Content, &status); err != nil {
		return fmt.Errorf("content: %w", err)
	}
	if status.State == "idle" {
		c.table.idle(id)
	}
	return nil
}

// publisher is the id of the engine that published m, which is of the topic "engine.ID.kind".
func (c *Client) publisher(m wire.Message, f *Future) int {
	if len(m.Idents) > 0 {
		var id int
		if _, err := fmt.Sscanf(string(m.Idents[0]), "engine.%d.", &id); err == nil {
			return id
		}
	}
	c.table.mu.Lock()
	defer c.table.mu.Unlock()
	return f.engine.ID
}

// DrainTime is how long output may come after the reply: it takes another way.
const DrainTime = time.Second

// Drain waits until all output of the request has been handed on, for at most DrainTime.
func (f *Future) Drain() {
	select {
	case <-f.drained:
		return
	default:
	}
	t := time.NewTimer(DrainTime)
	defer t.Stop()
	select {
	case <-f.drained:
	case <-t.C:
	}
}
