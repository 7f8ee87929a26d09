// Package cltest is for tests that need an OpenCL device.
package cltest

import (
	"testing"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// NeedDevice skips a test, with the reason, where there is no OpenCL device.
func NeedDevice(t testing.TB) {
	t.Helper()
	platforms, err := driver.Platforms()
	if err != nil {
		t.Skipf("no OpenCL: %v", err)
	}
	for _, p := range platforms {
		if devices, err := p.Devices(); err == nil && len(devices) > 0 {
			return
		}
	}
	t.Skip("no OpenCL platform of this machine has a device")
}
