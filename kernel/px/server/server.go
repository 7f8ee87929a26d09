// Package server does in the worker what the magics of clusters ask for, see package px.
package server

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/warren-go/warren/kernel/display/comm"
	"github.com/warren-go/warren/kernel/px"
	"github.com/warren-go/warren/parlib/cluster"
)

// Serve makes the worker answer. It is called once, and starts nothing by itself.
func Serve() {
	s := &server{}
	comm.Serve(px.Target, s.opened)
}

// server is what the magics know from one cell to the next.
type server struct {
	mu      sync.Mutex
	started *cluster.Cluster // by %cluster: nothing else may hold it
	pending *pending         // code that nobody waits for yet
}

// opened answers a request beside the worker's other work, until it is done or a message says that nobody waits.
func (s *server) opened(c *comm.Comm, open comm.Message) {
	var r px.Request
	if err := open.Decode(&r); err != nil {
		_ = c.Close(px.Answer{Error: err.Error()})
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.OnMessage(func(comm.Message) { cancel() })
	c.OnClose(func(comm.Message) { cancel() })
	go func() {
		defer cancel()
		_ = c.Close(s.answer(ctx, r, func(o px.Output) { _ = c.Send(o) })) // a front that is gone needs no answer
	}()
}

// actions say how each request is answered.
var actions = map[string]func(*server, context.Context, px.Request, func(px.Output)) (px.Answer, error){
	px.Start:   (*server).start,
	px.Connect: (*server).connect,
	px.Stop:    (*server).stop,
	px.Status:  (*server).status,
	px.Run:     (*server).run,
	px.Collect: (*server).collect,
}

func (s *server) answer(ctx context.Context, r px.Request, show func(px.Output)) (a px.Answer) {
	defer func() {
		if p := recover(); p != nil { // here it would end the process
			a = px.Answer{Error: fmt.Sprintf("the kernel failed at this: %v\n%s", p, debug.Stack())}
		}
	}()
	act := actions[r.Do]
	if act == nil {
		return px.Answer{Error: fmt.Sprintf("%q is unknown to this worker", r.Do)}
	}
	a, err := act(s, ctx, r, show)
	if err != nil {
		a.Error = err.Error()
	}
	return a
}
