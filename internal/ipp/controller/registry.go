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

const (
	// graceTime is how long the last replies of an engine that has gone by one channel may take to come by the others.
	graceTime = time.Second
	// noticeTime is how long clients have to take the last replies before they hear of an end: of an engine, since then Python's
	// client answers for it what has no answer yet, or of the controller.
	noticeTime = 100 * time.Millisecond
)

// state is where an engine is in its life.
type state int

const (
	joining state = iota // has been given an id
	serving              // is connected by every channel and has answered a heartbeat
	leaving              // gets no requests any more
)

// engine is one that has registered.
type engine struct {
	id     int
	uuid   string
	state  state
	began  time.Time
	beaten bool                 // it has answered a heartbeat
	missed int                  // heartbeats in a row that it has not answered
	peers  [channels]*wire.Peer // nil before the channel is connected, and after it was lost
	owed   [channels]map[string]*request
	timer  *time.Timer // ends the registration, or the end

	jobs     map[string]*job // tasks that it was given
	pace     pace
	turn     uint64 // when it was last given a task
	finished int    // requests of all kinds that it has answered
	bereft   bool   // a client was told that its request is lost
}

// room reports whether the engine may be given a task. Not while it has requests that were made to it alone: the task would wait
// behind them, though another engine may be free before.
func (e *engine) room() bool {
	return len(e.jobs) < e.pace.depth() && len(e.owed[mux]) == 0 && len(e.owed[broadcast]) == 0
}

// registry is who is there.
type registry struct {
	byUUID map[string]*engine
	byID   map[int]*engine
	next   int // the lowest id that was never given
}

func newRegistry() registry { return registry{byUUID: map[string]*engine{}, byID: map[int]*engine{}} }

func (r *registry) stop() {
	for _, e := range r.byID {
		e.timer.Stop()
	}
}

// id is that which an engine would like, if it is free, or else a new one. An id that was free is never given again, so that
// clients do not take a new engine for an old one.
func (r *registry) id(wish *int) int {
	id := r.next
	if wish != nil && *wish >= 0 && r.byID[*wish] == nil {
		id = *wish
	}
	r.next = max(r.next, id+1)
	return id
}

// present are the engines that serve, by id.
func (r *registry) present() []*engine {
	var all []*engine
	for _, e := range r.byID {
		if e.state == serving {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b *engine) int { return a.id - b.id })
	return all
}

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

// locked makes of f what a timer may call.
func (c *Controller) locked(f func()) func() {
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.ended {
			f()
		}
	}
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

// lose begins the end of an engine: it gets no requests any more. Its connections may bring replies until they end.
func (c *Controller) lose(e *engine, why string) {
	if e.state == leaving {
		return
	}
	c.Log.Info("engine lost", "engine", e.id, "uuid", e.uuid, "why", why)
	e.timer.Stop()
	c.queue.leave(e)
	if e.state == joining {
		delete(c.registry.byUUID, e.uuid)
		delete(c.registry.byID, e.id)
		e.cut()
		e.state = leaving
		return
	}
	e.state = leaving
	e.timer = time.AfterFunc(graceTime, c.locked(e.cut))
}

// indebted reports whether an engine may still answer something.
func (e *engine) indebted() bool {
	for ch, p := range e.peers {
		if p != nil && (len(e.owed[ch]) > 0 || channel(ch) == task && len(e.jobs) > 0) {
			return true
		}
	}
	return false
}

// cut ends every connection of an engine.
func (e *engine) cut() {
	for _, p := range e.peers {
		if p != nil {
			p.Close()
		}
	}
}

// abandon answers for an engine what it has not answered before it lost a channel.
func (c *Controller) abandon(e *engine, ch channel) {
	for id, r := range e.owed[ch] {
		delete(e.owed[ch], id)
		e.bereft = true
		c.settle(e.uuid, r, c.dead(e, r))
	}
	if ch == task {
		c.queue.abandon(e)
	}
}

// bury ends an engine that is leaving, and tells clients, when it does not owe anything any more.
func (c *Controller) bury(e *engine) {
	if e.indebted() || c.registry.byUUID[e.uuid] != e {
		return
	}
	e.timer.Stop()
	e.cut()
	delete(c.registry.byUUID, e.uuid)
	delete(c.registry.byID, e.id)
	if !e.bereft {
		c.notify("unregistration_notification", e)
		return
	}
	time.AfterFunc(noticeTime, c.locked(func() { c.notify("unregistration_notification", e) }))
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
