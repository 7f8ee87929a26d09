//go:build opencl

package driver

// #include "cl.h"
import "C"

import (
	"runtime"
	"unsafe"

	"github.com/jgillich/go-opencl/cl"
)

type kernel struct {
	*cl.Kernel
	name   string
	device *cl.Device
}

func (k *kernel) Info() (info KernelInfo, err error) {
	defer runtime.KeepAlive(k)
	ask := func(what C.cl_kernel_work_group_info) func(C.size_t, unsafe.Pointer, *C.size_t) C.cl_int {
		return func(size C.size_t, to unsafe.Pointer, need *C.size_t) C.cl_int {
			return C.clGetKernelWorkGroupInfo(kernelHandle(k.Kernel), deviceHandle(k.device), what, size, to, need)
		}
	}
	info.Name = k.name
	if info.Arguments, err = k.NumArgs(); err != nil {
		return info, statusOf(err)
	}
	info.MaxWorkGroup = int(query[C.size_t](&err, ask(C.CL_KERNEL_WORK_GROUP_SIZE)))
	info.Multiple = int(query[C.size_t](&err, ask(C.CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE)))
	info.LocalMemory = int64(query[C.cl_ulong](&err, ask(C.CL_KERNEL_LOCAL_MEM_SIZE)))
	info.PrivateMemory = int64(query[C.cl_ulong](&err, ask(C.CL_KERNEL_PRIVATE_MEM_SIZE)))
	for i, n := range query[[3]C.size_t](&err, ask(C.CL_KERNEL_COMPILE_WORK_GROUP_SIZE)) {
		info.RequiredGroup[i] = int(n)
	}
	if err == nil {
		info.Parameters = k.parameters(info.Arguments)
	}
	return info, err
}

// parameters are nil where the driver does not tell.
func (k *kernel) parameters(n int) []Parameter {
	parameters := make([]Parameter, n)
	for i := range parameters {
		var err error
		ask := func(what C.cl_kernel_arg_info) func(C.size_t, unsafe.Pointer, *C.size_t) C.cl_int {
			return func(size C.size_t, to unsafe.Pointer, need *C.size_t) C.cl_int {
				return C.clGetKernelArgInfo(kernelHandle(k.Kernel), C.cl_uint(i), what, size, to, need)
			}
		}
		parameters[i] = Parameter{
			Name:  queryText(&err, ask(C.CL_KERNEL_ARG_NAME)),
			Type:  queryText(&err, ask(C.CL_KERNEL_ARG_TYPE_NAME)),
			Space: spaces[query[C.cl_kernel_arg_address_qualifier](&err, ask(C.CL_KERNEL_ARG_ADDRESS_QUALIFIER))],
			Const: query[C.cl_kernel_arg_type_qualifier](&err, ask(C.CL_KERNEL_ARG_TYPE_QUALIFIER))&C.CL_KERNEL_ARG_TYPE_CONST != 0,
		}
		if err != nil {
			return nil
		}
	}
	return parameters
}

var spaces = map[C.cl_kernel_arg_address_qualifier]AddressSpace{
	C.CL_KERNEL_ARG_ADDRESS_GLOBAL:   Global,
	C.CL_KERNEL_ARG_ADDRESS_CONSTANT: Constant,
	C.CL_KERNEL_ARG_ADDRESS_LOCAL:    Local,
	C.CL_KERNEL_ARG_ADDRESS_PRIVATE:  Private,
}

// set gives the kernel its arguments for the next launch.
func (k *kernel) set(arguments []Argument) error {
	for i, a := range arguments {
		var err error
		if a.Memory != nil {
			err = k.SetArgBuffer(i, a.Memory.(*cl.MemObject))
		} else {
			err = k.SetArgUnsafe(i, a.Size, a.Value)
		}
		if err != nil {
			return statusOf(err)
		}
	}
	return nil
}
