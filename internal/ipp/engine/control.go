package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/warren-go/warren/internal/ipp/protocol"
)

// controls are the requests that do not wait for those that run.
var controls = map[string]func(e *engine, ctx context.Context, r request) error{
	"abort_request":    (*engine).abort,
	"clear_request":    (*engine).enqueue,
	"shutdown_request": (*engine).shutdown,
	"signal_request":   (*engine).signal,
}

func (e *engine) onControl(ctx context.Context, r request) error {
	if f, ok := controls[r.Header.Type]; ok {
		return f(e, ctx, r)
	}
	return e.reply(ctx, r, time.Now(), e.unknown(r))
}

func (e *engine) abort(ctx context.Context, r request) error {
	var ask protocol.AbortRequest
	if err := json.Unmarshal(r.Content, &ask); err != nil {
		return e.reply(ctx, r, time.Now(), e.failed("", fmt.Errorf("content of abort_request: %w", err)))
	}
	for _, a := range e.queue.abort(ask.IDs) {
		if err := e.replyAborted(ctx, a); err != nil {
			return err
		}
	}
	return e.reply(ctx, r, time.Now(), succeeded(nil, nil))
}

func (e *engine) shutdown(ctx context.Context, r request) error {
	var ask protocol.ShutdownRequest
	if err := json.Unmarshal(r.Content, &ask); err != nil {
		return e.reply(ctx, r, time.Now(), e.failed("", fmt.Errorf("content of shutdown_request: %w", err)))
	}
	if ask.Restart {
		err := errors.New("an engine cannot start itself again: shut it down, and have the cluster start one")
		return e.reply(ctx, r, time.Now(), e.failed("", err))
	}
	if err := e.reply(ctx, r, time.Now(), succeeded(map[string]any{"restart": false}, nil)); err != nil {
		return err
	}
	return errShutdown
}

// signal interrupts what runs, or answers and then signals the process, which may not live to answer later.
func (e *engine) signal(ctx context.Context, r request) error {
	s, err := signalOf(r.Content)
	if err != nil {
		return e.reply(ctx, r, time.Now(), e.failed("", err))
	}
	if s == syscall.SIGINT {
		e.queue.interrupt(ErrInterrupted)
	}
	if err := e.reply(ctx, r, time.Now(), succeeded(nil, nil)); err != nil || s == syscall.SIGINT {
		return err
	}
	r.from.Flush()
	if err := e.Signal(s); err != nil {
		e.Log.Error("a signal was not sent", "signal", s, "error", err)
	}
	return nil
}

// signalOf reads the content of a signal_request: a number or a name.
func signalOf(content json.RawMessage) (syscall.Signal, error) {
	var ask protocol.SignalRequest
	if err := json.Unmarshal(content, &ask); err != nil {
		return 0, fmt.Errorf("content of signal_request: %w", err)
	}
	var number int
	if err := json.Unmarshal(ask.Signal, &number); err == nil && unix.SignalName(syscall.Signal(number)) != "" {
		return syscall.Signal(number), nil
	}
	var name string
	if err := json.Unmarshal(ask.Signal, &name); err == nil && unix.SignalNum(name) != 0 {
		return unix.SignalNum(name), nil
	}
	return 0, fmt.Errorf(`signal_request: %s is no signal: want a number, or a name such as "SIGINT"`, ask.Signal)
}
