// The program mpi is the side of package parlib/mpi in "make bench-mpi": mpi pingpong BYTES TIMES, or mpi allreduce NUMBERS TIMES.
// Under mpiexec it does the work in a few passes and prints the seconds of one message, or one reduction, in the fastest.
package main

import (
	"fmt"
	"math"
	"os"
	"strconv"

	"github.com/warren-go/warren/parlib/mpi"
)

const passes = 7

func main() {
	mpi.Main(func(world *mpi.Comm) error {
		if len(os.Args) != 4 {
			return fmt.Errorf("usage: mpi pingpong|allreduce N TIMES")
		}
		n, err := strconv.Atoi(os.Args[2])
		if err != nil {
			return err
		}
		times, err := strconv.Atoi(os.Args[3])
		if err != nil {
			return err
		}
		work := map[string]func(*mpi.Comm, int) func() error{"pingpong": pingpong, "allreduce": allreduce}[os.Args[1]]
		if work == nil {
			return fmt.Errorf("no work %q", os.Args[1])
		}
		seconds, err := fastest(world, work(world, n), times)
		if err == nil && world.Rank() == 0 {
			fmt.Printf("%.12f %s\n", seconds, mpi.Version())
		}
		return err
	})
}

// fastest returns the seconds of one turn of do in the fastest of some passes.
func fastest(world *mpi.Comm, do func() error, times int) (float64, error) {
	best := math.Inf(1)
	for range passes {
		if err := world.Barrier(); err != nil {
			return 0, err
		}
		start := mpi.Wtime()
		for range times {
			if err := do(); err != nil {
				return 0, err
			}
		}
		best = min(best, (mpi.Wtime()-start)/float64(times))
	}
	return best, nil
}

// pingpong sends a message there and back.
func pingpong(world *mpi.Comm, n int) func() error {
	buf := make([]byte, n)
	if world.Rank() == 0 {
		return func() error {
			if err := mpi.Send(world, buf, 1, 0); err != nil {
				return err
			}
			_, err := mpi.Recv(world, buf, 1, 0)
			return err
		}
	}
	return func() error {
		if _, err := mpi.Recv(world, buf, 0, 0); err != nil {
			return err
		}
		return mpi.Send(world, buf, 0, 0)
	}
}

// allreduce sums vectors.
func allreduce(world *mpi.Comm, n int) func() error {
	send, recv := make([]float64, n), make([]float64, n)
	return func() error { return mpi.Allreduce(world, send, recv, mpi.Sum) }
}
