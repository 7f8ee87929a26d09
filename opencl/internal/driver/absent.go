//go:build !opencl

package driver

// Platforms returns ErrAbsent: this program was built without OpenCL.
func Platforms() ([]Platform, error) { return nil, ErrAbsent }
