package client

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// Request is something to be done by an engine.
type Request struct {
	Type     string // such as "execute_request"
	Content  any    // becomes a JSON object; nil is an empty one
	Metadata any    // becomes a JSON object; nil is an empty one
	Buffers  [][]byte
	// Output gets what the engine publishes for this request, in order, from one goroutine at a time. It may be nil: then nobody
	// waits for output either.
	Output func(Output)
}

// Execute is a request that runs code, whose output goes to a function, or is dropped if that is nil.
func Execute(code string, silent bool, output func(Output)) Request {
	return Request{Type: "execute_request", Content: protocol.ExecuteRequest{Code: code, Silent: silent}, Output: output}
}

// Apply is a request that calls a function. The buffers say which, and with what.
func Apply(buffers [][]byte, output func(Output)) Request {
	return Request{Type: "apply_request", Buffers: buffers, Output: output}
}

// Task says where and when the controller's scheduler may run a request, as IPython Parallel's metadata have it. Dependencies are
// ids of requests.
type Task struct {
	Targets []string // uuids of engines that may run it; empty for all
	After   any      // a list of ids, or a dependency with its flags; nil for none
	Follow  any      // the same, of requests that have run on the engine
	Timeout float64  // seconds until the dependencies must be met; 0 for no limit
	Retries int
}

func (t Task) metadata() map[string]any {
	m := map[string]any{"after": orEmpty(t.After), "follow": orEmpty(t.Follow), "timeout": nil, "targets": []string{}, "retries": t.Retries, "label": nil}
	if t.Timeout > 0 {
		m["timeout"] = t.Timeout
	}
	if len(t.Targets) > 0 {
		m["targets"] = t.Targets
	}
	return m
}

func orEmpty(v any) any {
	if v == nil {
		return []string{}
	}
	return v
}

// Direct sends a request to one engine, which runs it when those before it are done. As for all that send, ctx bounds only the
// sending.
func (c *Client) Direct(ctx context.Context, e Engine, r Request) *Future {
	return c.request(ctx, c.mux, e, r)
}

// Control sends a request to one engine, which answers at once. The Type says what is wanted: "abort_request", "clear_request",
// "shutdown_request" or "signal_request".
func (c *Client) Control(ctx context.Context, e Engine, kind string, content any) *Future {
	return c.request(ctx, c.control, e, Request{Type: kind, Content: content})
}

// Balanced has the controller's scheduler choose an engine. A Metadata of r is replaced by what t says.
func (c *Client) Balanced(ctx context.Context, t Task, r Request) *Future {
	r.Metadata = t.metadata()
	return c.request(ctx, c.task, Engine{ID: -1}, r)
}

// Hub asks the controller itself. Its answer's content is that of the reply.
func (c *Client) Hub(ctx context.Context, kind string, content any) *Future {
	return c.request(ctx, c.hub, Engine{ID: -1}, Request{Type: kind, Content: content})
}

// request sends to an engine, if that is named, or to the controller.
func (c *Client) request(ctx context.Context, by *wire.Link, e Engine, r Request) *Future {
	f := newFuture(e, r.Output)
	m, err := c.message(r)
	if err != nil {
		return f.fail(err)
	}
	f.id = m.Header.ID
	if e.UUID != "" {
		m.Idents = [][]byte{[]byte(e.UUID)}
	}
	if err := c.table.add(f); err != nil {
		return f.fail(err)
	}
	if err := c.dispatch(ctx, by, m); err != nil {
		c.table.drop(f, err)
	}
	return f
}

// Broadcast sends one request that the controller multiplies for several engines, and returns a future for each.
func (c *Client) Broadcast(ctx context.Context, engines []Engine, r Request) []*Future {
	targets := make([][2]any, len(engines))
	for i, e := range engines {
		targets[i] = [2]any{e.UUID, e.ID}
	}
	r.Metadata = map[string]any{"targets": targets, "is_broadcast": true, "is_coalescing": false}
	m, err := c.message(r)
	futures := make([]*Future, len(engines))
	sent := 0
	for i, e := range engines {
		f := newFuture(e, r.Output)
		futures[i] = f
		f.id = m.Header.ID + "_" + e.UUID // as the controller renames it
		failed := err
		if failed == nil {
			failed = c.table.add(f)
		}
		if failed != nil {
			f.fail(failed)
			continue
		}
		sent++
	}
	if sent == 0 {
		return futures
	}
	if err := c.dispatch(ctx, c.broadcast, m); err != nil {
		for _, f := range futures {
			c.table.drop(f, err)
		}
	}
	return futures
}

func (c *Client) message(r Request) (wire.Message, error) {
	if r.Content == nil {
		r.Content = struct{}{}
	}
	m, err := c.codec.New(r.Type, nil, r.Content)
	if err != nil || r.Metadata == nil {
		m.Buffers = r.Buffers
		return m, err
	}
	m.Buffers = r.Buffers
	if m.Metadata, err = json.Marshal(r.Metadata); err != nil {
		return m, fmt.Errorf("metadata of %s: %w", r.Type, err)
	}
	return m, nil
}

// dispatch signs and sends a message. An end of the client ends the wait for a controller that takes nothing.
func (c *Client) dispatch(ctx context.Context, by *wire.Link, m wire.Message) error {
	frames, err := c.codec.Encode(m)
	if err != nil {
		return err
	}
	if err := by.Send(ctx, frames); err != nil {
		if ended := c.Err(); ended != nil {
			return ended
		}
		return fmt.Errorf("the request was not sent: %w", err)
	}
	return nil
}
