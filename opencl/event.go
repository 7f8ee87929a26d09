package opencl

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/warren-go/warren/opencl/internal/driver"
	"github.com/warren-go/warren/parlib/team"
)

// Event is a command that was given to a queue.
type Event struct {
	queue  *Queue
	driver driver.Event // nil where there was nothing to do
	what   string       // names the command in errors
	task   task
	work   Work // guarded by queue.context.commands

	pin   runtime.Pinner // holds Go's memory that the command uses
	unpin sync.Once

	watch sync.Once
	done  chan struct{}
	err   error // set before done is closed
}

// Times are moments of a command's life, on the device's clock, which starts anywhere.
type Times struct {
	Queued    time.Duration // it was given to the queue
	Submitted time.Duration // the queue gave it to the device
	Started   time.Duration
	Ended     time.Duration
}

// Elapsed is how long the device worked.
func (t Times) Elapsed() time.Duration { return t.Ended - t.Started }

// Wait waits until the command has ended, and says how it failed. In an interrupted cell of a notebook it ends with the cell; the
// command goes on.
func (e *Event) Wait() error {
	if e.driver == nil {
		return nil
	}
	defer e.left()
	for {
		if ended, err := e.driver.WaitFor(lookEvery); ended || err != nil {
			return e.end(err)
		}
		team.Check()
	}
}

// end gives up what is held for the command, which has ended.
func (e *Event) end(err error) error {
	e.unpin.Do(e.pin.Unpin)
	e.queue.noteEnd()
	return failed(e.what, err)
}

// WaitContext is Wait that gives up, but does not stop the command, when the context ends.
func (e *Event) WaitContext(ctx context.Context) error {
	select {
	case <-e.Done():
		return e.err
	case <-ctx.Done():
		return refused(e.what, "still running: %w", context.Cause(ctx))
	}
}

// Done gives a channel that is closed when the command has ended, well or not; Wait then tells at once.
func (e *Event) Done() <-chan struct{} {
	e.watch.Do(func() {
		e.done = make(chan struct{})
		if e.driver == nil {
			close(e.done)
			return
		}
		go func() {
			e.err = e.end(e.driver.Wait())
			close(e.done)
		}()
	})
	return e.done
}

// String tells what the command was, and how long the device worked on it, if it has ended.
func (e *Event) String() string {
	if e.driver == nil {
		return e.what + ": nothing to do"
	}
	if ended, err := e.driver.Ended(); err == nil && !ended {
		return e.what + ": not ended yet"
	}
	t, err := e.Times()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s: %v on the device", e.what, t.Elapsed())
}

// Times tells when the command was given, started and ended. It waits for the end.
func (e *Event) Times() (Times, error) {
	if e.driver == nil {
		return Times{}, nil
	}
	if err := e.Wait(); err != nil {
		return Times{}, err
	}
	t, err := e.driver.Times()
	return Times(t), failed("Event.Times: "+e.what, err)
}
