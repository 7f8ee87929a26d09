package remote_test

import (
	"context"
	"fmt"
	"log"
	"sync"

	"github.com/warren-go/warren/parlib/remote"
)

// Counter is shared by all who call it.
type Counter struct {
	mu sync.Mutex
	n  int
}

// Add adds n and returns the sum.
func (c *Counter) Add(n int) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n < 0 {
		return c.n, fmt.Errorf("%d is negative", n)
	}
	c.n += n
	return c.n, nil
}

func Example() {
	server, err := remote.Listen(remote.Options{}) // in one process
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	if err := server.Register("counter", &Counter{}); err != nil {
		log.Fatal(err)
	}

	ctx := context.Background() // in another, which was told the URL
	client, err := remote.Dial(ctx, server.URL())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fmt.Println(remote.Call[int](ctx, client, "counter.Add", 3))
	fmt.Println(remote.Call[int](ctx, client, "counter.Add", -1))
	_, err = remote.Call[int](ctx, client, "counter.Sub", 1)
	fmt.Println(err)
	// Output:
	// 3 <nil>
	// 0 remote: counter.Add: -1 is negative
	// remote: counter.Sub: the server has no such method; it has [counter.Add(int) (int, error)]
}

func ExampleBind() {
	server, err := remote.Listen(remote.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	if err := server.Register("counter", &Counter{}); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	client, err := remote.Dial(ctx, server.URL())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	var counter struct {
		Add func(ctx context.Context, n int) (int, error)
	}
	if err := remote.Bind(ctx, client, "counter", &counter); err != nil {
		log.Fatal(err)
	}
	fmt.Println(counter.Add(ctx, 3))
	// Output: 3 <nil>
}
