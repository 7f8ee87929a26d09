package cluster

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/warren-go/warren/internal/ipp/client"
)

// Why calls fail; match with errors.Is.
var (
	// ErrClosed is wrapped by the errors of calls on a cluster after Close.
	ErrClosed = client.ErrClosed
	// ErrControllerGone is wrapped by the errors of all calls when the controller has ended or hung up.
	ErrControllerGone = client.ErrControllerGone
	// ErrEngineLost is wrapped by the errors of calls whose engine died, or was stopped.
	ErrEngineLost = client.ErrEngineLost
	// ErrAborted is wrapped by the errors of calls that another client aborted.
	ErrAborted = client.ErrAborted
	// ErrNoEngines is wrapped by the errors of calls for which there is no engine (any more).
	ErrNoEngines = errors.New("no engine is there for it")
	// ErrTimeout is wrapped by the errors of items that took longer than Timeout allows.
	ErrTimeout = errors.New("it took longer than its time-out allows")
)

// RemoteError is a failure on an engine: an error that a function returned, a panic, code that does not compile.
type RemoteError struct {
	Engine  int    // its id
	Name    string // "panic", or the name of an exception's type; "" for errors that Go functions return
	Message string
	Stack   string // of a panic, or the traceback of code; may be empty

	cause error // what the function returned, where that has travelled
}

func (e *RemoteError) Error() string {
	if e.Name == "" {
		return e.Message
	}
	return e.Name + ": " + e.Message
}

// Unwrap returns what the function returned, for errors.As. Errors arrive as copies, so errors.Is finds no variables such as io.EOF.
func (e *RemoteError) Unwrap() error { return e.cause }

// Format adds the stack under %+v.
func (e *RemoteError) Format(s fmt.State, verb rune) {
	io.WriteString(s, e.Error())
	if verb == 'v' && s.Flag('+') && e.Stack != "" {
		fmt.Fprintf(s, "\n\n%s", e.Stack)
	}
}

// remote makes the client's error one of this package.
func remote(err error) error {
	r, ok := errors.AsType[*client.RemoteError](err)
	if !ok || errors.Is(err, ErrEngineLost) || errors.Is(err, ErrAborted) {
		return err
	}
	return &RemoteError{Engine: r.Engine, Name: nameOf(r.Name), Message: r.Value, Stack: strings.Join(r.Traceback, "\n")}
}

// nameOf leaves out names that say nothing.
func nameOf(name string) string {
	switch name {
	case "Error", "errors.errorString", "fmt.wrapError":
		return ""
	}
	return name
}

// died reports whether an engine's process that runs calls has died, which engines with notebook sessions replace by another.
func died(err error) bool {
	r, ok := errors.AsType[*client.RemoteError](err)
	return ok && r.Name == "worker died"
}

// ItemError says at which item a function failed, on which engine, and how. Err is a *RemoteError for what the function did, or
// wraps one of this package's errors.
type ItemError struct {
	Op     string // the function of this package, as "Map"
	Index  int    // of the item, or the first index of several that failed together
	Count  int    // number of items that failed together
	Engine int    // the engine's id, or -1 where none had it
	Err    error
}

func (e *ItemError) Error() string { return fmt.Sprintf("cluster: %s: %s: %v", e.Op, e.where(), e.Err) }

func (e *ItemError) where() string {
	item := fmt.Sprintf("item %d", e.Index)
	if e.Count > 1 {
		item = fmt.Sprintf("items %d to %d", e.Index, e.Index+e.Count-1)
	}
	if e.Engine < 0 {
		return item
	}
	return fmt.Sprintf("%s on engine %d", item, e.Engine)
}

func (e *ItemError) Unwrap() error { return e.Err }

// Format adds the stack of the failure under %+v.
func (e *ItemError) Format(s fmt.State, verb rune) {
	io.WriteString(s, e.Error())
	if r, ok := errors.AsType[*RemoteError](e.Err); ok && verb == 'v' && s.Flag('+') && r.Stack != "" {
		fmt.Fprintf(s, "\n\n%s", r.Stack)
	}
}

// keptFailures bounds what an ItemErrors holds: a million failures, each with a stack, would take gigabytes.
const keptFailures = 1000

// shownFailures is how many failures a message names: it is for reading.
const shownFailures = 3

// ItemErrors is the failures of the items of a call. The results of the other items are returned along with it.
type ItemErrors struct {
	Op     string       // the function of this package, as "Map"
	Items  int          // of the call
	Failed int          // items that failed
	Errs   []*ItemError // by index: all failures, or the first 1000 that occurred

	all bool // keeps all, however many
}

func (e *ItemErrors) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cluster: %s: %d of %d items failed", e.Op, e.Failed, e.Items)
	separator := ": "
	for _, one := range e.Errs[:min(shownFailures, len(e.Errs))] {
		fmt.Fprintf(&b, "%s%s: %v", separator, one.where(), one.Err)
		separator = "; "
	}
	if more := len(e.Errs) - shownFailures; more > 0 {
		fmt.Fprintf(&b, "; and more")
	}
	return b.String()
}

// Unwrap gives the failures, for errors.Is and errors.As.
func (e *ItemErrors) Unwrap() []error {
	errs := make([]error, len(e.Errs))
	for i, one := range e.Errs {
		errs[i] = one
	}
	return errs
}

// Format adds the stacks of the failures that are named under %+v.
func (e *ItemErrors) Format(s fmt.State, verb rune) {
	io.WriteString(s, e.Error())
	if verb != 'v' || !s.Flag('+') {
		return
	}
	for _, one := range e.Errs[:min(shownFailures, len(e.Errs))] {
		if r, ok := errors.AsType[*RemoteError](one.Err); ok && r.Stack != "" {
			fmt.Fprintf(s, "\n\n%s:\n%s", one.where(), r.Stack)
		}
	}
}

func (e *ItemErrors) add(one *ItemError) {
	e.Failed += one.Count
	if e.all || len(e.Errs) < keptFailures {
		e.Errs = append(e.Errs, one)
	}
}

// orNil is the error of a call whose items are through.
func (e *ItemErrors) orNil() error {
	if e.Failed == 0 {
		return nil
	}
	slices.SortFunc(e.Errs, func(a, b *ItemError) int { return a.Index - b.Index })
	return e
}

// EngineError is what failed on one of the engines that a call was for.
type EngineError struct {
	Op     string
	Engine int // its id
	Err    error
}

func (e *EngineError) Error() string {
	return fmt.Sprintf("cluster: %s: engine %d: %v", e.Op, e.Engine, e.Err)
}

func (e *EngineError) Unwrap() error { return e.Err }

// Format adds the stack of the failure under %+v.
func (e *EngineError) Format(s fmt.State, verb rune) {
	io.WriteString(s, e.Error())
	if r, ok := errors.AsType[*RemoteError](e.Err); ok && verb == 'v' && s.Flag('+') && r.Stack != "" {
		fmt.Fprintf(s, "\n\n%s", r.Stack)
	}
}

// timedOut is the failure of an item that took too long.
func timedOut(limit time.Duration) error { return fmt.Errorf("%w: %v", ErrTimeout, limit) }
