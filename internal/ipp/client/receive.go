package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// outcome is the content of a reply, as far as it says how the request went.
type outcome struct {
	Status string               `json:"status"`
	Info   *protocol.EngineInfo `json:"engine_info"`
	protocol.Failure
}

// onReply completes the request that a reply belongs to.
func (c *Client) onReply(m wire.Message) error {
	id, err := parentOf(m)
	if err != nil {
		return err
	}
	var metadata protocol.ReplyMetadata
	if err := json.Unmarshal(m.Metadata, &metadata); err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	var o outcome
	if err := json.Unmarshal(m.Content, &o); err != nil {
		return fmt.Errorf("content: %w", err)
	}
	answered := false
	known := c.table.reply(id, func(f *Future) {
		if e, ok := c.table.engines[metadata.Engine]; ok {
			f.engine, answered = e, true
		}
		f.reply = Reply{Content: m.Content, Buffers: m.Buffers}
		f.err = o.err(f.engine.ID)
		f.times.Started, f.times.Completed, f.times.Received = parseDate(metadata.Started), parseDate(m.Header.Date), time.Now()
	})
	if !known {
		return errors.New("nobody waits for it")
	}
	if metadata.Silent || o.Status == "aborted" || o.Status == "error" && (!answered || o.Info == nil) {
		c.table.idle(id) // what did not run says nothing
	}
	return nil
}

func (o outcome) err(engine int) error {
	switch o.Status {
	case "ok":
		return nil
	case "aborted":
		return fmt.Errorf("engine %d: %w", engine, ErrAborted)
	case "error":
		if o.Info != nil && engine < 0 {
			engine = o.Info.ID
		}
		return &RemoteError{Engine: engine, Name: o.Name, Value: o.Value, Traceback: o.Traceback}
	}
	return fmt.Errorf("the reply has status %q; %q, %q or %q is known", o.Status, "ok", "error", "aborted")
}

// parentOf is the id of the request that a message belongs to.
func parentOf(m wire.Message) (string, error) {
	var parent struct {
		ID string `json:"msg_id"`
	}
	if err := json.Unmarshal(m.Parent, &parent); err != nil {
		return "", fmt.Errorf("parent header: %w", err)
	}
	return parent.ID, nil
}

// parseDate takes ISO 8601 with or without a zone, where it is in UTC. The zero time stands for what cannot be read.
func parseDate(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	return time.Time{}
}

// onHub takes the controller's own answers.
func (c *Client) onHub(m wire.Message) error {
	if m.Header.Type == "connection_reply" {
		if err := c.onEngines(m); err != nil {
			return err
		}
	}
	return c.onReply(m)
}

// onEngines takes the list of all engines.
func (c *Client) onEngines(m wire.Message) error {
	var reply struct {
		protocol.ConnectionReply
		protocol.Failure
	}
	if err := json.Unmarshal(m.Content, &reply); err != nil {
		return fmt.Errorf("connection_reply: %w", err)
	}
	if reply.Status != "ok" {
		return fmt.Errorf("the controller refuses the connection: %s: %s", reply.Name, reply.Value)
	}
	news := false
	for text, uuid := range reply.Engines {
		id, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("connection_reply: engine %q has no number", text)
		}
		news = c.table.come(Engine{id, uuid}) || news
	}
	if news {
		c.changed()
	}
	return nil
}

// onNotification follows engines that come and go, and hears of the controller's end.
func (c *Client) onNotification(m wire.Message) error {
	switch m.Header.Type {
	case "shutdown_notification":
		c.stop(fmt.Errorf("%w: it was shut down", ErrControllerGone))
		return nil
	case "registration_notification", "unregistration_notification":
	default:
		return nil
	}
	var n protocol.Notification
	if err := json.Unmarshal(m.Content, &n); err != nil {
		return fmt.Errorf("content: %w", err)
	}
	if !strings.HasPrefix(m.Header.Type, "un") {
		if c.table.come(Engine(n)) {
			c.changed()
		}
		return nil
	}
	if e, known := c.table.leave(n.UUID); known {
		c.tasks.Go(func() { c.lose(e) })
		c.changed()
	}
	return nil
}

// lose ends the requests of an engine that is gone, when their replies have had the time to come.
func (c *Client) lose(e Engine) {
	select {
	case <-time.After(lossTime):
		c.table.failEngine(e)
	case <-c.ctx.Done():
	}
}

func (c *Client) changed() {
	if c.Changed != nil {
		c.Changed()
	}
}
