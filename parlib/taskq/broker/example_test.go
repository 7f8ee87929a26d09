package broker_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/warren-go/warren/parlib/taskq"
	"github.com/warren-go/warren/parlib/taskq/broker"
)

// One program runs the broker and lets others in; another, here the same, works for its queue.
func ExampleStart() {
	dir, err := os.MkdirTemp("", "broker")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	b, err := broker.Start(broker.Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		log.Fatal(err)
	}
	defer b.Close()

	ctx := context.Background()
	q, err := taskq.Open(ctx, taskq.Options{URL: b.URL()})
	if err != nil {
		log.Fatal(err)
	}
	defer q.Close()
	double := taskq.Define(q, "double", func(_ context.Context, n int) (int, error) { return 2 * n, nil })
	if _, err := q.Work(ctx, 1); err != nil {
		log.Fatal(err)
	}
	r, err := double.Submit(ctx, 21)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Get(ctx))
	// Output: 42 <nil>
}
