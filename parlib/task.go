package parlib

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/warren-go/warren/parlib/team"
)

// Tasks runs root and the tasks that it and they spawn, and returns when all have ended. Tasks are for work whose shape
// shows only as it is done, as in divide and conquer, or whose parts depend on each other.
//
// Of options there may be Workers, On and Context. If a task panics, tasks that have not begun are not, and the error holds
// a *TaskError of the one that did so first. Nor are tasks begun when Context's ctx is over. If tasks wait for each other in
// a cycle, so that none can go on, Tasks ends with an error that wraps ErrTaskCycle and names them.
func Tasks(root func(t *Task), options ...Option) error {
	s, err := settle("Tasks", options)
	if err == nil {
		err = only("Tasks", options, workersOption, teamOption, contextOption)
	}
	switch {
	case err != nil:
		return err
	case root == nil:
		return errors.New("parlib: Tasks: the function is nil")
	case s.ctx != nil && s.ctx.Err() != nil:
		return fmt.Errorf("parlib: Tasks: not begun: %w", context.Cause(s.ctx))
	}
	g := &taskGroup{ctx: s.ctx, places: map[uintptr]*uses{}}
	g.change.L = &g.mu
	g.spawn(nil, root, nil)
	if s.workers > s.team.Size() {
		err = s.team.Together(s.workers, g)
	} else {
		err = s.team.Run(s.workers, g)
	}
	switch {
	case g.failed != nil:
		return fmt.Errorf("parlib: Tasks: %w", g.failed)
	case err != nil:
		return fmt.Errorf("parlib: Tasks: %w", err)
	case g.skipped > 0:
		return fmt.Errorf("parlib: Tasks: stopped with %d tasks not begun: %w", g.skipped, context.Cause(s.ctx))
	}
	return nil
}

// TaskError says which task failed, and how. Err is a *PanicError, or says that the task ended its goroutine.
type TaskError struct {
	Number int // in the order of spawning; 0 is the first function's
	Err    error
}

func (e *TaskError) Error() string { return fmt.Sprintf("task %d: %v", e.Number, e.Err) }

func (e *TaskError) Unwrap() error { return e.Err }

// Task is a function under way, or to be run, in a call of [Tasks]. A running function calls Spawn and Sync of its own Task;
// others may use it in After.
type Task struct {
	group    *taskGroup
	parent   *Task
	number   int
	run      func(*Task)
	children atomic.Int64 // spawned and not ended

	// Under the group's mu:
	waits   int     // tasks that must end first
	then    []*Task // tasks that wait for this one
	syncing bool    // it is in Sync
	ended   bool
}

// Number is the task's place in the order of spawning; 0 is the function given to Tasks.
func (t *Task) Number() int { return t.number }

// Dependence is what must have ended before a task begins.
type Dependence struct {
	after  []*Task
	places []any
	writes bool
}

// After makes a task wait until others have ended, which must be of the same call of Tasks.
func After(tasks ...*Task) Dependence { return Dependence{after: tasks} }

// In says that a task reads what the pointers point to: it waits for the tasks spawned before it that have the same
// pointers in Out. OpenMP says depend(in).
func In(places ...any) Dependence { return Dependence{places: places} }

// Out says that a task writes, and may also read, what the pointers point to: it waits for the tasks spawned before it that
// have the same pointers in In or Out. OpenMP says depend(out) and depend(inout).
func Out(places ...any) Dependence { return Dependence{places: places, writes: true} }

// Spawn makes a task of f, a child of t, which runs as soon as a worker is free and what it depends on has ended.
func (t *Task) Spawn(f func(t *Task), dependences ...Dependence) *Task {
	if f == nil {
		panic("parlib: Task.Spawn: the function is nil")
	}
	return t.group.spawn(t, f, dependences)
}

// Sync returns when all children of t have ended, or will not be begun as a task has failed: what they were to compute may be
// missing then, and Tasks returns the error. While it waits, the worker runs the children and what they wait for.
func (t *Task) Sync() {
	if t.children.Load() == 0 {
		return
	}
	t.group.beginSync(t)
	defer t.group.endSync(t)
	t.group.work(t, func() bool { return t.children.Load() == 0 })
}

// taskGroup is the tasks of one call.
type taskGroup struct {
	ctx  context.Context
	left atomic.Int64 // tasks not ended
	halt atomic.Bool  // a task failed

	mu      sync.Mutex
	change  sync.Cond // a task is ready, or has ended
	asleep  int       // workers that wait for change, and have not been woken
	spawned int
	ready   []*Task // the latest last
	places  map[uintptr]*uses
	failed  error // a *TaskError, or one that wraps ErrTaskCycle
	stuck   bool  // tasks wait in a cycle
	skipped int   // tasks not begun, as ctx was over
}

// uses are the tasks that the next one to use a place may have to wait for.
type uses struct {
	writer  *Task
	readers []*Task // since writer
}

// Do has a worker run tasks until all have ended. It is what the team calls.
func (g *taskGroup) Do(int) {
	g.work(nil, func() bool { return g.left.Load() == 0 })
}

func (g *taskGroup) spawn(parent *Task, f func(*Task), dependences []Dependence) *Task {
	t := &Task{group: g, parent: parent, run: f}
	g.mu.Lock()
	defer g.mu.Unlock()
	if parent != nil && g.left.Load() == 0 {
		panic(fmt.Sprintf("parlib: Task.Spawn: the call of Tasks that task %d belongs to is over", parent.number))
	}
	if parent != nil {
		parent.children.Add(1)
	}
	g.left.Add(1)
	t.number = g.spawned
	g.spawned++
	for _, d := range dependences {
		g.depend(t, d)
	}
	switch {
	case t.waits == 0:
		g.offer(t)
	case parent != nil && parent.syncing: // somebody else than the parent spawns: those who wait for it have one more to wait for
		g.wake()
	}
	return t
}

// depend makes t wait for what a dependence says. mu is locked, as in offer.
func (g *taskGroup) depend(t *Task, d Dependence) {
	for _, other := range d.after {
		if other == nil || other.group != g {
			g.refuse(t, "a task of another call of Tasks, or nil")
		}
		g.waitFor(t, other)
	}
	for _, place := range d.places {
		v := reflect.ValueOf(place)
		if v.Kind() != reflect.Pointer || v.IsNil() {
			g.refuse(t, fmt.Sprintf("%v; In and Out take pointers to what is read and written", place))
		}
		u := g.places[v.Pointer()]
		if u == nil {
			u = new(uses)
			g.places[v.Pointer()] = u
		}
		if u.writer != nil {
			g.waitFor(t, u.writer)
		}
		if !d.writes {
			u.readers = append(u.readers, t)
			continue
		}
		for _, reader := range u.readers {
			g.waitFor(t, reader)
		}
		u.writer, u.readers = t, nil
	}
}

// refuse panics in the task that spawns t, of which nothing is left then.
func (g *taskGroup) refuse(t *Task, what string) {
	t.run = func(*Task) {}
	t.waits = 0
	g.offer(t)
	panic(fmt.Sprintf("parlib: Task.Spawn: task %d depends on %s", t.number, what))
}

// waitFor makes t wait for another task. It does not wait for one that it is part of, which would never end.
func (g *taskGroup) waitFor(t, other *Task) {
	if other == t || other.ended || other.holds(t) {
		return
	}
	other.then = append(other.then, t)
	t.waits++
}

// holds reports whether t is a descendant.
func (t *Task) holds(descendant *Task) bool {
	for d := descendant.parent; d != nil; d = d.parent {
		if d == t {
			return true
		}
	}
	return false
}

func (g *taskGroup) offer(t *Task) {
	g.ready = append(g.ready, t)
	g.wake()
}

// wake wakes the workers that are asleep, which are no longer from now on. mu is locked.
func (g *taskGroup) wake() {
	if g.asleep > 0 {
		g.asleep = 0
		g.change.Broadcast()
	}
}

// beginSync notes that a task waits for its children, which those who wait for it now wait for, too.
func (g *taskGroup) beginSync(t *Task) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.ended || t.syncing {
		panic(fmt.Sprintf("parlib: Task.Sync: task %d has ended or is in a Sync already; a function must call Sync of its own Task, the one that it was given", t.number))
	}
	t.syncing = true
	g.wake()
}

func (g *taskGroup) endSync(t *Task) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t.syncing = false
}

// work runs tasks until done reports true: where within is not nil, only those that it waits for in its Sync.
//
// Only these, as a task on top of one that waits must not itself wait for one below it, unless they wait in a cycle.
func (g *taskGroup) work(within *Task, done func() bool) {
	for spin := (team.Spinner{}); !done(); {
		t := g.take(within)
		if t == nil && spin.Again() {
			continue
		}
		if t == nil {
			t = g.sleep(within, done)
		}
		if t != nil {
			g.do(t)
		}
		spin = team.Spinner{}
	}
}

// take returns the latest task that is ready, or nil.
func (g *taskGroup) take(within *Task) *Task {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.takeLocked(g.find(within))
}

// takeLocked takes the i-th of the tasks that are ready; below 0 is none.
func (g *taskGroup) takeLocked(i int) *Task {
	if i < 0 {
		return nil
	}
	t := g.ready[i]
	g.ready = slices.Delete(g.ready, i, i+1)
	return t
}

// find returns the place of the latest ready task that within waits for because it is its child, or the child of one that it
// waits for.
func (g *taskGroup) find(within *Task) int {
	i := len(g.ready) - 1
	for i >= 0 && within != nil && !within.awaits(g.ready[i]) {
		i--
	}
	return i
}

// awaits reports whether t waits for a task in its Sync, in that of a child, and so on down. mu is locked.
func (t *Task) awaits(descendant *Task) bool {
	for d := descendant.parent; d != nil && d.syncing; d = d.parent {
		if d == t {
			return true
		}
	}
	return false
}

// findNeeded is find for all tasks that within waits for, also by dependences. Somebody who would sleep otherwise must run
// them: all others may be asleep, too. It takes its time, as it may look at all tasks.
func (g *taskGroup) findNeeded(within *Task) int {
	seen := map[*Task]bool{}
	var needed func(t *Task) bool
	needed = func(t *Task) bool {
		if seen[t] {
			return false // or else it would have been found
		}
		seen[t] = true
		return slices.ContainsFunc(t.awaitedBy(), func(w *Task) bool { return w == within || needed(w) })
	}
	return slices.IndexFunc(g.ready, needed)
}

// awaitedBy returns the tasks that cannot go on before t has ended. mu is locked.
func (t *Task) awaitedBy() []*Task {
	if t.parent == nil || !t.parent.syncing {
		return t.then
	}
	return append(slices.Clip(t.then), t.parent)
}

// sleep returns when done reports true, or with a task to run.
func (g *taskGroup) sleep(within *Task, done func() bool) *Task {
	g.mu.Lock()
	defer g.mu.Unlock()
	for !done() {
		i := g.find(within)
		if i < 0 && within != nil {
			i = g.findNeeded(within)
		}
		if i >= 0 {
			return g.takeLocked(i)
		}
		if within != nil {
			g.checkCycle(within)
		}
		g.asleep++
		g.change.Wait()
	}
	return nil
}

func (g *taskGroup) do(t *Task) {
	returned := false
	defer func() {
		v := recover()
		switch {
		case v == errStuck: // failed is set
		case v != nil:
			g.fail(t, team.NewPanicError(v))
		case !returned:
			g.fail(t, team.ErrGoexit)
		}
		g.end(t)
	}()
	switch {
	case g.halt.Load():
	case g.ctx != nil && g.ctx.Err() != nil:
		g.skip()
	default:
		t.run(t)
	}
	returned = true
}

func (g *taskGroup) skip() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.skipped++
}

func (g *taskGroup) fail(t *Task, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failed == nil { // others may have failed for what the first has not done
		g.failed = &TaskError{t.number, err}
	}
	g.halt.Store(true)
}

func (g *taskGroup) end(t *Task) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t.ended, t.run = true, nil
	for _, next := range t.then {
		if next.waits--; next.waits == 0 {
			g.offer(next)
		}
	}
	t.then = nil
	if t.parent != nil {
		t.parent.children.Add(-1)
	}
	g.left.Add(-1)
	g.wake()
}
