package controller

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// request is one that an engine owes a reply to.
type request struct {
	id, kind string
	header   json.RawMessage
	metadata json.RawMessage
	client   *wire.Peer
	gather   *gather // where the reply goes instead, or nil
}

func newRequest(client *wire.Peer, m wire.Message) *request {
	return &request{id: m.Header.ID, kind: m.Header.Type, header: m.Raw, metadata: m.Metadata, client: client}
}

// expectsReply reports whether a message has one; those to widgets have none.
func expectsReply(m wire.Message) bool { return strings.HasSuffix(m.Header.Type, "_request") }

// clientEvents hands what clients send to receive.
func (c *Controller) clientEvents(receive func(p *wire.Peer, m wire.Message)) wire.Events {
	return wire.Events{
		Joined: func(*wire.Peer) {},
		Left:   func(*wire.Peer) {},
		Message: func(p *wire.Peer, frames [][]byte) {
			if m, ok := c.decode(p, frames); ok {
				receive(p, m)
			}
		},
	}
}

// decode checks a request and reads its header.
func (c *Controller) decode(p *wire.Peer, frames [][]byte) (wire.Message, bool) {
	m, err := c.codec.Decode(frames)
	return m, c.good(p, err)
}

// unseal checks what an engine sends, which is only passed on.
func (c *Controller) unseal(p *wire.Peer, frames [][]byte) (wire.Message, bool) {
	m, err := c.codec.Open(frames)
	return m, c.good(p, err)
}

// good logs a message that is dropped.
func (c *Controller) good(p *wire.Peer, err error) bool {
	if err != nil {
		c.Log.Warn("a message was dropped", "from", p.ID(), "error", err)
	}
	return err == nil
}

// onRequest passes requests on to the engine that each is for.
func (c *Controller) onRequest(ch channel) func(p *wire.Peer, m wire.Message) {
	return func(p *wire.Peer, m wire.Message) {
		if len(m.Idents) == 0 {
			c.Log.Warn("a message was dropped", "from", p.ID(), "error", "it names no engine")
			return
		}
		r := newRequest(p, m)
		if to := c.ask(ch, string(m.Idents[0]), r, append([][]byte{[]byte(p.ID())}, m.Frames[1:]...), expectsReply(m)); to != nil {
			to.Wait(c.ctx)
		}
	}
}

// ask sends a request to an engine and returns its connection; or answers, when there is none.
func (c *Controller) ask(ch channel, uuid string, r *request, frames [][]byte, owed bool) *wire.Peer {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.registry.byUUID[uuid]
	if e == nil || e.state != serving || e.peers[ch] == nil {
		if owed {
			c.settle(uuid, r, c.missing(uuid, e, r))
		}
		return nil
	}
	if owed {
		if e.owed[ch][r.id] != nil {
			c.Log.Warn("a message was dropped", "from", r.client.ID(), "error", "its msg_id is that of a request that runs", "msg_id", r.id)
			return nil
		}
		e.owed[ch][r.id] = r
	}
	e.peers[ch].Send(frames)
	return e.peers[ch]
}

// missing answers a request to an engine that is not there.
func (c *Controller) missing(uuid string, e *engine, r *request) [][]byte {
	text := fmt.Sprintf("No engine has the uuid %q: it has ended, or never was. The client's ids say who is there.", uuid)
	if e != nil {
		text = fmt.Sprintf("Engine %d has ended.", e.id)
	}
	return c.answer(r, e, "error", refusal("EngineError", text))
}

// dead answers a request that an engine took with it.
func (c *Controller) dead(e *engine, r *request) [][]byte {
	return c.answer(r, e, "error", refusal("EngineError", fmt.Sprintf("Engine %d died while running %q.", e.id, r.id)))
}

// onReply passes replies on to the clients that wait for them.
func (c *Controller) onReply(ch channel) func(p *wire.Peer, frames [][]byte) {
	return func(p *wire.Peer, frames [][]byte) {
		m, ok := c.unseal(p, frames)
		if !ok {
			return
		}
		id := parentID(m)
		c.mu.Lock()
		defer c.mu.Unlock()
		e := c.sender(ch, p)
		if e == nil || e.owed[ch][id] == nil {
			c.Log.Warn("a reply was dropped that nobody waits for", "from", p.ID(), "msg_id", id)
			return
		}
		r := e.owed[ch][id]
		delete(e.owed[ch], id)
		e.finished++
		c.queue.records.add(id, record{engine: e.id, uuid: e.uuid, queue: ch, ok: true})
		c.settle(e.uuid, r, m.Frames[len(m.Idents):])
		if e.state == leaving {
			c.bury(e)
		} else if e.room() {
			c.queue.dispatch()
		}
	}
}

// parentID is the msg_id of the request that a reply answers.
func parentID(m wire.Message) string {
	for name, value := range wire.Fields(m.Parent) {
		if string(name) == "msg_id" {
			return wire.Text(value)
		}
	}
	return ""
}

// settle gives the reply to a request, frames without idents, to who waits for it.
func (c *Controller) settle(uuid string, r *request, frames [][]byte) {
	if r.gather != nil {
		r.gather.add(c, uuid, frames)
		return
	}
	c.deliver(r.client, uuid, frames)
}

// onControl passes requests on as onRequest does. Tasks that are aborted while they wait here never reach an engine.
func (c *Controller) onControl(p *wire.Peer, m wire.Message) {
	if m.Header.Type == "abort_request" {
		var ask protocol.AbortRequest
		if err := json.Unmarshal(m.Content, &ask); err == nil { // else the engine explains
			c.mu.Lock()
			c.queue.abort(ask.IDs)
			c.mu.Unlock()
		}
	}
	c.onRequest(control)(p, m)
}
