package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/warren-go/warren/parlib/taskq"
	"github.com/warren-go/warren/parlib/taskq/broker"
)

// openTasks opens a queue in a notebook, as queue, whose broker is in this process.
func openTasks(t *testing.T, n *notebook) *broker.Broker {
	t.Helper()
	b, err := broker.Start(broker.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	n.must(fmt.Sprintf("queue, err := taskq.Open(context.Background(), taskq.Options{URL: %q})\nif err != nil { panic(err) }", b.URL()))
	n.must("task := taskq.Define(queue, \"square\", func(_ context.Context, n int) (int, error) { return n * n, nil })")
	return b
}

// The connection to a broker is no reason to wait for ever.
func TestDeadlockIsFoundBesideAnOpenQueue(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	openTasks(t, n)
	n.must("result, err := task.Submit(context.Background(), 5)\nif err != nil { panic(err) }")
	for _, c := range deadlocks[:3] {
		if err := n.run(newCollected(), c.code, 0); err == nil || err.Name != "deadlock" {
			t.Errorf("%s: ended with %v", c.name, err)
		}
	}
	n.must("worker, err := queue.Work(context.Background(), 1)\nif err != nil { panic(err) }")
	if got := n.must("square, err := result.Get(context.Background())\nfmt.Println(square, err)"); got != "25 <nil>\n" {
		t.Errorf("after the deadlocks: %q", got)
	}
	n.must("worker.Close()")
	if err := n.run(newCollected(), deadlocks[0].code, 0); err == nil || err.Name != "deadlock" {
		t.Errorf("after a worker of tasks was closed: ended with %v", err)
	}
}

// Tasks come from other processes at any time, and may be what a cell waits for.
func TestWaitingForATaskIsNoDeadlock(t *testing.T) {
	n := newNotebook(t)
	defer n.Close()
	b := openTasks(t, n)
	n.must("called := make(chan int)\ncall := taskq.Define(queue, \"call\", func(_ context.Context, n int) (int, error) { called <- n; return n, nil })\n" +
		"worker, err := queue.Work(context.Background(), 1)\nif err != nil { panic(err) }")
	q, err := taskq.Open(t.Context(), taskq.Options{URL: b.URL()})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	submitted := make(chan error, 1)
	time.AfterFunc(5*time.Second, func() { // for longer than it takes to find a deadlock
		_, err := taskq.Define[int, int](q, "call", nil).Submit(context.Background(), 7)
		submitted <- err
	})
	if got := n.must("fmt.Println(<-called)"); got != "7\n" {
		t.Errorf("the task gave %q", got)
	}
	if err := <-submitted; err != nil {
		t.Error(err)
	}
}
