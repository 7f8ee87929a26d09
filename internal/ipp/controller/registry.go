package controller

import (
	"slices"
	"time"

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
