package opencl

import (
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/warren-go/warren/parlib/team"
)

// group is a work-group of a simulation.
//
// Its items run one after the other in one goroutine, the runner. When an item has to wait at a barrier, its goroutine is its own
// from then on, and another becomes the runner. Under the race detector each item has a goroutine of its own from the start.
type group struct {
	*simulation
	id    [3]int
	size  int
	begun int           // items
	done  chan struct{} // closed when all items have ended

	mu      sync.Mutex
	ended   int
	broken  bool          // items end at the next barrier
	waiting int           // items at the barrier
	site    string        // where that is
	round   chan struct{} // closed when all have come to it
	locals  []any
}

// simulatedItem is an item of a group.
type simulatedItem struct {
	group   *group
	local   [3]int
	locals  int  // how many variables of the group it has asked for
	waited  bool // has a goroutine of its own
	current string
}

// abandoned is what items panic with that end because of others.
type abandoned struct{}

func newGroup(s *simulation, n int) *group {
	g := &group{simulation: s, done: make(chan struct{}), round: make(chan struct{})}
	for d := range g.id {
		g.id[d] = n % s.shape.groups(d)
		n /= s.shape.groups(d)
	}
	g.size = s.shape.local[0] * s.shape.local[1] * s.shape.local[2]
	return g
}

// run runs the group's items to their end.
func (g *group) run() {
	if raceDetector {
		for range g.size {
			go g.item()
		}
	} else {
		go g.runner()
	}
	<-g.done
}

// runner runs the items that have not begun, until it becomes the goroutine of one of them.
func (g *group) runner() {
	for range g.size {
		if own, more := g.item(); own || !more {
			return
		}
	}
}

// item runs the next item. It tells whether the goroutine became the item's own, and whether more items remain.
func (g *group) item() (own, more bool) {
	g.mu.Lock()
	n := g.begun
	g.begun++
	g.mu.Unlock()
	if n >= g.size {
		return false, false
	}
	it := &simulatedItem{group: g}
	for d, rest := 0, n; d < 3; d++ {
		it.local[d] = rest % g.shape.local[d]
		rest /= g.shape.local[d]
	}
	it.call()
	return it.waited, n+1 < g.size
}

// call calls the kernel.
func (it *simulatedItem) call() {
	g := it.group
	returned := false
	defer func() {
		v := recover()
		if _, ok := v.(abandoned); v != nil && !ok {
			g.fail(&ItemError{Global: it.global(), Value: v, Stack: debug.Stack()})
		} else if v == nil && !returned {
			g.fail(&ItemError{Global: it.global(), Value: "it ended its goroutine (runtime.Goexit)"})
			if !it.waited && !raceDetector {
				go g.runner() // which this goroutine was
			}
		}
		g.end(it, v == nil && returned)
	}()
	if !g.stop.Load() {
		team.Check()
		g.fn.Call(append([]reflect.Value{reflect.ValueOf(Item{it})}, g.args...))
	}
	returned = true
}

// end notes that an item has ended: well, or by a panic.
func (g *group) end(it *simulatedItem, well bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended++
	switch {
	case g.ended == g.size:
		close(g.done)
	case !well || g.stop.Load():
		g.abandon()
	case g.waiting > 0 && !g.broken:
		g.diverge(it, fmt.Sprintf("it has ended, while %d others of its group wait at the barrier in %s: all of a group reach a barrier, or none", g.waiting, g.site))
	}
}

// diverge ends a group whose items do not all come to a barrier. The caller holds g.mu.
func (g *group) diverge(it *simulatedItem, why string) {
	g.fail(&ItemError{Global: it.global(), Value: why, Pos: it.current})
	g.abandon()
}

// abandon has the items that wait, or will, end. The caller holds g.mu.
func (g *group) abandon() {
	if !g.broken {
		g.broken = true
		close(g.round)
	}
}

// barrier waits for the other items of the group.
func (g *group) barrier(it *simulatedItem) {
	it.current = barrierSite()
	round := g.arrive(it)
	if round == nil {
		return
	}
	if !it.waited && !raceDetector {
		it.waited = true
		go g.runner()
	}
	<-round
	g.mu.Lock()
	broken := g.broken
	g.mu.Unlock()
	if broken {
		panic(abandoned{})
	}
}

// arrive counts an item at the barrier. It returns what to wait for, or nil for the last item, which lets all go on.
func (g *group) arrive(it *simulatedItem) chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.broken:
	case g.stop.Load(): // another group failed
		g.abandon()
	case g.waiting > 0 && g.site != it.current:
		g.diverge(it, fmt.Sprintf("it is at a barrier, while others of its group wait at another in %s", g.site))
	case g.ended > 0:
		g.diverge(it, fmt.Sprintf("it waits at a barrier, while %d others of its group have ended: all of a group reach a barrier, or none", g.ended))
	}
	if g.broken {
		panic(abandoned{})
	}
	g.site = it.current
	if g.waiting++; g.waiting < g.size {
		return g.round
	}
	g.waiting = 0
	close(g.round)
	g.round = make(chan struct{})
	return nil
}

// barrierSite returns the place in the kernel that called into this package.
func barrierSite() string {
	var pcs [8]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.HasSuffix(f.Function, "opencl.Item.Barrier") || !more {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
	}
}

// global returns the item's global ids.
func (it *simulatedItem) global() (ids [3]int) {
	for d := range ids {
		ids[d] = Item{it}.GlobalID(d)
	}
	return ids
}

// localVar returns the group's variable number it.locals, which the first item to ask for makes.
func (it *simulatedItem) localVar(t reflect.Type, make func() any) any {
	g := it.group
	g.mu.Lock()
	defer g.mu.Unlock()
	if it.locals == len(g.locals) {
		g.locals = append(g.locals, make())
	}
	v := g.locals[it.locals]
	it.locals++
	if has := reflect.TypeOf(v).Elem(); has != t {
		panic(fmt.Errorf("opencl: LocalVar: variable %d of the group is a %v for this item, a %v for another: all items of a group ask for the same, in the same order", it.locals, t, has))
	}
	return v
}
