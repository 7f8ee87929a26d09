//go:build linux

package parlib

import (
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A sort needs as much memory again. The elements here are addresses alone, so that a sort which looked at one would crash.
func TestSortsBeyondMemoryAreErrors(t *testing.T) {
	const n = 1 << 40
	addresses, err := unix.Mmap(-1, 0, 8*n, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		t.Skip("no addresses for 8 TiB: ", err)
	}
	defer unix.Munmap(addresses)
	x := unsafe.Slice((*float64)(unsafe.Pointer(&addresses[0])), n)
	order := func(a, b float64) int { return int(a - b) }
	for op, err := range map[string]error{
		"Sort": Sort(x), "SortFunc": SortFunc(x, order), "SortStableFunc": SortStableFunc(x, order),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "parlib: "+op+" of 1099511627776 elements: beside them 8 TiB of memory are needed") {
			t.Errorf("%s: error is %v", op, err)
		}
	}
}
