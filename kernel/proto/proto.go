// Package proto holds the messages between the kernel's front and its worker.
//
// The two processes talk over one socket, apart from the worker's stdin, stdout and stderr: what user code prints can
// never be taken for a message. Messages are JSON values, one a line; the buffers of a message follow it as they are.
package proto

import (
	"bufio"
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
	Load    = "load"    // open Plugin; reply Loaded
	Run     = "run"     // run the unit Unit as run number ID; reply Done
	Apply   = "apply"   // do what Buffers, a call of a cluster's client, ask for as run number ID, knowing Refs; reply Done
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
	Done    = "done"    // run ID ended; Failure says how if it failed. That of an Apply has the result in Buffers, or Needs
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
	Plugin  *Plugin          `json:"plugin,omitempty"`
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

	// Refs says what names and expressions of an Apply mean: variables (as Peek names them) or units whose last expression is
	// the value. Needs is what the worker could not find there.
	Refs  map[string]string `json:"refs,omitempty"`
	Needs []Need            `json:"needs,omitempty"`

	// Buffers are not copied more than they must be. Sizes are their lengths, which Send fills in.
	Buffers [][]byte `json:"-"`
	Sizes   []int    `json:"sizes,omitempty"`
}

// Need is what a worker lacks to do an Apply: the value of an expression, or, with a Type, a variable to set, which may be of
// another type unless it has to be New.
type Need struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
	New  bool   `json:"new,omitempty"`
}

// Plugin is a compiled cell, or several.
type Plugin struct {
	File     string   `json:"file"` // to open, which may be gone after that
	ID       string   `json:"id"`   // hash of the content of Kept
	Kept     string   `json:"kept"` // the file that File is a copy of, but for the names of cells
	Contains []string `json:"contains"`
	Requires []string `json:"requires"` // paths of units that must be open before, of which others contain some
}

// Value is what Peek tells of a variable.
type Value struct {
	Type string       `json:"type"`
	Text string       `json:"text"`
	Data display.Data `json:"data"`
}

// Failure says how a run ended, when not well.
type Failure struct {
	// Kind is one of "panic", "exit", "interrupted", "deadlock", "error" (which a function of an Apply returned); after an interrupt that did not end the cell "abandoned"
	// when it goes on computing, "left" when it only waits; "outlived" when the cell ended, but not what Value tells.
	Kind string `json:"kind"`
	// Value is the panic value in text, the exit status, or what log.Fatal printed.
	Value string `json:"value"`
	// Stack is the goroutine's stack as runtime/debug prints it (those of all the cell's
	// goroutines for a deadlock, and after an interrupt).
	Stack string `json:"stack"`
	// Name is the type of an error.
	Name string `json:"name,omitempty"`
	// Goroutine is true when the failure was not in the cell's own goroutine.
	Goroutine bool `json:"goroutine,omitempty"`
}

// Conn sends and receives messages. Send may be called from several goroutines, Receive from one.
type Conn struct {
	rw  io.ReadWriteCloser
	in  *bufio.Reader
	mu  sync.Mutex
	out *json.Encoder // to buf
	buf bytes.Buffer

	limit int // of a message to send, in bytes
}

// NewConn returns a Conn over rw.
func NewConn(rw io.ReadWriteCloser) *Conn {
	c := &Conn{rw: rw, in: bufio.NewReaderSize(rw, readSize), limit: maxMessage}
	c.out = json.NewEncoder(&c.buf)
	c.out.SetEscapeHTML(false)
	return c
}

const (
	// maxMessage bounds a message without its buffers, in bytes: front ends do not survive larger ones.
	maxMessage = 256 << 20
	// maxBuffer bounds a buffer. A length beyond it is no length.
	maxBuffer = 1 << 33
	// readSize is how much is read at once.
	readSize = 1 << 16
	// joinSize is up to which length a buffer is written together with its message.
	joinSize = 1 << 14
)

// Send writes m. It sends nothing, and returns an error, when m holds what JSON cannot, or is too large.
func (c *Conn) Send(m Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf.Reset()
	m.Sizes = nil
	for _, b := range m.Buffers {
		m.Sizes = append(m.Sizes, len(b))
	}
	if err := c.out.Encode(m); err != nil {
		return fmt.Errorf("cannot be sent to the kernel: %w", err)
	}
	defer c.shrink()
	if n := c.buf.Len(); n > c.limit {
		return fmt.Errorf("%d MB are too much to show, the limit is %d MB", n>>20, c.limit>>20)
	}
	return c.write(m.Buffers)
}

// write writes the encoded message and its buffers, in few calls if they are small.
func (c *Conn) write(buffers [][]byte) error {
	for _, b := range buffers {
		if len(b) <= joinSize {
			c.buf.Write(b)
			continue
		}
		if _, err := c.rw.Write(c.buf.Bytes()); err != nil {
			return err
		}
		c.buf.Reset()
		if _, err := c.rw.Write(b); err != nil {
			return err
		}
	}
	if c.buf.Len() == 0 {
		return nil
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
	line, err := c.line()
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(line, &m); err != nil {
		return m, fmt.Errorf("a message cannot be read: %w", err)
	}
	for _, size := range m.Sizes {
		if size < 0 || size > maxBuffer {
			return m, fmt.Errorf("a buffer of %d bytes was announced", size)
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(c.in, b); err != nil {
			return m, err
		}
		m.Buffers = append(m.Buffers, b)
	}
	return m, nil
}

// line reads up to the end of a message without its buffers. The bytes are good until the next read.
func (c *Conn) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return line, err
	}
	whole := bytes.Clone(line)
	for err == bufio.ErrBufferFull {
		line, err = c.in.ReadSlice('\n')
		whole = append(whole, line...)
	}
	return whole, err
}

// Close closes the connection.
func (c *Conn) Close() error { return c.rw.Close() }
