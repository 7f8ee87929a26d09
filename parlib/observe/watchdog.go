package observe

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	identity "github.com/warren-go/warren/parlib/internal/goroutine"
	"github.com/warren-go/warren/parlib/team"
)

// Waiting is a goroutine that waits for another one.
type Waiting struct {
	ID    uint64
	State string        // what for: "chan receive", "sync.Mutex.Lock", "select"…
	Where string        // the line, as "main.go:12" or "cell[3]:7"
	Since time.Duration // how long it has been seen to wait there
	Stack string        // all calls, as the runtime prints them
}

func (w Waiting) String() string {
	return fmt.Sprintf("goroutine %d [%s] at %s, for %v", w.ID, w.State, w.Where, w.Since.Round(time.Millisecond))
}

// StuckError says that nothing moved.
type StuckError struct {
	Patience   time.Duration
	Goroutines []Waiting
}

func (e *StuckError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "observe: Guard: nothing has moved for %v; these goroutines wait, for each other or for what never comes:", e.Patience)
	for _, g := range e.Goroutines {
		fmt.Fprintf(&b, "\n\t%v", g)
	}
	return b.String()
}

// Guard calls f in a goroutine of its own, and returns when f has, with nil. It gives up with a *StuckError when for
// longer than patience f and all goroutines that it started wait without moving, and nothing else in the program runs
// either: as a rule, a deadlock. A goroutine that sleeps, or waits for a file or the network, counts as moving; one that
// waits for a timer in a select does not, so patience must be longer than that.
//
// What is stuck cannot be ended from outside: those goroutines, and what they hold, stay until the program ends. If f
// panics, the error is a *team.PanicError.
func Guard(patience time.Duration, f func()) error {
	switch {
	case f == nil:
		return errors.New("observe: Guard: the function is nil")
	case patience <= 0:
		return fmt.Errorf("observe: Guard: patience is %v; it must be more than nothing", patience)
	}
	w := newWatchdog()
	root, outcome := make(chan uint64, 1), make(chan error, 1)
	go func() {
		root <- identity.ID()
		call(f, outcome)
	}()
	w.adopt(<-root)
	ticker := time.NewTicker(pause(patience))
	defer ticker.Stop()
	for {
		select {
		case err := <-outcome:
			return err
		case <-ticker.C:
			if stuck := w.stuck(patience); stuck != nil {
				return &StuckError{patience, stuck}
			}
		}
	}
}

// call calls f, and tells how it ended: nil, or an error if it did not return.
func call(f func(), outcome chan<- error) {
	err := team.ErrGoexit
	defer func() {
		if v := recover(); v != nil {
			err = team.NewPanicError(v)
		}
		if err != nil {
			err = fmt.Errorf("observe: Guard: %w", err)
		}
		outcome <- err
	}()
	f()
	err = nil
}

// Watch calls report once for every goroutine that waits for longer than patience, until stop is called: of those that
// exist, the calling one only, and of new ones all but those that other goroutines start. A goroutine that was woken and
// waits at the same place again looks as if it had never moved. report is called by one goroutine; stop waits for it to
// end, so report must not call it. As long as a Watch goes on, the program has a timer, and the Go runtime does not notice
// that all goroutines are asleep: so call stop, deferred at best.
func Watch(patience time.Duration, report func(Waiting)) (stop func(), err error) {
	switch {
	case report == nil:
		return nil, errors.New("observe: Watch: the function to report to is nil")
	case patience <= 0:
		return nil, fmt.Errorf("observe: Watch: patience is %v; it must be more than nothing", patience)
	}
	w := newWatchdog()
	w.adopt(identity.ID())
	end := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() { w.watch(patience, report, end) })
	return sync.OnceFunc(func() { close(end); ended.Wait() }), nil
}

func (w *watchdog) watch(patience time.Duration, report func(Waiting), end <-chan struct{}) {
	ticker := time.NewTicker(pause(patience))
	defer ticker.Stop()
	for {
		select {
		case <-end:
			return
		case <-ticker.C:
		}
		w.look()
		for _, g := range w.waiting(patience) {
			if s := w.seen[g.ID]; !s.reported {
				s.reported = true
				report(g)
			}
		}
	}
}

// pause is how long to wait between looks, which stop the program for a moment.
func pause(patience time.Duration) time.Duration {
	return min(max(patience/8, time.Millisecond), time.Second)
}

// watchdog follows the goroutines of a family: its root, and those that members start.
type watchdog struct {
	root      uint64
	strangers map[uint64]bool // goroutines that are not of the family
	seen      map[uint64]*sighting
	moving    bool // at the last look something did not wait
}

// sighting is a member that waits.
type sighting struct {
	goroutine
	since    time.Time
	reported bool
}

// newWatchdog takes all goroutines that exist for strangers.
func newWatchdog() *watchdog {
	w := &watchdog{strangers: map[uint64]bool{identity.ID(): true}, seen: map[uint64]*sighting{}}
	for _, g := range others() {
		w.strangers[g.id] = true
	}
	return w
}

// adopt makes a goroutine the root of the family.
func (w *watchdog) adopt(id uint64) {
	w.root = id
	delete(w.strangers, id)
}

// isStranger tells whether a goroutine is one: from the beginning, or as one started it. If who started it is gone and was
// never seen, it might be of the family, so it counts as a member.
func (w *watchdog) isStranger(g goroutine) bool {
	if g.id != w.root && (w.strangers[g.creator] || strings.Contains(g.stack, "observe.(*watchdog).watch(")) {
		w.strangers[g.id] = true
	}
	return w.strangers[g.id]
}

// look brings up to date who waits.
func (w *watchdog) look() {
	all := others()
	slices.SortFunc(all, func(a, b goroutine) int { return cmp.Compare(a.id, b.id) }) // who starts others comes first
	before, now := w.seen, time.Now()
	w.seen, w.moving = map[uint64]*sighting{}, false
	for _, g := range all {
		switch s := before[g.id]; {
		case w.isStranger(g):
			w.moving = w.moving || g.runs() // perhaps for the family, as the workers of a team do
		case !g.waits():
			w.moving = true
		case s != nil && s.state == g.state && s.stack == g.stack:
			w.seen[g.id] = s
		default:
			w.seen[g.id] = &sighting{goroutine: g, since: now}
		}
	}
}

// waiting are the members that have waited for longer than patience, in the order of their numbers.
func (w *watchdog) waiting(patience time.Duration) []Waiting {
	var found []Waiting
	for id, s := range w.seen {
		if since := time.Since(s.since); since > patience {
			found = append(found, Waiting{ID: id, State: s.state, Where: s.where(), Since: since, Stack: s.stack})
		}
	}
	slices.SortFunc(found, func(a, b Waiting) int { return cmp.Compare(a.ID, b.ID) })
	return found
}

// stuck looks, and gives the members if all have waited for longer than patience and nothing moves.
func (w *watchdog) stuck(patience time.Duration) []Waiting {
	w.look()
	found := w.waiting(patience)
	if w.moving || len(found) < len(w.seen) {
		return nil
	}
	return found
}
