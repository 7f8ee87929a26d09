package parlib

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The workers of the shared team stay; that teams end theirs is tested in package team.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/warren-go/warren/parlib/team.(*worker).serve"))
}

// newPool makes a pool that is closed and joined, with a deadline, when the test ends.
func newPool(t testing.TB, n int, options ...PoolOption) *Pool {
	t.Helper()
	p, err := NewPool(n, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Close()
		within(t, "Join", func() {
			if err := p.Join(); err != nil {
				t.Error(err)
			}
		})
	})
	return p
}

// within fails the test where f hangs.
func within(t testing.TB, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s hangs", what)
	}
}

func square(x int) int { return x * x }

func count(n int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = i
	}
	return x
}
