package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/warren-go/warren/kernel/proto"
)

// comms are the comms between cells and the front end: the open ones, by id, with the worker they live in, and the message
// that is being handled.
type comms struct {
	one      sync.Mutex // held while a message is handled
	open     map[string]*process
	own      map[string]func(CommMessage) // takes the messages of comms that are the front's own
	handling *handling                    // or nil
}

// handling is the run in which the worker handles a message of the front end.
type handling struct {
	id  int64
	out Output
}

// ErrNoComm says that nobody in the session takes a comm message.
var ErrNoComm = errors.New("no cell has registered that target or has that comm open")

// Comm has a comm message of the front end handled by the session, and returns when that is done; what is shown meanwhile goes
// to out, unless a cell shows it. Messages are handled one after the other, beside a cell that runs. The error is ErrNoComm
// when nobody takes the message, and a *CellError when its handler failed.
func (e *Engine) Comm(ctx context.Context, m CommMessage, out Output) error {
	err := e.deliver(ctx, m, out)
	if errors.Is(err, errUndelivered) {
		return ErrNoComm // the next cell says why there is no worker
	}
	return err
}

// errUndelivered says that there is no worker, or none any more, or that nobody waits.
var errUndelivered = errors.New("the message was not handled to its end")

func (e *Engine) deliver(ctx context.Context, m CommMessage, out Output) error {
	e.comms.one.Lock()
	defer e.comms.one.Unlock()
	if err := e.wait(ctx); err != nil {
		return fmt.Errorf("%w: %w", errUndelivered, err)
	}
	p, id := e.beginComm(m, &orderly{Output: out})
	defer e.endComm()
	reply, err := p.call(ctx, proto.Message{Kind: proto.ToComm, ID: id, Comm: &m})
	if err != nil || reply.Flag {
		e.forgetComm(m.ID)
	}
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errUndelivered, err)
	case reply.Flag:
		return ErrNoComm
	case reply.Failure == nil:
		return nil
	}
	e.noteAbandoned(p, reply.Failure)
	return e.failure(reply.Failure)
}

// beginComm makes the message the one that is handled, as a run.
func (e *Engine) beginComm(m CommMessage, out Output) (*process, int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.runs++
	e.comms.handling = &handling{id: e.runs, out: out}
	e.followComm(e.proc, m)
	return e.proc, e.runs
}

func (e *Engine) endComm() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.comms.handling = nil
}

// followComm notes which comms are open. The caller holds e.mu.
func (e *Engine) followComm(p *process, m CommMessage) {
	switch m.Kind {
	case "open":
		e.comms.open[m.ID] = p
	case "close":
		delete(e.comms.open, m.ID)
	}
}

func (e *Engine) forgetComm(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.comms.open, id)
}

// sendComm passes a message of the session on.
func (e *Engine) sendComm(p *process, out Output, m *CommMessage) {
	if m == nil {
		return
	}
	e.mu.Lock()
	e.followComm(p, *m)
	own := e.comms.own[m.ID]
	e.mu.Unlock()
	switch {
	case own != nil:
		own(*m)
	case out != nil:
		out.Comm(*m)
	}
}

// closeComms tells the front end that the comms of ended workers are closed.
func (e *Engine) closeComms() {
	e.mu.Lock()
	lost := map[string]*process{}
	for id, p := range e.comms.open {
		if p != e.proc || e.closed {
			lost[id] = p
		}
	}
	out := e.out
	e.mu.Unlock()
	for id, p := range lost {
		e.sendComm(p, out, &CommMessage{Kind: "close", ID: id})
	}
}

// outputOf is where what a run shows belongs: that of a comm message to what came with it, all else to the cell that ran last.
func (e *Engine) outputOf(run int64) Output {
	e.mu.Lock()
	defer e.mu.Unlock()
	if h := e.comms.handling; h != nil && run == h.id {
		return h.out
	}
	return e.out
}

// printed is where text belongs. Nobody can tell which goroutine printed it: it is the running cell's, else that of the comm
// message that is handled.
func (e *Engine) printed() Output {
	e.mu.Lock()
	defer e.mu.Unlock()
	if h := e.comms.handling; h != nil && e.running == 0 {
		return h.out
	}
	return e.out
}
