package controller

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/warren-go/warren/internal/wire"
)

// audience is what the metadata of a broadcast says.
type audience struct {
	Targets    []target `json:"targets"`
	Coalescing bool     `json:"is_coalescing"`
	Original   string   `json:"original_msg_id"`
}

// target is an engine as broadcasts name it: a list of its uuid and its id.
type target struct {
	uuid string
	raw  json.RawMessage
}

func (t *target) UnmarshalJSON(text []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil || len(parts) == 0 {
		return fmt.Errorf("%s is no target: want a list of uuid and id", text)
	}
	t.raw = append(json.RawMessage{}, text...)
	return json.Unmarshal(parts[0], &t.uuid)
}

func (t target) MarshalJSON() ([]byte, error) { return t.raw, nil }

// onBroadcast sends a request to several engines, to each under an id of its own, by which its reply goes back; or else all
// replies become one.
func (c *Controller) onBroadcast(p *wire.Peer, m wire.Message) {
	var to audience
	err := json.Unmarshal(m.Metadata, &to)
	if err == nil && len(to.Targets) == 0 {
		err = errors.New("no targets")
	}
	seen := map[string]bool{}
	to.Targets = slices.DeleteFunc(to.Targets, func(t target) bool {
		again := seen[t.uuid]
		seen[t.uuid] = true
		return again
	})
	if err != nil {
		c.deliver(p, "", c.answer(newRequest(p, m), nil, "error", refusal("ValueError", fmt.Sprintf("metadata of a broadcast: %v", err))))
		return
	}
	if to.Original == "" {
		to.Original = m.Header.ID
		m.Metadata = withField(m.Metadata, "original_msg_id", to.Original)
	}
	var g *gather
	if to.Coalescing {
		g = newGather(newRequest(p, m), to.Targets)
	}
	for _, t := range to.Targets {
		part := m
		part.Header.ID = to.Original + "_" + t.uuid
		part.Raw, part.Idents = withField(m.Raw, "msg_id", part.Header.ID), [][]byte{[]byte(p.ID())}
		r := newRequest(p, part)
		r.gather = g
		if engine := c.ask(broadcast, t.uuid, r, c.codec.Seal(part), true); engine != nil {
			engine.Wait(c.ctx)
		}
	}
}

func quoted(s string) json.RawMessage {
	text, _ := json.Marshal(s) // text never fails
	return text
}

// gather makes one reply of those of several engines.
type gather struct {
	*request
	targets []target
	left    int
	buffers map[string][][]byte // by uuid
	last    wire.Message        // the reply of one engine: the first that failed, or else any
	failed  bool
}

func newGather(r *request, targets []target) *gather {
	return &gather{request: r, targets: targets, left: len(targets), buffers: map[string][][]byte{}}
}

// add takes the reply of an engine, frames without idents, and sends all of them when it is the last.
func (g *gather) add(c *Controller, uuid string, frames [][]byte) {
	m := wire.Message{Raw: frames[2], Metadata: frames[4], Content: frames[5], Buffers: frames[6:]}
	g.buffers[uuid] = m.Buffers
	var content struct {
		Status string `json:"status"`
	}
	_ = json.Unmarshal(m.Content, &content) // what has no status is not "ok"
	if failed := content.Status != "ok"; !g.failed {
		g.failed, g.last = failed, m
	}
	if g.left--; g.left == 0 {
		c.deliver(g.client, uuid, c.codec.Seal(g.reply()))
	}
}

func (g *gather) reply() wire.Message {
	m := g.last
	m.Parent, m.Buffers = g.header, nil
	m.Metadata = withField(m.Metadata, "broadcast_targets", g.targets)
	if !g.failed {
		for _, t := range g.targets {
			m.Buffers = append(m.Buffers, g.buffers[t.uuid]...)
		}
	}
	return m
}
