package opencl

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/warren-go/warren/opencl/internal/cltest"
)

func TestMain(m *testing.M) {
	cltest.SkipExamples()
	goleak.VerifyTestMain(m)
}
