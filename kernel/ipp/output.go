package ipp

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	ipp "github.com/warren-go/warren/internal/ipp/engine"
	"github.com/warren-go/warren/kernel/coalesce"
	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
)

// output shows clients what a cell shows. What goroutines print that outlive their cell still goes to the request that started them.
// Output that cannot be sent is lost, as it is when no client listens.
type output struct {
	out  *ipp.Output
	text *coalesce.Streams

	mu   sync.Mutex
	last *display.Data // the value of the last expression, so far
}

var _ engine.Output = (*output)(nil)

func newOutput(out *ipp.Output) *output {
	return &output{out: out, text: coalesce.New(func(_ []byte, name, text string) {
		w := out.Stdout()
		if name == "stderr" {
			w = out.Stderr()
		}
		_, _ = w.Write([]byte(text))
	})}
}

// flush sends the text that waits for more.
func (o *output) flush() { o.text.Flush(nil) }

func (o *output) Stream(name, text string) { o.text.Add(nil, name, text) }

// Display sends what is drawn in its place among the text.
func (o *output) Display(d display.Data) {
	o.flush()
	_ = o.out.Publish("display_data", bundle(display.Encode(d)))
}

func (o *output) Update(d display.Data) {
	o.flush()
	_ = o.out.Publish("update_display_data", bundle(display.Encode(d)))
}

func (o *output) Clear(wait bool) {
	o.flush()
	_ = o.out.Publish("clear_output", map[string]any{"wait": wait})
}

// Result keeps a value, since a request has one result: of several, which cells with magics may have, the first ones are shown only.
func (o *output) Result(d display.Data) {
	o.mu.Lock()
	before := o.last
	o.last = &d
	o.mu.Unlock()
	if before != nil {
		o.Display(*before)
	}
}

// value is the value of the request.
func (o *output) value() *ipp.Result {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last == nil {
		return nil
	}
	return result(*o.last)
}

func result(d display.Data) *ipp.Result {
	d = display.Encode(d)
	return &ipp.Result{Data: d.Data, Metadata: d.Metadata}
}

// Page shows as text what a notebook shows in its pager.
func (o *output) Page(d display.Data) {
	if text, ok := d.Data[display.MIMETypeText].(string); ok {
		o.Stream("stdout", text+"\n")
	}
}

// SetNextInput has no meaning here: clients have no next cell.
func (o *output) SetNextInput(string, bool) {}

func (o *output) Input(context.Context, string, bool) (string, error) {
	return "", errors.New("an engine of a cluster has no user to ask")
}

// Comm sends a message of a comm, for clients that show widgets; none can answer.
func (o *output) Comm(m engine.CommMessage) {
	content := map[string]any{"comm_id": m.ID, "data": object(m.Data)}
	if m.Kind == "open" {
		content["target_name"] = m.Target
	}
	o.flush()
	_ = o.out.Publish("comm_"+m.Kind, content)
}

func object(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}

func bundle(d display.Data) map[string]any {
	return map[string]any{"data": d.Data, "metadata": d.Metadata, "transient": d.Transient}
}
