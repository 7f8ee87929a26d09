package remote

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// service is the name by which net/rpc knows a Session.
const service = "Remote"

// Request is a call on its way to the server.
type Request struct {
	ID     uint64 // of the call, within its connection
	Method string // object.Method
	Args   [][]byte
}

// Response is its answer.
type Response struct {
	Result []byte
	Failed bool
	Kind   kind
	Text   string // the error's
}

// kind tells apart the errors that clients may want to tell apart.
type kind int

const (
	byMethod kind = iota
	noMethod
)

// Session is what net/rpc serves to one client. It is exported because net/rpc wants it so; nobody else has a use for it.
type Session struct {
	s   *Server
	ctx context.Context // ends with the connection

	mu    sync.Mutex
	calls map[uint64]context.CancelFunc
}

// Call calls a method.
func (c *Session) Call(request Request, response *Response) error {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	c.mu.Lock()
	c.calls[request.ID] = cancel
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.calls, request.ID)
	}()
	result, err := c.s.call(ctx, request)
	response.Result = result
	if err != nil {
		response.Failed, response.Text = true, err.Error()
		if errors.Is(err, ErrNoMethod) {
			response.Kind = noMethod
		}
	}
	return nil
}

// Cancel ends the context of a call.
func (c *Session) Cancel(id uint64, _ *struct{}) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.calls[id]; cancel != nil {
		cancel()
	}
	return nil
}

// Methods lists what can be called.
func (c *Session) Methods(_ struct{}, list *[]string) error {
	*list = c.s.Methods()
	return nil
}

func (s *Server) call(ctx context.Context, request Request) ([]byte, error) {
	s.mu.Lock()
	m, known := s.methods[request.Method]
	s.running[request.Method]++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.running[request.Method]--; s.running[request.Method] == 0 {
			delete(s.running, request.Method)
		}
	}()
	if !known {
		return nil, fmt.Errorf("%w; it has %v", ErrNoMethod, s.Methods())
	}
	return m.run(ctx, request.Args)
}
