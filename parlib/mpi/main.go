package mpi

import (
	"fmt"
	"os"
	"runtime/debug"
	"time"
)

// messageTime is what the message gets to go through mpiexec, which ends at once when a rank aborts.
const messageTime = 200 * time.Millisecond

// Main is the whole of an MPI program: it initializes MPI, calls f, and finalizes. If f fails or panics on one rank, the
// message says on which, and all ranks end, since they would wait for this one without end. The exit status is 1 then.
func Main(f func(world *Comm) error, opts ...Option) {
	if err := Init(opts...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	world := World()
	if err := guarded(f, world); err != nil {
		fmt.Fprintf(os.Stderr, "mpi: rank %d of %d: %v\n", world.rank, world.size, err)
		time.Sleep(messageTime)
		world.Abort(1)
	}
	if !running.Load() {
		return // f has finalized
	}
	if err := Finalize(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// guarded calls f and makes an error of a panic.
func guarded(f func(*Comm) error, world *Comm) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f(world)
}
