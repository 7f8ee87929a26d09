package parlib

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrTaskCycle is wrapped by the error of a call of [Tasks] whose tasks wait for each other, so that none can go on.
var ErrTaskCycle = errors.New("tasks wait for each other in a cycle")

// errStuck is what Syncs panic with in a call of Tasks that has a cycle.
var errStuck = errors.New("the tasks wait for each other")

// checkCycle panics in a task whose Sync would never end. The last Sync to begin of those in a cycle finds it. mu is locked.
func (g *taskGroup) checkCycle(t *Task) {
	if t.ended {
		panic(fmt.Sprintf("parlib: Task.Sync: task %d has ended while another was in its Sync; a function must call Sync of its own Task", t.number))
	}
	if cycle := t.cycle(); cycle != nil {
		g.stuck = true
		g.halt.Store(true)
		if g.failed == nil {
			g.failed = fmt.Errorf("%w: %s", ErrTaskCycle, describeCycle(cycle))
		}
		g.wake()
	}
	if g.stuck {
		panic(errStuck)
	}
}

// cycle returns t, a task that waits for it, one that waits for that, and so on, to one that t waits for; or nil if nothing
// that waits for t is waited for by it.
func (t *Task) cycle() []*Task {
	seen := map[*Task]bool{}
	var way func(from *Task) []*Task // in reverse
	way = func(from *Task) []*Task {
		if seen[from] {
			return nil
		}
		seen[from] = true
		for _, next := range from.awaitedBy() {
			if next == t {
				return []*Task{from}
			}
			if rest := way(next); rest != nil {
				return append(rest, from)
			}
		}
		return nil
	}
	cycle := way(t)
	slices.Reverse(cycle)
	return cycle
}

// longestCycle is how many tasks of a cycle are named.
const longestCycle = 12

// describeCycle names the tasks of a cycle, from the first on: each but the first waits for the one before it.
func describeCycle(cycle []*Task) string {
	var b strings.Builder
	fmt.Fprintf(&b, "task %d", cycle[0].number)
	for i := len(cycle) - 1; i >= 0; i-- {
		waiting, other := cycle[(i+1)%len(cycle)], cycle[i]
		if len(cycle)-i > longestCycle {
			fmt.Fprintf(&b, ", and so on over %d more tasks to task %d", i+1, cycle[0].number)
			break
		}
		b.WriteString(waiting.waitsFor(other, i == len(cycle)-1))
	}
	return b.String()
}

// waitsFor says how t waits for another task; first where t was just named.
func (t *Task) waitsFor(other *Task, first bool) string {
	link := ", which "
	if first {
		link = " "
	}
	if t.syncing && other.parent == t {
		return fmt.Sprintf("%swaits in Sync for its child, task %d", link, other.number)
	}
	return fmt.Sprintf("%sis to begin after task %d", link, other.number)
}
