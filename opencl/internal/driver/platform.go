//go:build opencl

package driver

// #include "cl.h"
import "C"

import (
	"errors"
	"strings"
	"sync"
	"unsafe"

	"github.com/jgillich/go-opencl/cl"

	"github.com/warren-go/warren/opencl/internal/vendors"
)

// register is done before the loader is first called, and looks for drivers.
var register = sync.OnceFunc(vendors.Register)

// Platforms lists what is installed. It fails with PlatformNotFound where there is nothing.
func Platforms() ([]Platform, error) {
	if err := handlesFit(); err != nil {
		return nil, err
	}
	register()
	found, err := cl.GetPlatforms()
	if err != nil {
		return nil, statusOf(err)
	}
	if len(found) == 0 {
		return nil, PlatformNotFound
	}
	platforms := make([]Platform, len(found))
	for i, p := range found {
		platforms[i] = platform{p}
	}
	return platforms, nil
}

type platform struct{ *cl.Platform }

func (p platform) Info() (info PlatformInfo, err error) {
	get := func(what C.cl_platform_info) string {
		return queryText(&err, func(size C.size_t, to unsafe.Pointer, need *C.size_t) C.cl_int {
			return C.clGetPlatformInfo(platformHandle(p.Platform), what, size, to, need)
		})
	}
	info = PlatformInfo{Name: get(C.CL_PLATFORM_NAME), Vendor: get(C.CL_PLATFORM_VENDOR), Version: get(C.CL_PLATFORM_VERSION)}
	return info, err
}

func (p platform) Devices() ([]Device, error) {
	found, err := p.GetDevices(cl.DeviceTypeAll)
	if errors.Is(err, cl.ErrDeviceNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, statusOf(err)
	}
	devices := make([]Device, len(found))
	for i, d := range found {
		devices[i] = device{d}
	}
	return devices, nil
}

// query asks for something whose size is known.
func query[T any](first *error, ask func(C.size_t, unsafe.Pointer, *C.size_t) C.cl_int) T {
	var value T
	note(first, ask(C.size_t(unsafe.Sizeof(value)), unsafe.Pointer(&value), nil))
	return value
}

// queryBytes asks for something whose size only the driver knows.
func queryBytes(first *error, ask func(C.size_t, unsafe.Pointer, *C.size_t) C.cl_int) []byte {
	var size C.size_t
	if code := ask(0, nil, &size); code != C.CL_SUCCESS || size == 0 {
		note(first, code)
		return nil
	}
	value := make([]byte, size)
	note(first, ask(size, unsafe.Pointer(&value[0]), nil))
	return value
}

// queryText asks for a text, which ends at its first zero.
func queryText(first *error, ask func(C.size_t, unsafe.Pointer, *C.size_t) C.cl_int) string {
	text, _, _ := strings.Cut(string(queryBytes(first, ask)), "\x00")
	return strings.TrimSpace(text)
}

// note keeps the first failure.
func note(first *error, code C.cl_int) {
	if *first == nil {
		*first = failure(code)
	}
}

// failure is nil where the code says success.
func failure(code C.cl_int) error {
	if code == C.CL_SUCCESS {
		return nil
	}
	return Status(code)
}
