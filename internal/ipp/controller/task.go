package controller

import (
	"encoding/json"
	"errors"

	"github.com/warren-go/warren/internal/wire"
)

// taskEvents hands what clients send to the scheduler, which forgets the tasks of those that go.
func (c *Controller) taskEvents() wire.Events {
	e := c.clientEvents(c.onTask)
	e.Left = func(p *wire.Peer) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.queue.forget(p)
	}
	return e
}

func (c *Controller) onTask(p *wire.Peer, m wire.Message) {
	if !expectsReply(m) {
		c.Log.Warn("a message was dropped", "from", p.ID(), "error", "it is no request", "type", m.Header.Type)
		return
	}
	j, err := newJob(p, m)
	if err != nil {
		c.deliver(p, "", c.answer(newRequest(p, m), nil, "error", refusal("ValueError", err.Error())))
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue.submit(j)
}

func (c *Controller) onTaskReply(p *wire.Peer, frames [][]byte) {
	m, ok := c.unseal(p, frames)
	if !ok {
		return
	}
	id, o := parentID(m), outcomeOf(m)
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.sender(task, p)
	if e == nil || e.jobs[id] == nil {
		c.Log.Warn("a reply was dropped that nobody waits for", "from", p.ID(), "msg_id", id)
		return
	}
	c.queue.finish(e, e.jobs[id], o, frames[len(m.Idents):])
	if e.state == leaving {
		c.bury(e)
	}
}

// withField is a JSON object with one more field, or another value of it.
func withField(raw json.RawMessage, name string, value any) json.RawMessage {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(raw, &fields) // what was no object would have been refused
	if fields == nil {
		fields = map[string]json.RawMessage{}
	}
	text, err := json.Marshal(value)
	fields[name] = text
	all, err2 := json.Marshal(fields)
	if err := errors.Join(err, err2); err != nil { // it is all text, numbers, and what was read as JSON
		panic(err)
	}
	return all
}
