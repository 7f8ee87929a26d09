package comm

import (
	"errors"
	"fmt"
	"sync"
)

// ErrUnheard says that a message is for a target or a comm that nobody here knows.
var ErrUnheard = errors.New("comm: nobody takes it")

// hub knows the targets and the open comms of a process.
type hub struct {
	mu       sync.Mutex
	out      func(Packet) error
	targets  map[string]func(*Comm, Message)
	services map[string]func(*Comm, Message) // targets of the worker's own
	comms    map[string]*Comm
}

func newHub(out func(Packet) error) *hub {
	return &hub{out: out, targets: map[string]func(*Comm, Message){}, services: map[string]func(*Comm, Message){}, comms: map[string]*Comm{}}
}

// process is the hub of this process: a cell has no other place from which it could be handed one.
var process = newHub(func(Packet) error { return nil })

// Connect makes send the way to the front end. The kernel's worker calls it once.
func Connect(send func(Packet) error) {
	process.mu.Lock()
	defer process.mu.Unlock()
	process.out = send
}

// Deliver has a packet of the front end handled, and returns when that is done. It returns ErrUnheard when nobody takes it.
// The kernel's worker calls it, for one packet after the other.
func Deliver(p Packet) error { return process.deliver(p) }

// Serve registers a target of the worker's own, which only the kernel itself opens: no browser's message can wake what waits in
// a cell by it, so Listening does not count it.
func Serve(target string, opened func(c *Comm, open Message)) {
	process.mu.Lock()
	defer process.mu.Unlock()
	process.services[target] = opened
}

// Listening tells whether a message of the front end could have something done, such as waking a goroutine.
func Listening() bool { return process.listening() }

func (h *hub) register(target string, opened func(*Comm, Message)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if opened == nil {
		delete(h.targets, target)
		return
	}
	h.targets[target] = opened
}

func (h *hub) send(p Packet) error {
	h.mu.Lock()
	out := h.out
	h.mu.Unlock()
	if err := out(p); err != nil {
		return fmt.Errorf("comm: %w", err)
	}
	return nil
}

func (h *hub) open(target string, data any, buffers [][]byte) (*Comm, error) {
	c := &Comm{id: newID(), target: target, hub: h}
	p, err := c.packet(kindOpen, data, buffers)
	if err != nil {
		return nil, err
	}
	h.add(c) // before the front end can answer
	if err := h.send(p); err != nil {
		h.remove(c.id)
		c.end()
		return nil, err
	}
	return c, nil
}

func (h *hub) add(c *Comm) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.comms[c.id] = c
}

func (h *hub) remove(id string) *Comm {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.comms[id]
	delete(h.comms, id)
	return c
}

func (h *hub) deliver(p Packet) error {
	switch p.Kind {
	case kindOpen:
		return h.opened(p)
	case kindMessage:
		h.mu.Lock()
		c := h.comms[p.ID]
		h.mu.Unlock()
		if c == nil {
			return ErrUnheard
		}
		c.received(p.message())
		return nil
	case kindClose:
		return h.closed(p)
	}
	return fmt.Errorf("%w: a message of kind %q", ErrUnheard, p.Kind)
}

// opened hands a new comm to the function of its target. One that fails, by a panic or runtime.Goexit, has no comm.
func (h *hub) opened(p Packet) error {
	h.mu.Lock()
	f := h.services[p.Target]
	if f == nil {
		f = h.targets[p.Target]
	}
	h.mu.Unlock()
	if f == nil {
		return ErrUnheard
	}
	c := &Comm{id: p.ID, target: p.Target, hub: h}
	h.add(c)
	well := false
	defer func() {
		if !well {
			c.Close()
		}
	}()
	f(c, p.message())
	well = true
	return nil
}

func (h *hub) closed(p Packet) error {
	c := h.remove(p.ID)
	if c == nil {
		return ErrUnheard
	}
	c.end()
	c.mu.Lock()
	f := c.onClose
	c.mu.Unlock()
	if f != nil {
		f(p.message())
	}
	return nil
}

func (h *hub) listening() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.targets) > 0 {
		return true
	}
	for _, c := range h.comms {
		if c.hears() {
			return true
		}
	}
	return false
}
