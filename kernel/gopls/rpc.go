package gopls

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"sync"
)

// JSON-RPC 2.0 with the base protocol of LSP: a Content-Length header, an empty line, a JSON object.
// https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#baseProtocol

const (
	maxMessage = 64 << 20 // bytes in one message; more means that the stream is out of step
	maxBacklog = 16 << 20 // bytes queued for a gopls that has stopped reading
)

// errGone means that the connection ended: gopls exited, was killed, or broke the protocol.
var errGone = errors.New("connection to gopls lost")

// rpcError is the error member of a response.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *rpcError) Error() string { return fmt.Sprintf("%s (code %d)", e.Message, e.Code) }

// Error codes of JSON-RPC, section 5.1.
const (
	codeMethodNotFound = -32601
	codeInvalidParams  = -32602
)

// incoming is any message from gopls: a request has ID and Method, a notification Method only, a response ID only.
type incoming struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *rpcError       `json:"error"`
}

// request is an outgoing request, or a notification when ID is nil.
type request struct {
	Version string `json:"jsonrpc"`
	ID      *int64 `json:"id,omitempty"`
	Method  string `json:"method"`
	Params  any    `json:"params,omitempty"`
}

type response struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result"`
}

type failure struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Error   *rpcError       `json:"error"`
}

// handler answers what gopls asks or tells of its own accord. The result for a notification is ignored.
type handler func(method string, params json.RawMessage) (any, *rpcError)

// conn is a JSON-RPC connection. Sending never blocks, so that the reader, which answers gopls' own requests, goes on
// reading whatever gopls does: two ends that both wait for the other to read would hang.
type conn struct {
	handle handler
	wake   chan struct{} // holds a token while queue has something to write
	done   chan struct{} // closed when the connection is lost
	loops  sync.WaitGroup

	mu      sync.Mutex
	queue   [][]byte
	backlog int // bytes in queue
	nextID  int64
	pending map[int64]chan incoming
	err     error // why done is closed
}

// newConn serves a connection until fail is called or either stream fails. The caller unblocks the two goroutines, by
// closing r and w, when done is closed.
func newConn(r io.Reader, w io.Writer, handle handler) *conn {
	c := &conn{
		handle:  handle,
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		pending: make(map[int64]chan incoming),
	}
	c.loops.Go(func() { c.readLoop(r) })
	c.loops.Go(func() { c.writeLoop(w) })
	return c
}

// call is a request on its way.
type call struct {
	conn  *conn
	id    int64
	reply chan incoming
}

// start queues a request. Requests and notifications reach gopls in the order in which they were queued.
func (c *conn) start(method string, params any) (*call, error) {
	c.mu.Lock()
	c.nextID++
	pending := &call{conn: c, id: c.nextID, reply: make(chan incoming, 1)}
	c.pending[pending.id] = pending.reply
	c.mu.Unlock()
	if err := c.send(request{Version: "2.0", ID: &pending.id, Method: method, Params: params}); err != nil {
		pending.forget()
		return nil, err
	}
	return pending, nil
}

// await stores the reply's result in result, unless result is nil. When ctx ends first, gopls is told to drop the request.
func (p *call) await(ctx context.Context, result any) error {
	defer p.forget()
	select {
	case <-ctx.Done():
		p.conn.notify("$/cancelRequest", map[string]int64{"id": p.id})
		return ctx.Err()
	case <-p.conn.done:
		return p.conn.err
	case m := <-p.reply:
		if m.Error != nil {
			return m.Error
		}
		if result == nil || len(m.Result) == 0 {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	}
}

func (p *call) forget() {
	p.conn.mu.Lock()
	defer p.conn.mu.Unlock()
	delete(p.conn.pending, p.id)
}

func (c *conn) call(ctx context.Context, method string, params, result any) error {
	p, err := c.start(method, params)
	if err != nil {
		return err
	}
	return p.await(ctx, result)
}

func (c *conn) notify(method string, params any) error {
	return c.send(request{Version: "2.0", Method: method, Params: params})
}

// send queues one message.
func (c *conn) send(message any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode message for gopls: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	if c.backlog+len(body) > maxBacklog {
		c.failLocked(fmt.Errorf("%w: it has stopped reading, %d bytes wait", errGone, c.backlog))
		return c.err
	}
	c.queue = append(c.queue, fmt.Appendf(nil, "Content-Length: %d\r\n\r\n", len(body)), body)
	c.backlog += len(body)
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return nil
}

// fail ends the connection; every call in progress and every later one gets err.
func (c *conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failLocked(err)
}

func (c *conn) failLocked(err error) {
	if c.err == nil {
		c.err = err
		close(c.done)
	}
}

func (c *conn) writeLoop(w io.Writer) {
	for {
		select {
		case <-c.done:
			return
		case <-c.wake:
		}
		c.mu.Lock()
		queue := c.queue
		c.queue, c.backlog = nil, 0
		c.mu.Unlock()
		for _, chunk := range queue {
			if _, err := w.Write(chunk); err != nil {
				c.fail(fmt.Errorf("%w: %v", errGone, err))
				return
			}
		}
	}
}

func (c *conn) readLoop(r io.Reader) {
	in := bufio.NewReader(r)
	for {
		m, err := readMessage(in)
		if err != nil {
			c.fail(fmt.Errorf("%w: %v", errGone, err))
			return
		}
		c.dispatch(m)
	}
}

// readMessage reads one framed message.
func readMessage(in *bufio.Reader) (incoming, error) {
	var m incoming
	header, err := textproto.NewReader(in).ReadMIMEHeader()
	if err != nil {
		return m, err
	}
	length, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil || length < 0 || length > maxMessage {
		return m, fmt.Errorf("bad Content-Length %q", header.Get("Content-Length"))
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(in, body); err != nil {
		return m, err
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fmt.Errorf("decode message: %w", err)
	}
	return m, nil
}

func (c *conn) dispatch(m incoming) {
	if m.Method == "" {
		c.deliver(m)
		return
	}
	result, rpcErr := c.handle(m.Method, m.Params)
	switch {
	case m.ID == nil: // a notification is never answered
	case rpcErr != nil:
		c.send(failure{Version: "2.0", ID: m.ID, Error: rpcErr})
	default:
		c.send(response{Version: "2.0", ID: m.ID, Result: result})
	}
}

// deliver hands a response to the call that waits for it. Nobody waits once the call was cancelled.
func (c *conn) deliver(m incoming) {
	id, err := strconv.ParseInt(string(m.ID), 10, 64)
	if err != nil {
		return
	}
	c.mu.Lock()
	reply := c.pending[id]
	delete(c.pending, id)
	c.mu.Unlock()
	if reply != nil {
		reply <- m
	}
}
