package parlib

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// inTasks runs tasks that must not fail.
func inTasks(t *testing.T, root func(*Task), options ...Option) {
	t.Helper()
	within(t, "Tasks", func() {
		if err := Tasks(root, options...); err != nil {
			t.Error(err)
		}
	})
}

func fibonacciByTasks(t *Task, n int) int {
	if n < 2 {
		return n
	}
	var a, b int
	t.Spawn(func(t *Task) { a = fibonacciByTasks(t, n-1) })
	t.Spawn(func(t *Task) { b = fibonacciByTasks(t, n-2) })
	t.Sync()
	return a + b
}

func TestSyncWaitsForTheChildren(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		got := 0
		inTasks(t, func(task *Task) { got = fibonacciByTasks(task, 15) }, Workers(workers))
		if got != 610 {
			t.Errorf("on %d workers fibonacci(15) is %d, want 610", workers, got)
		}
	}
}

func TestTasksWaitsForAll(t *testing.T) {
	var done atomic.Int32
	inTasks(t, func(task *Task) {
		for range 10 {
			task.Spawn(func(task *Task) {
				task.Spawn(func(*Task) { done.Add(1) })
				done.Add(1)
			})
		}
	}, Workers(3))
	if done.Load() != 20 {
		t.Errorf("%d of 20 tasks were done", done.Load())
	}
}

// The log is a string that would show every other order.
func TestDependencesAreKept(t *testing.T) {
	for range 50 {
		var mu sync.Mutex
		var log []string
		note := func(what string) func(*Task) {
			return func(*Task) {
				mu.Lock()
				defer mu.Unlock()
				log = append(log, what)
			}
		}
		var x, y int
		inTasks(t, func(task *Task) {
			task.Spawn(note("write x"), Out(&x))
			task.Spawn(note("read x"), In(&x))
			task.Spawn(note("read x"), In(&x))
			task.Spawn(note("x to y"), In(&x), Out(&y))
			last := task.Spawn(note("write x again"), Out(&x))
			task.Spawn(note("last"), After(last), In(&y))
		}, Workers(3))
		at := func(what string) int { return slices.Index(log, what) }
		if len(log) != 6 || at("write x") != 0 || at("write x again") != 4 || at("last") != 5 {
			t.Fatalf("order is %q", log)
		}
	}
}

func TestATaskThatFailsEndsTheRest(t *testing.T) {
	broken := errors.New("broken")
	over, cancel := context.WithCancelCause(context.Background())
	cancel(broken)
	var x int
	for _, c := range []struct {
		name    string
		root    func(*Task)
		options []Option
		want    string
	}{
		{"panic", func(task *Task) {
			task.Spawn(func(*Task) {})
			bad := task.Spawn(func(*Task) { panic(broken) })
			task.Spawn(func(*Task) { t.Error("a task ran after the one that failed") }, After(bad))
			task.Sync()
		}, nil, "parlib: Tasks: task 2: panic at "},
		{"panic of the first", func(*Task) { panic(broken) }, nil, "task 0: panic at "},
		{"nil task", func(task *Task) {
			task.Spawn(func(*Task) {}, After(nil))
		}, nil, "depends on a task of another call of Tasks, or nil"},
		{"no pointer", func(task *Task) { task.Spawn(func(*Task) {}, In(x)) }, nil, "depends on 0; In and Out take pointers"},
		{"nil function of a task", func(task *Task) { task.Spawn(nil) }, nil, "the function is nil"},
		{"nil", nil, nil, "the function is nil"},
		{"over", func(*Task) { t.Error("begun") }, []Option{Context(over)}, "not begun: broken"},
		{"workers", func(*Task) {}, []Option{Workers(-2)}, "number of workers is -2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, "Tasks", func() {
				if err := Tasks(c.root, c.options...); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v, want one with %q", err, c.want)
				}
			})
		})
	}
}

func TestContextEndsTasks(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	within(t, "Tasks", func() {
		err := Tasks(func(task *Task) {
			cancel(why)
			task.Spawn(func(*Task) { t.Error("begun after the end") })
		}, Context(ctx))
		if !errors.Is(err, why) || !strings.Contains(err.Error(), "stopped with 1 tasks not begun") {
			t.Errorf("error is %v", err)
		}
	})
}

func TestATaskDoesNotWaitForOneThatItIsPartOf(t *testing.T) {
	done := false
	inTasks(t, func(task *Task) {
		task.Spawn(func(*Task) { done = true }, After(task))
		task.Sync()
	})
	if !done {
		t.Error("the task was not run")
	}
}

// A worker that waits for children runs what they wait for, also where that is not its descendant: nobody else may be
// there to do so.
func TestSyncRunsWhatTheChildrenWaitFor(t *testing.T) {
	for _, workers := range []int{1, 2, 3} {
		var order []string
		var mu sync.Mutex
		note := func(what string) func(*Task) {
			return func(*Task) {
				mu.Lock()
				defer mu.Unlock()
				order = append(order, what)
			}
		}
		within(t, "Tasks", func() {
			err := Tasks(func(root *Task) {
				first := root.Spawn(note("first"))
				second := root.Spawn(note("second"), After(first))
				for range 5 {
					root.Spawn(func(parent *Task) {
						parent.Spawn(note("child"), After(second))
						parent.Sync()
					})
				}
			}, Workers(workers))
			if err != nil {
				t.Error(err)
			}
		})
		if len(order) != 7 || order[0] != "first" || order[1] != "second" {
			t.Errorf("%d workers: the order is %v", workers, order)
		}
	}
}
