package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// outgoing is a message that the engine sends, before it is signed.
type outgoing struct {
	kind     string
	parent   json.RawMessage // the header of what it answers
	idents   [][]byte
	content  any
	metadata any // nil for the engine's uuid alone
	buffers  [][]byte
}

func (e *engine) send(ctx context.Context, l *wire.Link, o outgoing) error {
	m, err := e.codec.New(o.kind, o.parent, o.content)
	if err != nil {
		return err
	}
	m.Metadata = e.origin
	if o.metadata != nil {
		if m.Metadata, err = json.Marshal(o.metadata); err != nil {
			return fmt.Errorf("metadata of %s: %w", o.kind, err)
		}
	}
	m.Idents, m.Buffers = o.idents, o.buffers
	frames, err := e.codec.Encode(m)
	if err != nil {
		return err
	}
	return l.Send(ctx, frames)
}

// outcome is what became of a request: fields of a reply's content, and buffers.
type outcome struct {
	status  string
	content map[string]any
	buffers [][]byte
	failed  string // the name of the failure, or ""
	silent  bool   // nothing was published for it
}

func succeeded(content map[string]any, buffers [][]byte) outcome {
	return outcome{status: "ok", content: content, buffers: buffers}
}

func (e *engine) failed(method string, err error) outcome {
	f := failure(err)
	return outcome{status: "error", failed: f.Name, content: map[string]any{
		"ename": f.Name, "evalue": f.Value, "traceback": f.Traceback, "engine_info": e.info(method),
	}}
}

func (e *engine) info(method string) *protocol.EngineInfo {
	return &protocol.EngineInfo{UUID: e.codec.Session(), ID: e.id, Method: method}
}

// reply answers a request.
func (e *engine) reply(ctx context.Context, r request, started time.Time, o outcome) error {
	metadata := protocol.ReplyMetadata{
		RequestMetadata: e.metadataOf(r), Started: wire.Date(started), Status: o.status, Engine: e.codec.Session(),
		DependenciesMet: o.failed != unmet, Silent: o.silent,
	}
	if o.status == "error" {
		metadata.Info = e.info("")
	}
	content := map[string]any{"status": o.status}
	for k, v := range o.content {
		content[k] = v
	}
	err := e.send(ctx, r.from, outgoing{
		kind: replyKind(r), parent: r.Raw, idents: r.Idents, content: content, metadata: metadata, buffers: o.buffers,
	})
	if err != nil {
		return lost(ctx, "reply", err)
	}
	return nil
}

func (e *engine) metadataOf(r request) (m protocol.RequestMetadata) {
	if err := json.Unmarshal(r.Metadata, &m); err != nil {
		e.Log.Warn("metadata of a request cannot be read", "error", err)
	}
	return m
}

func replyKind(r request) string { return strings.TrimSuffix(r.Header.Type, "_request") + "_reply" }

// publish shows something to all clients.
func (e *engine) publish(ctx context.Context, r request, topic, kind string, content any) error {
	t := [][]byte{[]byte(protocol.Topic(e.id, topic))}
	return e.send(ctx, e.iopub, outgoing{kind: kind, parent: r.Raw, idents: t, content: content})
}

// status says that the engine is busy with a request, or idle after it, when all output of it has been sent.
func (e *engine) status(ctx context.Context, r request, state string) error {
	if err := e.publish(ctx, r, "status", "status", json.RawMessage(`{"execution_state":"`+state+`"}`)); err != nil {
		return lost(ctx, "iopub", err)
	}
	return nil
}
