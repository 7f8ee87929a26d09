package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/value"
)

// Execution is what code did on an engine.
type Execution struct {
	Engine   int              // its id
	Stdout   string           // what it printed
	Stderr   string           // what it printed there
	Result   map[string]any   // the value of the last expression, by media types; nil without one
	Displays []map[string]any // what it showed, by media types
	Err      error            // a *RemoteError if it failed
}

// String is the value as text, or else what was printed.
func (e Execution) String() string {
	if text, ok := e.Result["text/plain"].(string); ok {
		return text
	}
	return e.Stdout
}

// Execute runs code on each of the view's engines, which must be able to: those with notebook sessions ("warren engine"), or
// Python's. It returns what happened on each, in the order of their ids. Where engines fail, the error joins an *EngineError for
// each.
func (v *DirectView) Execute(ctx context.Context, code string) ([]Execution, error) {
	return v.ExecuteAsync(ctx, code).Get()
}

// ExecuteAsync begins an Execute and returns at once.
func (v *DirectView) ExecuteAsync(ctx context.Context, code string) *AsyncResult[[]Execution] {
	w := &execution{code: code}
	return onEach(ctx, "Execute", v, w, w.prepare, w.outcome)
}

// Execute runs code on one of the view's engines, see DirectView.Execute.
func (v *BalancedView) Execute(ctx context.Context, code string) (Execution, error) {
	return v.ExecuteAsync(ctx, code).Get()
}

// ExecuteAsync begins an Execute and returns at once.
func (v *BalancedView) ExecuteAsync(ctx context.Context, code string) *AsyncResult[Execution] {
	const op = "Execute"
	w := &execution{code: code, slots: make([]Execution, 1)}
	j, _, err := newJob(op, v, 1, w, nil)
	if ctx == nil {
		err = errNilContext
	}
	if err != nil {
		return failed[Execution](fmt.Errorf("cluster: %s: %w", op, err))
	}
	return start(ctx, j, func(err error) (Execution, error) {
		err = single(op, err)
		e := w.outcome()[0]
		if e.Err = err; err != nil {
			e.Engine = engineOf(err)
		}
		return e, err
	})
}

// engineOf is the engine that an error names, or -1.
func engineOf(err error) int {
	if e, ok := errors.AsType[*EngineError](err); ok {
		return e.Engine
	}
	return -1
}

// execution is the work of an Execute, whose items are runs of the same code.
type execution struct {
	code string

	mu    sync.Mutex
	slots []Execution
}

func (w *execution) prepare(engines []client.Engine) {
	w.slots = make([]Execution, len(engines))
	for i, e := range engines {
		w.slots[i].Engine = e.ID
	}
}

func (w *execution) request(s span, _ value.Store) (client.Request, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slots[s.lo] = Execution{Engine: w.slots[s.lo].Engine} // without what an engine printed that died with it
	return client.Execute(w.code, false, func(o client.Output) { w.collect(s.lo, o) }), nil
}

// collect keeps the output of a run. One message for all engines has the index of the first of them, so that the engine counts.
func (w *execution) collect(i int, o client.Output) {
	out, ok := outputOf(o)
	if !ok {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for k := range w.slots {
		if len(w.slots) > 1 && w.slots[k].Engine == o.Engine {
			i = k
		}
	}
	e := &w.slots[i]
	switch {
	case out.Stream == "stderr":
		e.Stderr += out.Text
	case out.Stream != "":
		e.Stdout += out.Text
	case out.Result:
		e.Result = out.Data
	default:
		e.Displays = append(e.Displays, out.Data)
	}
}

func (w *execution) accept(s span, engine int, _ client.Reply, _ value.Store) ([]failure, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slots[s.lo].Engine = engine
	return nil, nil
}

// outcome is what there is so far.
func (w *execution) outcome() []Execution {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Execution(nil), w.slots...)
}
