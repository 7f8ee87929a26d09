package opencl

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/warren-go/warren/opencl/internal/binaries"
	"github.com/warren-go/warren/opencl/internal/cltest"
)

func TestMain(m *testing.M) {
	cltest.SkipExamples("ExampleArray", "ExampleBuild", "ExampleCompile", "ExampleCopyIf", "ExampleMap", "ExampleMatMul",
		"ExampleNewElementwiseKernel", "ExampleNewReductionKernel", "ExampleNewScanKernel")
	built = func() *binaries.Store { return binaries.In("") } // to make binaries of all takes longer than all tests
	goleak.VerifyTestMain(m)
}
