package parlib

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

func TestTasksThatWaitInACycleAreAnErrorThatNamesThem(t *testing.T) {
	for _, c := range []struct {
		name string
		root func(*Task)
		want []string
	}{
		{"two", func(root *Task) {
			var gate [2]chan *Task
			for i := range gate {
				gate[i] = make(chan *Task, 1)
			}
			for i := range gate {
				root.Spawn(func(task *Task) {
					gate[1-i] <- task
					task.Spawn(func(*Task) { t.Error("a task of a cycle ran") }, After(<-gate[i]))
					task.Sync()
				})
			}
			root.Sync()
		}, []string{"task 1", "task 2", "waits in Sync for its child, task ", "is to begin after task "}},
		{"through a third", func(root *Task) {
			first := make(chan *Task, 1)
			a := root.Spawn(func(task *Task) {
				other := <-first
				task.Spawn(func(*Task) {}, After(other))
				task.Sync()
			})
			b := root.Spawn(func(*Task) {}, After(a))
			c := root.Spawn(func(*Task) {}, After(b))
			first <- c
		}, []string{"task 1 waits in Sync for its child, task 4, which is to begin after task 3, which is to begin after task 2, which is to begin after task 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, workers := range []int{1, 2, 3} {
				if c.name == "two" && workers == 1 {
					continue // the tasks would not run at the same time
				}
				within(t, c.name, func() {
					err := Tasks(c.root, Workers(workers))
					if !errors.Is(err, ErrTaskCycle) {
						t.Fatalf("%d workers: error is %v", workers, err)
					}
					for _, want := range c.want {
						if !strings.Contains(err.Error(), want) {
							t.Errorf("error %q does not have %q", err, want)
						}
					}
				})
			}
		})
	}
}

func TestALongCycleIsNamedInPart(t *testing.T) {
	within(t, "Tasks", func() {
		err := Tasks(func(root *Task) {
			last := make(chan *Task, 1)
			next := root.Spawn(func(task *Task) {
				task.Spawn(func(*Task) {}, After(<-last))
				task.Sync()
			})
			for range 100 {
				next = root.Spawn(func(*Task) {}, After(next))
			}
			last <- next
		})
		if !errors.Is(err, ErrTaskCycle) || !strings.Contains(err.Error(), "and so on over 90 more tasks to task 1") {
			t.Errorf("error is %v", err)
		}
	})
}

// A Sync must not run what it does not wait for: that could wait for the task that is in the Sync, with which it would share
// a goroutine.
func TestSyncDoesNotRunWhatMayWaitForItsTask(t *testing.T) {
	for _, workers := range []int{1, 2, 3} {
		var done atomic.Int32
		inTasks(t, func(root *Task) {
			after := make(chan *Task, 1)
			a := root.Spawn(func(a *Task) {
				a.Spawn(func(child *Task) {
					child.Spawn(func(grandchild *Task) {
						grandchild.Spawn(func(*Task) { done.Add(1) }, After(<-after))
						grandchild.Sync()
						done.Add(1)
					})
				})
				a.Sync() // for child, not for grandchild
				done.Add(1)
			})
			after <- root.Spawn(func(*Task) { done.Add(1) }, After(a))
		}, Workers(workers))
		if done.Load() != 4 {
			t.Errorf("%d workers: %d of 4 steps were done", workers, done.Load())
		}
	}
}

func TestSyncOfAnotherTaskIsAnError(t *testing.T) {
	for name, root := range map[string]func(*Task){
		"that is in Sync": func(root *Task) {
			root.Spawn(func(*Task) { root.Sync() })
			root.Sync()
		},
		"that has not come to its Sync": func(root *Task) {
			begun := make(chan bool)
			root.Spawn(func(*Task) { close(begun); root.Sync() })
			<-begun
			root.Sync()
		},
		"that ends": func(root *Task) {
			begun := make(chan bool)
			root.Spawn(func(*Task) { close(begun); root.Sync() })
			<-begun
		},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, name, func() {
				if err := Tasks(root, Workers(2)); err == nil || !strings.Contains(err.Error(), "must call Sync of its own Task") {
					t.Errorf("error is %v", err)
				}
			})
		})
	}
}

func TestSpawnAfterTheEndIsRefused(t *testing.T) {
	var kept *Task
	inTasks(t, func(root *Task) { kept = root })
	defer func() {
		if v := recover(); v == nil || !strings.Contains(v.(string), "task 0 belongs to is over") {
			t.Errorf("panic is %v", v)
		}
	}()
	kept.Spawn(func(*Task) {})
}
