package client

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Engine is an engine that a controller has.
type Engine struct {
	ID   int
	UUID string
}

// table holds the engines, and the requests that wait for a reply or for output.
type table struct {
	mu      sync.Mutex
	closed  error             // why no request is taken any more
	engines map[string]Engine // by uuid
	waiting map[string]*Future
	talking map[string]*Future // output may still come; some of them have their reply
}

func (t *table) init() {
	t.engines, t.waiting, t.talking = map[string]Engine{}, map[string]*Future{}, map[string]*Future{}
}

// add takes a request that is about to be sent.
func (t *table) add(f *Future) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed != nil {
		return t.closed
	}
	if _, known := t.engines[f.engine.UUID]; !known && f.engine.UUID != "" {
		return fmt.Errorf("engine %d: %w", f.engine.ID, ErrEngineLost)
	}
	t.waiting[f.id] = f
	if f.output != nil {
		t.talking[f.id] = f
	}
	return nil
}

// reply gives a request its outcome, which set puts in. It reports false when none waits under that id.
func (t *table) reply(id string, set func(f *Future)) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, ok := t.waiting[id]
	if !ok {
		return false
	}
	delete(t.waiting, id)
	set(f)
	close(f.replied)
	return true
}

// drop ends a request without a reply. It does nothing if that has ended.
func (t *table) drop(f *Future, err error) {
	t.reply(f.id, func(f *Future) { f.err = err })
	t.idle(f.id)
}

// talker is the request that has output under that id, or nil.
func (t *table) talker(id string) *Future {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.talking[id]
}

// idle says that no more output comes for a request.
func (t *table) idle(id string) {
	t.mu.Lock()
	f, ok := t.talking[id]
	delete(t.talking, id)
	t.mu.Unlock()
	if ok {
		f.drain()
	}
}

// failAll ends all requests, and refuses new ones.
func (t *table) failAll(err error) {
	t.mu.Lock()
	if t.closed == nil {
		t.closed = err
	}
	t.mu.Unlock()
	t.failWhere(func(*Future) bool { return true }, func(*Future) error { return err })
}

// failEngine ends the requests that were sent to an engine.
func (t *table) failEngine(e Engine) {
	t.failWhere(func(f *Future) bool { return f.engine.UUID == e.UUID }, func(*Future) error {
		return fmt.Errorf("engine %d: %w", e.ID, ErrEngineLost)
	})
}

func (t *table) failWhere(is func(*Future) bool, why func(*Future) error) {
	t.mu.Lock()
	waiting := slices.DeleteFunc(slices.Collect(maps.Values(t.waiting)), func(f *Future) bool { return !is(f) })
	talking := slices.DeleteFunc(slices.Collect(maps.Values(t.talking)), func(f *Future) bool { return !is(f) })
	t.mu.Unlock()
	for _, f := range waiting {
		t.drop(f, why(f))
	}
	for _, f := range talking {
		t.idle(f.id)
	}
}

// come and leave follow the engines. They report whether that was news.
func (t *table) come(e Engine) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, known := t.engines[e.UUID]
	t.engines[e.UUID] = e
	return !known
}

func (t *table) leave(uuid string) (e Engine, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, known = t.engines[uuid]
	delete(t.engines, uuid)
	return e, known
}

func (t *table) all() []Engine {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(maps.Values(t.engines))
}

func (t *table) engine(uuid string) (e Engine, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, known = t.engines[uuid]
	return e, known
}
