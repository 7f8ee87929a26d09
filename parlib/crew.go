package parlib

import (
	"sync"
	"sync/atomic"

	"github.com/warren-go/warren/parlib/internal/goroutine"
)

// task is what is to be done in a call on a pool.
type task interface {
	open() bool       // there is something that one more worker could begin
	work()            // begins one thing after another until there is nothing left to begin
	halt(cause error) // nothing more is to be begun
	finish()          // called once, when the call is off the list and nobody works on it any more
}

// call is a task on the list of a crew.
type call struct {
	task
	limit   int  // workers of the crew that may be at it at once
	lasting bool // it may have nothing to begin for a time, and stays on the list until it is removed
	labels  goroutine.Labels

	holds atomic.Int32 // its place on the list, and those who work on it
	at    int          // workers of the crew that are at it; under the crew's lock, as are the links

	listed     bool
	prev, next *call
}

// crew is the background workers of a pool and the list of calls that they work on. It knows nothing of its Pool, so that
// a forgotten Pool can be collected.
type crew struct {
	size  int // workers, one of which may be the caller
	alive sync.WaitGroup

	mu          sync.Mutex
	wake        sync.Cond // there is something to do, or the crew was closed
	first, last *call     // oldest first
	started     int
	idle        int             // workers that wait
	ids         map[uint64]bool // of the workers' goroutines
	closed      bool
}

// newCrew starts size-1 workers. The last is started when somebody calls who does not work himself.
func newCrew(size int) *crew {
	c := &crew{size: size, ids: make(map[uint64]bool, size)}
	c.wake.L = &c.mu
	c.start(size - 1)
	return c
}

// start adds workers until there are n.
func (c *crew) start(n int) {
	for ; c.started < n; c.started++ {
		c.alive.Go(c.serve)
	}
}

// serve is the life of a worker. A function that ends its goroutine (runtime.Goexit, as testing's FailNow does) takes the
// worker with it, so a worker that did not return in the ordinary way is replaced.
func (c *crew) serve() {
	goroutine.SetLabels(nil) // it works for others than the one who happened to start it
	id := goroutine.ID()
	c.register(id, true)
	ended := false
	defer func() {
		c.register(id, false)
		if !ended {
			c.alive.Go(c.serve)
		}
	}()
	for k := c.await(); k != nil; k = c.await() {
		c.help(k)
	}
	ended = true
}

func (c *crew) register(id uint64, alive bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if alive {
		c.ids[id] = true
	} else {
		delete(c.ids, id)
	}
}

// await returns a call that needs a worker, with the caller counted in, or nil when the crew is closed and has nothing
// left to do.
func (c *crew) await() *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for k := c.first; k != nil; k = k.next {
			if c.join(k) {
				return k
			}
		}
		if c.closed {
			return nil
		}
		c.idle++
		c.wake.Wait()
		c.idle--
	}
}

// join counts one more worker in where the call needs one. The lock is held.
func (c *crew) join(k *call) bool {
	if k.at == k.limit || !k.open() {
		return false
	}
	k.at++
	k.holds.Add(1)
	return true
}

// help works on a call that the worker has joined.
func (c *crew) help(k *call) {
	mine := goroutine.GetLabels()
	goroutine.SetLabels(k.labels)
	defer func() {
		goroutine.SetLabels(mine)
		c.leave(k)
	}()
	k.work()
}

// leave counts a worker out, and takes the call off the list when nothing is left to begin.
func (c *crew) leave(k *call) {
	c.mu.Lock()
	k.at--
	if !k.lasting && !k.open() {
		c.unlink(k)
	}
	c.mu.Unlock()
	k.release()
}

// assist has a worker of the crew that is about to wait for a call work on it instead: if all workers waited, nobody would
// be left to do what they wait for. Others who wait do not, so that no more than the crew's size work at once.
func (c *crew) assist(k *call) {
	if !k.open() {
		return
	}
	id := goroutine.ID()
	c.mu.Lock()
	joined := c.ids[id] && k.listed && c.join(k)
	c.mu.Unlock()
	if joined {
		c.help(k)
	}
}

// employs reports whether a goroutine is a worker of the crew.
func (c *crew) employs(id uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ids[id]
}

// add puts a call on the list, with a hold for the list and one for the goroutine that adds it, and wakes workers for it.
func (c *crew) add(k *call, workers int) error {
	k.labels = goroutine.GetLabels()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	k.holds.Store(2)
	k.listed, k.prev = true, c.last
	if c.last == nil {
		c.first = k
	} else {
		c.last.next = k
	}
	c.last = k
	if k.limit == c.size {
		c.start(c.size)
	}
	c.signal(min(workers, k.limit))
	return nil
}

// notify wakes a worker for a call that has got something more to begin.
func (c *crew) notify(k *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k.at < k.limit {
		c.signal(1)
	}
}

// signal wakes workers that wait. The lock is held.
func (c *crew) signal(workers int) {
	for range min(workers, c.idle) {
		c.wake.Signal()
	}
}

// remove takes a call off the list: nobody joins it from now on.
func (c *crew) remove(k *call) {
	c.mu.Lock()
	c.unlink(k)
	c.mu.Unlock()
}

// unlink takes a call off the list where it is on it. The lock is held, so the hold of the list must not be the last:
// those who call it have one of their own.
func (c *crew) unlink(k *call) {
	if !k.listed {
		return
	}
	if k.prev == nil {
		c.first = k.next
	} else {
		k.prev.next = k.next
	}
	if k.next == nil {
		c.last = k.prev
	} else {
		k.next.prev = k.prev
	}
	k.listed, k.prev, k.next = false, nil, nil
	k.holds.Add(-1)
}

// release gives up the hold of one who worked on the call.
func (k *call) release() {
	if k.holds.Add(-1) == 0 {
		k.finish()
	}
}

// halt stops a call and takes it off the list.
func (c *crew) halt(k *call, cause error) {
	k.task.halt(cause)
	c.mu.Lock()
	mine := k.listed
	if mine {
		k.holds.Add(1) // so that the list's is not the last
		c.unlink(k)
	}
	c.mu.Unlock()
	if mine {
		k.release()
	}
}

func (c *crew) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.wake.Broadcast()
}

// terminate closes the crew and stops the calls on its list.
func (c *crew) terminate() {
	c.close()
	for k := c.oldest(); k != nil; k = c.oldest() {
		c.halt(k, ErrTerminated)
	}
}

func (c *crew) oldest() *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.first
}

func (c *crew) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}
