package engine

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// services are what the tests ask of a session. Those of the worker itself are registered the same way.
const services = `
import "github.com/warren-go/warren/kernel/display/comm"
comm.Register("double", func(c *comm.Comm, open comm.Message) {
	go func() {
		for i := range 3 {
			c.Send(map[string]any{"step": i})
		}
		c.Close(map[string]any{"is": 2 * open.Data["n"].(float64)})
	}()
})
comm.Register("patient", func(c *comm.Comm, open comm.Message) {
	c.OnMessage(func(comm.Message) { c.Close() })
	c.Send(map[string]any{"waits": true})
})
comm.Register("deaf", func(c *comm.Comm, open comm.Message) { c.Send(map[string]any{"waits": true}) })
comm.Register("deadly", func(c *comm.Comm, open comm.Message) {
	go syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
})
`

func TestAskingTheWorker(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	n.must(services)
	var steps []string
	var answer struct{ Is float64 }
	err := n.Ask(t.Context(), "double", map[string]int{"n": 21}, func(m CommMessage) { steps = append(steps, string(m.Data)) }, &answer, newCollected())
	if want := []string{`{"step":0}`, `{"step":1}`, `{"step":2}`}; err != nil || answer.Is != 42 || !slices.Equal(steps, want) {
		t.Errorf("%v, %q, %v", answer, steps, err)
	}
	none := func(CommMessage) {}
	if err := n.Ask(t.Context(), "nobody", struct{}{}, none, nil, newCollected()); !errors.Is(err, ErrNoComm) {
		t.Errorf("an unknown service: %v", err)
	}
	if err := n.Ask(t.Context(), "double", func() {}, none, nil, newCollected()); err == nil {
		t.Error("what is no JSON was sent")
	}
	for _, service := range []string{"patient", "deaf"} {
		ctx, cancel := context.WithCancel(t.Context())
		err := n.Ask(ctx, service, struct{}{}, func(CommMessage) { cancel() }, nil, newCollected())
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", service, err)
		}
	}
	if err := n.Ask(t.Context(), "deadly", struct{}{}, none, nil, newCollected()); !errors.Is(err, ErrWorkerGone) {
		t.Errorf("a worker that dies: %v", err)
	}
	if len(n.comms.own) != 0 {
		t.Errorf("%d comms are left", len(n.comms.own))
	}
}
