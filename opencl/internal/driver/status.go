package driver

import (
	"errors"
	"fmt"
)

// ErrAbsent says that the program was built without OpenCL.
var ErrAbsent = errors.New("this program was built without OpenCL: install it (on Debian or Ubuntu: apt install ocl-icd-opencl-dev pocl-opencl-icd), " +
	"then build with the tag opencl (go build -tags opencl); in a notebook, restart the kernel")

// Status is a code that an OpenCL function failed with.
type Status int32

// Codes that callers look for.
const (
	DeviceNotFound      Status = -1
	AllocationFailed    Status = -4
	OutOfResources      Status = -5
	OutOfHostMemory     Status = -6
	BuildFailed         Status = -11
	ArgumentInfoMissing Status = -19
	InvalidBinary       Status = -42
	InvalidBuildOptions Status = -43
	InvalidBufferSize   Status = -61
	PlatformNotFound    Status = -1001
)

func (s Status) Error() string {
	if hint := s.Hint(); hint != "" {
		return fmt.Sprintf("%s (%d): %s", s.Name(), int(s), hint)
	}
	return fmt.Sprintf("%s (%d)", s.Name(), int(s))
}

// Name is the code's name in OpenCL's headers.
func (s Status) Name() string {
	if text, ok := statuses[s]; ok {
		return text.name
	}
	return "unknown OpenCL error"
}

// Hint says what the code mostly means and what to do; it is empty where the name says it all.
func (s Status) Hint() string { return statuses[s].hint }

type statusText struct{ name, hint string }

const bug = "the driver refused what was checked before; please report it with the program"

var statuses = map[Status]statusText{
	-1:  {"CL_DEVICE_NOT_FOUND", "no device of this kind is there; opencl.Devices() lists what there is"},
	-2:  {"CL_DEVICE_NOT_AVAILABLE", "the device is there but cannot be used now, perhaps by another process's doing"},
	-3:  {"CL_COMPILER_NOT_AVAILABLE", "the device's driver has no compiler, so it takes no source"},
	-4:  {"CL_MEM_OBJECT_ALLOCATION_FAILURE", "the device's memory is full: Close buffers that are done with, or work on smaller pieces"},
	-5:  {"CL_OUT_OF_RESOURCES", "too much of the device's memory or registers at once, or a kernel that wrote outside its buffers: try smaller work-groups and check the kernel's indices"},
	-6:  {"CL_OUT_OF_HOST_MEMORY", "the computer's own memory is full"},
	-7:  {"CL_PROFILING_INFO_NOT_AVAILABLE", "the command has not ended, or the device keeps no times for it: Wait first"},
	-8:  {"CL_MEM_COPY_OVERLAP", "source and destination of the copy overlap"},
	-9:  {"CL_IMAGE_FORMAT_MISMATCH", ""},
	-10: {"CL_IMAGE_FORMAT_NOT_SUPPORTED", ""},
	-11: {"CL_BUILD_PROGRAM_FAILURE", "the source does not compile; the log says where"},
	-12: {"CL_MAP_FAILURE", ""},
	-13: {"CL_MISALIGNED_SUB_BUFFER_OFFSET", ""},
	-14: {"CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST", "a command that this one waited for failed"},
	-15: {"CL_COMPILE_PROGRAM_FAILURE", "the source does not compile; the log says where"},
	-16: {"CL_LINKER_NOT_AVAILABLE", ""},
	-17: {"CL_LINK_PROGRAM_FAILURE", "a function is declared but not defined"},
	-18: {"CL_DEVICE_PARTITION_FAILED", ""},
	-19: {"CL_KERNEL_ARG_INFO_NOT_AVAILABLE", ""},
	-30: {"CL_INVALID_VALUE", bug},
	-31: {"CL_INVALID_DEVICE_TYPE", bug},
	-32: {"CL_INVALID_PLATFORM", bug},
	-33: {"CL_INVALID_DEVICE", bug},
	-34: {"CL_INVALID_CONTEXT", bug},
	-35: {"CL_INVALID_QUEUE_PROPERTIES", bug},
	-36: {"CL_INVALID_COMMAND_QUEUE", bug},
	-37: {"CL_INVALID_HOST_PTR", bug},
	-38: {"CL_INVALID_MEM_OBJECT", bug},
	-39: {"CL_INVALID_IMAGE_FORMAT_DESCRIPTOR", bug},
	-40: {"CL_INVALID_IMAGE_SIZE", bug},
	-41: {"CL_INVALID_SAMPLER", bug},
	-42: {"CL_INVALID_BINARY", "the program was built for another device or driver"},
	-43: {"CL_INVALID_BUILD_OPTIONS", "the compiler does not know one of the build options"},
	-44: {"CL_INVALID_PROGRAM", bug},
	-45: {"CL_INVALID_PROGRAM_EXECUTABLE", "the program has not been built for this device"},
	-46: {"CL_INVALID_KERNEL_NAME", "the program has no kernel of this name"},
	-47: {"CL_INVALID_KERNEL_DEFINITION", "the kernel differs between devices"},
	-48: {"CL_INVALID_KERNEL", bug},
	-49: {"CL_INVALID_ARG_INDEX", bug},
	-50: {"CL_INVALID_ARG_VALUE", "an argument is of the wrong kind for its parameter"},
	-51: {"CL_INVALID_ARG_SIZE", "an argument is larger or smaller than its parameter"},
	-52: {"CL_INVALID_KERNEL_ARGS", "not all arguments were given"},
	-53: {"CL_INVALID_WORK_DIMENSION", "a range has one to three dimensions"},
	-54: {"CL_INVALID_WORK_GROUP_SIZE", "the work-group is too large for the kernel on this device, or does not divide the global size"},
	-55: {"CL_INVALID_WORK_ITEM_SIZE", "the work-group is too long in one dimension for this device"},
	-56: {"CL_INVALID_GLOBAL_OFFSET", "the offset does not fit the device's addresses"},
	-57: {"CL_INVALID_EVENT_WAIT_LIST", "an event to be waited for belongs to another context"},
	-58: {"CL_INVALID_EVENT", bug},
	-59: {"CL_INVALID_OPERATION", "the device cannot do this"},
	-60: {"CL_INVALID_GL_OBJECT", bug},
	-61: {"CL_INVALID_BUFFER_SIZE", "the buffer is larger than the device gives in one piece"},
	-62: {"CL_INVALID_MIP_LEVEL", bug},
	-63: {"CL_INVALID_GLOBAL_WORK_SIZE", "the global size is zero or does not fit the device's addresses"},
	-64: {"CL_INVALID_PROPERTY", bug},
	-65: {"CL_INVALID_IMAGE_DESCRIPTOR", bug},
	-66: {"CL_INVALID_COMPILER_OPTIONS", "the compiler does not know one of the build options"},
	-67: {"CL_INVALID_LINKER_OPTIONS", "the linker does not know one of the build options"},
	-68: {"CL_INVALID_DEVICE_PARTITION_COUNT", bug},
	-69: {"CL_INVALID_PIPE_SIZE", bug},
	-70: {"CL_INVALID_DEVICE_QUEUE", bug},
	-71: {"CL_INVALID_SPEC_ID", bug},
	-72: {"CL_MAX_SIZE_RESTRICTION_EXCEEDED", "a local or constant argument is larger than the device allows"},

	-1001: {"CL_PLATFORM_NOT_FOUND_KHR", "no OpenCL implementation is installed: on Debian or Ubuntu, apt install pocl-opencl-icd for the CPU, or the driver of the graphics card; " +
		"where a driver is there but not found, let OCL_ICD_VENDORS name its .icd file or library"},
	-1002: {"CL_INVALID_PARTITION_COUNT_EXT", bug},
	-9999: {"NVIDIA's code for an illegal access", "the kernel read or wrote outside its buffers; nothing in this context can be used any more"},
}
