package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
)

// cellOutput publishes what a cell shows. It stays good after the cell's end, for goroutines that outlive it; then
// payloads and input have no one to go to.
type cellOutput struct {
	k                  *kernel
	request            request
	count              int
	silent, allowInput bool

	mu     sync.Mutex
	ended  bool
	pages  []any
	next   any     // the last set_next_input
	result *string // text of the result, for history
}

var _ engine.Output = (*cellOutput)(nil)

// end closes payloads and gives them, with the text of the result.
func (o *cellOutput) end() (payload []any, result *string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	payload = append([]any{}, o.pages...)
	if o.next != nil {
		payload = append(payload, o.next)
	}
	return payload, o.result
}

// publish sends an output in its place among the text.
func (o *cellOutput) publish(kind string, content any) {
	if o.silent {
		return
	}
	o.k.streams.Flush(o.request.Raw)
	o.k.publish(kind, o.request.Raw, nil, content)
}

func (o *cellOutput) Stream(name, text string) {
	if !o.silent {
		o.k.streams.Add(o.request.Raw, name, text)
	}
}

func (o *cellOutput) Display(d display.Data) { o.publish("display_data", shown(d)) }

func (o *cellOutput) Update(d display.Data) { o.publish("update_display_data", shown(d)) }

func (o *cellOutput) Clear(wait bool) { o.publish("clear_output", map[string]any{"wait": wait}) }

func (o *cellOutput) Result(d display.Data) {
	if text, ok := d.Data["text/plain"].(string); ok {
		o.mu.Lock()
		o.result = &text
		o.mu.Unlock()
	}
	o.publish("execute_result", map[string]any{
		"execution_count": o.count, "data": bundle(d.Data), "metadata": bundle(d.Metadata), "transient": bundle(d.Transient),
	})
}

func (o *cellOutput) Page(d display.Data) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pages = append(o.pages, map[string]any{"source": "page", "data": bundle(d.Data), "start": 0})
}

func (o *cellOutput) SetNextInput(text string, replace bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next = map[string]any{"source": "set_next_input", "text": text, "replace": replace}
}

// Errors of Input.
var (
	errNoInput     = errors.New("this front end allows no input here (allow_stdin is false)")
	errEnded       = errors.New("input is possible only while the cell runs")
	errInterrupted = errors.New("interrupted while waiting for input")
)

func (o *cellOutput) Input(ctx context.Context, prompt string, password bool) (string, error) {
	o.mu.Lock()
	ended := o.ended
	o.mu.Unlock()
	if ended {
		return "", errEnded
	}
	if !o.allowInput {
		return "", errNoInput
	}
	o.k.streams.Flush(o.request.Raw)
	return o.k.input.ask(ctx, func() {
		content := map[string]any{"prompt": prompt, "password": password}
		if f := o.k.frames("input_request", o.request.Raw, nil, content, o.request.Idents); f != nil {
			o.k.sockets.Stdin.Send(f)
		}
	})
}

func (o *cellOutput) Comm(m engine.CommMessage) {
	o.k.comms.follow(m)
	o.k.streams.Flush(o.request.Raw)
	content := map[string]any{"comm_id": m.ID, "data": object(m.Data)}
	if m.Kind == "open" {
		content["target_name"] = m.Target
	}
	o.k.publish("comm_"+m.Kind, o.request.Raw, object(m.Metadata), content, m.Buffers...)
}

func object(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}

func shown(d display.Data) map[string]any {
	return map[string]any{"data": bundle(d.Data), "metadata": bundle(d.Metadata), "transient": bundle(d.Transient)}
}

// bundle makes a MIME bundle fit for JSON: bytes of text types become text, other bytes base64. What has no JSON is left
// out, and the reason stands for it where there is no plain text, rather than losing all of the output with it.
func bundle(m display.MIMEMap) map[string]any {
	out := make(map[string]any, len(m))
	var reason any
	for mime, v := range m {
		if b, ok := v.([]byte); ok && textual(mime) {
			v = strings.ToValidUTF8(string(b), "\uFFFD")
		}
		raw, err := json.Marshal(v)
		if err != nil {
			reason = "cannot show " + mime + ": " + err.Error()
			continue
		}
		out[mime] = json.RawMessage(raw)
	}
	if _, ok := out["text/plain"]; !ok && reason != nil {
		out["text/plain"] = reason
	}
	return out
}

func textual(mime string) bool {
	return strings.HasPrefix(mime, "text/") || strings.HasSuffix(mime, "+xml") || strings.HasSuffix(mime, "/javascript")
}

// inputs is the question that a cell asks the user, at most one at a time.
type inputs struct {
	one     sync.Mutex // held while a question is open
	mu      sync.Mutex
	answer  chan string   // of the open question, or nil
	stopped chan struct{} // closed by an interrupt of the cell
}

// renew takes back an earlier interrupt.
func (i *inputs) renew() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.stopped = make(chan struct{})
}

// cancel fails the open question and later ones of the cell.
func (i *inputs) cancel() {
	i.mu.Lock()
	defer i.mu.Unlock()
	select {
	case <-i.stopped:
	default:
		close(i.stopped)
	}
}

func (i *inputs) ask(ctx context.Context, send func()) (string, error) {
	i.one.Lock()
	defer i.one.Unlock()
	answer := make(chan string, 1)
	i.mu.Lock()
	stopped := i.stopped
	i.answer = answer
	i.mu.Unlock()
	defer func() {
		i.mu.Lock()
		i.answer = nil
		i.mu.Unlock()
	}()
	send()
	select {
	case text := <-answer:
		return text, nil
	case <-stopped:
		return "", errInterrupted
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// reply answers the open question; an answer to none is dropped.
func (i *inputs) reply(text string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.answer != nil {
		i.answer <- text
		i.answer = nil
	}
}

// readInput takes the answers of the stdin channel.
func (k *kernel) readInput(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case frames := <-k.sockets.Stdin.Messages():
			m, err := k.codec.Decode(frames)
			var reply struct {
				Value string `json:"value"`
			}
			if err == nil {
				err = json.Unmarshal(m.Content, &reply)
			}
			if err != nil || m.Header.Type != "input_reply" {
				k.log.Warn("a message was dropped", "channel", "stdin", "type", m.Header.Type, "error", err)
				continue
			}
			k.input.reply(reply.Value)
		}
	}
}

// comms are the open comms, by id.
type comms struct {
	mu      sync.Mutex
	targets map[string]string
}

func (c *comms) follow(m engine.CommMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch m.Kind {
	case "open":
		c.targets[m.ID] = m.Target
	case "close":
		delete(c.targets, m.ID)
	}
}

// list gives the open comms, of one target or of all for "".
func (c *comms) list(target string) map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := map[string]any{}
	for id, t := range c.targets {
		if target == "" || t == target {
			list[id] = map[string]any{"target_name": t}
		}
	}
	return list
}
