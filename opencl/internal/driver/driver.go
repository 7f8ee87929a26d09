// Package driver is OpenCL's C interface as Go interfaces. It is the only package that holds C code or knows the binding
// github.com/jgillich/go-opencl.
//
// With the build tag opencl it is written over that binding, and over C calls of its own for what the binding lacks or does
// wrongly. Without the tag [Platforms] is a stand-in that returns [ErrAbsent], so that everything builds on machines that
// have no OpenCL.
//
// Nothing is checked here that package opencl checks: sizes, offsets and arguments must be right. Handles are released by
// Release, or else when the garbage collector finds them. Launching is not safe for several goroutines at once.
package driver

import (
	"time"
	"unsafe"
)

// Platform is an OpenCL implementation that is installed, such as PoCL or NVIDIA CUDA.
type Platform interface {
	Info() (PlatformInfo, error)
	Devices() ([]Device, error) // none is no error
}

// PlatformInfo describes a platform.
type PlatformInfo struct{ Name, Vendor, Version string }

// Device is a processor of a platform.
type Device interface {
	Info() (DeviceInfo, error)
	NewContext() (Context, error)
}

// DeviceType is a set of bits, as OpenCL's cl_device_type.
type DeviceType uint64

// Bits of a DeviceType.
const (
	CPU         DeviceType = 1 << 1
	GPU         DeviceType = 1 << 2
	Accelerator DeviceType = 1 << 3
)

// DeviceInfo describes a device. Sizes are in bytes, the clock in MHz.
type DeviceInfo struct {
	Name, Vendor, Version, DriverVersion, Extensions string

	Type          DeviceType
	ComputeUnits  int
	NativeFloats  int // float32 numbers in a vector register
	Clock         int
	GlobalMemory  int64
	MaxAllocation int64 // of one buffer
	LocalMemory   int64
	CacheLine     int
	Cache         int64
	MaxWorkGroup  int
	MaxWorkItems  []int // of a work-group in each dimension
	BaseAlignment int   // of sub-buffers
	Float64       bool
	Unified       bool // host and device share memory
	Available     bool
	Compiler      bool
}

// Context holds memory, programs and queues of one device.
type Context interface {
	NewQueue() (Queue, error) // in order, with profiling
	Allocate(bytes int) (Memory, error)
	// Compile builds source. The log is what the compiler wrote, also when it succeeded.
	Compile(source, options string) (p Program, log string, err error)
	// Load makes a program of what Binary gave.
	Load(binary []byte, options string) (Program, error)
	Release()
}

// Memory is a piece of a device's global memory.
type Memory interface{ Release() }

// Program is a built program.
type Program interface {
	Binary() ([]byte, error)
	Kernels() ([]Kernel, error)
	Release()
}

// Kernel is a function of a program that can be launched.
type Kernel interface {
	Info() (KernelInfo, error)
	Release()
}

// KernelInfo describes a kernel.
type KernelInfo struct {
	Name          string
	Arguments     int
	Parameters    []Parameter // nil where the driver does not tell
	MaxWorkGroup  int
	RequiredGroup [3]int // by __attribute__((reqd_work_group_size)); zero where there is none
	Multiple      int    // preferred multiple of the size of work-groups
	LocalMemory   int64  // bytes, without those of arguments
	PrivateMemory int64  // bytes for each work-item
}

// AddressSpace says where the memory lies that a parameter points to.
type AddressSpace int

// Address spaces. Parameters that are no pointers are Private.
const (
	Private AddressSpace = iota
	Global
	Constant
	Local
)

// Parameter is one of a kernel's.
type Parameter struct {
	Name  string
	Type  string // without qualifiers, such as "float4*"
	Space AddressSpace
	Const bool // points to what the kernel only reads
}

// Argument is a value for a parameter: Memory, or Size bytes at Value, or, where both are nil, Size bytes of local memory.
type Argument struct {
	Memory Memory
	Size   int
	Value  unsafe.Pointer
}

// Range says how many work-items a launch has. Local and Offset may be nil.
type Range struct{ Global, Local, Offset []int }

// Queue runs commands one after the other. Each starts when the events in after have ended too, and gives one of its own.
// Memory of Go that is written from or read into must stay where it is until the command's event has ended.
type Queue interface {
	Launch(k Kernel, arguments []Argument, r Range, after []Event) (Event, error)
	Write(to Memory, offset, size int, from unsafe.Pointer, after []Event) (Event, error)
	Read(from Memory, offset, size int, to unsafe.Pointer, after []Event) (Event, error)
	Copy(to, from Memory, toOffset, fromOffset, size int, after []Event) (Event, error)
	Fill(to Memory, pattern []byte, offset, size int, after []Event) (Event, error)
	Barrier(after []Event) (Event, error)
	Flush() error
	Finish() error
	Release()
}

// Event is a command that was given to a queue.
type Event interface {
	Wait() error                                            // until the command has ended; how it failed
	WaitFor(patience time.Duration) (ended bool, err error) // as Wait, but no longer than that, or a little
	Ended() (bool, error)                                   // at once
	Times() (Times, error)
}

// Times are moments of a command's life on the device's clock, which starts anywhere.
type Times struct{ Queued, Submitted, Started, Ended time.Duration }
