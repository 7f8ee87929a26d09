//go:build opencl

package driver

// #include "cl.h"
import "C"

import (
	"runtime"
	"unsafe"

	"github.com/jgillich/go-opencl/cl"
)

// queue enqueues by C calls of its own: the binding's panic on empty lists, and return an event after failures.
type queue struct {
	*cl.CommandQueue
}

// waitList is a C array of events; nil where there is none to wait for.
type waitList []C.cl_event

func newWaitList(after []Event) waitList {
	var list waitList
	for _, e := range after {
		list = append(list, e.(*event).handle)
	}
	return list
}

func (l waitList) len() C.cl_uint { return C.cl_uint(len(l)) }

func (l waitList) first() *C.cl_event { return unsafe.SliceData(l) }

// sizes is a C array of sizes; nil where there is none.
func sizes(n []int) *C.size_t {
	list := make([]C.size_t, len(n))
	for i, x := range n {
		list[i] = C.size_t(x)
	}
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

// done makes an event of what a command gave.
func (q *queue) done(handle C.cl_event, code C.cl_int, keep ...any) (Event, error) {
	runtime.KeepAlive(q)
	runtime.KeepAlive(keep)
	if code != C.CL_SUCCESS {
		return nil, Status(code)
	}
	return newEvent(handle), nil
}

func (q *queue) Launch(k Kernel, arguments []Argument, r Range, after []Event) (Event, error) {
	own := k.(*kernel)
	if err := own.set(arguments); err != nil {
		return nil, err
	}
	wait := newWaitList(after)
	var e C.cl_event
	code := C.clEnqueueNDRangeKernel(queueHandle(q.CommandQueue), kernelHandle(own.Kernel), C.cl_uint(len(r.Global)),
		sizes(r.Offset), sizes(r.Global), sizes(r.Local), wait.len(), wait.first(), &e)
	return q.done(e, code, k, arguments, after)
}

func (q *queue) Write(to Memory, offset, size int, from unsafe.Pointer, after []Event) (Event, error) {
	wait := newWaitList(after)
	var e C.cl_event
	code := C.clEnqueueWriteBuffer(queueHandle(q.CommandQueue), memoryHandle(to.(*cl.MemObject)), C.CL_FALSE,
		C.size_t(offset), C.size_t(size), from, wait.len(), wait.first(), &e)
	return q.done(e, code, to, after)
}

func (q *queue) Read(from Memory, offset, size int, to unsafe.Pointer, after []Event) (Event, error) {
	wait := newWaitList(after)
	var e C.cl_event
	code := C.clEnqueueReadBuffer(queueHandle(q.CommandQueue), memoryHandle(from.(*cl.MemObject)), C.CL_FALSE,
		C.size_t(offset), C.size_t(size), to, wait.len(), wait.first(), &e)
	return q.done(e, code, from, after)
}

func (q *queue) Copy(to, from Memory, toOffset, fromOffset, size int, after []Event) (Event, error) {
	wait := newWaitList(after)
	var e C.cl_event
	code := C.clEnqueueCopyBuffer(queueHandle(q.CommandQueue), memoryHandle(from.(*cl.MemObject)), memoryHandle(to.(*cl.MemObject)),
		C.size_t(fromOffset), C.size_t(toOffset), C.size_t(size), wait.len(), wait.first(), &e)
	return q.done(e, code, to, from, after)
}

func (q *queue) Fill(to Memory, pattern []byte, offset, size int, after []Event) (Event, error) {
	wait := newWaitList(after)
	var e C.cl_event
	code := C.clEnqueueFillBuffer(queueHandle(q.CommandQueue), memoryHandle(to.(*cl.MemObject)), unsafe.Pointer(unsafe.SliceData(pattern)),
		C.size_t(len(pattern)), C.size_t(offset), C.size_t(size), wait.len(), wait.first(), &e)
	return q.done(e, code, to, after)
}

func (q *queue) Barrier(after []Event) (Event, error) {
	wait := newWaitList(after)
	var e C.cl_event
	code := C.clEnqueueBarrierWithWaitList(queueHandle(q.CommandQueue), wait.len(), wait.first(), &e)
	return q.done(e, code, after)
}

// Flush hands the commands to the device; the binding's waits for them too.
func (q *queue) Flush() error {
	defer runtime.KeepAlive(q)
	return failure(C.clFlush(queueHandle(q.CommandQueue)))
}

func (q *queue) Finish() error { return statusOf(q.CommandQueue.Finish()) }
