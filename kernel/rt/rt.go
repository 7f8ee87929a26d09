// Package rt is what compiled cells call at run time: the checks that make them interruptible, the guards around
// their goroutines, and the register through which the worker finds them.
//
// User code does not import it; the cell compiler inserts the calls. Everything on a hot path here is small enough to
// be inlined into the cell.
package rt

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Mark is put before unexported names in compiled cells, see kernel/build. Names of functions keep it at run time.
const Mark = "\ua7f5"

// Unit is a loaded cell: its statements, and the session variables it declares (pointers to them, by name).
type Unit struct {
	Run   func()
	Vars  map[string]any
	Reads []Reads
	Types map[string][]string // variables, as in Reads, that the methods of types use
}

// Reads says which variables of the session a function of a unit uses, itself or by what it uses.
type Reads struct {
	Line   int      // of its cell, where it begins
	Within string   // the function declaration that it is, or that it stands in; methods without their type
	Vars   []string // each the path of the unit that declares it, "\x00", its name
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

// stopped holds the labels of the runs that are to end; nil, as it nearly always is, stands for none.
var stopped atomic.Pointer[[]unsafe.Pointer]

// Poll ends the goroutine if its run was interrupted. The compiler calls it in loops.
func Poll() {
	if stopped.Load() != nil {
		pollSlow()
	}
}

// pollSlow takes no lock: while a goroutine that does not heed its interrupt lives, all loops come here.
func pollSlow() {
	if list := stopped.Load(); list != nil && slices.Contains(*list, getProfLabel()) {
		panic(Interrupted{})
	}
}

// A run is known by the profiler labels of its goroutines: goroutines inherit them from the one that starts them, at
// no cost, and a goroutine can find its own. So an interrupt reaches what the cell started, and nothing else.
//
//go:linkname getProfLabel runtime/pprof.runtime_getProfLabel
func getProfLabel() unsafe.Pointer

// setProfLabel makes the calling goroutine one of the run with these labels.
//
//go:linkname setProfLabel runtime/pprof.runtime_setProfLabel
func setProfLabel(labels unsafe.Pointer)

// Run is one execution of a cell.
type Run struct {
	labels unsafe.Pointer
	failed chan Failure
	halt   chan struct{} // closed by Stop
	once   sync.Once
}

// Failure is how a goroutine of a run ended it.
type Failure struct {
	Value any // the panic value or Interrupted; or an Exit, which is no panic
	Stack []byte
}

// Exit says that os.Exit or log.Fatal ended the cell instead of the process.
type Exit struct {
	Code    int
	Message string
}

func (e Exit) Error() string {
	if e.Message != "" {
		return e.Message
	}
	return fmt.Sprintf("os.Exit(%d)", e.Code)
}

// Interrupted is the panic value that ends the goroutines of an interrupted run.
type Interrupted struct{}

func (Interrupted) Error() string { return "the cell was interrupted" }

// IsInterrupt tells whether a panic value is Interrupted, or an error that wraps it: a library that turns the panics of its
// workers into errors, as parlib does, returns such a one to the cell, which may panic with it.
func IsInterrupt(value any) (is bool) {
	defer func() { recover() }() // a method of a user's error may panic
	err, ok := value.(error)
	return ok && errors.As(err, new(Interrupted))
}

// live are the runs under way, by their labels.
var live = struct {
	sync.Mutex
	runs map[unsafe.Pointer]*Run
}{runs: map[unsafe.Pointer]*Run{}}

// Begin makes the calling goroutine, whose profiler labels must be its own, the first of a new run.
func Begin() *Run {
	r := &Run{labels: getProfLabel(), failed: make(chan Failure, 1), halt: make(chan struct{})}
	live.Lock()
	defer live.Unlock()
	live.runs[r.labels] = r
	return r
}

// Failed delivers the first failure of a goroutine of the run, but for panics of its first, which the caller of Begin meets.
func (r *Run) Failed() <-chan Failure { return r.failed }

// Stop asks all goroutines of the run to end.
func (r *Run) Stop() {
	r.once.Do(func() {
		live.Lock()
		defer live.Unlock()
		list := []unsafe.Pointer{r.labels}
		if old := stopped.Load(); old != nil {
			list = append(list, *old...)
		}
		stopped.Store(&list)
		close(r.halt)
	})
}

// Forget ends the watch for goroutines of a run that has none any more.
func (r *Run) Forget() {
	live.Lock()
	defer live.Unlock()
	old := stopped.Load()
	if old == nil {
		return
	}
	rest := slices.DeleteFunc(slices.Clone(*old), func(l unsafe.Pointer) bool { return l == r.labels })
	if len(rest) == 0 {
		stopped.Store(nil)
		return
	}
	stopped.Store(&rest)
}

// End says that the run is over; its goroutines may go on. Their failures are Late from now on, also one that nobody
// took from Failed.
func (r *Run) End() {
	live.Lock()
	delete(live.runs, r.labels)
	live.Unlock()
	select {
	case f := <-r.failed:
		Late(f)
	default:
	}
}

// fail hands a goroutine's failure to its run. It returns false when the goroutine belongs to no run under way.
func fail(f Failure) bool {
	live.Lock()
	defer live.Unlock()
	r := live.runs[getProfLabel()]
	if r == nil {
		return false
	}
	select {
	case r.failed <- f:
	default: // the first failure ends the run
	}
	return true
}

// Current returns the run that the calling goroutine belongs to, or nil when it belongs to none under way.
func Current() *Run {
	live.Lock()
	defer live.Unlock()
	return live.runs[getProfLabel()]
}

// Halt returns a channel that is closed when the run that the calling goroutine belongs to is stopped, or nil when it
// belongs to none.
func Halt() <-chan struct{} {
	if r := Current(); r != nil {
		return r.halt
	}
	return nil
}
