package controller

import (
	"context"
	"encoding/json"
	"sync/atomic"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// rawEngine is one that does nothing by itself but answer heartbeats, while it is alive. The test sees its requests.
type rawEngine struct {
	*client // links are the engine's
	id      int
	uuid    string
	silent  atomic.Bool // does not answer heartbeats
}

// raw registers an engine. It is connected everywhere, except for the channels named.
func (c *cluster) raw(without ...string) *rawEngine {
	c.t.Helper()
	f := c.EngineInfo()
	codec, err := wire.NewCodec(f.Scheme, f.Key, "engine")
	if err != nil {
		c.t.Fatal(err)
	}
	e := &rawEngine{client: &client{t: c.t, codec: codec, links: map[string]*wire.Link{}}, uuid: codec.Session()}
	c.t.Cleanup(e.close)
	e.dial("hub", f.Base, f.Registration)
	r := e.ask("hub", message{kind: "registration_request", content: protocol.RegistrationRequest{UUID: e.uuid}})
	r.ok(c.t)
	e.id = int(r.content["id"].(float64))
	ports := map[string]int{"mux": f.Mux, "task": f.Task, "broadcast": f.Broadcast[0], "control": f.Control, "pong": f.Pong}
	for _, name := range without {
		delete(ports, name)
	}
	for name, port := range ports {
		e.dial(name, f.Base, port)
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), wait)
	defer cancel()
	ping, err := wire.DialSubscriber(ctx, f.Address(f.Ping), "")
	if err != nil {
		c.t.Fatal(err)
	}
	e.links["ping"] = ping
	go func() {
		for frames := range ping.Messages() {
			if pong := e.links["pong"]; pong != nil && !e.silent.Load() {
				_ = pong.Send(context.Background(), frames) // the controller may be gone
			}
		}
	}()
	return e
}

func (e *rawEngine) dial(name string, b protocol.Base, port int) {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), wait)
	defer cancel()
	l, err := wire.DialDealer(ctx, b.Address(port), e.uuid)
	if err != nil {
		e.t.Fatal(name, err)
	}
	e.links[name] = l
}

// registered waits until the controller gives the engine requests.
func (c *cluster) registered(e *rawEngine) *rawEngine {
	c.t.Helper()
	c.until("the engine is registered", func() bool { own := c.registry.byID[e.id]; return own != nil && own.state == serving })
	return e
}

// request waits for one.
func (e *rawEngine) request(link string) wire.Message {
	e.t.Helper()
	m, err := e.codec.Open(e.frames(link))
	if err != nil {
		e.t.Fatal(err)
	}
	return m
}

func (e *rawEngine) answer(link string, m wire.Message, status string, metadata fields) {
	e.t.Helper()
	a, err := e.codec.New("apply_reply", m.Raw, fields{"status": status, "ename": "Bad", "evalue": "raw"})
	if err != nil {
		e.t.Fatal(err)
	}
	all := fields{"status": status, "engine": e.uuid}
	for key, value := range metadata {
		all[key] = value
	}
	if a.Metadata, err = json.Marshal(all); err != nil {
		e.t.Fatal(err)
	}
	a.Idents = m.Idents
	frames, err := e.codec.Encode(a)
	if err != nil {
		e.t.Fatal(err)
	}
	e.raw(link, frames)
}
