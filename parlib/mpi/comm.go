package mpi

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/warren-go/warren/parlib/mpi/internal/lib"
)

// Wildcards and what stands for no rank.
const (
	// AnySource receives from whoever sent first.
	AnySource = lib.AnySource
	// AnyTag receives messages of any tag.
	AnyTag = lib.AnyTag
	// ProcNull is the rank beyond an edge: to send to it and to receive from it does nothing.
	ProcNull = lib.ProcNull
	// Undefined is the color of ranks that want no part in a Split.
	Undefined = lib.Undefined
)

// Comm is a communicator: some ranks, numbered from 0, that send each other messages which no other communicator sees.
type Comm struct {
	handle     lib.Comm
	rank, size int
	ctx        context.Context // nil is without end
	freed      *atomic.Bool
}

// Rank is this process's number in the communicator.
func (c *Comm) Rank() int { return c.rank }

// Size is how many ranks the communicator has.
func (c *Comm) Size() int { return c.size }

func (c *Comm) String() string { return fmt.Sprintf("rank %d of %d", c.rank, c.size) }

// With returns the same communicator, in whose calls waiting ends with an error when ctx does. A receive that was ended is
// taken back; any other operation stays under way and keeps its memory, so end the program or at least leave the communicator
// alone afterwards.
func (c *Comm) With(ctx context.Context) *Comm {
	with := *c
	with.ctx = ctx
	return &with
}

// Split makes communicators of the ranks that name the same color. In each, ranks are ordered by key, then by their rank here.
// A rank whose color is Undefined gets nil. Other colors are not negative.
func (c *Comm) Split(color, key int) (*Comm, error) {
	if err := c.usable("Split"); err != nil {
		return nil, err
	}
	if color != Undefined && (color < 0 || color > 1<<31-1) {
		return nil, c.failedf("Split", "color %d: it is 0 to %d, or Undefined", color, 1<<31-1)
	}
	if key != int(int32(key)) {
		return nil, c.failedf("Split", "key %d has more than 32 bits", key)
	}
	return c.made("Split")(lib.Split(c.handle, color, key))
}

// Dup makes a communicator of the same ranks, for messages that have to stay apart from others, such as those of a library.
func (c *Comm) Dup() (*Comm, error) {
	if err := c.usable("Dup"); err != nil {
		return nil, err
	}
	return c.made("Dup")(lib.Dup(c.handle))
}

// made takes what a function of package lib returned for a new communicator.
func (c *Comm) made(name string) func(handle lib.Comm, code int) (*Comm, error) {
	return func(handle lib.Comm, code int) (*Comm, error) {
		if err := codeError(code); err != nil {
			return nil, c.failed(name, err)
		}
		if handle == 0 {
			return nil, nil
		}
		rank, size, code := lib.Size(handle)
		if err := codeError(code); err != nil {
			return nil, c.failed(name, err)
		}
		return &Comm{handle: handle, rank: rank, size: size, ctx: c.ctx, freed: new(atomic.Bool)}, nil
	}
}

// Free gives a communicator back that Split, Dup or NewCart made. All its ranks have to.
func (c *Comm) Free() error {
	if err := c.usable("Free"); err != nil {
		return err
	}
	if c.freed == world.freed {
		return c.failedf("Free", "the world cannot be freed; Finalize ends it")
	}
	c.freed.Store(true)
	if err := codeError(lib.Free(c.handle)); err != nil {
		return c.failed("Free", err)
	}
	return nil
}

// Abort ends all ranks of the communicator, this one included, with an exit status. The library may end all of the program. It
// does not return.
func (c *Comm) Abort(status int) {
	if c == nil || !running.Load() {
		os.Exit(status)
	}
	lib.Abort(c.handle, status)
}

// Barrier waits until all ranks have called it.
func (c *Comm) Barrier() error {
	call := lib.Call{What: lib.Barrier}
	_, err := c.run(&call)
	return err
}
