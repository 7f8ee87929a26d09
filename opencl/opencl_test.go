package opencl

import (
	"testing"

	"github.com/warren-go/warren/opencl/internal/cltest"
)

// newContext makes a context of the test's own. The test is skipped where there is no device.
func newContext(t testing.TB) *Context {
	t.Helper()
	cltest.NeedDevice(t)
	c, err := NewContext(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// build makes a program with one kernel.
func build(t testing.TB, c *Context, source string, options ...string) *Kernel {
	t.Helper()
	p, err := c.Build(source, options...)
	if err != nil {
		t.Fatal(err)
	}
	return p.Kernels()[0]
}

// bufferOf makes a buffer with a copy of x.
func bufferOf[T any](t testing.TB, c *Context, x ...T) *Buffer[T] {
	t.Helper()
	b, err := BufferOf(c, x)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// read gives what a buffer holds.
func read[T any](t testing.TB, b *Buffer[T]) []T {
	t.Helper()
	x := make([]T, b.Len())
	if err := b.Read(x, 0); err != nil {
		t.Fatal(err)
	}
	return x
}

// launch runs a kernel to its end.
func launch(t testing.TB, k *Kernel, r Range, args ...any) {
	t.Helper()
	e, err := k.Launch(nil, r, args...)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Wait(); err != nil {
		t.Fatal(err)
	}
}
