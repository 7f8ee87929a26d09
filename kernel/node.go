package kernel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	ippengine "github.com/warren-go/warren/internal/ipp/engine"
	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/ipp"
)

// closeTime is how long a session may take to end with its engine. One whose worker is being built takes longer, and ends with the
// process.
const closeTime = 5 * time.Second

// EngineOptions say where an engine of a cluster belongs.
type EngineOptions struct {
	File       protocol.EngineFile // of the controller
	ID         *int                // the id that the engine asks for, or nil
	Interrupts <-chan os.Signal    // what interrupts the running request
	JoinTime   time.Duration       // how long the controller may take to answer; 0 stands for 30 seconds
	Log        *slog.Logger
}

// RunEngine serves a controller of IPython Parallel with a session, until a client shuts the engine down, the controller is gone, which
// is no error once the engine has registered, or ctx ends, which is one. The session opens when the engine has registered. source is Warren's own module, from which the worker is built.
func RunEngine(ctx context.Context, source fs.FS, o EngineOptions) error {
	x := ipp.New()
	n := node{executor: x, source: source, log: o.Log, ended: make(chan struct{})}
	err := ippengine.Run(ctx, ippengine.Config{
		File: o.File, Executor: x, ID: o.ID, Log: o.Log, Interrupts: o.Interrupts, JoinTime: o.JoinTime,
		Joined: func(id int) {
			o.Log.Info("registered", "id", id)
			n.opened = true
			go n.open()
		},
	})
	if n.opened && errors.Is(err, ippengine.ErrControllerGone) { // clusters end so: a failure would have mpiexec abort
		o.Log.Warn("ends with its controller", "why", err)
		err = nil
	}
	return errors.Join(err, n.close())
}

// node is an engine's session, which opens beside the engine.
type node struct {
	executor *ipp.Executor
	source   fs.FS
	log      *slog.Logger
	opened   bool
	session  *session
	ended    chan struct{} // closed when open has returned
}

func (n *node) open() {
	defer close(n.ended)
	s, err := openSession(n.source, engine.Options{}, nil, n.log)
	if err != nil {
		n.log.Error("no cell can run", "error", err)
		n.executor.Open(nil, err)
		return
	}
	n.session = s
	n.executor.Open(nodeSession{s}, nil)
}

// nodeSession is a session without a queue of cells.
type nodeSession struct{ *session }

// Execute runs a cell, and forgets how it was analyzed: nothing comes that was analyzed ahead.
func (s nodeSession) Execute(ctx context.Context, code string, count int, out engine.Output) error {
	defer s.engine.Ahead(nil)
	return s.session.Execute(ctx, code, count, out)
}

// close ends the session, if there is one.
func (n *node) close() error {
	if !n.opened {
		return nil
	}
	done := make(chan error, 1)
	go func() {
		<-n.ended
		if n.session == nil {
			done <- nil
			return
		}
		done <- n.session.Close()
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(closeTime):
	}
	select {
	case <-n.ended:
		return fmt.Errorf("the session did not end within %v", closeTime)
	default: // the worker is still being built, say
		n.log.Warn("ends while its session opens")
		return nil
	}
}
