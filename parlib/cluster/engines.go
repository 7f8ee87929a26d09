package cluster

import (
	"context"
	"os"
	"time"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/client"
)

// Engine is one row of what Engines says.
type Engine struct {
	ID    int
	Host  string // where it was when it was idle last; "" if it never was, or cannot tell
	PID   int    // of the process that runs calls, or 0 like Host; a signal to 0 is one to the caller and its kin
	State string // "idle", "busy", or "stuck": busy with a call that timed out or was given up
	Calls int    // that this client waits for
}

// askTime is how long idle engines may take to say where they run.
const askTime = time.Second

// Engines is a table of the engines that are registered.
func (c *Cluster) Engines() []Engine {
	if c == nil || c.core == nil {
		return nil
	}
	rows := c.d.rows()
	engines := c.client.Engines()
	c.ask(engines, rows)
	for i, e := range engines {
		if at, known := c.places.Load(e.UUID); known && i < len(rows) && rows[i].ID == e.ID {
			rows[i].Host, rows[i].PID = at.(place).Host, at.(place).PID
		}
	}
	return rows
}

// ask has the engines that are idle say where they run.
func (c *core) ask(engines []client.Engine, rows []Engine) {
	ctx, cancel := context.WithTimeout(context.Background(), askTime)
	defer cancel()
	asked := map[string]*client.Future{}
	for i, e := range engines {
		if i >= len(rows) || rows[i].ID != e.ID || rows[i].State != "idle" {
			continue
		}
		if buffers, err := function.Encode(where{}); err == nil {
			asked[e.UUID] = c.client.Direct(ctx, e, client.Apply(buffers, nil))
		}
	}
	for uuid, f := range asked {
		if reply, err := f.Wait(ctx); err == nil {
			if at, err := function.Decode[place](reply.Buffers); err == nil {
				c.places.Store(uuid, at)
			}
		}
	}
}

// rows is what the dispatcher knows.
func (d *dispatcher) rows() []Engine {
	engines := d.client.Engines()
	d.mu.Lock()
	defer d.mu.Unlock()
	rows := make([]Engine, len(engines))
	for i, e := range engines {
		rows[i] = Engine{ID: e.ID, State: "idle"}
		l := d.lanes[e.ID]
		if l == nil {
			continue
		}
		rows[i].Calls = l.busy
		switch {
		case l.stuck > 0:
			rows[i].State = "stuck"
		case l.busy > 0:
			rows[i].State = "busy"
		}
	}
	return rows
}

// where is a task that says where it runs.
type where struct{}

type place struct {
	Host string
	PID  int
}

// Run returns a place.
func (where) Run(context.Context) (any, error) {
	host, err := os.Hostname()
	return place{host, os.Getpid()}, err
}
