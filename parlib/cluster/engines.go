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
	Host  string // "" if the engine is busy, or cannot tell
	PID   int    // of the process that runs calls; 0 like Host
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
	ctx, cancel := context.WithTimeout(context.Background(), askTime)
	defer cancel()
	asked := make([]*client.Future, len(rows))
	for i, e := range c.client.Engines() {
		if i >= len(rows) || rows[i].ID != e.ID || rows[i].State != "idle" {
			continue
		}
		if buffers, err := function.Encode(where{}); err == nil {
			asked[i] = c.client.Direct(ctx, e, client.Apply(buffers, nil))
		}
	}
	for i, f := range asked {
		if f == nil {
			continue
		}
		if reply, err := f.Wait(ctx); err == nil {
			if at, err := function.Decode[place](reply.Buffers); err == nil {
				rows[i].Host, rows[i].PID = at.Host, at.PID
			}
		}
	}
	return rows
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
