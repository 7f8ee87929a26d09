// Package mpi passes messages between the processes (ranks) of a program that mpiexec started, through the machine's MPI
// library: Open MPI, MPICH or one that is compatible with either.
//
//	func main() {
//		mpi.Main(func(world *mpi.Comm) error {
//			mine := []float64{float64(world.Rank())}
//			sum := make([]float64, 1)
//			if err := mpi.Allreduce(world, mine, sum, mpi.Sum); err != nil {
//				return err
//			}
//			fmt.Println(world.Rank(), "of", world.Size(), "knows the sum", sum[0])
//			return nil
//		})
//	}
//
// Build it with the tag mpi and start four of it:
//
//	go build -tags mpi -o sum .
//	mpiexec -n 4 ./sum
//
// The library is found by pkg-config under the name mpi; -tags mpi,mpich asks for mpich, and -tags mpi,mpicc takes the one that
// CGO_CFLAGS and CGO_LDFLAGS lead to. Without the tag the package is a stand-in: a world of one rank, in which collectives work
// and messages to others are errors that say how to build.
//
// # Messages
//
// Messages are slices of numbers ([Element]): Send and Recv, their variants that do not wait (Isend, Irecv), and collectives
// such as Bcast, Scatter, Gather and Allreduce. A receiver must ask for the type that was sent, which MPI cannot check; a
// message longer than the memory for it is [ErrTruncate]. SendValue and RecvValue move any value that encoding/gob can, more
// slowly. RecvSlice makes the memory itself.
//
// Every process of the communicator has to call a collective, in the same order, with the same root and matching lengths.
// Ranks, roots, tags, and lengths are checked before the library sees them, as far as one process can know.
//
// # Goroutines
//
// Any goroutine may call, also while others wait in a call. They take turns, which costs least: see [Threads] for what else
// there is.
//
// # Waiting
//
// A call that has to wait asks the library again and again: without a pause at first, since most messages come within
// microseconds, then letting other processes run in between, and after two milliseconds with short sleeps, so that a rank that
// waits long takes hardly any processor time. [Comm.With] gives waiting an end; [Watch] has ranks say what they wait for.
// Split, Dup, Free, NewCart and Finalize wait within the library: they cannot be ended, and other goroutines of the rank wait
// with them for their turn, unless the level is [Multiple].
package mpi
