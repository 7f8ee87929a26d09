// Package worker is the process in which cells run. It opens the plugins that the front compiled, calls their entry
// functions, and reports over a socket of its own; stdin, stdout and stderr belong to user code.
package worker

import (
	"fmt"
	"os"
	"plugin"
	"runtime/debug"
	"sync"
	"time"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/proto"
	"github.com/warren-go/warren/kernel/rt"
)

// Worker is the state of the process: one run at a time, and the connection to the front.
type Worker struct {
	conn *proto.Conn
	runs chan proto.Message

	mu      sync.Mutex
	current *run

	showing sync.Mutex
	shown   chan struct{} // the front has shown what was sent

	answers   chan proto.Message
	recorders map[string]*recorder
}

// Main serves the front on file descriptor proto.Fd until it is gone, and returns the exit status.
func Main() int {
	// A deep recursion that is a mistake should end in a second, not after filling a gigabyte of stack.
	debug.SetMaxStack(256 << 20)
	debug.SetTraceback("all")
	unbufferC()
	f := os.NewFile(proto.Fd, "front")
	if f == nil {
		fmt.Fprintln(os.Stderr, "warren worker: started by hand? It is started by the kernel, with its socket as file descriptor 3.")
		return 2
	}
	os.Args = []string{"warren"}
	w := &Worker{
		conn:      proto.NewConn(f),
		runs:      make(chan proto.Message),
		shown:     make(chan struct{}, 1),
		answers:   make(chan proto.Message, 1),
		recorders: newRecorders(),
	}
	display.Connect(publisher{w})
	rt.ShowResult = w.showResult
	rt.Late = func(f rt.Failure) { w.conn.Send(proto.Message{Kind: proto.Late, Failure: failure(f)}) }
	go w.runLoop()
	w.conn.Send(proto.Message{Kind: proto.Hello})
	w.serve()
	return 0
}

// handlers says what each request of the front does. They run on the reading goroutine and must not block.
var handlers = map[string]func(*Worker, proto.Message){
	proto.Load:    (*Worker).load,
	proto.Run:     func(w *Worker, m proto.Message) { w.runs <- m },
	proto.Stop:    (*Worker).stop,
	proto.Shown:   func(w *Worker, _ proto.Message) { w.shown <- struct{}{} },
	proto.Answer:  func(w *Worker, m proto.Message) { w.answers <- m },
	proto.Peek:    (*Worker).peek,
	proto.Chdir:   (*Worker).chdir,
	proto.Setenv:  (*Worker).setenv,
	proto.Profile: (*Worker).profile,
	proto.ToComm:  (*Worker).toComm,
	proto.Dump:    (*Worker).dump,
}

func (w *Worker) serve() {
	for {
		m, err := w.conn.Receive()
		if err != nil {
			return // the front is gone: so are we
		}
		if h := handlers[m.Kind]; h != nil {
			h(w, m)
		}
	}
}

func (w *Worker) ack(m, reply proto.Message, err error) {
	if reply.Kind == "" {
		reply.Kind = proto.Ack
	}
	reply.Seq = m.Seq
	if err != nil {
		reply.Error = err.Error()
	}
	w.conn.Send(reply)
}

func (w *Worker) load(m proto.Message) {
	start := time.Now()
	var err error
	for _, file := range m.Files {
		if _, err = plugin.Open(file); err != nil {
			err = fmt.Errorf("cannot load a compiled cell: %w", err)
			break
		}
	}
	w.ack(m, proto.Message{Kind: proto.Loaded, Text: time.Since(start).String()}, err)
}

func (w *Worker) chdir(m proto.Message) { w.ack(m, proto.Message{}, os.Chdir(m.Text)) }

func (w *Worker) setenv(m proto.Message) { w.ack(m, proto.Message{}, os.Setenv(m.Names[0], m.Text)) }

func (w *Worker) dump(m proto.Message) { w.ack(m, proto.Message{Text: allStacks()}, nil) }

func (w *Worker) toComm(m proto.Message) { w.ack(m, proto.Message{}, nil) }
