package engine

import (
	"context"
	"slices"
	"sync"

	"github.com/warren-go/warren/internal/wire"
)

// earlyLimit is how many aborted requests are remembered that have not come, and perhaps never will.
const earlyLimit = 1 << 12

// request is a message that waits for the executor, and the socket that wants the reply.
type request struct {
	wire.Message
	from *wire.Link
}

// queue holds requests in the order in which they came, and knows which of them are no longer wanted.
type queue struct {
	ready chan struct{} // something waits

	mu      sync.Mutex
	waiting []request
	running string // id of the request that runs, or ""
	cancel  context.CancelCauseFunc
	early   []string // aborted before they came, oldest first
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

// push adds a request. It reports false when that was aborted before it came.
func (q *queue) push(r request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.early, r.Header.ID); i >= 0 {
		q.early = slices.Delete(q.early, i, i+1)
		return false
	}
	q.waiting = append(q.waiting, r)
	select {
	case q.ready <- struct{}{}:
	default:
	}
	return true
}

// next waits for a request and makes it the running one, with the context that it is to run in. ok is false when ctx has
// ended. Whoever calls must say when it is done.
func (q *queue) next(ctx context.Context) (r request, run context.Context, ok bool) {
	for ctx.Err() == nil {
		if r, run, ok = q.pop(ctx); ok {
			return r, run, true
		}
		select {
		case <-q.ready:
		case <-ctx.Done():
		}
	}
	return request{}, nil, false
}

func (q *queue) pop(ctx context.Context) (request, context.Context, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return request{}, nil, false
	}
	r := q.waiting[0]
	q.waiting[0] = request{} // so that its buffers can be freed
	q.waiting = q.waiting[1:]
	q.running = r.Header.ID
	run, cancel := context.WithCancelCause(ctx)
	q.cancel = cancel
	return r, run, true
}

// done says that the running request has ended.
func (q *queue) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cancel(nil)
	q.running, q.cancel = "", nil
}

// interrupt ends the context of the running request, if there is one.
func (q *queue) interrupt(why error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.cancel != nil {
		q.cancel(why)
	}
}

// abort takes requests out that wait, and returns them, ends the context of the one that runs, and refuses those that have
// not come yet. No ids mean all that wait.
func (q *queue) abort(ids []string) []request {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(ids) == 0 {
		all := q.waiting
		q.waiting = nil
		return all
	}
	var out []request
	for _, id := range ids {
		is := func(r request) bool { return r.Header.ID == id }
		switch i := slices.IndexFunc(q.waiting, is); {
		case i >= 0:
			out = append(out, q.waiting[i])
			q.waiting = slices.Delete(q.waiting, i, i+1)
		case id == q.running:
			q.cancel(ErrAborted)
		default:
			q.early = append(q.early, id)
		}
	}
	q.early = slices.Delete(q.early, 0, max(0, len(q.early)-earlyLimit))
	return out
}
