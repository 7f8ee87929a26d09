// Package cltest is for tests that need an OpenCL device.
package cltest

import (
	"flag"
	"strings"
	"testing"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// SkipExamples is for TestMain: examples that need an OpenCL device cannot skip themselves where there is none.
func SkipExamples(names ...string) {
	if missing() != "" {
		flag.Set("test.skip", "^("+strings.Join(names, "|")+")$")
	}
}

// NeedDevice skips a test, with the reason, where there is no OpenCL device.
func NeedDevice(t testing.TB) {
	t.Helper()
	if why := missing(); why != "" {
		t.Skip(why)
	}
}

// missing says why there is no device, if there is none.
func missing() string {
	platforms, err := driver.Platforms()
	if err != nil {
		return "no OpenCL: " + err.Error()
	}
	for _, p := range platforms {
		if devices, err := p.Devices(); err == nil && len(devices) > 0 {
			return ""
		}
	}
	return "no OpenCL platform of this machine has a device"
}
