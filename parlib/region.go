package parlib

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/warren-go/warren/parlib/schedule"
	"github.com/warren-go/warren/parlib/team"
)

// Region runs body on n threads at the same time, each a goroutine, and returns when all have ended: OpenMP's parallel
// region. The calling goroutine is thread 0. Variables declared in body are each thread's own; those outside are shared.
// Threads meet by the methods of [Thread].
//
// A region may be begun in a region. Of options there may be On and Context; Context's end releases threads that wait for
// others. If a thread panics, the threads that wait for it are released and end, and the error names the thread.
func Region(n int, body func(t *Thread), options ...Option) error {
	s, err := settle("Region", options)
	if err == nil {
		err = only("Region", options, teamOption, contextOption)
	}
	switch {
	case err != nil:
		return err
	case body == nil:
		return errNil("Region", "body", n)
	case n < 1 || n > maxWorkers:
		return fmt.Errorf("parlib: Region: number of threads is %d; it must be between 1 and %d", n, maxWorkers)
	case s.ctx != nil && s.ctx.Err() != nil:
		return fmt.Errorf("parlib: Region: not begun: %w", context.Cause(s.ctx))
	}
	r := &region{body: body, n: n, threads: make([]*Thread, n), locks: map[string]*criticalLock{}, blocked: map[int]*criticalLock{}}
	r.meet.L = &r.mu
	for i := range r.threads {
		r.threads[i] = &Thread{region: r, id: i}
	}
	if s.ctx != nil {
		stop := context.AfterFunc(s.ctx, func() { r.breakUp(fmt.Errorf("stopped: %w", context.Cause(s.ctx))) })
		defer stop()
	}
	err = s.team.Together(n, r)
	if cause := r.cause(); cause != nil {
		err = cause
	}
	if err != nil {
		return fmt.Errorf("parlib: Region: %w", err)
	}
	return nil
}

// errBroken is what a thread panics with that waited for one that does not come.
var errBroken = errors.New("the region was broken up")

// region is what the threads of a region share.
type region struct {
	body    func(*Thread)
	n       int
	threads []*Thread

	singles atomic.Int64 // single sections that a thread has begun
	phase   atomic.Int64 // barriers that all have passed
	broken  atomic.Bool
	cut     atomic.Bool // a thread has not come to the end of body

	mu      sync.Mutex
	meet    sync.Cond // phase, broken, or a loop's turn has changed
	waiting int       // threads at the barrier
	ended   int       // threads whose body has ended
	err     error     // what broke the region
	locks   map[string]*criticalLock
	blocked map[int]*criticalLock // locks that threads wait for, by thread
	loops   map[int]*sharedLoop   // in progress, by their number
	turns   map[int]turn          // of ordered loops that threads sleep for, by thread
	values  any                   // of an AllReduce: a []T, by thread
}

// Do runs a thread. It is what the team calls.
func (r *region) Do(id int) {
	t := r.threads[id]
	returned := false
	defer func() {
		v := recover()
		switch {
		case v == errBroken:
			r.cut.Store(true)
		case v != nil:
			r.cut.Store(true)
			r.breakUp(fmt.Errorf("thread %d: %w", id, team.NewPanicError(v)))
		case !returned:
			r.cut.Store(true)
			r.breakUp(fmt.Errorf("thread %d: %w", id, team.ErrGoexit))
		}
		r.end(id)
	}()
	r.body(t)
	returned = true
}

// breakUp releases all threads that wait; the first cause counts.
func (r *region) breakUp(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.breakUpLocked(cause)
}

// cause is what broke the region, if that kept a thread from its end.
func (r *region) cause() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.cut.Load() {
		return nil
	}
	return r.err
}

func (r *region) breakUpLocked(cause error) {
	if r.err == nil {
		r.err = cause
	}
	r.broken.Store(true)
	r.meet.Broadcast()
}

// end counts a thread that has ended. If all others wait for it at a barrier, they would wait for ever.
func (r *region) end(id int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended++
	r.checkLocked()
}

// checkLocked breaks the region up where no thread goes on any more.
func (r *region) checkLocked() {
	idle := r.waiting + len(r.turns) + len(r.blocked)
	if idle == 0 || idle+r.ended < r.n {
		return
	}
	for _, l := range r.blocked {
		if l.holder.Load() == nobody {
			return // whoever gets it goes on
		}
	}
	for _, t := range r.turns {
		if t.come() {
			return
		}
	}
	for id, t := range r.turns {
		r.breakUpLocked(fmt.Errorf("thread %d waits for its turn at index %d of an ordered loop, but no thread comes to index %d first: the schedule %v must give each index to one thread, and each thread its indices in ascending order",
			id, t.index, t.loop.turn.Load(), t.loop.plan))
		return
	}
	for id, l := range r.blocked {
		r.breakUpLocked(fmt.Errorf("thread %d waits for Critical(%q), where thread %d is, which waits for others itself: a barrier or the turn of an ordered loop must not be waited for in a critical section", id, l.name, l.holder.Load()))
		return
	}
	r.breakUpLocked(fmt.Errorf("%d of %d threads wait at a barrier that the others have not come to before they ended", r.waiting, r.n))
}

// barrier returns when all threads have called it; last runs before, in the thread that comes last.
func (r *region) barrier(last func()) {
	phase := r.phase.Load()
	if !r.arrive(last) {
		r.await(func() bool { return r.phase.Load() != phase })
	}
}

// arrive reports whether the thread was the last.
func (r *region) arrive(last func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken.Load() {
		panic(errBroken)
	}
	r.waiting++
	if r.waiting < r.n {
		r.checkLocked()
		return false
	}
	r.waiting = 0
	if last != nil {
		last()
	}
	r.phase.Add(1)
	r.meet.Broadcast()
	return true
}

// await returns when what changes under mu has come true. It looks for a while before it sleeps.
func (r *region) await(come func() bool) {
	if r.look(come) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sleepLocked(come)
}

// awaitTurn is await for the turn of a thread in an ordered loop.
func (r *region) awaitTurn(id int, t turn) {
	if r.look(t.come) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.turns == nil {
		r.turns = map[int]turn{}
	}
	r.turns[id] = t
	defer delete(r.turns, id)
	r.checkLocked()
	r.sleepLocked(t.come)
}

// look reports whether something has come true before it is time to sleep.
func (r *region) look(come func() bool) bool {
	for s := (team.Spinner{}); s.Again() && !r.broken.Load(); {
		if come() {
			return true
		}
	}
	return false
}

func (r *region) sleepLocked(come func() bool) {
	for !come() {
		if r.broken.Load() {
			panic(errBroken)
		}
		r.meet.Wait()
	}
}

// sharedLoop is a loop that the threads of a region share.
type sharedLoop struct {
	n      int
	plan   schedule.Schedule
	ranges schedule.Ranges
	seal   atomic.Uint64 // of the ranges done, see seal
	left   int           // threads that are still to leave it
	turn   atomic.Int64
	passed map[int]bool // indices beyond turn that have passed theirs
}

// turn is an index of an ordered loop.
type turn struct {
	loop  *sharedLoop
	index int
}

// come reports whether all lower indices have passed their turns.
func (t turn) come() bool { return t.loop.turn.Load() >= int64(t.index) }

// check panics where the ranges that the threads were given, and have done, are not the loop.
func (l *sharedLoop) check() {
	if l.seal.Load() != seal(l.n)-seal(0) {
		panic(fmt.Sprintf("parlib: Thread.For: the schedule %v did not give each of the %d indices to exactly one thread", l.plan, l.n))
	}
}

// join returns the number-th loop of the region, made by the first thread that comes to it.
func (r *region) join(number, n int, s schedule.Schedule) *sharedLoop {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.loops == nil {
		r.loops = map[int]*sharedLoop{}
	}
	l := r.loops[number]
	if l == nil {
		l = &sharedLoop{n: n, plan: s, left: r.n, passed: map[int]bool{}}
		if n > 0 {
			l.ranges = s.Split(n, r.n, nil)
			if l.ranges == nil {
				panic(fmt.Sprintf("parlib: Thread.For: the schedule %v split a loop of %d into nil", s, n))
			}
		}
		r.loops[number] = l
	}
	if l.n != n {
		panic(fmt.Sprintf("parlib: Thread.For: the threads of a region have come to the same loop with %d and %d indices", l.n, n))
	}
	if l.left--; l.left == 0 {
		delete(r.loops, number)
	}
	return l
}

// pass lets the index after i have its turn, once all before have passed theirs.
func (r *region) pass(l *sharedLoop, i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	turn := int(l.turn.Load())
	if i < turn {
		return
	}
	l.passed[i] = true
	for l.passed[turn] {
		delete(l.passed, turn)
		turn++
	}
	l.turn.Store(int64(turn))
	r.meet.Broadcast()
}
