package remote

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"reflect"
	"strings"
	"sync/atomic"
	"time"
)

// What errors of calls wrap.
var (
	ErrLost     = errors.New("the connection is lost")
	ErrNoMethod = errors.New("the server has no such method")
)

// Error is what a method returned, or its panic.
type Error struct {
	Method string // object.Method
	Text   string // of the error in the other process
}

func (e *Error) Error() string { return fmt.Sprintf("remote: %s: %s", e.Method, e.Text) }

// Client is a connection to a server. Any number of goroutines may call over it at once.
type Client struct {
	rpc  *rpc.Client
	last atomic.Uint64 // ID of the last call
}

// Dial connects to the server of a URL, see Server.URL. The error of a wrong token wraps ErrLost: the server says nothing to strangers.
func Dial(ctx context.Context, url string) (*Client, error) {
	if ctx == nil {
		return nil, errors.New("remote: Dial: the context is nil; context.Background() never ends")
	}
	rest, isTCP := strings.CutPrefix(url, "tcp://")
	token, addr, hasToken := strings.Cut(rest, "@")
	if !isTCP || !hasToken {
		return nil, errors.New("remote: Dial: a URL is tcp://token@host:port, as Server.URL returns it")
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("remote: Dial: %w", err)
	}
	if err := greet(ctx, conn, token); err != nil {
		conn.Close()
		return nil, fmt.Errorf("remote: Dial: %s does not welcome this client; is the token right? %w: %w", addr, ErrLost, err)
	}
	return &Client{rpc: rpc.NewClient(conn)}, nil
}

// greet shows the token.
func greet(ctx context.Context, conn net.Conn, token string) error {
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	conn.SetDeadline(time.Now().Add(greetTime))
	answer := make([]byte, len(welcome))
	_, err := io.WriteString(conn, token+"\n")
	if err == nil {
		_, err = io.ReadFull(conn, answer)
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	case string(answer) != welcome:
		return fmt.Errorf("it answers %q, which is not what this package says", answer)
	}
	return conn.SetDeadline(time.Time{})
}

// Close closes the connection. Calls under way end with an error, on both sides.
func (c *Client) Close() error {
	if err := c.rpc.Close(); err != nil && !errors.Is(err, rpc.ErrShutdown) {
		return fmt.Errorf("remote: Close: %w", err)
	}
	return nil
}

// Methods lists what the server has, as Server.Methods does.
func (c *Client) Methods(ctx context.Context) (list []string, err error) {
	if err := c.wait(ctx, "Methods", struct{}{}, &list, nil); err != nil {
		return nil, fmt.Errorf("remote: Methods: %w", err)
	}
	return list, nil
}

// Call calls a method, object.Method, and returns its result. When ctx ends first, so does the context of the method.
func Call[Reply any](ctx context.Context, c *Client, method string, args ...any) (reply Reply, err error) {
	err = c.call(ctx, method, args, reflect.ValueOf(&reply))
	return reply, err
}

// Do calls a method that has no result, or whose result is not wanted.
func (c *Client) Do(ctx context.Context, method string, args ...any) error {
	return c.call(ctx, method, args, reflect.Value{})
}

// call puts the result where reply points to, if it is valid.
func (c *Client) call(ctx context.Context, method string, args []any, reply reflect.Value) error {
	failed := func(err error) error { return fmt.Errorf("remote: %s: %w", method, err) }
	request := Request{ID: c.last.Add(1), Method: method, Args: make([][]byte, len(args))}
	for i, arg := range args {
		v := reflect.ValueOf(arg)
		if !v.IsValid() {
			return failed(fmt.Errorf("argument %d is nil", i+1))
		}
		var err error
		if request.Args[i], err = pack(v); err != nil {
			return failed(fmt.Errorf("argument %d, a %T, cannot be sent: %w", i+1, arg, err))
		}
	}
	var response Response
	if err := c.wait(ctx, "Call", request, &response, func() { c.rpc.Go(service+".Cancel", request.ID, new(struct{}), make(chan *rpc.Call, 1)) }); err != nil {
		return failed(err)
	}
	switch {
	case response.Failed && response.Kind == noMethod:
		return failed(fmt.Errorf("%w%s", ErrNoMethod, strings.TrimPrefix(response.Text, ErrNoMethod.Error())))
	case response.Failed:
		return &Error{method, response.Text}
	case !reply.IsValid():
		return nil
	case response.Result == nil:
		return failed(fmt.Errorf("it has no result; call it by Do"))
	}
	if err := gob.NewDecoder(bytes.NewReader(response.Result)).DecodeValue(reply); err != nil {
		return failed(fmt.Errorf("its result is not a %v: %w", reply.Type().Elem(), err))
	}
	return nil
}

// wait sends a message to the session and waits for its answer, or for the end of ctx: then it calls abandon, if that is not nil. The
// answer may still be written after that, so it must not be used.
func (c *Client) wait(ctx context.Context, name string, request, answer any, abandon func()) error {
	if ctx == nil {
		return errors.New("the context is nil; context.Background() never ends")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	call := c.rpc.Go(service+"."+name, request, answer, make(chan *rpc.Call, 1))
	select {
	case <-call.Done:
	case <-ctx.Done():
		if abandon != nil {
			abandon()
		}
		return context.Cause(ctx)
	}
	var said rpc.ServerError
	if call.Error != nil && !errors.As(call.Error, &said) {
		return fmt.Errorf("%w: %w", ErrLost, call.Error)
	}
	return call.Error
}
