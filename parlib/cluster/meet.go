package cluster

import (
	"context"
	"fmt"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/shm"
	"github.com/warren-go/warren/internal/value"
)

// meeting is what an engine has said of itself before it is sent calls. What it holds is there when done is closed.
type meeting struct {
	done   chan struct{}
	shares bool  // it can read this process's shared memory
	err    error // why it cannot run calls of this process
}

// refuses says why an engine cannot run calls of this process, if that is known.
func (l *lane) refuses() error {
	if l.met == nil {
		return nil
	}
	select {
	case <-l.met.done:
		return l.met.err
	default:
		return nil
	}
}

// meet asks an engine once what program it runs. It returns the store that large slices go through, or nil.
func (d *dispatcher) meet(ctx context.Context, l *lane) (*shm.Store, error) {
	d.mu.Lock()
	m, first := l.met, l.met == nil
	if first {
		m = &meeting{done: make(chan struct{})}
		l.met = m
	}
	d.mu.Unlock()
	if first {
		d.tasks.Go(func() {
			m.shares, m.err = d.ask(l.Engine)
			close(m.done)
			if m.err != nil { // jobs may have left something to it
				d.mu.Lock()
				d.unlockAndGo(d.all()...)
			}
		})
	}
	select {
	case <-m.done:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if m.err != nil || !m.shares {
		return nil, m.err
	}
	return d.store, nil
}

// ask finds out whether an engine runs this program, and shares memory.
func (d *dispatcher) ask(e client.Engine) (shares bool, err error) {
	f := d.client.Direct(context.Background(), e, client.Apply(function.EncodeIdentity(), nil))
	reply, err := f.Wait(context.Background())
	if err != nil {
		return false, fmt.Errorf("engine %d does not run calls of Go programs: %w", e.ID, remote(err))
	}
	there, err := function.DecodeIdentity(reply.Buffers)
	if err != nil {
		return false, fmt.Errorf("engine %d does not run calls of Go programs: %w", e.ID, err)
	}
	here, err := function.Self()
	if err != nil {
		return false, err
	}
	if err := here.Same(there); err != nil {
		return false, fmt.Errorf("engine %d: %w", e.ID, err)
	}
	return d.store != nil && there.Store == d.store.Name(), nil
}

// storeOf is an interface that is nil where the store is.
func storeOf(s *shm.Store) value.Store {
	if s == nil {
		return nil
	}
	return s
}
