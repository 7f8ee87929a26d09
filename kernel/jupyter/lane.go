package jupyter

import (
	"context"
	"slices"
	"sync"
)

// lane runs requests one after the other. Its queue has no limit, so that the sockets are always read.
type lane struct {
	mu    sync.Mutex
	queue []request
	ready chan struct{}
}

func newLane() *lane { return &lane{ready: make(chan struct{}, 1)} }

func wakeUp(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (l *lane) push(r request) {
	l.mu.Lock()
	l.queue = append(l.queue, r)
	l.mu.Unlock()
	wakeUp(l.ready)
}

func (l *lane) snapshot() []request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.queue)
}

// drain empties the queue.
func (l *lane) drain() []request {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queue
	l.queue = nil
	return q
}

func (l *lane) pop() (request, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		return request{}, false
	}
	r := l.queue[0]
	l.queue = l.queue[1:]
	return r, true
}

func (l *lane) run(ctx context.Context, do func(context.Context, request)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.ready:
		}
		for ctx.Err() == nil {
			r, ok := l.pop()
			if !ok {
				break
			}
			do(ctx, r)
		}
	}
}
