package worker

import (
	"sync/atomic"

	"github.com/warren-go/warren/kernel/display/comm"
	"github.com/warren-go/warren/kernel/proto"
	"github.com/warren-go/warren/kernel/rt"
)

// toComm has a comm message of the front end handled, in a run of its own: it can be interrupted, and a panic is shown.
func (w *Worker) toComm(m proto.Message) {
	go func() {
		var unheard atomic.Bool // an abandoned handler may end at any time
		f := w.perform(newRun(m.ID), &w.handling, func() { unheard.Store(comm.Deliver(*m.Comm) != nil) })
		flushC()
		w.ack(m, proto.Message{Failure: f, Flag: unheard.Load()}, nil)
	}()
}

// origin returns the run of the comm message that the calling goroutine works for, or 0.
func (w *Worker) origin() int64 {
	r := rt.Current()
	w.mu.Lock()
	defer w.mu.Unlock()
	if h := w.handling; r != nil && h != nil && h.rt == r {
		return h.id
	}
	return 0
}
