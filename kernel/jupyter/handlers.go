package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/warren-go/warren/internal/wire"
	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
)

// laneName says who runs a handler.
type laneName int

const (
	here      laneName = iota // the goroutine that reads the channel
	cellLane                  // one cell after the other
	quickLane                 // in order, beside a running cell
	commLane                  // likewise; a handler of the session may take its time
	slowLane                  // may take seconds, beside a running cell
)

// content is the content of a reply. A nil one means that the message has no reply.
type content map[string]any

// handler is an entry of the tables below. after, if any, runs when the request is answered and idle.
type handler struct {
	handle func(*kernel, context.Context, request) content
	lane   laneName
	after  func(*kernel)
}

// request is a message with where it came from and what answers it.
type request struct {
	wire.Message
	from *wire.Router
	handler
}

// shellTypes are the messages of the shell channel.
var shellTypes = map[string]handler{
	"execute_request":     {(*kernel).execute, cellLane, (*kernel).abort},
	"complete_request":    {(*kernel).complete, slowLane, nil},
	"inspect_request":     {(*kernel).inspect, slowLane, nil},
	"is_complete_request": {(*kernel).isComplete, quickLane, nil},
	"history_request":     {(*kernel).searchHistory, quickLane, nil},
	"kernel_info_request": {(*kernel).info, quickLane, nil},
	"comm_info_request":   {(*kernel).commInfo, commLane, nil},
	"comm_open":           {(*kernel).comm, commLane, nil},
	"comm_msg":            {(*kernel).comm, commLane, nil},
	"comm_close":          {(*kernel).comm, commLane, nil},
	"interrupt_request":   {(*kernel).interruptRequest, quickLane, nil},
	"shutdown_request":    {(*kernel).shutdown, quickLane, (*kernel).end},
}

// controlTypes are the messages of the control channel.
var controlTypes = map[string]handler{
	"interrupt_request":   {(*kernel).interruptRequest, here, nil},
	"shutdown_request":    {(*kernel).shutdown, here, (*kernel).end},
	"kernel_info_request": {(*kernel).info, here, nil},
	"comm_info_request":   {(*kernel).commInfo, here, nil},
	"debug_request":       {(*kernel).debug, here, nil},
}

func lookUp(types map[string]handler, kind string) handler {
	if h, ok := types[kind]; ok {
		return h
	}
	return handler{(*kernel).unknown, quickLane, nil}
}

// answer is the envelope of every request: busy, handle, flush, reply, idle. A handler that panics answers with an error.
func (k *kernel) answer(ctx context.Context, r request) {
	started := time.Now()
	k.status("busy", r.Raw)
	reply := k.guard(ctx, r)
	k.streams.Flush(r.Raw)
	if reply != nil {
		k.reply(r, reply, started)
	}
	k.status("idle", r.Raw)
	k.stillBusy(r.Raw)
	if r.after != nil {
		r.after(k)
	}
}

func (k *kernel) guard(ctx context.Context, r request) (reply content) {
	defer func() {
		if p := recover(); p != nil {
			k.log.Error("a request failed inside the kernel", "type", r.Header.Type, "panic", p, "stack", string(debug.Stack()))
			reply = failure("kernel error", fmt.Sprint("the kernel failed at this request: ", p), nil)
		}
	}()
	return r.handle(k, ctx, r)
}

func (k *kernel) status(state string, parent json.RawMessage) {
	k.publish("status", parent, nil, map[string]any{"execution_state": state})
}

// stillBusy repeats that a cell runs after another request went idle: JupyterLab shows the last state it saw, of any request.
func (k *kernel) stillBusy(answered json.RawMessage) {
	k.mu.Lock()
	defer k.mu.Unlock() // held, so that busy cannot come after the cell's own idle
	if k.running != nil && string(k.running) != string(answered) {
		k.status("busy", k.running)
	}
}

func (k *kernel) reply(r request, c content, started time.Time) {
	metadata := map[string]any{"started": wire.Date(started), "status": c["status"]}
	if f := k.frames(replyType(r.Header.Type), r.Raw, metadata, c, r.Idents); f != nil {
		r.from.Send(f)
	}
}

func replyType(kind string) string { return strings.TrimSuffix(kind, "_request") + "_reply" }

func failure(name, value string, traceback []string) content {
	if name == "" {
		name = "error"
	}
	if value == "" {
		value = name
	}
	if len(traceback) == 0 {
		traceback = []string{name + ": " + value}
	}
	return content{"status": "error", "ename": name, "evalue": value, "traceback": traceback}
}

func badRequest(r request, err error) content {
	return failure("bad request", fmt.Sprintf("%s: %v", r.Header.Type, err), nil)
}

// unknown answers requests that this kernel does not know; other messages have no answer.
func (k *kernel) unknown(_ context.Context, r request) content {
	k.log.Warn("a message type is not known", "type", r.Header.Type)
	if !strings.HasSuffix(r.Header.Type, "_request") {
		return nil
	}
	return failure("not supported", r.Header.Type+" is not known to this kernel", nil)
}

func (k *kernel) debug(context.Context, request) content {
	return failure("not supported", "this kernel has no debugger", nil)
}

func (k *kernel) info(context.Context, request) content {
	i := k.interp.Info()
	links := i.HelpLinks
	if links == nil {
		links = []HelpLink{}
	}
	return content{
		"status": "ok", "protocol_version": wire.ProtocolVersion, "implementation": i.Implementation,
		"implementation_version": i.ImplementationVersion, "banner": i.Banner, "help_links": links,
		"supported_features": []string{}, "debugger": false,
		"language_info": map[string]any{
			"name": "go", "version": i.LanguageVersion, "mimetype": "text/x-go", "file_extension": ".go",
			"pygments_lexer": "go", "codemirror_mode": "go", "nbconvert_exporter": "script",
		},
	}
}

func (k *kernel) complete(ctx context.Context, r request) content {
	var q struct {
		Code   string `json:"code"`
		Cursor *int   `json:"cursor_pos"`
	}
	if err := json.Unmarshal(r.Content, &q); err != nil {
		return badRequest(r, err)
	}
	c, err := k.interp.Complete(ctx, q.Code, byteOffset(q.Code, q.Cursor))
	if err != nil {
		return failure("completion failed", err.Error(), nil)
	}
	if c.Matches == nil {
		c.Matches = []string{}
	}
	start, end := codepoints(q.Code, c.Start), codepoints(q.Code, c.End)
	return content{
		"status": "ok", "matches": c.Matches, "cursor_start": start, "cursor_end": end,
		"metadata": map[string]any{"_jupyter_types_experimental": typesOf(c, start, end)},
	}
}

// typesOf is what JupyterLab shows beside the matches.
func typesOf(c Completion, start, end int) []map[string]any {
	at := func(list []string, i int) string {
		if i < len(list) {
			return list[i]
		}
		return ""
	}
	types := make([]map[string]any, len(c.Matches))
	for i, m := range c.Matches {
		types[i] = map[string]any{"text": m, "type": at(c.Types, i), "signature": at(c.Signatures, i), "start": start, "end": end}
	}
	return types
}

func (k *kernel) inspect(ctx context.Context, r request) content {
	var q struct {
		Code   string `json:"code"`
		Cursor *int   `json:"cursor_pos"`
		Detail int    `json:"detail_level"`
	}
	if err := json.Unmarshal(r.Content, &q); err != nil {
		return badRequest(r, err)
	}
	d, found, err := k.interp.Inspect(ctx, q.Code, byteOffset(q.Code, q.Cursor), q.Detail)
	if err != nil {
		return failure("inspection failed", err.Error(), nil)
	}
	if !found {
		d = display.Data{}
	}
	return content{"status": "ok", "found": found, "data": bundle(d.Data), "metadata": bundle(d.Metadata)}
}

func (k *kernel) isComplete(_ context.Context, r request) content {
	var q struct {
		Code string `json:"code"`
	}
	if err := json.Unmarshal(r.Content, &q); err != nil {
		return badRequest(r, err)
	}
	status, indent := k.interp.IsComplete(q.Code)
	c := content{"status": status}
	if status == "incomplete" {
		c["indent"] = indent
	}
	return c
}

func (k *kernel) commInfo(_ context.Context, r request) content {
	var q struct {
		Target string `json:"target_name"`
	}
	if err := json.Unmarshal(r.Content, &q); err != nil {
		return badRequest(r, err)
	}
	return content{"status": "ok", "comms": k.comms.list(q.Target)}
}

// comm passes a message of a front end to the session.
func (k *kernel) comm(ctx context.Context, r request) content {
	var q struct {
		ID     string          `json:"comm_id"`
		Target string          `json:"target_name"`
		Data   json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(r.Content, &q); err != nil {
		k.log.Warn("a comm message was dropped", "error", err)
		return nil
	}
	m := engine.CommMessage{
		Kind: strings.TrimPrefix(r.Header.Type, "comm_"), ID: q.ID, Target: q.Target, Data: q.Data, Metadata: r.Metadata, Buffers: r.Buffers,
	}
	k.comms.follow(m)
	out := &cellOutput{k: k, request: r, ended: true} // what asks the user, or pages, needs a cell
	switch err := k.interp.Comm(ctx, m, out); {
	case err == nil:
	case !errors.Is(err, engine.ErrNoComm):
		k.failed(out, err)
	case m.Kind != "close":
		out.Comm(engine.CommMessage{Kind: "close", ID: m.ID})
	}
	return nil
}

func (k *kernel) interruptRequest(context.Context, request) content {
	k.interrupt()
	return content{"status": "ok"}
}

// end ends the kernel.
func (k *kernel) end() { k.stop() }

// shutdown answers here and on iopub, so that every front end knows.
func (k *kernel) shutdown(_ context.Context, r request) content {
	var q struct {
		Restart bool `json:"restart"`
	}
	if err := json.Unmarshal(r.Content, &q); err != nil {
		return badRequest(r, err)
	}
	c := content{"status": "ok", "restart": q.Restart}
	k.publish("shutdown_reply", r.Raw, nil, c)
	return c
}
