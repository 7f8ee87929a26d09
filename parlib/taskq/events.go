package taskq

import "sync"

// events wakes goroutines that wait for news of a task.
type events struct {
	mu      sync.Mutex
	waiting map[string]map[chan struct{}]struct{}
}

func newEvents() *events { return &events{waiting: map[string]map[chan struct{}]struct{}{}} }

// listen returns a channel that gets a value when there may be news of a task; news that come while the last are not yet read are
// one. stop ends that.
func (e *events) listen(id string) (news <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting[id] == nil {
		e.waiting[id] = map[chan struct{}]struct{}{}
	}
	e.waiting[id][ch] = struct{}{}
	return ch, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if delete(e.waiting[id], ch); len(e.waiting[id]) == 0 {
			delete(e.waiting, id)
		}
	}
}

func (e *events) happened(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ch := range e.waiting[id] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}
