package mpi

import (
	"errors"
	"fmt"
	"math"

	"github.com/warren-go/warren/parlib/mpi/internal/lib"
)

// Errors that calls wrap.
var (
	// ErrTruncate: a message was longer than the memory for it.
	ErrTruncate = errors.New("the message is longer than the memory for it")
	// ErrNotRunning: the call came before Init or after Finalize.
	ErrNotRunning = errors.New("MPI is not running: call it between Init and Finalize, or in the function of Main")
	// ErrFreed: the communicator was given back by Free.
	ErrFreed = errors.New("the communicator was freed")
)

// failed is an error of a call, with where it happened.
func (c *Comm) failed(name string, err error) error {
	if c == nil {
		return fmt.Errorf("mpi: %s: the communicator is nil", name)
	}
	return fmt.Errorf("mpi: %s: rank %d of %d: %w", name, c.rank, c.size, err)
}

func (c *Comm) failedf(name, format string, args ...any) error {
	return c.failed(name, fmt.Errorf(format, args...))
}

// usable says why the communicator cannot be used.
func (c *Comm) usable(name string) error {
	switch {
	case c == nil:
		return c.failed(name, nil)
	case !running.Load():
		return c.failed(name, ErrNotRunning)
	case c.freed.Load():
		return c.failed(name, ErrFreed)
	}
	return nil
}

// codeError makes an error of what the library returned.
func codeError(code int) error {
	if code == 0 {
		return nil
	}
	if lib.Truncated(code) {
		return fmt.Errorf("%w (%s)", ErrTruncate, lib.Explain(code))
	}
	return errors.New(lib.Explain(code))
}

// checkPeer checks who a message goes to.
func (c *Comm) checkPeer(name string, to, tag, count int) error {
	switch {
	case c == nil:
		return c.failed(name, nil)
	case (to < 0 || to >= c.size) && to != ProcNull:
		return c.failedf(name, "no rank %d to send to; ranks are 0 to %d", to, c.size-1)
	case tag < 0 || tag > facts.MaxTag:
		return c.failedf(name, "tag %d is not one of 0 to %d", tag, facts.MaxTag)
	}
	return c.checkCount(name, count)
}

// checkSource checks who a message comes from.
func (c *Comm) checkSource(name string, from, tag, count int) error {
	switch {
	case c == nil:
		return c.failed(name, nil)
	case (from < 0 || from >= c.size) && from != ProcNull && from != AnySource:
		return c.failedf(name, "no rank %d to receive from; ranks are 0 to %d, or AnySource", from, c.size-1)
	case (tag < 0 || tag > facts.MaxTag) && tag != AnyTag:
		return c.failedf(name, "tag %d is not one of 0 to %d, nor AnyTag", tag, facts.MaxTag)
	}
	return c.checkCount(name, count)
}

func (c *Comm) checkCount(name string, count int) error {
	if count > math.MaxInt32 {
		return c.failedf(name, "%d elements are more than MPI counts in one message (%d); use several", count, math.MaxInt32)
	}
	return nil
}

func (c *Comm) checkRoot(name string, root int) error {
	switch {
	case c == nil:
		return c.failed(name, nil)
	case root < 0 || root >= c.size:
		return c.failedf(name, "no rank %d for a root; ranks are 0 to %d", root, c.size-1)
	}
	return nil
}
