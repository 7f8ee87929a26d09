package controller_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/ipp/controller"
	"github.com/warren-go/warren/internal/ipp/engine"
)

// upper is what the engine of the example does: it turns text into capitals.
type upper struct{}

func (upper) Apply(_ context.Context, buffers [][]byte, _ *engine.Output) ([][]byte, error) {
	return [][]byte{bytes.ToUpper(buffers[0])}, nil
}

func (upper) Execute(context.Context, string, *engine.Output) (*engine.Result, error) {
	return nil, errors.New("no code is run here")
}

func (upper) Clear(context.Context) error { return nil }

// A controller, an engine and a client, all in one process.
func ExampleStart() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c, err := controller.Start(controller.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error)
	go func() { ended <- engine.Run(ctx, engine.Config{File: c.EngineInfo(), Executor: upper{}}) }()

	k, err := client.Connect(ctx, c.ClientInfo(), client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	task := k.Balanced(ctx, client.Task{}, client.Apply([][]byte{[]byte("hello")}, nil)) // waits for the engine
	reply, err := task.Wait(ctx)
	fmt.Printf("%s %v\n", bytes.Join(reply.Buffers, nil), err)
	k.Close()
	c.Close()
	fmt.Println(errors.Is(<-ended, engine.ErrControllerGone))
	// Output:
	// HELLO <nil>
	// true
}
