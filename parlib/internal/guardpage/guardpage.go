//go:build unix

// Package guardpage gives tests memory whose end is watched: one byte read or written beyond it ends the test program.
package guardpage

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Slice returns n zeros, n at least 1, that end where a page begins which can be neither read nor written. The memory is the test's:
// it is given back when the test ends.
func Slice[T any](t testing.TB, n int) []T {
	t.Helper()
	var element T
	size := n * int(unsafe.Sizeof(element))
	page := unix.Getpagesize()
	pages := (size + page - 1) / page * page
	mapped, err := unix.Mmap(-1, 0, pages+page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatalf("guardpage: Slice: mapping %d bytes: %v", pages+page, err)
	}
	t.Cleanup(func() {
		if err := unix.Munmap(mapped); err != nil {
			t.Errorf("guardpage: Slice: %v", err)
		}
	})
	if err := unix.Mprotect(mapped[pages:], unix.PROT_NONE); err != nil {
		t.Fatalf("guardpage: Slice: protecting the last page: %v", err)
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&mapped[pages-size])), n)
}

// Copy returns what s holds in memory that ends as that of Slice.
func Copy[T any](t testing.TB, s []T) []T {
	t.Helper()
	guarded := Slice[T](t, len(s))
	copy(guarded, s)
	return guarded
}
