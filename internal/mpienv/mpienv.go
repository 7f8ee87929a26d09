// Package mpienv reads what mpiexec tells the processes that it starts, before any MPI library does.
package mpienv

import (
	"os"
	"strconv"
)

// launchers are those of the libraries that parlib/mpi knows, by the variables that they set: the number of processes, and which
// this one is. Intel MPI's is MPICH's.
var launchers = []struct{ name, size, rank string }{
	{"Open MPI", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
	{"MPICH", "PMI_SIZE", "PMI_RANK"},
	{"MPICH", "MPI_LOCALNRANKS", "MPI_LOCALRANKID"},
}

// Started says how many processes mpiexec started with this one, which of them this is, and whose mpiexec it was. Size is 0 if none
// started it.
func Started() (size, rank int, launcher string) {
	for _, l := range launchers {
		size, err := strconv.Atoi(os.Getenv(l.size))
		if err != nil || size < 1 {
			continue
		}
		rank, err := strconv.Atoi(os.Getenv(l.rank))
		if err == nil && rank >= 0 && rank < size {
			return size, rank, l.name
		}
	}
	return 0, 0, ""
}
