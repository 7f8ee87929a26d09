package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/warren-go/warren/internal/ipp/protocol"
)

// handler does what a request asks for. ctx is the request's.
type handler func(e *engine, ctx context.Context, r request, out *Output) outcome

// handlers of requests that wait in the queue. Clearing waits too, so that it never meets a running request.
var handlers = map[string]handler{
	"execute_request": (*engine).execute,
	"apply_request":   (*engine).apply,
	"clear_request":   (*engine).clear,
}

// enqueue lets a request wait for its turn.
func (e *engine) enqueue(ctx context.Context, r request) error {
	if e.queue.push(r) {
		return nil
	}
	return e.replyAborted(ctx, r)
}

// work runs requests one after the other.
func (e *engine) work(ctx context.Context) error {
	for {
		r, run, ok := e.queue.next(ctx)
		if !ok {
			return nil
		}
		if err := e.run(ctx, run, r); err != nil {
			return err
		}
	}
}

// run answers one request. The context of the request, run, ends with ctx, which is the engine's, or before.
func (e *engine) run(ctx, run context.Context, r request) error {
	defer e.queue.done()
	if err := e.status(ctx, r, "busy"); err != nil {
		return err
	}
	started := time.Now()
	var published atomic.Bool
	out := NewOutput(e.count+1, func(topic, kind string, content any) error {
		published.Store(true)
		return e.publish(ctx, r, topic, kind, content)
	})
	o, err := e.limited(ctx, func() outcome { return e.handle(run, r, out) })
	if err != nil {
		return err
	}
	out.flush()
	if o.status == "error" && errors.Is(context.Cause(run), ErrAborted) {
		o = outcome{status: "aborted"}
	}
	o.silent = !published.Load()
	if err := e.reply(ctx, r, started, o); err != nil {
		return err
	}
	return e.status(ctx, r, "idle")
}

// limited calls f, and waits for it only a while after ctx has ended.
func (e *engine) limited(ctx context.Context, f func() outcome) (outcome, error) {
	done := make(chan outcome, 1)
	go func() { done <- f() }()
	select {
	case o := <-done:
		return o, nil
	case <-ctx.Done():
	}
	select {
	case o := <-done:
		return o, nil
	case <-time.After(stopTime):
		return outcome{}, fmt.Errorf("the running request did not end within %v", stopTime)
	}
}

func (e *engine) handle(run context.Context, r request, out *Output) outcome {
	h, ok := handlers[r.Header.Type]
	if !ok {
		return e.unknown(r)
	}
	return h(e, run, r, out)
}

func (e *engine) unknown(r request) outcome {
	return e.failed("", &Failure{Name: "NotImplementedError", Value: fmt.Sprintf("engines answer no %q here", r.Header.Type)})
}

func (e *engine) execute(run context.Context, r request, out *Output) outcome {
	var ask protocol.ExecuteRequest
	if err := json.Unmarshal(r.Content, &ask); err != nil {
		return e.failed("execute", fmt.Errorf("content of execute_request: %w", err))
	}
	if !ask.Silent {
		e.count++
		e.show(out.publish("execute_input", "execute_input", map[string]any{"code": ask.Code, "execution_count": e.count}))
	}
	var result *Result
	err := guard(func() (err error) {
		result, err = e.Executor.Execute(run, ask.Code, out)
		return err
	})
	out.flush()
	if err != nil {
		o := e.failed("execute", named(run, err))
		o.content["execution_count"] = e.count
		e.show(out.publish("error", "error", o.content))
		return o
	}
	if result != nil && !ask.Silent {
		e.show(out.result(result, e.count))
	}
	return succeeded(map[string]any{
		"execution_count": e.count, "user_expressions": e.evaluate(run, ask.Expressions), "payload": []any{},
	}, nil)
}

// evaluate gives the values of expressions that a client wants with the reply, by the client's names.
func (e *engine) evaluate(run context.Context, expressions map[string]string) map[string]any {
	values := map[string]any{}
	for name, expression := range expressions {
		var r *Result
		err := guard(func() (err error) {
			v, ok := e.Executor.(Evaluator)
			if !ok {
				return errors.New("this engine gives no values with replies")
			}
			r, err = v.Evaluate(run, expression)
			return err
		})
		switch {
		case err != nil:
			f := failure(named(run, err))
			values[name] = map[string]any{"status": "error", "ename": f.Name, "evalue": f.Value, "traceback": f.Traceback}
		case r != nil:
			values[name] = map[string]any{"status": "ok", "data": object(r.Data), "metadata": object(r.Metadata)}
		}
	}
	return values
}

func (e *engine) apply(run context.Context, r request, out *Output) outcome {
	var buffers [][]byte
	err := guard(func() (err error) {
		buffers, err = e.Executor.Apply(run, r.Buffers, out)
		return err
	})
	if err != nil {
		o := e.failed("apply", named(run, err))
		e.show(out.publish("error", "error", o.content))
		return o
	}
	return succeeded(nil, buffers)
}

func (e *engine) clear(run context.Context, _ request, _ *Output) outcome {
	if err := guard(func() error { return e.Executor.Clear(run) }); err != nil {
		return e.failed("clear", err)
	}
	return succeeded(nil, nil)
}

// named gives an interrupted request the failure that Python's engines give it.
func named(run context.Context, err error) error {
	if errors.Is(context.Cause(run), ErrInterrupted) {
		return &Failure{Name: "KeyboardInterrupt", Value: err.Error()}
	}
	return err
}

// show logs output that could not be sent. Output alone does not end a request.
func (e *engine) show(err error) {
	if err != nil {
		e.Log.Warn("output was lost", "error", err)
	}
}

// replyAborted answers a request that will not run.
func (e *engine) replyAborted(ctx context.Context, r request) error {
	if err := e.reply(ctx, r, time.Now(), outcome{status: "aborted"}); err != nil {
		return err
	}
	return e.status(ctx, r, "idle")
}
