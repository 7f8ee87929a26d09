package mpi

import (
	"reflect"
	"slices"
	"unsafe"

	"github.com/warren-go/warren/parlib/mpi/internal/lib"
)

// Element is a type of numbers that messages consist of.
type Element interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64 | ~complex64 | ~complex128
}

// kinds holds what package lib calls each kind of numbers.
var kinds = func() (kinds [reflect.Complex128 + 1]int) {
	for i, k := range lib.Kinds {
		kinds[k] = i
	}
	kinds[reflect.Int], kinds[reflect.Uint] = kinds[reflect.Int64], kinds[reflect.Uint64]
	return kinds
}()

func kindOf[T Element]() int { return kinds[reflect.TypeFor[T]().Kind()] }

func sizeOf[T Element]() int {
	var x T
	return int(unsafe.Sizeof(x))
}

// at is the address of what a slice holds, nil of an empty one.
func at[T any](s []T) unsafe.Pointer {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Pointer(unsafe.SliceData(s))
}

// overlap tells whether two slices share memory.
func overlap[T any](a, b []T) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	var x T
	size := unsafe.Sizeof(x)
	a0, b0 := uintptr(at(a)), uintptr(at(b))
	return a0 < b0+uintptr(len(b))*size && b0 < a0+uintptr(len(a))*size
}

// apart returns send, or a copy of it where it shares memory with recv, which MPI forbids.
func apart[T any](send, recv []T) []T {
	if overlap(send, recv) {
		return slices.Clone(send)
	}
	return send
}
