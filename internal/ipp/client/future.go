package client

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

// Times are when a request was sent, when an engine began with it and when that was done, both by the engine's clock, and when
// the reply came. Those that are not known are zero.
type Times struct {
	Submitted, Started, Completed, Received time.Time
}

// Reply is what came back for a request that succeeded.
type Reply struct {
	Content json.RawMessage
	Buffers [][]byte
}

// Future is the reply to a request, when it has come.
type Future struct {
	id     string
	output func(Output)

	replied chan struct{} // closed when the outcome is there
	drained chan struct{} // closed when no more output will come
	once    sync.Once     // of drained

	// set before replied is closed, and not changed afterwards
	engine Engine // known from the beginning of direct requests
	reply  Reply
	err    error
	times  Times
}

func newFuture(e Engine, output func(Output)) *Future {
	f := &Future{engine: e, output: output, replied: make(chan struct{}), drained: make(chan struct{})}
	f.times.Submitted = time.Now()
	if output == nil {
		f.drain()
	}
	return f
}

// ID is the id of the request's message, by which it is aborted.
func (f *Future) ID() string { return f.id }

// Done is closed when the outcome is there.
func (f *Future) Done() <-chan struct{} { return f.replied }

// Drained is closed when no more output will come, which may be before Done or after it.
func (f *Future) Drained() <-chan struct{} { return f.drained }

// Wait waits for the reply. The error is a *RemoteError where an engine or the controller answers with one, or else wraps one of
// the errors of this package, or the cause of ctx's end, which leaves the request as it is.
func (f *Future) Wait(ctx context.Context) (Reply, error) {
	select {
	case <-f.replied:
		return f.reply, f.err
	case <-ctx.Done():
		return Reply{}, context.Cause(ctx)
	}
}

// Engine is the engine that answered, once Done is closed. Its ID is -1 where none did.
func (f *Future) Engine() Engine { return f.engine }

// Times are known once Done is closed.
func (f *Future) Times() Times { return f.times }

// fail makes an end of a request that is in no table.
func (f *Future) fail(err error) *Future {
	f.err = err
	close(f.replied)
	f.drain()
	return f
}

func (f *Future) drain() { f.once.Do(func() { close(f.drained) }) }
