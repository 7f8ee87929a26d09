package opencl

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// sizes are those at which kernels have been seen to go wrong: around powers of two, and of many work-groups.
var sizes = []int{0, 1, 10, 255, 256, 257, 1019, 1024, 1029, 4091, 4096, 4101, 786432, 786437, 1 << 20, 1<<20 + 1, 1<<23 + 3}

// someSizes are fewer, for what need not be tried at all; the largest ones are left out with -short.
func someSizes(most int) []int {
	if testing.Short() {
		most = min(most, 5000)
	}
	return slices.DeleteFunc(slices.Clone(sizes), func(n int) bool { return n > most })
}

// eachShape runs a test with kernels as they are made for the device, and as they are made for GPUs.
func eachShape(t *testing.T, test func(t *testing.T, c *Context)) {
	t.Run("own shape", func(t *testing.T) { test(t, newContext(t)) })
	t.Run("GPU's shape", func(t *testing.T) {
		test(t, contextWith(t, func(d *driver.DeviceInfo) { d.Type = driver.GPU }))
	})
}

// contextWith makes a context of a device that says something else of itself than it is.
func contextWith(t testing.TB, change func(*driver.DeviceInfo)) *Context {
	t.Helper()
	d := *newContext(t).device
	change(&d.info)
	c, err := NewContext(&d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// toDevice makes an array with a copy of x.
func toDevice[T any](t testing.TB, c *Context, x ...T) *Array[T] {
	t.Helper()
	return must(ToDevice(x, On(c)))(t)
}

// must is a value that comes with an error, if there is none.
func must[V any](v V, err error) func(testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// slice is a view.
func slice[T any](t testing.TB, a *Array[T], lo, hi, step int) *Array[T] {
	t.Helper()
	return must(a.Slice(lo, hi, step))(t)
}

// numbersFrom are n numbers, which repeat after a prime number of them.
func numbersFrom[T Element](first, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T((first + i) % 97)
	}
	return x
}

// sameSlices compares, and shows the first difference.
func sameSlices[T comparable](t testing.TB, what string, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d elements, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: element %d of %d is %v, want %v", what, i, len(got), got[i], want[i])
			return
		}
	}
}

// wantError checks that an error says something.
func wantError(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error; want one that says %q", words)
		return
	}
	if !strings.HasPrefix(err.Error(), "opencl: ") {
		t.Errorf("%q does not begin with the package's name", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func name(n int) string { return fmt.Sprint("n=", n) }
