package taskq

import (
	"errors"
	"fmt"

	"github.com/warren-go/warren/parlib/taskq/internal/bus"
)

// What the errors of tasks and queues wrap.
var (
	ErrTimeout  = errors.New("the attempt took too long")
	ErrRevoked  = errors.New("the task was revoked")
	ErrLost     = errors.New("the task's workers vanished again and again")
	ErrUpstream = errors.New("a task that it waited for has failed")
	ErrClosed   = bus.ErrClosed
	ErrUnknown  = bus.ErrUnknown
)

// Error is why a task has no result. Its text is that of the last attempt, from whatever process that ran in.
type Error struct {
	ID      string
	Task    string // "" for a Group
	Attempt int    // the last one; 0 if there was none
	Message string
	cause   cause
}

func (e *Error) Error() string {
	name := "a group"
	if e.Task != "" {
		name = "task " + e.Task
	}
	if e.Attempt == 0 {
		return fmt.Sprintf("taskq: %s (ID %s): %s", name, e.ID, e.Message)
	}
	return fmt.Sprintf("taskq: %s (ID %s), attempt %d: %s", name, e.ID, e.Attempt, e.Message)
}

// Unwrap returns ErrTimeout, ErrRevoked, ErrLost or ErrUpstream, or nil for an error of the handler itself.
func (e *Error) Unwrap() error { return causes[e.cause] }

// cause is how a record says why the task has failed.
type cause string

const (
	failed   cause = "" // the handler said so
	timedOut cause = "timeout"
	revoked  cause = "revoked"
	lost     cause = "lost"
	upstream cause = "upstream"
)

var causes = map[cause]error{timedOut: ErrTimeout, revoked: ErrRevoked, lost: ErrLost, upstream: ErrUpstream}

func (r *record) failure(id string) error {
	return &Error{ID: id, Task: r.Task, Attempt: r.Attempt, Message: r.Error, cause: r.Cause}
}

// Permanent marks an error of a handler that another attempt would not mend: the task is dead at once. A nil error stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanent{err}
}

type permanent struct{ error }

func (p *permanent) Unwrap() error { return p.error }
