package controller

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// register begins the registration of an engine.
func (c *Controller) register(_ *wire.Peer, m wire.Message) (string, any) {
	var ask protocol.RegistrationRequest
	err := json.Unmarshal(m.Content, &ask)
	if err == nil && ask.UUID == "" {
		err = errors.New("no uuid")
	}
	if err != nil {
		return "registration_reply", refusal("ValueError", fmt.Sprintf("content of registration_request: %v", err))
	}
	if c.registry.byUUID[ask.UUID] != nil {
		return "registration_reply", refusal("KeyError", fmt.Sprintf("uuid %q in use", ask.UUID))
	}
	e := &engine{id: c.registry.id(ask.ID), uuid: ask.UUID, began: time.Now(), jobs: map[string]*job{}, pace: pace{fixed: c.Depth}}
	for ch := range e.owed {
		e.owed[ch] = map[string]*request{}
	}
	e.timer = time.AfterFunc(c.JoinTime, c.locked(func() {
		if e.state == joining {
			c.lose(e, fmt.Sprintf("it did not connect and answer a heartbeat within %v", c.JoinTime))
		}
	}))
	c.registry.byUUID[e.uuid], c.registry.byID[e.id] = e, e
	return "registration_reply", struct {
		protocol.RegistrationReply
		Info protocol.EngineFile `json:"connection_info"`
	}{protocol.RegistrationReply{Status: "ok", ID: e.id, Period: max(1, int(c.Period.Milliseconds()))}, c.engine}
}

// engineEvents follows the engines' connections to a channel. What engines send goes to receive.
func (c *Controller) engineEvents(ch channel, receive func(p *wire.Peer, frames [][]byte)) wire.Events {
	return wire.Events{
		Joined: func(p *wire.Peer) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if e := c.registry.byUUID[p.ID()]; e != nil && e.state != leaving {
				e.peers[ch] = p
				c.welcome(e)
				return
			}
			c.Log.Warn("a connection of no engine that is registered", "channel", ch.String(), "identity", p.ID())
		},
		Message: receive,
		Left: func(p *wire.Peer) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if e := c.sender(ch, p); e != nil {
				e.peers[ch] = nil
				c.lose(e, "it has ended its connection to "+ch.String())
				c.abandon(e, ch)
				c.bury(e)
			}
		},
	}
}

// sender is the engine that talks by a channel, or nil when the controller knows none.
func (c *Controller) sender(ch channel, p *wire.Peer) *engine {
	if e := c.registry.byUUID[p.ID()]; e != nil && e.peers[ch] == p {
		return e
	}
	return nil
}

// welcome ends the registration of an engine when nothing is missing any more.
func (c *Controller) welcome(e *engine) {
	if e.state != joining || !e.beaten || slices.Contains(e.peers[:], nil) {
		return
	}
	e.timer.Stop()
	e.state = serving
	c.Log.Info("engine registered", "engine", e.id, "uuid", e.uuid, "after", time.Since(e.began))
	c.notify("registration_notification", e)
	c.queue.join(e)
}

// unregister takes leave of an engine. Python's engines have another process say so.
func (c *Controller) unregister(_ *wire.Peer, m wire.Message) (string, any) {
	var ask protocol.Unregistration
	if err := json.Unmarshal(m.Content, &ask); err != nil {
		c.Log.Warn("a message was dropped", "type", m.Header.Type, "error", err)
	} else if e := c.registry.byID[ask.ID]; e != nil {
		c.lose(e, "it has unregistered")
		c.bury(e)
	}
	return "", nil
}

func (c *Controller) notify(kind string, e *engine) {
	c.notices.Publish(c.notice(kind, e))
}

func (c *Controller) notice(kind string, e *engine) [][]byte {
	return c.message(kind, nil, protocol.Notification{ID: e.id, UUID: e.uuid}, nil)
}

// presentEngines is what a new client hears of, so that it misses no engine that came while it was connecting.
func (c *Controller) presentEngines(string) [][][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all [][][]byte
	for _, e := range c.registry.present() {
		all = append(all, c.notice("registration_notification", e))
	}
	return all
}
