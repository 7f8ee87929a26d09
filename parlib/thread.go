package parlib

import (
	"fmt"
	"sync"

	"github.com/warren-go/warren/parlib/schedule"
	"github.com/warren-go/warren/parlib/team"
)

// Thread is one of the threads of a [Region]. Its methods are for that thread alone. Barrier, Single, For, ForOrdered and
// AllReduce must be called by all threads of the region, in the same order; a region where a thread ends that others wait
// for is broken up with an error.
type Thread struct {
	region  *region
	id      int
	singles int64         // single sections it has come to
	loops   int           // loops it has come to
	latest  *criticalLock // of the critical section it came to last, or nil
}

// ID is the thread's number, from 0 (the goroutine that called Region) to Threads()-1.
func (t *Thread) ID() int { return t.id }

// Threads is the number of threads of the region.
func (t *Thread) Threads() int { return t.region.n }

// Barrier returns when all threads have called it.
func (t *Thread) Barrier() { t.region.barrier(nil) }

// Single has f run by one thread, whichever comes first; the others wait until it has.
func (t *Thread) Single(f func()) {
	t.SingleNoWait(f)
	t.Barrier()
}

// SingleNoWait has f run by one thread, whichever comes first, and reports whether that is the caller. The others do not
// wait.
func (t *Thread) SingleNoWait(f func()) bool {
	mustBeFunction("Single", f)
	first := t.region.singles.CompareAndSwap(t.singles, t.singles+1)
	t.singles++
	if first {
		f()
	}
	return first
}

// Master has f run by thread 0. The others do not wait.
func (t *Thread) Master(f func()) {
	mustBeFunction("Master", f)
	if t.id == 0 {
		f()
	}
}

// Critical runs f while no other thread of the region runs one under the same name. Within f, it must not be called with
// the same name again, nor with others in an order that differs from thread to thread: threads that wait for each other
// so, or at a barrier for one that waits for them, end the region with an error that names them.
func (t *Thread) Critical(name string, f func()) {
	mustBeFunction("Critical", f)
	l := t.latest
	if l == nil || l.name != name {
		l = t.region.lock(name)
		t.latest = l
	}
	l.acquire(t)
	defer l.release()
	f()
}

// mustBeFunction panics where a method was given no function.
func mustBeFunction(method string, f func()) {
	if f == nil {
		panic("parlib: Thread." + method + ": the function is nil")
	}
}

// For shares the indices 0 to n-1 among the threads: each calls body for those that the schedule gives to it, and waits
// until the others are through. No schedule is schedule.Static.
func (t *Thread) For(n int, body func(i int), how ...schedule.Schedule) {
	if body == nil {
		panic(fmt.Sprintf("parlib: Thread.For: the body of a loop of %d is nil", n))
	}
	t.loop(n, func(_ *sharedLoop, i int) { body(i) }, how)
}

// ForOrdered is For for a body part of which has to be done in the order of the indices: inOrder runs the function it is
// given when it has run, or body has returned, for all lower indices. A schedule must give each thread its indices in
// ascending order, as those of package schedule do. No schedule is schedule.Dynamic(1), as with shares of
// many indices threads would mostly wait for each other.
func (t *Thread) ForOrdered(n int, body func(i int, inOrder func(func())), how ...schedule.Schedule) {
	if body == nil {
		panic(fmt.Sprintf("parlib: Thread.ForOrdered: the body of a loop of %d is nil", n))
	}
	if len(how) == 0 {
		how = []schedule.Schedule{schedule.Dynamic(1)}
	}
	t.loop(n, func(l *sharedLoop, i int) {
		body(i, func(f func()) {
			t.region.awaitTurn(t.id, turn{l, i})
			f()
			t.region.pass(l, i)
		})
		t.region.pass(l, i) // where body did nothing in order
	}, how)
}

func (t *Thread) loop(n int, body func(l *sharedLoop, i int), how []schedule.Schedule) {
	if n < 0 {
		panic(fmt.Sprintf("parlib: Thread.For: number of indices is %d; it must not be negative", n))
	}
	s := schedule.Static()
	if len(how) > 0 {
		s = how[len(how)-1]
	}
	if s == nil {
		panic(fmt.Sprintf("parlib: Thread.For: the schedule of a loop of %d is nil", n))
	}
	l := t.region.join(t.loops, n, s)
	t.loops++
	if n > 0 {
		t.share(l, body)
	}
	t.region.barrier(l.check)
}

// share does what the thread is given of a loop.
func (t *Thread) share(l *sharedLoop, body func(l *sharedLoop, i int)) {
	given := 0
	for lo, hi, ok := l.ranges.Next(t.id); ok; lo, hi, ok = l.ranges.Next(t.id) {
		if lo < 0 || lo >= hi || hi > l.n || hi-lo > l.n-given {
			panic(fmt.Sprintf("parlib: Thread.For: the schedule %v gave thread %d the indices from %d up to %d (exclusive) after %d others, in a loop of %d",
				l.plan, t.id, lo, hi, given, l.n))
		}
		given += hi - lo
		for i := lo; i < hi; i++ {
			if t.region.broken.Load() {
				return
			}
			if (i-lo)%checkEvery == 0 {
				team.Check()
			}
			body(l, i)
		}
		l.seal.Add(seal(hi) - seal(lo))
	}
}

// AllReduce combines a value of each thread, in the order of the threads, and returns the result to all of them: OpenMP's
// reduction variable. The result is the same in every run.
func AllReduce[T any](t *Thread, value T, combine func(a, b T) T) T {
	if combine == nil {
		panic("parlib: AllReduce: the function is nil")
	}
	values := contribute(t, value)
	t.region.barrier(func() { t.region.values = nil }) // the next AllReduce has values of its own
	total := values[0]
	for _, v := range values[1:] {
		total = combine(total, v)
	}
	return total
}

// contribute puts a thread's value among those of an AllReduce, and returns these.
func contribute[T any](t *Thread, value T) []T {
	r := t.region
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.values == nil {
		r.values = make([]T, r.n)
	}
	values, ok := r.values.([]T)
	if !ok {
		panic(fmt.Sprintf("parlib: AllReduce: thread %d has come with a value for a %T, and another with one for a %T; the types must be the same", t.id, values, r.values))
	}
	values[t.id] = value
	return values
}

// PerThread is a variable of which each thread number has its own, and which is kept from region to region: OpenMP's
// threadprivate. The zero PerThread is ready; all values are zero at first.
type PerThread[T any] struct {
	mu     sync.Mutex
	values []*T
}

// Of is where a thread's own value is.
func (p *PerThread[T]) Of(t *Thread) *T {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.values) <= t.id {
		// Apart from the others, so that threads do not pass a cache line to and fro.
		padded := new(struct {
			value T
			_     [128]byte
		})
		p.values = append(p.values, &padded.value)
	}
	return p.values[t.id]
}

// All returns a copy of the values, by thread number.
func (p *PerThread[T]) All() []T {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]T, len(p.values))
	for i, v := range p.values {
		all[i] = *v
	}
	return all
}
