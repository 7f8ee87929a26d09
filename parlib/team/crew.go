package team

import (
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/warren-go/warren/parlib/internal/goroutine"
)

// crew is the workers. It knows nothing of its Team, so that a forgotten Team can be collected.
type crew struct {
	workers []*worker
	idle    []idleSet // worker i is bit i%64 of set i/64
	closed  atomic.Bool
	alive   sync.WaitGroup
}

// idleSet has a bit for each of 64 workers that nobody has taken. Forks and joins of one goroutine leave it in that
// processor's cache: workers do not write to it but when they go to sleep.
type idleSet struct {
	bits atomic.Uint64
	_    [lineSize - 8]byte
}

// place is where a worker is marked idle.
type place struct {
	set *idleSet
	bit uint64
}

// take reports whether the worker was idle. It is then no longer, and the one who has taken it may write to its post.
func (p place) take() bool { return p.set.bits.And(^p.bit)&p.bit != 0 }

func (p place) putBack() { p.set.bits.Or(p.bit) }

func newCrew(n int) *crew {
	c := &crew{workers: make([]*worker, n), idle: make([]idleSet, (n+63)/64)}
	for i := range c.workers {
		p := place{&c.idle[i/64], 1 << (i % 64)}
		c.workers[i] = newWorker(p, c)
		p.putBack()
	}
	return c
}

// take makes at most n idle workers the caller's, and returns them as a list, and their number with the caller counted.
func (c *crew) take(n int) (taken *worker, parties int) {
	parties = 1
	for set := range c.idle {
		for parties <= n {
			idle := c.idle[set].bits.Load()
			if idle == 0 {
				break
			}
			i := bits.TrailingZeros64(idle)
			if c.idle[set].bits.CompareAndSwap(idle, idle&^(1<<i)) {
				w := c.workers[64*set+i]
				w.held = held{next: taken}
				taken = w
				parties++
			}
		}
	}
	return taken, parties
}

// run shares n parts among the caller and the workers taken. What a worker has not begun when the caller is through with
// its own parts, the caller takes back.
func (c *crew) run(taken *worker, parties, n int, task Task) *PartError {
	fork(taken, parties, n, task, true)
	defer c.release(taken) // deferred, as a part may end this goroutine (runtime.Goexit)
	var part int32
	err := share{0, int32(parties), int32(n)}.do(task, &part)
	for w := taken; w != nil; w = w.held.next {
		if w.takeBack() {
			w.held.joined = true
			err = lower(err, w.post.share.do(task, &part))
		}
	}
	return lower(err, join(taken))
}

// together gives each of n parts a goroutine: the caller's, those of the workers taken, and new ones.
func (c *crew) together(taken *worker, parties, n int, task Task) *PartError {
	fork(taken, parties, parties, task, false)
	defer c.release(taken)
	var more guests
	if parties < n {
		more.start(parties, n, task)
		defer more.alive.Wait()
	}
	var part int32
	err := share{0, 1, 1}.do(task, &part)
	err = lower(err, join(taken))
	return lower(err, more.join())
}

// fork gives the i-th of the workers taken the parts i, i+parties, … below n.
func fork(taken *worker, parties, n int, task Task, retractable bool) {
	labels := goroutine.GetLabels()
	s := share{1, int32(parties), int32(n)}
	for w := taken; w != nil; w = w.held.next {
		w.post.task, w.post.labels, w.post.share = task, labels, s
		w.fork(retractable)
		s.first++
	}
}

// join waits for the workers taken.
func join(taken *worker) (err *PartError) {
	for w := taken; w != nil; w = w.held.next {
		if !w.held.joined {
			err = lower(err, w.join())
			w.held.joined = true
		}
	}
	return err
}

// release ends the caller's hold on workers, once they are through.
func (c *crew) release(taken *worker) {
	join(taken)
	for w := taken; w != nil; {
		next := w.held.next // not ours any more after the next line
		c.putBack(w)
		if w.ack.asleep.Load() {
			c.forget(w) // it could not do so itself while it was taken
		}
		w = next
	}
}

// forget lets go of what a worker that is asleep has worked on, which shall not be kept alive. Where somebody has taken
// the worker, that is left to him.
func (c *crew) forget(w *worker) {
	if w.place.take() {
		w.post.task = nil
		c.putBack(w)
	}
}

// putBack makes a worker idle that the calling goroutine had taken.
func (c *crew) putBack(w *worker) {
	w.place.putBack()
	if c.closed.Load() {
		w.dismiss() // close did not find it idle
	}
}

// close ends the workers that are idle. The others are dismissed when they are put back.
func (c *crew) close() {
	c.closed.Store(true)
	for _, w := range c.workers {
		w.dismiss()
	}
}
