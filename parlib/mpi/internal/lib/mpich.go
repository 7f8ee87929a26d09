//go:build mpi && mpich && !mpicc

package lib

// #cgo pkg-config: mpich
import "C"
