package worker

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/warren-go/warren/kernel/proto"
	"github.com/warren-go/warren/kernel/rt"
)

// grace is how long an interrupted cell has to notice, before its goroutine is abandoned.
const grace = 700 * time.Millisecond

// glance is how long goroutines that were found waiting for each other have to notice that they are to end: they
// hardly will, but for those in an empty select.
const glance = 50 * time.Millisecond

// run is one execution of a unit.
type run struct {
	id       int64
	count    int
	rt       *rt.Run
	first    string         // names its first goroutine
	exit     *proto.Failure // how that goroutine is ending by os.Exit; used by wait only
	done     chan *proto.Failure
	stopped  chan struct{}
	cancel   context.CancelFunc // called when the run is stopped; may be nil
	deadlock chan string
	capture  func(values []any) // takes the values of a last expression instead of the front, unless it is nil; guarded by Worker.mu
}

// runLoop does one run after the other.
func (w *Worker) runLoop() {
	for m := range w.runs {
		reply := w.do(m)
		flushC()
		reply.Kind, reply.ID = proto.Done, m.ID
		if err := w.conn.Send(reply); err != nil { // a reply that cannot be sent must not leave the front waiting
			w.conn.Send(proto.Message{Kind: proto.Done, ID: m.ID, Failure: &proto.Failure{Kind: "error", Value: err.Error()}})
		}
	}
}

// do does a run, and returns the reply.
func (w *Worker) do(m proto.Message) proto.Message {
	if m.Kind == proto.Apply {
		return w.apply(m)
	}
	return proto.Message{Failure: w.execute(m)}
}

func (w *Worker) execute(m proto.Message) *proto.Failure {
	unit, ok := rt.Lookup(m.Unit)
	if !ok {
		return &proto.Failure{Kind: "panic", Value: "the compiled cell " + m.Unit + " did not register itself"}
	}
	w.streams.repair()
	r := newRun(m.ID)
	r.count, _ = strconv.Atoi(m.Text) // 0, the count of no cell, if the front sent none
	watch := newWatchdog(r.id, r.deadlock)
	defer watch.close()
	return w.perform(r, &w.current, unit.Run)
}

func newRun(id int64) *run {
	return &run{id: id, done: make(chan *proto.Failure, 1), stopped: make(chan struct{}), deadlock: make(chan string, 1)}
}

// perform runs f in a goroutine of its own, as a run that slot holds meanwhile, and returns how it failed, if it did.
func (w *Worker) perform(r *run, slot **run, f func()) *proto.Failure {
	w.forgetEnded()
	began := make(chan struct{})
	go w.call(r, slot, f, began)
	<-began
	defer w.set(slot, nil)
	defer r.rt.End()
	failed, stopped := r.wait()
	if stopped {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.stopping = append(w.stopping, r)
	}
	return failed
}

// forgetEnded forgets the stopped runs that have no goroutine any more.
func (w *Worker) forgetEnded() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.stopping) == 0 {
		return
	}
	alive := runsAlive()
	w.stopping = slices.DeleteFunc(w.stopping, func(r *run) bool {
		if !alive[r.id] {
			r.rt.Forget()
		}
		return !alive[r.id]
	})
}

// call calls f in the calling goroutine, which becomes the first of the run.
func (w *Worker) call(r *run, slot **run, f func(), began chan struct{}) {
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels(runLabel, strconv.FormatInt(r.id, 10))))
	r.rt = rt.Begin()
	var stack [64]byte // enough for its first words
	r.first = goroutineOf(stack[:runtime.Stack(stack[:], false)])
	w.set(slot, r) // before its first result
	close(began)
	// A cell's goroutine may also end by runtime.Goexit: recover returns nil then, and the cell has ended well, unless os.Exit
	// did that (see wait).
	defer func() {
		if v := recover(); v != nil {
			r.done <- failure(rt.Failure{Value: v, Stack: debug.Stack()})
			return
		}
		r.done <- nil
	}()
	f()
}

// wait returns when the cell's goroutine has ended, or is given up, and tells whether the run was stopped.
func (r *run) wait() (f *proto.Failure, stopped bool) {
	select {
	case f := <-r.done:
		return r.ended(f)
	case g := <-r.rt.Failed():
		if r.exits(g) {
			return r.wait() // what is deferred runs
		}
		r.rt.Stop()
		r.settle(grace)
		return goroutineFailure(g), true
	case stacks := <-r.deadlock:
		r.rt.Stop()
		r.settle(glance)
		return &proto.Failure{Kind: "deadlock", Stack: stacks}, true
	case <-r.stopped:
		before := runStacks(r.id)
		f, ended := r.settle(grace)
		switch {
		case !ended:
			return r.leave(), true
		case f == nil:
			f = &proto.Failure{Kind: "interrupted", Stack: before}
		}
		return f, true
	}
}

// ended is how a run ended whose first goroutine ended with f.
func (r *run) ended(f *proto.Failure) (_ *proto.Failure, stopped bool) {
	select { // a goroutine may have failed just before
	case g := <-r.rt.Failed():
		if !r.exits(g) && f == nil {
			return goroutineFailure(g), false
		}
	case <-r.stopped: // its input came to an end
		if f == nil {
			return &proto.Failure{Kind: "interrupted"}, true
		}
	default:
	}
	return cmp.Or(f, r.exit), false
}

// exits tells whether it is the first goroutine of the run that ends, by os.Exit.
func (r *run) exits(g rt.Failure) bool {
	if _, ok := g.Value.(rt.Exit); !ok || goroutineOf(g.Stack) != r.first {
		return false
	}
	r.exit = failure(g)
	return true
}

// goroutineOf is what a stack calls its goroutine: "goroutine 7 ".
func goroutineOf(stack []byte) string {
	name, _, _ := bytes.Cut(stack, []byte("["))
	return string(name)
}

// leave says where the goroutines of a run are that did not end, and whether they only wait.
func (r *run) leave() *proto.Failure {
	stacks := runStacks(r.id)
	for g := range strings.SplitSeq(stacks, "\n\n") {
		if !isWaiting(stateOf(g)) && !isIdle(stateOf(g)) {
			return &proto.Failure{Kind: "abandoned", Stack: stacks}
		}
	}
	return &proto.Failure{Kind: "left", Stack: stacks}
}

// settle gives a stopped run time to end.
func (r *run) settle(patience time.Duration) (*proto.Failure, bool) {
	select {
	case f := <-r.done:
		return f, true
	case <-time.After(patience):
		return nil, false
	}
}

// stop interrupts a run, also one that has not begun.
func (w *Worker) stop(m proto.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.toStop = m.ID
	w.stopCurrent()
}

// set makes r the run under way, of cells or of comm messages.
func (w *Worker) set(slot **run, r *run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*slot = r
	w.stopCurrent()
}

// stopCurrent stops a run under way if it is the one to be stopped. The caller holds w.mu.
func (w *Worker) stopCurrent() {
	for _, r := range []*run{w.current, w.handling} {
		if r == nil || r.id != w.toStop {
			continue
		}
		w.toStop = 0
		select {
		case <-r.stopped: // a second time
		default:
			r.rt.Stop()
			close(r.stopped)
			if r.cancel != nil {
				r.cancel()
			}
		}
	}
}

func goroutineFailure(g rt.Failure) *proto.Failure {
	f := failure(g)
	f.Goroutine = true
	return f
}

// failure puts what ended a goroutine into words.
func failure(f rt.Failure) *proto.Failure {
	if rt.IsInterrupt(f.Value) {
		if more := goesOn(f.Value); more != "" {
			return &proto.Failure{Kind: "outlived", Value: more, Stack: string(f.Stack)}
		}
		return &proto.Failure{Kind: "interrupted", Stack: string(f.Stack)}
	}
	if exit, ok := f.Value.(rt.Exit); ok {
		return &proto.Failure{Kind: "exit", Value: exit.Error(), Stack: string(f.Stack)}
	}
	return &proto.Failure{Kind: "panic", Value: panicText(f.Value), Stack: string(f.Stack)}
}

// goesOn is what a library says that the interrupt did not end which its panic tells of, as package opencl does.
func goesOn(value any) string {
	var e interface{ GoesOn() string }
	if err, ok := value.(error); ok && errors.As(err, &e) {
		return e.GoesOn()
	}
	return ""
}

// panicLimit bounds what is passed on of a panic value: somebody panics with a whole file.
const panicLimit = 1 << 16

// panicText is how the Go runtime would print the value of a panic, without risking a second one.
func panicText(v any) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("a %T whose Error or String method panics", v)
		}
		if len(text) > panicLimit {
			text = text[:panicLimit] + fmt.Sprintf(" … (%d bytes in all)", len(text))
		}
	}()
	return fmt.Sprint(v)
}
