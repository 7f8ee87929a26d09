//go:build unix

package simd

import (
	"testing"
	"unsafe"

	"github.com/warren-go/warren/parlib/internal/guardpage"
)

// TestKernelsStayWithinTheirSlices runs every kernel on slices that end where memory ends, for each length of the rest that a
// vector register leaves, and with operands of one element.
func TestKernelsStayWithinTheirSlices(t *testing.T) {
	eachLevel(t, func(t *testing.T, l *level) {
		staysWithin[float64](t, l)
		staysWithin[float32](t, l)
	})
}

func staysWithin[T Float](t *testing.T, l *level) {
	one := guardpage.Copy(t, []T{0.5})
	for n := 1; n <= 2*sumLanes+17; n++ {
		dst := guardpage.Slice[T](t, n)
		a, b, c := guardpage.Slice[T](t, n), guardpage.Slice[T](t, n), guardpage.Slice[T](t, n)
		for i := range n {
			a[i], b[i], c[i] = T(i+1)/64, T(n-i), 0.25
		}
		for op := range numOps {
			apply(l, op, dst, a, b, c)
			apply(l, op, dst, one, b, one)
			apply(l, op, dst, a, one, c)
			apply(l, op, a[:n:n], a, b, c) // in place
		}
		for i := range n {
			a[i] = T(i + 1)
		}
		if got, want := sum(l, a), float64(n*(n+1)/2); got != want {
			t.Errorf("the sum of 1 to %d is %v; want %v", n, got, want)
		}
		if got, want := dot(l, a, c), float64(n*(n+1)/2)/4; got != want {
			t.Errorf("the product of 1 to %d and quarters is %v; want %v", n, got, want)
		}
		if least, most := extreme(l, a, false), extreme(l, a, true); least != 0 || most != n-1 {
			t.Errorf("of 1 to %d the least is element %d, the greatest %d", n, least, most)
		}
	}
}

// Copy streams from an aligned address on, and copies the ends as usual.
func TestCopyStaysWithinItsSlices(t *testing.T) {
	for n := 1; n <= 200; n++ {
		dst, src := guardpage.Slice[float32](t, n), guardpage.Slice[float32](t, n)
		for i := range src {
			src[i] = float32(i + 1)
		}
		Copy(dst, src)
		Arrived()
		for i := range dst {
			if dst[i] != src[i] {
				t.Fatalf("element %d of %d is %v; want %v", i, n, dst[i], src[i])
			}
		}
	}
}

// A slice made of bytes from elsewhere may begin where no float64 does; a streaming store faults there.
func TestCopyTakesUnalignedSlices(t *testing.T) {
	bytes := make([]byte, 8*65)
	dst := unsafe.Slice((*float64)(unsafe.Pointer(&bytes[4])), 64)
	src := make([]float64, 64)
	for i := range src {
		src[i] = float64(i + 1)
	}
	Copy(dst, src)
	Arrived()
	if dst[0] != 1 || dst[63] != 64 {
		t.Errorf("copied %v", dst)
	}
}
