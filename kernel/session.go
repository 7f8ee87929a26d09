package kernel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/warren-go/warren/internal/program"
	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/history"
	"github.com/warren-go/warren/kernel/magic"
)

// session runs cells with their magics, for a notebook or for an engine of a cluster.
type session struct {
	engine *engine.Engine
	magic  *magic.Interpreter
}

// openSession starts a session, whose worker is built from source. Without a history, the magics that show it say so.
func openSession(source fs.FS, opts engine.Options, h *history.History, log *slog.Logger) (*session, error) {
	dir, err := unpack(source)
	if err != nil {
		return nil, err
	}
	warren, err := program.Environment()
	if err != nil {
		return nil, err
	}
	opts.Build.Source = dir
	opts.Env = append(opts.Env, warren) // for what cells start: brokers of tasks, engines of clusters
	opts.Log = func(format string, args ...any) { log.Info(fmt.Sprintf(format, args...)) }
	e, err := engine.New(opts)
	if err != nil {
		return nil, err
	}
	return &session{engine: e, magic: magic.New(e, magic.Options{
		Version: Version,
		History: h,
		RaceEngine: func() (*engine.Engine, error) {
			return engine.New(engine.Options{Build: build.Options{Source: dir, Race: true}, Dir: e.Dir(), Env: opts.Env, Log: opts.Log})
		},
	})}, nil
}

// Execute runs a cell.
func (s *session) Execute(ctx context.Context, code string, count int, out engine.Output) error {
	return s.magic.Execute(ctx, code, count, out)
}

// Evaluate gives the value of an expression, without magics, and shows nothing.
func (s *session) Evaluate(ctx context.Context, expression string) (display.Data, error) {
	var got capture
	if err := s.engine.Execute(ctx, expression, 0, &got); err != nil {
		return display.Data{}, err
	}
	return got.result, nil
}

// Apply does what a client of a cluster asks for.
func (s *session) Apply(ctx context.Context, buffers [][]byte, count int, out engine.Output) ([][]byte, error) {
	return s.engine.Apply(ctx, engine.Call{Buffers: buffers, Count: count}, out)
}

// Interrupt stops what runs.
func (s *session) Interrupt() { s.magic.Interrupt() }

// Restart forgets all that was declared.
func (s *session) Restart(ctx context.Context) error { return s.engine.Restart(ctx) }

// Close ends the worker.
func (s *session) Close() error { return errors.Join(s.magic.Close(), s.engine.Close()) }
