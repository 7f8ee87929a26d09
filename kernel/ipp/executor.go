// Package ipp makes a session of cells an engine of IPython Parallel: it does what the clients of a cluster ask for, as package
// internal/ipp/engine hands it on, with what a notebook has: cells, magics, variables, functions.
package ipp

import (
	"context"
	"errors"
	"fmt"

	ipp "github.com/warren-go/warren/internal/ipp/engine"
	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
)

// Session runs cells, one at a time.
type Session interface {
	// Execute runs a cell, whose number in messages is count. An error is an *engine.CellError, or one of the session itself.
	Execute(ctx context.Context, code string, count int, out engine.Output) error
	// Evaluate gives the value of an expression.
	Evaluate(ctx context.Context, expression string) (display.Data, error)
	// Apply calls a function, or reads or sets variables, as buffers say that a client has encoded.
	Apply(ctx context.Context, buffers [][]byte, count int, out engine.Output) ([][]byte, error)
	// Interrupt stops what runs, and keeps the variables.
	Interrupt()
	// Restart forgets all that was declared.
	Restart(ctx context.Context) error
}

// Executor does with a session what clients ask an engine for.
type Executor struct {
	opened  chan struct{} // closed when session or err is there
	session Session
	err     error
}

// New returns an executor, whose requests wait until Open was called: engines register before they have a session, so that
// nobody waits for that.
func New() *Executor { return &Executor{opened: make(chan struct{})} }

// Open gives the executor its session, or says why there is none. It must be called once.
func (x *Executor) Open(s Session, err error) {
	x.session, x.err = s, err
	close(x.opened)
}

// wait returns the session when there is one.
func (x *Executor) wait(ctx context.Context) (Session, error) {
	select {
	case <-x.opened:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if x.err != nil {
		return nil, fmt.Errorf("the engine has no session: %w", x.err)
	}
	return x.session, nil
}

// Execute runs a cell.
func (x *Executor) Execute(ctx context.Context, code string, out *ipp.Output) (*ipp.Result, error) {
	s, err := x.wait(ctx)
	if err != nil {
		return nil, err
	}
	o := newOutput(out)
	defer o.flush()
	defer interrupting(ctx, s)()
	if err := s.Execute(ctx, code, out.Count(), o); err != nil {
		return nil, failure(err)
	}
	return o.value(), nil
}

// Evaluate gives the value of an expression.
func (x *Executor) Evaluate(ctx context.Context, expression string) (*ipp.Result, error) {
	s, err := x.wait(ctx)
	if err != nil {
		return nil, err
	}
	defer interrupting(ctx, s)()
	d, err := s.Evaluate(ctx, expression)
	if err != nil {
		return nil, failure(err)
	}
	return result(d), nil
}

// Apply calls a function.
func (x *Executor) Apply(ctx context.Context, buffers [][]byte, out *ipp.Output) ([][]byte, error) {
	s, err := x.wait(ctx)
	if err != nil {
		return nil, err
	}
	o := newOutput(out)
	defer o.flush()
	defer interrupting(ctx, s)()
	result, err := s.Apply(ctx, buffers, out.Count(), o)
	if err != nil {
		return nil, failure(err)
	}
	return result, nil
}

// Clear begins a new session.
func (x *Executor) Clear(ctx context.Context) error {
	s, err := x.wait(ctx)
	if err != nil {
		return err
	}
	return s.Restart(ctx)
}

// interrupting interrupts the session when ctx ends, until the function that it returns is called, which waits for an interrupt under
// way: none may reach what runs next.
func interrupting(ctx context.Context, s Session) (stop func()) {
	done := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(done)
		s.Interrupt()
	})
	return func() {
		if !cancel() {
			<-done
		}
	}
}

// failure is the error of a cell as clients show it.
func failure(err error) error {
	if c, ok := errors.AsType[*engine.CellError](err); ok {
		return &ipp.Failure{Name: c.Name, Value: c.Value, Traceback: c.Traceback}
	}
	return err
}
