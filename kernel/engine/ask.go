package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrWorkerGone says that the worker process ended before it had answered.
var ErrWorkerGone = errors.New("the process that runs the cells has ended")

// Ask has something done in the worker by the part of it that has registered target as a comm's, and returns when that closes the
// comm. request is what it is asked with, and becomes a JSON object. Messages on the way go to receive, one after the other; answer,
// unless nil, is filled from what comes with the close. What is shown otherwise goes to out. When ctx ends before, the worker's side
// is told by a message, and has a moment to close the comm.
func (e *Engine) Ask(ctx context.Context, target string, request any, receive func(CommMessage), answer any, out Output) error {
	data, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("what is asked of %s cannot be sent: %w", target, err)
	}
	id := rand.Text()
	closed := make(chan CommMessage, 1)
	defer e.own(id, func(m CommMessage) {
		if m.Kind == "close" {
			closed <- m
			return
		}
		receive(m)
	})()
	err = e.deliver(ctx, CommMessage{Kind: "open", ID: id, Target: target, Data: data}, out)
	switch {
	case ctx.Err() != nil: // it may have begun all the same
		e.stopAsking(ctx, id, closed, out)
		return ctx.Err()
	case errors.Is(err, errUndelivered):
		return ErrWorkerGone
	case err != nil:
		return err
	}
	select {
	case m := <-closed:
		return answered(m, answer)
	case <-e.process().dead:
		return ErrWorkerGone
	case <-ctx.Done():
		e.stopAsking(ctx, id, closed, out)
		return ctx.Err()
	}
}

// own makes a comm the front's own until the function that it returns is called.
func (e *Engine) own(id string, take func(CommMessage)) (end func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.comms.own == nil {
		e.comms.own = map[string]func(CommMessage){}
	}
	e.comms.own[id] = take
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.comms.own, id)
	}
}

// answered reads what came with the close of a comm. A worker that ended sent nothing.
func answered(m CommMessage, answer any) error {
	if len(m.Data) == 0 {
		return ErrWorkerGone
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(m.Data, answer)
}

// stopTime is what the worker has to end what nobody waits for any more.
const stopTime = 2 * time.Second

// stopAsking tells the worker's side that nobody waits, and gives it a moment: what it still shows belongs to the cell.
func (e *Engine) stopAsking(ctx context.Context, id string, closed <-chan CommMessage, out Output) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if e.Comm(ctx, CommMessage{Kind: "msg", ID: id, Data: json.RawMessage("{}")}, out) != nil {
		return
	}
	select {
	case <-closed:
	case <-ctx.Done():
		_ = e.Comm(ctx, CommMessage{Kind: "close", ID: id}, out)
	}
}
