package controller

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// query answers a message at the registration socket: kind and content of the reply, "" for none. It has the lock.
type query func(c *Controller, p *wire.Peer, m wire.Message) (kind string, content any)

var queries = map[string]query{
	"registration_request":     (*Controller).register,
	"unregistration_request":   (*Controller).unregister,
	"connection_request":       (*Controller).connection,
	"queue_request":            (*Controller).queueStatus,
	"load_request":             (*Controller).load,
	"result_request":           (*Controller).results,
	"history_request":          (*Controller).history,
	"purge_request":            (*Controller).purge,
	"shutdown_request":         (*Controller).shutdown,
	"db_request":               unsupported("db_reply", "this controller keeps no results"),
	"resubmit_request":         unsupported("resubmit_reply", "this controller keeps no requests: submit the task again"),
	"become_dask_request":      unsupported("become_dask_reply", "this controller has no Dask"),
	"stop_distributed_request": unsupported("stop_distributed_reply", "this controller has no Dask"),
}

// hubEvents answers engines that come and go, and clients that ask how things are.
func (c *Controller) hubEvents() wire.Events {
	return c.clientEvents(func(p *wire.Peer, m wire.Message) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.ended {
			return
		}
		answer, ok := queries[m.Header.Type]
		if !ok {
			answer = unsupported("hub_error", fmt.Sprintf("the controller answers no %q", m.Header.Type))
		}
		if kind, content := answer(c, p, m); kind != "" {
			p.Send(c.message(kind, m.Raw, content, nil))
		}
	})
}

func unsupported(kind, why string) query {
	return func(*Controller, *wire.Peer, wire.Message) (string, any) {
		return kind, refusal("NotImplementedError", why)
	}
}

func (c *Controller) connection(*wire.Peer, wire.Message) (string, any) {
	reply := protocol.ConnectionReply{Status: "ok", Engines: map[string]string{}}
	for _, e := range c.registry.present() {
		reply.Engines[strconv.Itoa(e.id)] = e.uuid
	}
	return "connection_reply", reply
}

// shutdown ends the controller when the reply has gone out. Python's client closes as soon as it is notified, so that comes later.
func (c *Controller) shutdown(_ *wire.Peer, m wire.Message) (string, any) {
	ok := map[string]string{"status": "ok"}
	time.AfterFunc(noticeTime, func() {
		c.locked(func() { c.notices.Publish(c.message("shutdown_notification", m.Raw, ok, nil)) })()
		c.Close()
	})
	return "shutdown_reply", ok
}

// selection is what queries say about which engines, or requests, are meant.
type selection struct {
	Targets    []json.RawMessage `json:"targets"` // ids or uuids; null means all
	Verbose    bool              `json:"verbose"`
	IDs        protocol.Strings  `json:"msg_ids"` // of requests; in a purge "all" may stand for all
	EngineIDs  []int             `json:"engine_ids"`
	StatusOnly bool              `json:"status_only"`
}

// selected are the engines that a query is about.
func (c *Controller) selected(s selection) ([]*engine, error) {
	all := c.registry.present()
	if s.Targets == nil {
		return all, nil
	}
	var some []*engine
	for _, t := range s.Targets {
		i := slices.IndexFunc(all, func(e *engine) bool { return string(t) == strconv.Itoa(e.id) || string(t) == string(quoted(e.uuid)) })
		if i < 0 {
			return nil, fmt.Errorf("No Such Engine: %s", t)
		}
		some = append(some, all[i])
	}
	return some, nil
}

// ask reads the content of a query and finds the engines that it is about.
func (c *Controller) about(m wire.Message) (s selection, engines []*engine, err error) {
	if err = json.Unmarshal(m.Content, &s); err != nil {
		return s, nil, fmt.Errorf("content of %s: %w", m.Header.Type, err)
	}
	engines, err = c.selected(s)
	return s, engines, err
}

// queueStatus counts, or with "verbose" lists, what every engine has to do and has done.
func (c *Controller) queueStatus(_ *wire.Peer, m wire.Message) (string, any) {
	s, engines, err := c.about(m)
	if err != nil {
		return "hub_error", refusal("IndexError", err.Error())
	}
	reply := map[string]any{"status": "ok", "unassigned": c.queue.idle}
	for _, e := range engines {
		reply[strconv.Itoa(e.id)] = map[string]any{"queue": len(e.owed[mux]), "tasks": len(e.jobs), "completed": e.finished}
	}
	if s.Verbose {
		for _, e := range engines {
			reply[strconv.Itoa(e.id)] = map[string]any{"queue": keys(e.owed[mux]), "tasks": keys(e.jobs), "completed": c.queue.records.of(e.uuid)}
		}
		reply["unassigned"] = c.queue.unassigned()
	}
	return "queue_reply", reply
}

func keys[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// load counts what every engine has to do.
func (c *Controller) load(_ *wire.Peer, m wire.Message) (string, any) {
	_, engines, err := c.about(m)
	if err != nil {
		return "hub_error", refusal("IndexError", err.Error())
	}
	reply := map[string]any{"status": "ok"}
	for _, e := range engines {
		reply[strconv.Itoa(e.id)] = len(e.owed[mux]) + len(e.jobs)
	}
	return "load_reply", reply
}

// results says which requests have ended. What came out of them only their client knows.
func (c *Controller) results(_ *wire.Peer, m wire.Message) (string, any) {
	s, _, err := c.about(m)
	if err != nil {
		return "result_reply", refusal("ValueError", err.Error())
	}
	pending, completed := []string{}, []string{}
	for _, id := range s.IDs {
		_, ended := c.queue.records.byID[id]
		switch {
		case c.pending(id):
			pending = append(pending, id)
		case !ended:
			return "result_reply", refusal("KeyError", "No such message: "+id)
		case !s.StatusOnly:
			return "result_reply", refusal("NotImplementedError", "this controller keeps no results; only the client that asked for "+id+" has it")
		default:
			completed = append(completed, id)
		}
	}
	return "result_reply", map[string]any{"status": "ok", "pending": pending, "completed": completed}
}

// pending reports whether a request was made and has not ended.
func (c *Controller) pending(id string) bool {
	if c.queue.jobs[id] != nil {
		return true
	}
	for _, e := range c.registry.byID {
		if e.owed[mux][id] != nil || e.owed[broadcast][id] != nil {
			return true
		}
	}
	return false
}

// history lists the requests that have ended, oldest first.
func (c *Controller) history(*wire.Peer, wire.Message) (string, any) {
	ids := []string{}
	c.queue.records.each(func(id string, _ record) { ids = append(ids, id) })
	return "history_reply", map[string]any{"status": "ok", "history": ids}
}

// purge forgets requests that have ended.
func (c *Controller) purge(_ *wire.Peer, m wire.Message) (string, any) {
	s, _, err := c.about(m)
	if err != nil {
		return "purge_reply", refusal("ValueError", err.Error())
	}
	all := len(s.IDs) == 1 && s.IDs[0] == "all"
	for _, id := range s.IDs {
		if !all && c.pending(id) {
			return "purge_reply", refusal("IndexError", fmt.Sprintf("msg pending: %q", id))
		}
	}
	for _, id := range s.EngineIDs {
		if c.registry.byID[id] == nil {
			return "purge_reply", refusal("IndexError", fmt.Sprintf("No such engine: %d", id))
		}
	}
	c.queue.records.purge(func(id string, r record) bool {
		return all || slices.Contains(s.IDs, id) || r.engine >= 0 && slices.Contains(s.EngineIDs, r.engine)
	})
	return "purge_reply", map[string]string{"status": "ok"}
}
