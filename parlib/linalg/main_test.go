package linalg

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// The team that all loops share stays.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/warren-go/warren/parlib/team.(*worker).serve"))
}

// eachBackend runs a test with the kernels of this package and, where there is one, with OpenBLAS.
func eachBackend(t *testing.T, test func(t *testing.T)) {
	before := chosen.current()
	t.Cleanup(func() { chosen.set(before) })
	t.Run("Go", func(t *testing.T) {
		UseGo()
		test(t)
	})
	t.Run("OpenBLAS", func(t *testing.T) {
		if err := UseOpenBLAS(); err != nil {
			t.Skip(err)
		}
		test(t)
	})
}
