package bench

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// The team that all loops share stays.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/warren-go/warren/parlib/team.(*worker).serve"))
}
