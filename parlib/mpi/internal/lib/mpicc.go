//go:build mpi && mpicc

package lib

// The library is where the variables CGO_CFLAGS and CGO_LDFLAGS say, as mpicc -show does: one that pkg-config does not know, such as
// those on PyPI.

// #cgo LDFLAGS: -lmpi
import "C"
