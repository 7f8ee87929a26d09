// Package worker is the process in which cells run. It opens the plugins that the front compiled, calls their entry
// functions, and reports over a socket of its own; stdin, stdout and stderr belong to user code.
package worker

import (
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/python"
	"github.com/warren-go/warren/internal/shm"
	"github.com/warren-go/warren/internal/value"
	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/display/comm"
	"github.com/warren-go/warren/kernel/proto"
	"github.com/warren-go/warren/kernel/px/server"
	"github.com/warren-go/warren/kernel/rt"
	"github.com/warren-go/warren/opencl/gosource"
	"github.com/warren-go/warren/parlib/team"
)

// Worker is the state of the process: one run at a time, and the connection to the front.
type Worker struct {
	conn *proto.Conn
	runs chan proto.Message

	mu        sync.Mutex
	current   *run               // the cell under way
	handling  *run               // the comm message that is handled
	toStop    int64              // id of the run to stop, which may not have begun
	stopping  []*run             // stopped runs with goroutines left
	questions int64              // number of the last question to the user
	answer    chan proto.Message // where its answer is waited for
	asking    chan struct{}      // held while a question is open
	sources   sources            // questions to the front

	streams streams

	showing sync.Mutex
	shown   chan struct{} // the front has shown what was sent

	plugins   *plugins
	store     value.Store // shares memory with clients of the cluster that it is an engine of; nil without such memory
	recorders map[string]*recorder

	python python.Engine // does what Python clients ask for
}

// maxStack is how deep a recursion may get. Go's own limit is a gigabyte; a runaway recursion reaches that in seconds, and
// the runtime takes many more to walk its frames before the process ends. This is enough for a million calls.
const maxStack = 128 << 20

// Main serves the front on file descriptor proto.Fd until it is gone, and returns the exit status.
func Main() int {
	debug.SetMaxStack(maxStack)
	debug.SetTraceback("all")
	keepHeapFloor(heapFloor)
	unbufferC()
	front, err := takeFront()
	if err != nil {
		fmt.Fprintln(os.Stderr, "warren worker: started by hand? It is started by the kernel, with its socket as file descriptor 3:", err)
		return 2
	}
	if err := showLabels(); err != nil {
		fmt.Fprintln(os.Stderr, "warren worker:", err) // traces will say less; cells run all the same
	}
	os.Args = []string{"warren"}
	w := &Worker{
		conn:      proto.NewConn(front),
		runs:      make(chan proto.Message),
		shown:     make(chan struct{}, 1),
		asking:    make(chan struct{}, 1),
		recorders: newRecorders(),
		plugins:   newPlugins(),
		streams:   keepStreams(),
	}
	display.Connect(publisher{w})
	comm.Connect(publisher{w}.Comm)
	server.Serve()
	gosource.Register(gosource.Lookup{Name: sourceName, Files: w.source})
	team.SetCheck(rt.Poll) // loops of parlib are as interruptible as loops of cells
	function.Connect(traveller{w.plugins})
	if store, err := shm.Open(""); err == nil {
		defer store.Close()
		w.store = store
	}
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
	proto.Apply:   func(w *Worker, m proto.Message) { w.runs <- m },
	proto.Stop:    (*Worker).stop,
	proto.Shown:   func(w *Worker, _ proto.Message) { w.shown <- struct{}{} },
	proto.Answer:  (*Worker).answered,
	proto.Sources: (*Worker).sourced,
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
	if err := w.conn.Send(reply); err != nil { // a reply that cannot be sent must not leave the front waiting
		w.conn.Send(proto.Message{Kind: reply.Kind, Seq: m.Seq, Error: err.Error()})
	}
}

// load opens a plugin. It runs apart, since initializing a package may take its time, and must not keep an interrupt out.
func (w *Worker) load(m proto.Message) {
	go func() {
		start := time.Now()
		err := w.plugins.open(*m.Plugin)
		w.ack(m, proto.Message{Kind: proto.Loaded, Text: time.Since(start).String()}, err)
	}()
}

func (w *Worker) chdir(m proto.Message) { w.ack(m, proto.Message{}, os.Chdir(m.Text)) }

func (w *Worker) setenv(m proto.Message) { w.ack(m, proto.Message{}, os.Setenv(m.Names[0], m.Text)) }

func (w *Worker) dump(m proto.Message) { w.ack(m, proto.Message{Text: allStacks()}, nil) }
