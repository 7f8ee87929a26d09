package parlib

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/warren-go/warren/parlib/team"
)

var (
	// ErrClosed is wrapped by the error of every call on a pool after Close.
	ErrClosed = errors.New("the pool is closed")
	// ErrTerminated is wrapped by the errors of the calls that Terminate stopped.
	ErrTerminated = errors.New("the pool was terminated")

	errNoPool = errors.New("the pool is nil; make one with NewPool")
)

// Pool is a fixed number of workers that share the calls made on it. It may be used by many goroutines at once: each
// brings itself as one worker of its own call and shares the other n-1 with the rest. Calls that do not wait, as MapAsync,
// are done by n workers of the pool's own.
//
// A pool that is no longer reachable closes itself, so a notebook cell that makes a pool can be run again and again.
type Pool struct {
	core *core
}

// core is what the calls on a pool, and their results to be, hold on to.
type core struct {
	config
	crew  *crew
	stats counters
}

type counters struct {
	calls, chunks, items atomic.Int64
}

// maxWorkers bounds the workers of pools, loops and regions.
const maxWorkers = team.MaxSize

// NewPool makes a pool of n workers, whose calls work as options say. More workers than the machine has processors are
// possible, up to 65536. Close the pool when it is no longer needed.
func NewPool(n int, options ...PoolOption) (*Pool, error) {
	if n < 1 || n > maxWorkers {
		return nil, fmt.Errorf("parlib: NewPool: number of workers is %d; it must be between 1 and %d", n, maxWorkers)
	}
	settings, err := config{}.with(options)
	if err != nil {
		return nil, fmt.Errorf("parlib: NewPool: %w", err)
	}
	c := &core{config: settings, crew: newCrew(n)}
	p := &Pool{core: c}
	runtime.AddCleanup(p, (*crew).close, c.crew)
	return p, nil
}

// Workers is the number of workers, the caller of a parallel function included. A nil pool has none.
func (p *Pool) Workers() int {
	if p == nil || p.core == nil {
		return 0
	}
	return p.core.crew.size
}

// Stats counts what the pool has done since it was made.
func (p *Pool) Stats() Stats {
	if p == nil || p.core == nil {
		return Stats{}
	}
	s := &p.core.stats
	return Stats{Calls: s.calls.Load(), Chunks: s.chunks.Load(), Items: s.items.Load()}
}

// Stats counts calls of parallel functions, the chunks handed out to workers, and the items in the chunks completed.
// Unlike timings these counts are exact, so they show what granularity costs on any machine.
type Stats struct {
	Calls, Chunks, Items int64
}

// Close lets calls in progress finish, those of ApplyAsync and MapAsync that no worker has begun yet among them, and
// refuses new ones with ErrClosed. It does not wait; Join does. Closing a closed pool does nothing, nor a nil one.
func (p *Pool) Close() {
	if p != nil && p.core != nil {
		p.core.crew.close()
	}
}

// Terminate closes the pool and stops its calls: no item is begun any more, contexts that functions were given end, and
// the calls' errors wrap ErrTerminated. Items in hand are finished, since a goroutine cannot be ended from outside.
// Terminate does not wait; Join does.
func (p *Pool) Terminate() {
	if p != nil && p.core != nil {
		p.core.crew.terminate()
	}
}

// Join waits until the workers of a closed pool are gone. It fails at once if the pool is still open, where it would wait
// for ever. It must not be called by a function that runs on the pool.
func (p *Pool) Join() error {
	if _, err := p.check("Join"); err != nil {
		return err
	}
	if !p.core.crew.isClosed() {
		return errors.New("parlib: Join: the pool is still open; call Close first")
	}
	p.core.crew.alive.Wait()
	return nil
}

func (p *Pool) String() string {
	return fmt.Sprintf("parlib.Pool(%d workers)", p.Workers())
}

// check returns the core of a pool that can be used.
func (p *Pool) check(op string) (*core, error) {
	if p == nil || p.core == nil {
		return nil, fmt.Errorf("parlib: %s: %w", op, errNoPool)
	}
	return p.core, nil
}
