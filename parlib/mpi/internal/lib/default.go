//go:build mpi && !mpich && !mpicc

package lib

// The go command does not note in its cache what pkg-config said, but which files a package has. So each library has a file.

// #cgo pkg-config: mpi
import "C"
