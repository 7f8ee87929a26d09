package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/ipp/controller"
)

// fleet is the engines that were started here.
type fleet struct {
	by         Launcher
	controller *controller.Controller

	turns sync.Map // by id: a *sync.Mutex, held while the engine is restarted

	mu        sync.Mutex
	processes map[int]*process // by id
	closed    bool
}

// startEach starts n engines.
func (f *fleet) startEach(n int) (err error) {
	for id := range n {
		err = errors.Join(err, f.start(id))
	}
	return err
}

// start starts engine id.
func (f *fleet) start(id int) error {
	cmd, err := command(f.by, id, f.controller.EngineInfo())
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	p, err := startProcess(id, cmd)
	if err != nil {
		return err
	}
	f.processes[id] = p
	return nil
}

// turn is a lock for the restart of engine id.
func (f *fleet) turn(id int) *sync.Mutex {
	turn, _ := f.turns.LoadOrStore(id, &sync.Mutex{})
	return turn.(*sync.Mutex)
}

func (f *fleet) process(id int) *process {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.processes[id]
}

// ended says which engines have ended without being asked, and how.
func (f *fleet) ended(ids []int) error {
	var errs []error
	for _, id := range ids {
		p := f.process(id)
		if p == nil {
			continue
		}
		if text := p.epitaph(0); text != "" {
			errs = append(errs, fmt.Errorf("engine %d ended before it had registered: %s", id, text))
		}
	}
	return errors.Join(errs...)
}

// close ends all engines.
func (f *fleet) close() {
	f.mu.Lock()
	f.closed = true
	all := f.processes
	f.mu.Unlock()
	once := map[*process]bool{} // ranks have one in common
	for _, p := range all {
		once[p] = true
	}
	var stopped sync.WaitGroup
	for p := range once {
		stopped.Go(p.stop)
	}
	stopped.Wait()
}

// pollTime is how often the end of a process is looked for while its registration is waited for.
const pollTime = 20 * time.Millisecond

// register waits until engines have registered, or one of them has ended.
func (c *core) register(ctx context.Context, ids []int) error {
	for {
		change := c.changes()
		missing := slices.DeleteFunc(slices.Clone(ids), c.has)
		if len(missing) == 0 {
			return nil
		}
		if err := c.fleet.ended(missing); err != nil {
			return err
		}
		select {
		case <-change:
		case <-time.After(pollTime):
		case <-c.client.Done():
			return c.client.Err()
		case <-ctx.Done():
			return fmt.Errorf("engines %v have not registered: %w", missing, context.Cause(ctx))
		}
	}
}

// has reports whether an engine with that id is registered.
func (c *core) has(id int) bool {
	return slices.ContainsFunc(c.client.Engines(), func(e client.Engine) bool { return e.ID == id })
}

// restart ends an engine, whatever it does, and starts a new one with the same id.
func (c *core) restart(ctx context.Context, id int) error {
	if c.fleet == nil {
		return fmt.Errorf("engine %d was not started here: restart it where it was", id)
	}
	turn := c.fleet.turn(id)
	turn.Lock()
	defer turn.Unlock()
	return c.renew(ctx, id)
}

// renew does what restart does, in the engine's turn.
func (c *core) renew(ctx context.Context, id int) error {
	p := c.fleet.process(id)
	if p == nil {
		return fmt.Errorf("engine %d: %w", id, client.ErrNoEngine)
	}
	if p.ranks {
		return fmt.Errorf("engine %d is a rank of an MPI program, in which no rank can be replaced: close the cluster and start another", id)
	}
	c.d.expect(1)
	defer c.d.expect(-1)
	p.kill()
	for change := c.changes(); c.has(id); change = c.changes() {
		select {
		case <-change:
		case <-c.client.Done():
			return c.client.Err()
		case <-ctx.Done():
			return fmt.Errorf("the controller has not noticed the end of engine %d: %w", id, context.Cause(ctx))
		}
	}
	if err := c.fleet.start(id); err != nil {
		return err
	}
	return c.register(ctx, []int{id})
}
