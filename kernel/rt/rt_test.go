package rt

import (
	"context"
	"errors"
	"fmt"
	"runtime/pprof"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// inRun calls f in the first goroutine of a new run, and returns the run and what f panics with.
func inRun(name string, f func(r *Run)) (*Run, <-chan any) {
	ended, began := make(chan any, 1), make(chan *Run)
	go func() {
		defer func() { ended <- recover() }()
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("run", name)))
		r := Begin()
		began <- r
		f(r)
	}()
	return <-began, ended
}

func TestStopEndsTheRunsGoroutinesOnly(t *testing.T) {
	loop := func(*Run) {
		for {
			Poll()
		}
	}
	a, aEnd := inRun("a", loop)
	b, bEnd := inRun("b", loop)
	a.Stop()
	if v := <-aEnd; v != (Interrupted{}) {
		t.Errorf("the stopped run ends with %v", v)
	}
	select {
	case v := <-bEnd:
		t.Errorf("the other run ends, too, with %v", v)
	case <-time.After(20 * time.Millisecond):
	}
	b.Stop()
	<-bEnd
	for _, r := range []*Run{a, b} {
		r.End()
		r.Forget()
	}
	if stopped.Load() != nil {
		t.Error("Poll stays slow after all runs are forgotten")
	}
}

func TestSleepAndBlockEndWithTheRun(t *testing.T) {
	for name, f := range map[string]func(*Run){"sleep": func(*Run) { Sleep(time.Hour) }, "block": func(*Run) { Block() }} {
		r, end := inRun(name, f)
		r.Stop()
		r.Stop() // a second time does nothing
		if v := <-end; v != (Interrupted{}) {
			t.Errorf("%s ends with %v", name, v)
		}
		r.End()
		r.Forget()
	}
}

func TestFailureOfAGoroutineGoesToItsRunOrIsLate(t *testing.T) {
	late := make(chan Failure, 1)
	old := Late
	Late = func(f Failure) { late <- f }
	defer func() { Late = old }()

	start := make(chan struct{})
	r, end := inRun("first", func(r *Run) {
		go func() { defer Guard(); panic("during") }()
		f := <-r.Failed()
		if f.Value != "during" || len(f.Stack) == 0 {
			t.Errorf("the run fails with %v", f.Value)
		}
		go func() { defer Guard(); <-start; panic("after") }()
	})
	<-end
	r.End()
	close(start)
	if f := <-late; f.Value != "after" {
		t.Errorf("late is %v", f.Value)
	}
}

func TestFailureThatNobodyTookIsLate(t *testing.T) {
	late := make(chan Failure, 1)
	old := Late
	Late = func(f Failure) { late <- f }
	defer func() { Late = old }()
	r, end := inRun("untaken", func(*Run) {
		done := make(chan struct{})
		go func() { defer close(done); defer Guard(); panic("untaken") }()
		<-done
	})
	<-end
	r.End()
	if f := <-late; f.Value != "untaken" {
		t.Errorf("late is %v", f.Value)
	}
}

func TestGuardedByWhoStartedTheGoroutine(t *testing.T) {
	const top = "goroutine 5 [running]:\nmain.f()\n\tcell[3]:2 +0x1\n"
	for creator, want := range map[string]bool{
		"created by main.run in goroutine 4\n\tcell[3]:1 +0x2\n":                                                   true,
		"created by github.com/warren-go/warren/kernel/worker.(*Worker).execute in goroutine 2\n\trun.go:1 +0x2\n": true,
		"created by golang.org/x/sync/errgroup.(*Group).Go in goroutine 4\n\terrgroup.go:78 +0x9\n":                false,
		"created by time.goFunc\n\ttime/sleep.go:215 +0x2d\n":                                                      false,
	} {
		if got := guarded(top + creator); got != want {
			t.Errorf("%s: %v", creator, got)
		}
	}
}

func TestExitEndsTheGoroutineAndIsNoPanic(t *testing.T) {
	r, end := inRun("exit", func(*Run) {
		defer func() {
			if v := recover(); v != nil {
				t.Errorf("os.Exit can be recovered, as %v", v)
			}
		}()
		OSExit(3)
		t.Error("it goes on after os.Exit")
	})
	<-end
	if f := <-r.Failed(); f.Value != (Exit{Code: 3}) || len(f.Stack) == 0 {
		t.Errorf("the run fails with %v", f.Value)
	}
	r.End()
}

func TestTimersBelongToTheRunThatSetsThem(t *testing.T) {
	r, end := inRun("timer", func(r *Run) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		for name, set := range map[string]func(f func()){
			"time":    func(f func()) { AfterFunc(0, f) },
			"context": func(f func()) { ContextAfterFunc(ctx, f) },
		} {
			set(func() { panic(name) })
			if name == "context" {
				go cancel()
			}
			if f := <-r.Failed(); f.Value != name {
				t.Errorf("%s: the run fails with %v", name, f.Value)
			}
		}
	})
	<-end
	r.End()
}

// rude is an error that cannot be unwrapped.
type rude struct{}

func (rude) Error() string { return "rude" }
func (rude) Unwrap() error { panic("no") }

func TestIsInterrupt(t *testing.T) {
	for _, c := range []struct {
		value any
		want  bool
	}{
		{Interrupted{}, true},
		{fmt.Errorf("item 5: %w", Interrupted{}), true},
		{errors.Join(errors.New("other"), Interrupted{}), true},
		{errors.New("the cell was interrupted"), false},
		{"the cell was interrupted", false},
		{rude{}, false},
		{nil, false},
	} {
		if got := IsInterrupt(c.value); got != c.want {
			t.Errorf("%v: %v", c.value, got)
		}
	}
}
