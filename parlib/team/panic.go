package team

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// ErrGoexit is the failure of a function that ended its goroutine with runtime.Goexit, as testing's FailNow does.
var ErrGoexit = errors.New("the function ended its goroutine (runtime.Goexit)")

// PartError says in which part of a call work failed, and how: Err is a *PanicError or ErrGoexit.
type PartError struct {
	Part int
	Err  error
}

func (e *PartError) Error() string { return fmt.Sprintf("team: part %d: %v", e.Part, e.Err) }

func (e *PartError) Unwrap() error { return e.Err }

// lower is the failure of the lower part, of two that may be nil.
func lower(a, b *PartError) *PartError {
	if a == nil || b != nil && b.Part < a.Part {
		return b
	}
	return a
}

// PanicError is a panic of a function that ran in parallel with others.
type PanicError struct {
	Value any    // what was passed to panic
	Where string // file and line of the panic, or of the call of this library that panicked, as "cell[3]:2"
	Stack []byte // of the goroutine, as debug.Stack formats it
}

func (e *PanicError) Error() string {
	if e.Where == "" {
		return fmt.Sprintf("panic: %v", e.Value)
	}
	return fmt.Sprintf("panic at %s: %v", e.Where, e.Value)
}

// Unwrap gives the panic's value where it is an error, so that errors.As finds a runtime.Error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// NewPanicError describes a panic with the value v. It must be called by the deferred function that recovered v: the stack
// still shows where v came from.
func NewPanicError(v any) *PanicError {
	return &PanicError{Value: v, Where: panicSite(), Stack: debug.Stack()}
}

// library begins the names of the functions of this library.
const library = "github.com/warren-go/warren/parlib"

// panicSite finds the innermost frame outside the runtime below the call of panic: outside this library, too, if there is
// one, since a reader wants to see which of his calls was wrong.
func panicSite() (site string) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	panicked := false
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		ours := inLibrary(f)
		if panicked && !strings.HasPrefix(f.Function, "runtime.") && (site == "" || !ours) {
			site = fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if site != "" && !ours {
			break
		}
		panicked = panicked || f.Function == "runtime.gopanic"
	}
	return site
}

// inLibrary reports whether a frame is of this library, its tests apart.
func inLibrary(f runtime.Frame) bool {
	rest, ok := strings.CutPrefix(f.Function, library)
	return ok && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "/")) && !strings.HasSuffix(f.File, "_test.go")
}
