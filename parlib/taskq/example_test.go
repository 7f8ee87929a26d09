package taskq_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/warren-go/warren/parlib/taskq"
	"github.com/warren-go/warren/parlib/taskq/broker"
)

// open opens a queue in a broker of its own, in a folder that close removes.
func open(ctx context.Context) (q *taskq.Queue, close func()) {
	dir, err := os.MkdirTemp("", "taskq")
	if err != nil {
		log.Fatal(err)
	}
	b, err := broker.Start(broker.Options{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	if q, err = taskq.Open(ctx, taskq.Options{Broker: b}); err != nil {
		log.Fatal(err)
	}
	if _, err := q.Work(ctx, 2); err != nil {
		log.Fatal(err)
	}
	return q, func() {
		if err := errors.Join(q.Close(), b.Close(), os.RemoveAll(dir)); err != nil {
			log.Fatal(err)
		}
	}
}

type pair struct{ A, B int }

func Example() {
	ctx := context.Background()
	q, close := open(ctx)
	defer close()
	add := taskq.Define(q, "add", func(_ context.Context, in pair) (int, error) { return in.A + in.B, nil })
	r, err := add.Submit(ctx, pair{1, 2}, taskq.ID("first"))
	if err != nil {
		log.Fatal(err)
	}
	sum, err := r.Get(ctx)
	fmt.Println(sum, err)
	again, _ := taskq.Find[int](q, "first").Get(ctx) // from any process, until Forget
	fmt.Println(again)
	// Output:
	// 3 <nil>
	// 3
}

func ExampleRetry() {
	ctx := context.Background()
	q, close := open(ctx)
	defer close()
	shaky := taskq.Define(q, "shaky", func(ctx context.Context, name string) (string, error) {
		if task, _ := taskq.Current(ctx); task.Attempt < 3 {
			return "", errors.New("out of order")
		}
		return "hello, " + name, nil
	})
	r, _ := shaky.Submit(ctx, "Ada", taskq.Retry(3, time.Millisecond), taskq.Timeout(time.Second))
	fmt.Println(r.Get(ctx))

	r, _ = shaky.Submit(ctx, "Bob", taskq.ID("bob"))
	_, err := r.Get(ctx)
	fmt.Println(err)
	dead, _ := q.List(ctx, taskq.Dead)
	fmt.Println(len(dead), "dead letter:", dead[0].ID, dead[0].Error)
	// Output:
	// hello, Ada <nil>
	// taskq: task shaky (ID bob), attempt 1: out of order
	// 1 dead letter: bob out of order
}

func ExampleThen() {
	ctx := context.Background()
	q, close := open(ctx)
	defer close()
	square := taskq.Define(q, "square", func(_ context.Context, n int) (int, error) { return n * n, nil })
	sum := taskq.Define(q, "sum", func(_ context.Context, list []int) (total int, err error) {
		for _, n := range list {
			total += n
		}
		return total, nil
	})
	chain := taskq.Then(square.With(3), square)
	chord := taskq.Then(taskq.Group(square.With(1), square.With(2), chain), sum)
	r, err := chord.Submit(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Get(ctx))
	// Output: 86 <nil>
}
