// Package proto holds the messages between the kernel's front and its worker.
//
// The two processes talk over one socket, apart from the worker's stdin, stdout and stderr: what user code prints can
// never be taken for a message. Messages are JSON values, one a line.
package proto

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/display/comm"
	"github.com/warren-go/warren/opencl/gosource"
)

// Fd is the worker's end of the socket.
const Fd = 3

// Kinds of messages from the front.
const (
	Load    = "load"    // open the plugins in Files; reply Loaded
	Run     = "run"     // run the unit Unit as run number ID; reply Done
	Stop    = "stop"    // interrupt run ID
	Answer  = "answer"  // reply to Input, with its ID
	Shown   = "shown"   // what the worker sent last, of the messages that show something, is shown
	Peek    = "peek"    // render the variables Names; reply Peeked
	Chdir   = "chdir"   // change the working directory to Text; reply Ack
	Setenv  = "setenv"  // set the environment variable Names[0] to Text; reply Ack
	Profile = "profile" // start or stop (Text "start"/"stop") the recorder Names[0] ("cpu", "trace"); reply Ack with Blob
	ToComm  = "tocomm"  // have Comm, of the front end, handled as run number ID; reply Ack, with Flag if nobody takes it, or Failure
	Sources = "sources" // reply to Source, with its ID: Sources
	Dump    = "dump"    // report all goroutine stacks; reply Ack with Text
)

// Kinds of messages from the worker.
const (
	Hello   = "hello"   // the worker is ready
	Loaded  = "loaded"  // reply to Load
	Done    = "done"    // run ID ended; Failure says how if it failed
	Display = "display" // Data to show; also Update, Result, Clear, Page, Next, Comm. ID is the run of a ToComm it belongs to, or 0
	Update  = "update"
	Result  = "result"
	Clear   = "clear" // Flag: wait
	Page    = "page"
	Next    = "next"   // Text, Flag: replace
	Input   = "input"  // Text is the prompt, Flag: password
	Peeked  = "peeked" // reply to Peek
	Ack     = "ack"    // reply to the other requests
	Comm    = "comm"   // Comm, of the session
	Source  = "source" // asks for the session's declarations
	Late    = "late"   // a goroutine of an earlier run panicked: Failure
)

// Message is one message in either direction; which fields count depends on Kind.
type Message struct {
	Kind    string           `json:"kind"`
	Seq     int64            `json:"seq,omitempty"` // of a request, repeated in its reply
	ID      int64            `json:"id,omitempty"`  // of a run
	Unit    string           `json:"unit,omitempty"`
	Files   []string         `json:"files,omitempty"`
	Names   []string         `json:"names,omitempty"`
	Text    string           `json:"text,omitempty"`
	Flag    bool             `json:"flag,omitempty"`
	Blob    []byte           `json:"blob,omitempty"`
	Data    *display.Data    `json:"data,omitempty"`
	Values  map[string]Value `json:"values,omitempty"`
	Failure *Failure         `json:"failure,omitempty"`
	Comm    *comm.Packet     `json:"comm,omitempty"`
	Sources []gosource.File  `json:"sources,omitempty"`
	Error   string           `json:"error,omitempty"`
}

// Value is what Peek tells of a variable.
type Value struct {
	Type string       `json:"type"`
	Text string       `json:"text"`
	Data display.Data `json:"data"`
}

// Failure says how a run ended, when not well.
type Failure struct {
	// Kind is one of "panic", "exit", "interrupted", "deadlock"; after an interrupt that did not end the cell "abandoned"
	// when it goes on computing, "left" when it only waits; "outlived" when the cell ended, but not what Value tells.
	Kind string `json:"kind"`
	// Value is the panic value in text, the exit status, or what log.Fatal printed.
	Value string `json:"value"`
	// Stack is the goroutine's stack as runtime/debug prints it (those of all the cell's
	// goroutines for a deadlock, and after an interrupt).
	Stack string `json:"stack"`
	// Goroutine is true when the failure was not in the cell's own goroutine.
	Goroutine bool `json:"goroutine,omitempty"`
}

// Conn sends and receives messages. Send may be called from several goroutines, Receive from one.
type Conn struct {
	rw  io.ReadWriteCloser
	in  *json.Decoder
	mu  sync.Mutex
	out *json.Encoder // to buf
	buf bytes.Buffer

	limit int // of a message to send, in bytes
}

// NewConn returns a Conn over rw.
func NewConn(rw io.ReadWriteCloser) *Conn {
	c := &Conn{rw: rw, in: json.NewDecoder(rw), limit: maxMessage}
	c.out = json.NewEncoder(&c.buf)
	c.out.SetEscapeHTML(false)
	return c
}

// maxMessage bounds a message, in bytes: front ends do not survive larger ones.
const maxMessage = 256 << 20

// Send writes m. It sends nothing, and returns an error, when m holds what JSON cannot, or is too large.
func (c *Conn) Send(m Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf.Reset()
	if err := c.out.Encode(m); err != nil {
		return fmt.Errorf("cannot be sent to the kernel: %w", err)
	}
	defer c.shrink()
	if n := c.buf.Len(); n > c.limit {
		return fmt.Errorf("%d MB are too much to show, the limit is %d MB", n>>20, c.limit>>20)
	}
	_, err := c.rw.Write(c.buf.Bytes())
	return err
}

// shrink lets go of the buffer after a large message.
func (c *Conn) shrink() {
	if c.buf.Cap() > 1<<20 {
		c.buf = bytes.Buffer{}
	}
}

// Receive waits for the next message; it returns io.EOF when the other side is gone.
func (c *Conn) Receive() (Message, error) {
	var m Message
	err := c.in.Decode(&m)
	return m, err
}

// Close closes the connection.
func (c *Conn) Close() error { return c.rw.Close() }
