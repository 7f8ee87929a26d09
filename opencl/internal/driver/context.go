//go:build opencl

package driver

// #include <stdlib.h>
// #include "cl.h"
import "C"

import (
	"runtime"
	"strings"
	"unsafe"

	"github.com/jgillich/go-opencl/cl"
)

type context struct {
	*cl.Context
	device *cl.Device
}

func (c *context) NewQueue() (Queue, error) {
	q, err := c.CreateCommandQueue(c.device, cl.CommandQueueProfilingEnable)
	if err != nil {
		return nil, statusOf(err)
	}
	return &queue{CommandQueue: q}, nil
}

func (c *context) Allocate(bytes int) (Memory, error) {
	m, err := c.CreateEmptyBuffer(cl.MemReadWrite, bytes)
	if err != nil {
		return nil, statusOf(err)
	}
	return m, nil
}

func (c *context) Compile(source, options string) (Program, string, error) {
	p, err := c.CreateProgramWithSource([]string{source})
	if err != nil {
		return nil, "", statusOf(err)
	}
	return c.build(p, options)
}

func (c *context) Load(binary []byte, options string) (Program, error) {
	if len(binary) == 0 {
		return nil, InvalidBinary
	}
	// The binding makes no programs from binaries: one from an empty source lends its Go object to the handle.
	p, err := c.CreateProgramWithSource([]string{""})
	if err != nil {
		return nil, statusOf(err)
	}
	data := C.CBytes(binary)
	defer C.free(data)
	device, size, text := deviceHandle(c.device), C.size_t(len(binary)), (*C.uchar)(data)
	var status, code C.cl_int
	handle := C.clCreateProgramWithBinary(contextHandle(c.Context), 1, &device, &size, &text, &status, &code)
	runtime.KeepAlive(c)
	if code == C.CL_SUCCESS {
		code = status
	}
	if code != C.CL_SUCCESS {
		if handle != nil {
			C.clReleaseProgram(handle)
		}
		return nil, Status(code)
	}
	p.Release()
	*(*C.cl_program)(unsafe.Pointer(p)) = handle
	built, _, err := c.build(p, options)
	return built, err
}

// build compiles a program and gives the log, which the binding gives only after failures, and then with a zero behind it.
func (c *context) build(p *cl.Program, options string) (Program, string, error) {
	text := C.CString(options)
	defer C.free(unsafe.Pointer(text))
	device := deviceHandle(c.device)
	failed := failure(C.clBuildProgram(programHandle(p), 1, &device, text, nil, nil))
	var noLog error
	log := queryText(&noLog, func(size C.size_t, to unsafe.Pointer, need *C.size_t) C.cl_int {
		return C.clGetProgramBuildInfo(programHandle(p), device, C.CL_PROGRAM_BUILD_LOG, size, to, need)
	})
	runtime.KeepAlive(c)
	if failed != nil {
		p.Release()
		return nil, log, failed
	}
	return &program{p, c.device}, log, nil
}

type program struct {
	*cl.Program
	device *cl.Device
}

func (p *program) Binary() ([]byte, error) {
	handle := programHandle(p.Program)
	var err error
	size := query[C.size_t](&err, func(size C.size_t, to unsafe.Pointer, need *C.size_t) C.cl_int {
		return C.clGetProgramInfo(handle, C.CL_PROGRAM_BINARY_SIZES, size, to, need)
	})
	if err != nil || size == 0 {
		return nil, err
	}
	data := (*C.uchar)(C.malloc(size))
	defer C.free(unsafe.Pointer(data))
	code := C.clGetProgramInfo(handle, C.CL_PROGRAM_BINARIES, C.size_t(unsafe.Sizeof(data)), unsafe.Pointer(&data), nil)
	runtime.KeepAlive(p)
	if code != C.CL_SUCCESS {
		return nil, Status(code)
	}
	return C.GoBytes(unsafe.Pointer(data), C.int(size)), nil
}

func (p *program) Kernels() ([]Kernel, error) {
	var err error
	names := queryText(&err, func(size C.size_t, to unsafe.Pointer, need *C.size_t) C.cl_int {
		return C.clGetProgramInfo(programHandle(p.Program), C.CL_PROGRAM_KERNEL_NAMES, size, to, need)
	})
	if err != nil {
		return nil, err
	}
	var kernels []Kernel
	for name := range strings.SplitSeq(names, ";") {
		if name == "" {
			continue
		}
		k, err := p.CreateKernel(name)
		if err != nil {
			return nil, statusOf(err)
		}
		kernels = append(kernels, &kernel{k, name, p.device})
	}
	return kernels, nil
}
