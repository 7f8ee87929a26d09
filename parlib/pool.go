package parlib

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// ErrClosed is wrapped by the error of every call on a pool after Close.
var ErrClosed = errors.New("the pool is closed")

// Pool is a fixed number of workers that share the calls made on it. It may be used by many goroutines at once: each
// brings itself as one worker of its own call and shares the other n-1 with the rest.
//
// A pool that is no longer reachable closes itself, so a notebook cell that makes a pool can be run again and again.
type Pool struct {
	core *core
}

// PoolOption changes how a pool works.
type PoolOption func(*config) error

type config struct {
	chunk int // indices a chunk, 0 for automatic
}

// Chunk fixes how many neighbouring items a worker takes at a time. Without it a call makes about eight chunks for each
// worker: enough to even out items that take unequal time, few enough to keep the hand-out cheap.
func Chunk(size int) PoolOption {
	return func(c *config) error {
		if size < 1 {
			return fmt.Errorf("chunk size is %d; it must be at least 1", size)
		}
		c.chunk = size
		return nil
	}
}

// NewPool starts a pool of n workers. Close it when it is no longer needed.
func NewPool(n int, options ...PoolOption) (*Pool, error) {
	if n < 1 {
		return nil, fmt.Errorf("parlib: NewPool: number of workers is %d; it must be at least 1", n)
	}
	c := newCore(n)
	for i, o := range options {
		if o == nil {
			return nil, fmt.Errorf("parlib: NewPool: option %d is nil", i)
		}
		if err := o(&c.config); err != nil {
			return nil, fmt.Errorf("parlib: NewPool: %w", err)
		}
	}
	for range n - 1 { // the calling goroutine is the n-th worker
		c.start()
	}
	p := &Pool{core: c}
	runtime.AddCleanup(p, (*core).close, c)
	return p, nil
}

// Workers is the number of workers, the caller of a parallel function included.
func (p *Pool) Workers() int { return p.core.workers }

// Stats counts what the pool has done since it was made.
func (p *Pool) Stats() Stats {
	c := p.core
	return Stats{Calls: c.calls.Load(), Chunks: c.chunks.Load(), Items: c.items.Load()}
}

// Stats counts calls of parallel functions, the chunks handed out to workers, and the items in the chunks completed.
// Unlike timings these counts are exact, so they show what granularity costs on any machine.
type Stats struct {
	Calls, Chunks, Items int64
}

// Close lets calls in progress finish and refuses new ones with ErrClosed. It does not wait; Join does. Closing a closed
// pool does nothing.
func (p *Pool) Close() {
	p.core.close()
}

// Join waits until the workers of a closed pool are gone. It fails at once if the pool is still open, where it would wait
// for ever. It must not be called by a function that runs on the pool.
func (p *Pool) Join() error {
	if !p.core.isClosed() {
		return errors.New("parlib: Join: the pool is still open; call Close first")
	}
	p.core.alive.Wait()
	return nil
}

func (p *Pool) String() string {
	return fmt.Sprintf("parlib.Pool(%d workers)", p.core.workers)
}

// core is what the workers hold on to. It knows nothing of its Pool, so that a forgotten Pool can be collected.
type core struct {
	config
	workers int
	alive   sync.WaitGroup // background workers
	calls   atomic.Int64
	chunks  atomic.Int64
	items   atomic.Int64

	mu     sync.Mutex
	wake   sync.Cond // there is a new job, or the pool was closed
	jobs   []*job    // calls in progress, oldest first
	closed bool
}

func newCore(n int) *core {
	c := &core{workers: n}
	c.wake.L = &c.mu
	return c
}

// start adds a background worker. A function that ends its goroutine (runtime.Goexit, as testing's FailNow does) takes the
// worker with it, so a worker that did not return in the ordinary way is replaced.
func (c *core) start() {
	c.alive.Go(func() {
		ended := false
		defer func() {
			if !ended {
				c.start()
			}
		}()
		for j := c.await(); j != nil; j = c.await() {
			c.help(j)
		}
		ended = true
	})
}

// help works on a job that await returned.
func (c *core) help(j *job) {
	defer j.helpers.Done()
	c.work(j)
}

// await returns a job that has chunks left, with the caller counted among its helpers, or nil when the pool is closed and
// has nothing left to do.
func (c *core) await() *job {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for _, j := range c.jobs {
			if j.open() {
				j.helpers.Add(1)
				return j
			}
		}
		if c.closed {
			return nil
		}
		c.wake.Wait()
	}
}

// run works on j in the calling goroutine, with the help of idle workers, until j is done.
func (c *core) run(j *job) error {
	if err := c.admit(j); err != nil {
		return err
	}
	// Deferred, so that the helpers are waited for even if the job's function ends this goroutine.
	defer j.helpers.Wait()
	defer c.dismiss(j)
	c.work(j)
	return nil
}

// admit puts j on the list and wakes as many workers as it has chunks beside the caller's own.
func (c *core) admit(j *job) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	c.calls.Add(1)
	helpers := min(c.workers, j.chunks()) - 1
	if helpers < 1 {
		return nil
	}
	c.jobs = append(c.jobs, j)
	for range helpers {
		c.wake.Signal()
	}
	return nil
}

// dismiss takes j off the list, where it is on it: nobody joins it from now on.
func (c *core) dismiss(j *job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.jobs, j); i >= 0 {
		c.jobs = slices.Delete(c.jobs, i, i+1)
	}
}

// work takes chunks of j until none is left.
func (c *core) work(j *job) {
	for lo, hi, ok := j.take(); ok; lo, hi, ok = j.take() {
		c.chunks.Add(1)
		if j.do(lo, hi) {
			c.items.Add(int64(hi - lo))
		}
	}
}

func (c *core) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.wake.Broadcast()
}

func (c *core) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}
