// Package jupyter is the front end: it answers the Jupyter protocol, version 5.4 and later, for whatever stands behind the
// Interpreter interface. It knows no Go source and compiles nothing.
//
// One table (handlers.go) leads from a message type to its handler and to the lane that runs it: cells run one by one in
// their lane, while quick questions and slow ones (completion, inspection) have lanes of their own and are answered while
// a cell runs. Every request goes through one envelope (envelope in handlers.go): busy, handle, flush, reply, idle.
package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/warren-go/warren/internal/wire"
	"github.com/warren-go/warren/kernel/coalesce"
	"github.com/warren-go/warren/kernel/connection"
	"github.com/warren-go/warren/kernel/history"
)

// closeTime is how long the interpreter may take to end a running cell and itself.
const closeTime = 5 * time.Second

// Serve answers front ends at the sockets of a connection file until one asks for shutdown, ctx ends, SIGTERM comes, or
// the process that JPY_PARENT_PID names is gone. Then it closes the interpreter. Cells are kept in h. SIGINT interrupts the running cell.
func Serve(ctx context.Context, connectionFile string, interp Interpreter, h *history.History, log *slog.Logger) error {
	c, err := connection.Read(connectionFile)
	if err != nil {
		return errors.Join(err, interp.Close())
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	ctx, stopWatch := withParent(ctx, os.Getenv("JPY_PARENT_PID"), time.Second, log)
	defer stopWatch()
	k, err := open(c, interp, h, log)
	if err != nil {
		return errors.Join(err, interp.Close())
	}
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	return k.run(ctx, interrupts)
}

// withParent gives a context that ends when the process pid is gone. An empty pid, or 1, is not watched.
func withParent(ctx context.Context, pid string, every time.Duration, log *slog.Logger) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	parent, err := strconv.Atoi(pid)
	if err != nil || parent <= 1 {
		return ctx, cancel
	}
	gone := func() bool { return errors.Is(syscall.Kill(parent, 0), syscall.ESRCH) }
	if os.Getppid() == parent { // also right when the parent is a zombie, or its number was given to another process
		gone = func() bool { return os.Getppid() != parent }
	}
	var task sync.WaitGroup
	task.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if gone() {
					log.Warn("the process that started the kernel is gone, the kernel ends", "pid", parent)
					cancel()
					return
				}
			}
		}
	})
	return ctx, func() { cancel(); task.Wait() }
}

// kernel is a running front end.
type kernel struct {
	log     *slog.Logger
	interp  Interpreter
	codec   *wire.Codec
	sockets *connection.Sockets
	history *history.History
	comms   comms
	streams *coalesce.Streams
	input   inputs

	cells, quick, slow *lane
	heard              *lane         // of comm messages
	ahead              chan struct{} // the queue of cells has changed
	aborted            []request     // to be answered after the failed cell; of the lane of cells

	mu      sync.Mutex
	count   int             // of cells that went into history
	running json.RawMessage // parent of the cell that runs, or nil

	stop context.CancelFunc
}

func open(c connection.File, interp Interpreter, h *history.History, log *slog.Logger) (*kernel, error) {
	codec, err := wire.NewCodec(c.SignatureScheme, c.Key, "kernel")
	if err != nil {
		return nil, err
	}
	k := &kernel{
		log: log, interp: interp, codec: codec, history: h, comms: comms{targets: map[string]string{}},
		cells: newLane(), quick: newLane(), slow: newLane(), heard: newLane(), ahead: make(chan struct{}, 1),
	}
	k.streams = coalesce.New(func(parent []byte, name, text string) {
		k.publish("stream", parent, nil, map[string]any{"name": name, "text": text})
	})
	k.sockets, err = c.Open(log, k.welcome)
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w", err)
	}
	return k, nil
}

// welcome answers a subscription (JEP 65), so that a client knows from when on it misses nothing.
func (k *kernel) welcome(topic string) [][][]byte {
	return [][][]byte{k.frames("iopub_welcome", nil, nil, map[string]any{"subscription": topic}, [][]byte{[]byte(topic)})}
}

// run serves until ctx ends or a client asks for shutdown.
func (k *kernel) run(ctx context.Context, interrupts <-chan os.Signal) error {
	ctx, k.stop = context.WithCancel(ctx)
	defer k.stop()
	k.publish("status", nil, nil, map[string]any{"execution_state": "starting"})
	var lanes, readers sync.WaitGroup
	for _, l := range []*lane{k.cells, k.quick, k.slow, k.heard} {
		lanes.Go(func() { l.run(ctx, k.answer) })
	}
	lanes.Go(func() { k.lookAhead(ctx) })
	readers.Go(func() { k.read(ctx, "shell", k.sockets.Shell, shellTypes) })
	readers.Go(func() { k.read(ctx, "control", k.sockets.Control, controlTypes) })
	readers.Go(func() { k.readInput(ctx) })
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-interrupts:
			k.interrupt()
		}
	}
	readers.Wait()
	err := k.interp.Close()
	if !waitFor(&lanes, closeTime) {
		err = errors.Join(err, errors.New("the running cell did not end with its session"))
	}
	k.streams.Close()
	k.sockets.Close()
	return err
}

func waitFor(g *sync.WaitGroup, limit time.Duration) bool {
	done := make(chan struct{})
	go func() { g.Wait(); close(done) }()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}

// read takes the requests of one channel as they come, so that the queue of cells is known.
func (k *kernel) read(ctx context.Context, channel string, from *wire.Router, types map[string]handler) {
	for {
		select {
		case <-ctx.Done():
			return
		case frames := <-from.Messages():
			m, err := k.codec.Decode(frames)
			if err != nil {
				k.log.Warn("a message was dropped", "channel", channel, "error", err)
				continue
			}
			k.accept(ctx, request{Message: m, from: from, handler: lookUp(types, m.Header.Type)})
		}
	}
}

func (k *kernel) accept(ctx context.Context, r request) {
	switch r.lane {
	case here:
		k.answer(ctx, r)
	case cellLane:
		k.cells.push(r)
		wakeUp(k.ahead)
	case quickLane:
		k.quick.push(r)
	case slowLane:
		k.slow.push(r)
	case commLane:
		k.heard.push(r)
	}
}

// interrupt stops the running cell, and the question it asks the user. Without a cell the interpreter may have something else
// to stop: the handler of a comm message, or what an earlier interrupt did not end.
func (k *kernel) interrupt() {
	k.mu.Lock()
	running := k.running != nil
	k.mu.Unlock()
	if running {
		k.input.cancel()
	}
	k.interp.Interrupt()
}

// lookAhead tells the interpreter which cells wait, as often as that changes and it has dealt with the last list.
func (k *kernel) lookAhead(ctx context.Context) {
	told := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.ahead:
		}
		cells := k.waiting()
		if len(cells) > 0 || told > 0 {
			k.interp.Ahead(cells)
		}
		told = len(cells)
	}
}

// waiting lists the queued cells with the counts they will get if none of those before them fails.
func (k *kernel) waiting() []Cell {
	queued := k.cells.snapshot()
	k.mu.Lock()
	defer k.mu.Unlock()
	count := k.count
	var cells []Cell
	for _, r := range queued {
		x, err := parseExecute(r.Content)
		if err != nil {
			continue
		}
		cells = append(cells, x.cell(count+1))
		if x.StoreHistory {
			count++
		}
	}
	return cells
}

// frames signs a message. Content that has no JSON is a mistake of the caller's and logged; the message is lost.
func (k *kernel) frames(kind string, parent json.RawMessage, metadata, content any, idents [][]byte, buffers ...[]byte) [][]byte {
	m, err := k.codec.New(kind, parent, content)
	if err == nil && metadata != nil {
		m.Metadata, err = json.Marshal(metadata)
	}
	if err != nil {
		k.log.Error("a message cannot be sent", "type", kind, "error", err)
		return nil
	}
	m.Idents = idents
	m.Buffers = buffers
	frames, err := k.codec.Encode(m)
	if err != nil {
		k.log.Error("a message cannot be sent", "type", kind, "error", err)
		return nil
	}
	return frames
}

func (k *kernel) publish(kind string, parent json.RawMessage, metadata, content any, buffers ...[]byte) {
	topic := "kernel." + k.codec.Session() + "." + kind
	if f := k.frames(kind, parent, metadata, content, [][]byte{[]byte(topic)}, buffers...); f != nil {
		k.sockets.IOPub.Publish(f)
	}
}
