package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

const (
	// joinTime is how long a controller may take to answer a registration.
	joinTime = 30 * time.Second
	// stopTime is how long a request may go on after the engine was told to end.
	stopTime = 5 * time.Second
)

// errShutdown ends an engine that was asked to end.
var errShutdown = errors.New("shutdown")

// Config says where an engine belongs and what it does.
type Config struct {
	File     protocol.EngineFile // of the controller
	Executor Executor
	ID       *int         // the id that the engine would like, such as its MPI rank; nil for any
	Log      *slog.Logger // of what no client hears of; nil for none
	// Interrupts, unless nil, delivers what interrupts the running request as a client's SIGINT does: that of a terminal, say.
	Interrupts <-chan os.Signal
	Joined     func(id int)               // called when the engine has registered; may be nil
	Signal     func(syscall.Signal) error // what a signal_request does, except for SIGINT, which interrupts; nil signals the process
	JoinTime   time.Duration              // how long the controller may take to answer; 0 stands for 30 seconds
}

// Run registers an engine and serves until a client asks for shutdown, which is no error, ctx ends, or the controller is gone,
// which is ErrControllerGone.
func Run(ctx context.Context, c Config) error {
	e, err := join(ctx, c.withDefaults())
	if err != nil {
		return fmt.Errorf("engine: Run: %w", err)
	}
	defer e.leave()
	if c.Joined != nil {
		c.Joined(e.id)
	}
	if err := e.serve(ctx); !errors.Is(err, errShutdown) {
		return fmt.Errorf("engine: Run: engine %d: %w", e.id, err)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Signal == nil {
		c.Signal = func(s syscall.Signal) error { return syscall.Kill(syscall.Getpid(), s) }
	}
	if c.JoinTime == 0 {
		c.JoinTime = joinTime
	}
	return c
}

// engine is one that has registered.
type engine struct {
	Config
	id     int
	period time.Duration   // between two pings
	codec  *wire.Codec     // its session is the engine's uuid
	origin json.RawMessage // metadata of what has no other
	queue  *queue
	count  int // of code that was run, not silently

	registrar, control, iopub, ping, pong *wire.Link
	shells                                []*wire.Link
	links                                 []*wire.Link // all of them
}

// join connects and registers.
func join(ctx context.Context, c Config) (_ *engine, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.JoinTime)
	defer cancel()
	codec, err := wire.NewCodec(c.File.Scheme, c.File.Key, "engine")
	if err != nil {
		return nil, err
	}
	e := &engine{Config: c, codec: codec, queue: newQueue()}
	if e.origin, err = json.Marshal(map[string]string{"engine": codec.Session()}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			e.close()
		}
	}()
	if e.registrar, err = e.dealer(ctx, c.File.Registration); err != nil {
		return nil, err
	}
	if err := e.register(ctx); err != nil {
		return nil, fmt.Errorf("registration at %s: %w", c.File.Address(c.File.Registration), err)
	}
	return e, e.connect(ctx)
}

func (e *engine) dealer(ctx context.Context, port int) (*wire.Link, error) {
	return e.hold(wire.DialDealer(ctx, e.File.Address(port), e.codec.Session()))
}

// hold remembers a link that is to be closed in the end.
func (e *engine) hold(l *wire.Link, err error) (*wire.Link, error) {
	if err == nil {
		e.links = append(e.links, l)
	}
	return l, err
}

func (e *engine) register(ctx context.Context) error {
	request := protocol.RegistrationRequest{UUID: e.codec.Session(), ID: e.ID}
	if err := e.send(ctx, e.registrar, outgoing{kind: "registration_request", content: request}); errors.Is(err, wire.ErrClosed) {
		return fmt.Errorf("%w: %w", ErrControllerGone, err)
	} else if err != nil {
		return err
	}
	m, err := e.answer(ctx)
	if err != nil {
		return err
	}
	var reply protocol.RegistrationReply
	if err := json.Unmarshal(m.Content, &reply); err != nil {
		return fmt.Errorf("reply: %w", err)
	}
	if reply.Status != "ok" {
		return fmt.Errorf("refused: %s: %s", reply.Name, reply.Value)
	}
	if reply.Period <= 0 {
		return fmt.Errorf("reply: the heartbeat has a period of %d ms", reply.Period)
	}
	e.id, e.period = reply.ID, time.Duration(reply.Period)*time.Millisecond
	return nil
}

// answer waits for the controller's first message.
func (e *engine) answer(ctx context.Context) (wire.Message, error) {
	select {
	case frames, ok := <-e.registrar.Messages():
		if !ok {
			return wire.Message{}, ErrControllerGone
		}
		return e.codec.Decode(frames)
	case <-ctx.Done():
		return wire.Message{}, fmt.Errorf("no answer: %w. Is the controller alive, and is the connection file, which holds the key, of its last start?", ctx.Err())
	}
}

// connect opens the sockets that a registered engine needs.
func (e *engine) connect(ctx context.Context) (err error) {
	f := e.File
	for _, port := range []int{f.Mux, f.Task, f.Broadcast[e.id%len(f.Broadcast)]} {
		l, err := e.dealer(ctx, port)
		if err != nil {
			return err
		}
		e.shells = append(e.shells, l)
	}
	if e.control, err = e.dealer(ctx, f.Control); err != nil {
		return err
	}
	if e.iopub, err = e.hold(wire.DialPublisher(ctx, f.Address(f.IOPub), e.codec.Session())); err != nil {
		return err
	}
	if e.pong, err = e.dealer(ctx, f.Pong); err != nil {
		return err
	}
	e.ping, err = e.hold(wire.DialSubscriber(ctx, f.Address(f.Ping), ""))
	return err
}

// serve works until the engine is to end, and says why.
func (e *engine) serve(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return beat(ctx, e.ping, e.pong, e.period) })
	g.Go(func() error { return e.work(ctx) })
	g.Go(func() error { return e.read(ctx, "control", e.control, e.onControl) })
	for _, shell := range e.shells {
		g.Go(func() error { return e.read(ctx, "shell", shell, e.enqueue) })
	}
	// Nothing is expected of these, except for the news that they are lost.
	for name, l := range map[string]*wire.Link{"registration": e.registrar, "iopub": e.iopub, "heartbeat": e.pong} {
		g.Go(func() error { return e.hear(ctx, name, l, func([][]byte) error { return nil }) })
	}
	g.Go(func() error {
		for {
			select {
			case <-e.Interrupts:
				e.queue.interrupt(ErrInterrupted)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	return g.Wait()
}

// read hands the requests that come by a link to a handler. What is not signed or not well formed is dropped.
func (e *engine) read(ctx context.Context, name string, l *wire.Link, handle func(context.Context, request) error) error {
	return e.hear(ctx, name, l, func(frames [][]byte) error {
		m, err := e.codec.Decode(frames)
		if err != nil {
			e.Log.Warn("a message was dropped", "socket", name, "error", err)
			return nil
		}
		return handle(ctx, request{m, l})
	})
}

// hear hands on what comes by a link until ctx ends or the link is lost.
func (e *engine) hear(ctx context.Context, name string, l *wire.Link, handle func(frames [][]byte) error) error {
	for {
		select {
		case frames, ok := <-l.Messages():
			if !ok {
				return lost(ctx, name, wire.ErrClosed)
			}
			if err := handle(frames); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// leave tells the controller and closes everything.
func (e *engine) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	last := outgoing{kind: "unregistration_request", content: protocol.Unregistration{ID: e.id}}
	if err := e.send(ctx, e.registrar, last); err != nil {
		e.Log.Info("the controller does not hear of the end of the engine", "error", err)
	}
	e.close()
}

func (e *engine) close() {
	for _, l := range e.links {
		l.Close()
	}
}
