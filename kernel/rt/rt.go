// Package rt is what compiled cells call at run time: the checks that make them interruptible, the guards around
// their goroutines, and the register through which the worker finds them.
//
// User code does not import it; the cell compiler inserts the calls. Everything on a hot path here is small enough to
// be inlined into the cell.
package rt

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// Unit is a loaded cell: its statements, and the session variables it declares (pointers to them, by name).
type Unit struct {
	Run  func()
	Vars map[string]any
}

var units = struct {
	sync.Mutex
	byPath map[string]Unit
}{byPath: map[string]Unit{}}

// Register makes a cell known under its package path. Cells call it when their plugin is opened.
func Register(path string, u Unit) {
	units.Lock()
	defer units.Unlock()
	units.byPath[path] = u
}

// Lookup returns a registered cell.
func Lookup(path string) (Unit, bool) {
	units.Lock()
	defer units.Unlock()
	u, ok := units.byPath[path]
	return u, ok
}

// stop is not zero while some run is to end.
var stop atomic.Uint32

// Poll ends the goroutine if its run was interrupted. The compiler calls it in loops.
func Poll() {
	if stop.Load() != 0 {
		pollSlow()
	}
}

// A run is known by the profiler labels of its goroutines: goroutines inherit them from the one that starts them, at
// no cost, and a goroutine can find its own. So an interrupt reaches what the cell started, and nothing else.
//
//go:linkname getProfLabel runtime/pprof.runtime_getProfLabel
func getProfLabel() unsafe.Pointer

// Run is one execution of a cell.
type Run struct {
	labels unsafe.Pointer
	failed chan Failure
	halt   chan struct{} // closed by Stop
}

// Failure is how a goroutine of a run ended it.
type Failure struct {
	Value any // the panic value, Exit or Interrupted
	Stack []byte
}

// Exit is the panic value with which os.Exit and log.Fatal end a cell instead of the process.
type Exit struct {
	Code    int
	Message string
}

// Interrupted is the panic value that ends the goroutines of an interrupted run.
type Interrupted struct{}

var runs = struct {
	sync.Mutex
	live    map[unsafe.Pointer]*Run
	stopped map[unsafe.Pointer]bool
}{live: map[unsafe.Pointer]*Run{}, stopped: map[unsafe.Pointer]bool{}}

// Begin makes the calling goroutine, whose profiler labels must be its own, the first of a new run. Failures of its
// other goroutines are sent to the returned Run.
func Begin() *Run {
	r := &Run{labels: getProfLabel(), failed: make(chan Failure, 1), halt: make(chan struct{})}
	runs.Lock()
	defer runs.Unlock()
	runs.live[r.labels] = r
	return r
}

// Failed delivers the first failure of a goroutine of the run other than its first.
func (r *Run) Failed() <-chan Failure { return r.failed }

// Stop asks all goroutines of the run to end.
func (r *Run) Stop() {
	runs.Lock()
	defer runs.Unlock()
	if !runs.stopped[r.labels] {
		runs.stopped[r.labels] = true
		stop.Store(1)
		close(r.halt)
	}
}

// current returns the live run that the calling goroutine belongs to, or nil.
func current() *Run {
	runs.Lock()
	defer runs.Unlock()
	return runs.live[getProfLabel()]
}

// End says that the run is over; its goroutines may go on.
func (r *Run) End() {
	runs.Lock()
	defer runs.Unlock()
	delete(runs.live, r.labels)
}

// Forget ends the watch for goroutines of stopped runs, so that Poll is cheap again.
func Forget() {
	runs.Lock()
	defer runs.Unlock()
	clear(runs.stopped)
	stop.Store(0)
}

// Stopping tells whether runs are being stopped.
func Stopping() bool { return stop.Load() != 0 }

func pollSlow() {
	runs.Lock()
	mine := runs.stopped[getProfLabel()]
	runs.Unlock()
	if mine {
		panic(Interrupted{})
	}
}
