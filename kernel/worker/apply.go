package worker

import (
	"context"
	"errors"
	"strings"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/python"
	"github.com/warren-go/warren/kernel/proto"
)

// applied is what came of an Apply, if it came to its end.
type applied struct {
	buffers [][]byte
	needs   []proto.Need
	err     error
}

// apply does what a client of a cluster asks for, as a run: it can be interrupted, and what it panics with is shown.
func (w *Worker) apply(m proto.Message) proto.Message {
	w.streams.repair()
	r := newRun(m.ID)
	watch := newWatchdog(r.id, r.deadlock)
	defer watch.close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r.cancel = cancel
	came := make(chan applied, 1) // a call that was abandoned may yet end
	failed := w.perform(r, &w.current, func() { came <- w.ask(ctx, r, m) })
	if failed != nil {
		return proto.Message{Failure: failed}
	}
	select {
	case a := <-came:
		return proto.Message{Buffers: a.buffers, Needs: a.needs, Failure: a.failure()}
	default: // by runtime.Goexit
		return proto.Message{Failure: &proto.Failure{Kind: "error", Value: "the call ended its goroutine, and gave no result"}}
	}
}

// ask does in a run what the buffers ask for, as far as names are known.
func (w *Worker) ask(ctx context.Context, r *run, m proto.Message) applied {
	n := &names{w: w, run: r, refs: m.Refs}
	var buffers [][]byte
	var err error
	if function.IsMessage(m.Buffers) {
		buffers, err = function.Run(ctx, m.Buffers, function.WithVariables(variables{n}), function.WithStore(w.store))
	} else {
		buffers, err = w.python.Run(ctx, m.Buffers, n)
	}
	if len(n.needs) > 0 {
		return applied{needs: n.needs}
	}
	return applied{buffers: buffers, err: err}
}

// failure is how a call failed.
func (a applied) failure() *proto.Failure {
	if a.err == nil {
		return nil
	}
	f := &proto.Failure{Kind: "error", Value: a.err.Error()}
	if e, ok := errors.AsType[*function.Error](a.err); ok {
		f.Name, f.Value = e.Name, e.Text
		if e.Name == "panic" {
			f.Kind, f.Stack = "panic", stackOf(e.Stack)
		}
	}
	if e, ok := errors.AsType[*python.FunctionError](a.err); ok {
		f.Name = e.TypeName()
	}
	return f
}

// stackOf puts before frames the line with which a goroutine's stack begins.
func stackOf(frames string) string {
	if strings.HasPrefix(frames, "goroutine ") {
		return frames
	}
	return "goroutine 1 [running]:\n" + frames
}
