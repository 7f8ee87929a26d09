//go:build unix

package guardpage

import (
	"runtime/debug"
	"testing"
	"unsafe"
)

// The element behind the last one must not be readable, for any type and length.
func TestEndIsWatched(t *testing.T) {
	check[byte](t, 1)
	check[float64](t, 3)
	check[float32](t, 1024) // a whole page
	check[float64](t, 1000)
}

func check[T any](t *testing.T, n int) {
	t.Helper()
	s := Slice[T](t, n)
	s[n-1] = s[0] // both are there
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() == nil {
			t.Errorf("%T of length %d: the element behind the end can be read", s, n)
		}
	}()
	end := unsafe.Add(unsafe.Pointer(&s[n-1]), unsafe.Sizeof(s[0]))
	readable = *(*byte)(end)
}

var readable byte // keeps the compiler from leaving the read out

func TestCopyHoldsTheSame(t *testing.T) {
	got := Copy(t, []int{1, 2, 3})
	if len(got) != 3 || got[0] != 1 || got[2] != 3 {
		t.Errorf("copied %v", got)
	}
}
