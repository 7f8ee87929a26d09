//go:build opencl

package driver

// #include "cl.h"
import "C"

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/jgillich/go-opencl/cl"
)

type device struct{ *cl.Device }

func (d device) Info() (info DeviceInfo, err error) {
	id := deviceHandle(d.Device)
	ask := func(what C.cl_device_info) func(C.size_t, unsafe.Pointer, *C.size_t) C.cl_int {
		return func(size C.size_t, to unsafe.Pointer, need *C.size_t) C.cl_int {
			return C.clGetDeviceInfo(id, what, size, to, need)
		}
	}
	text := func(what C.cl_device_info) string { return queryText(&err, ask(what)) }
	count := func(what C.cl_device_info) int { return int(query[C.cl_uint](&err, ask(what))) }
	bytes := func(what C.cl_device_info) int64 { return int64(query[C.cl_ulong](&err, ask(what))) }
	size := func(what C.cl_device_info) int { return int(query[C.size_t](&err, ask(what))) }
	yes := func(what C.cl_device_info) bool { return query[C.cl_bool](&err, ask(what)) != C.CL_FALSE }

	info = DeviceInfo{
		Name:          text(C.CL_DEVICE_NAME),
		Vendor:        text(C.CL_DEVICE_VENDOR),
		Version:       text(C.CL_DEVICE_VERSION),
		DriverVersion: text(C.CL_DRIVER_VERSION),
		Extensions:    text(C.CL_DEVICE_EXTENSIONS),
		Type:          DeviceType(query[C.cl_device_type](&err, ask(C.CL_DEVICE_TYPE))),
		ComputeUnits:  count(C.CL_DEVICE_MAX_COMPUTE_UNITS),
		NativeFloats:  count(C.CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT),
		Clock:         count(C.CL_DEVICE_MAX_CLOCK_FREQUENCY),
		GlobalMemory:  bytes(C.CL_DEVICE_GLOBAL_MEM_SIZE),
		MaxAllocation: bytes(C.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
		LocalMemory:   bytes(C.CL_DEVICE_LOCAL_MEM_SIZE),
		CacheLine:     count(C.CL_DEVICE_GLOBAL_MEM_CACHELINE_SIZE),
		Cache:         bytes(C.CL_DEVICE_GLOBAL_MEM_CACHE_SIZE),
		MaxWorkGroup:  size(C.CL_DEVICE_MAX_WORK_GROUP_SIZE),
		MaxWorkItems:  workItems(queryBytes(&err, ask(C.CL_DEVICE_MAX_WORK_ITEM_SIZES))),
		BaseAlignment: count(C.CL_DEVICE_MEM_BASE_ADDR_ALIGN) / 8,
		Unified:       yes(C.CL_DEVICE_HOST_UNIFIED_MEMORY),
		Available:     yes(C.CL_DEVICE_AVAILABLE),
		Compiler:      yes(C.CL_DEVICE_COMPILER_AVAILABLE),
	}
	info.Float64 = slices.Contains(strings.Fields(info.Extensions), "cl_khr_fp64")
	return info, err
}

// workItems are the sizes that the driver wrote as an array of size_t.
func workItems(b []byte) []int {
	var sizes []int
	for size := unsafe.Sizeof(C.size_t(0)); uintptr(len(b)) >= size; b = b[size:] {
		sizes = append(sizes, int(*(*C.size_t)(unsafe.Pointer(&b[0]))))
	}
	return sizes
}

func (d device) NewContext() (Context, error) {
	c, err := cl.CreateContext([]*cl.Device{d.Device})
	if err != nil {
		return nil, statusOf(err)
	}
	return &context{c, d.Device}, nil
}
