//go:build mpi && mpich

package lib

// #cgo pkg-config: mpich
import "C"
