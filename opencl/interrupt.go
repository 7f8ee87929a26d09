package opencl

import (
	"time"

	"github.com/warren-go/warren/parlib/team"
)

// Waits call team.Check now and then, by which a program, as the notebook, has the goroutine panic that is to end. They must do so
// in the goroutine of the caller only: in one that this package starts nobody would recover.

// lookEvery is how often a wait looks whether it was interrupted.
const lookEvery = 20 * time.Millisecond

// await waits until a channel is closed.
func await(done <-chan struct{}) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-done:
			return
		case <-look.C:
			team.Check()
		}
	}
}

// left is deferred where the event is waited for. When an interrupt ends the wait, it leaves the event to a goroutine, and has the
// panic say that the device goes on.
func (e *Event) left() {
	v := recover()
	if v == nil {
		return
	}
	e.Done()
	if cause, ok := v.(error); ok {
		v = &interrupted{cause, e.what}
	}
	panic(v)
}

// interrupted is what ends a goroutine that waited for the device.
type interrupted struct {
	cause error
	what  string // it waited for
}

func (e *interrupted) Error() string { return e.what + ": " + e.cause.Error() + "; " + e.GoesOn() }

func (e *interrupted) Unwrap() error { return e.cause }

// GoesOn says what the interrupt did not end. The notebook shows it.
func (e *interrupted) GoesOn() string {
	return "the device goes on with what it was given (" + e.what + "), and what comes behind that in its queue waits"
}
