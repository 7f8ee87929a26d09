package worker

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"time"

	"github.com/warren-go/warren/kernel/proto"
	"github.com/warren-go/warren/kernel/rt"
)

// grace is how long an interrupted cell has to notice, before its goroutine is abandoned.
const grace = 700 * time.Millisecond

// run is one execution of a unit.
type run struct {
	id       int64
	count    int
	rt       *rt.Run
	done     chan *proto.Failure
	stopped  chan struct{}
	deadlock chan string
	results  []any
}

// runLoop executes units one after the other.
func (w *Worker) runLoop() {
	for m := range w.runs {
		w.conn.Send(proto.Message{Kind: proto.Done, ID: m.ID, Failure: w.execute(m)})
	}
}

func (w *Worker) execute(m proto.Message) *proto.Failure {
	unit, ok := rt.Lookup(m.Unit)
	if !ok {
		return &proto.Failure{Kind: "panic", Value: "the compiled cell " + m.Unit + " did not register itself"}
	}
	if rt.Stopping() && !othersStopping() {
		rt.Forget()
	}
	r := &run{id: m.ID, done: make(chan *proto.Failure, 1), stopped: make(chan struct{}), deadlock: make(chan string, 1)}
	r.count, _ = strconv.Atoi(m.Text)
	began := make(chan struct{})
	go w.call(r, unit, began)
	<-began
	defer w.setCurrent(nil)
	defer r.rt.End()
	watch := newWatchdog(r.deadlock)
	defer watch.close()
	return r.wait()
}

// call runs the unit in the calling goroutine, which becomes the first of the run.
func (w *Worker) call(r *run, unit rt.Unit, began chan struct{}) {
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("cell", strconv.FormatInt(r.id, 10))))
	r.rt = rt.Begin()
	w.setCurrent(r) // before its first result
	close(began)
	returned := false
	defer func() {
		v := recover()
		switch {
		case v != nil:
			r.done <- failure(rt.Failure{Value: v, Stack: debug.Stack()})
		case returned:
			r.done <- nil
		default:
			r.done <- nil // runtime.Goexit: the cell's goroutine ended itself, as it may
		}
	}()
	unit.Run()
	returned = true
}

// wait returns when the cell's goroutine has ended, or is given up.
func (r *run) wait() *proto.Failure {
	select {
	case f := <-r.done:
		select { // a goroutine may have failed just before
		case g := <-r.rt.Failed():
			if f == nil {
				return goroutineFailure(g)
			}
		default:
		}
		return f
	case g := <-r.rt.Failed():
		r.rt.Stop()
		r.settle()
		return goroutineFailure(g)
	case stacks := <-r.deadlock:
		r.rt.Stop()
		r.settle()
		return &proto.Failure{Kind: "deadlock", Stack: stacks}
	case <-r.stopped:
		stack := cellStack(r.id)
		if f, ended := r.settle(); ended {
			if f == nil {
				f = &proto.Failure{Kind: "interrupted"}
			}
			return f
		}
		return &proto.Failure{Kind: "abandoned", Stack: stack}
	}
}

// settle gives a stopped run time to end.
func (r *run) settle() (*proto.Failure, bool) {
	select {
	case f := <-r.done:
		return f, true
	case <-time.After(grace):
		return nil, false
	}
}

func (w *Worker) stop(m proto.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.current
	if r == nil || m.ID != 0 && m.ID != r.id {
		return
	}
	select {
	case <-r.stopped:
	default:
		r.rt.Stop()
		close(r.stopped)
	}
}

func (w *Worker) setCurrent(r *run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.current = r
}

func goroutineFailure(g rt.Failure) *proto.Failure {
	f := failure(g)
	f.Goroutine = true
	return f
}

// failure puts what ended a goroutine into words.
func failure(f rt.Failure) *proto.Failure {
	switch v := f.Value.(type) {
	case rt.Interrupted:
		return &proto.Failure{Kind: "interrupted", Stack: string(f.Stack)}
	case rt.Exit:
		if v.Message != "" {
			return &proto.Failure{Kind: "exit", Value: v.Message, Stack: string(f.Stack)}
		}
		return &proto.Failure{Kind: "exit", Value: fmt.Sprintf("os.Exit(%d)", v.Code), Stack: string(f.Stack)}
	}
	return &proto.Failure{Kind: "panic", Value: panicText(f.Value), Stack: string(f.Stack)}
}

// panicText is how the Go runtime would print the value of a panic, without risking a second one.
func panicText(v any) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("a %T whose Error or String method panics", v)
		}
	}()
	switch v := v.(type) {
	case runtime.Error:
		return v.Error()
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	case string:
		return v
	}
	return fmt.Sprintf("%v", v)
}
