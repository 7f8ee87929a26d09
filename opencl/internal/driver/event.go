//go:build opencl

package driver

// #include "cl.h"
import "C"

import (
	"runtime"
	"time"
	"unsafe"
)

// event is the driver's own: the binding makes none from handles, and asks none for its state.
type event struct{ handle C.cl_event }

func newEvent(handle C.cl_event) *event {
	e := &event{handle}
	runtime.AddCleanup(e, func(h C.cl_event) { C.clReleaseEvent(h) }, handle)
	return e
}

func (e *event) Wait() error {
	defer runtime.KeepAlive(e)
	handle := e.handle
	code := C.clWaitForEvents(1, &handle)
	if code == C.CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST { // the event's own failure says more
		if _, err := e.Ended(); err != nil {
			return err
		}
	}
	return failure(code)
}

func (e *event) Ended() (bool, error) {
	defer runtime.KeepAlive(e)
	var err error
	state := query[C.cl_int](&err, func(size C.size_t, to unsafe.Pointer, need *C.size_t) C.cl_int {
		return C.clGetEventInfo(e.handle, C.CL_EVENT_COMMAND_EXECUTION_STATUS, size, to, need)
	})
	switch {
	case err != nil:
		return false, err
	case state < 0:
		return true, Status(state)
	}
	return state == C.CL_COMPLETE, nil
}

func (e *event) Times() (t Times, err error) {
	defer runtime.KeepAlive(e)
	at := func(what C.cl_profiling_info) time.Duration {
		return time.Duration(query[C.cl_ulong](&err, func(size C.size_t, to unsafe.Pointer, need *C.size_t) C.cl_int {
			return C.clGetEventProfilingInfo(e.handle, what, size, to, need)
		}))
	}
	t.Queued = at(C.CL_PROFILING_COMMAND_QUEUED)
	t.Submitted = at(C.CL_PROFILING_COMMAND_SUBMIT)
	t.Started = at(C.CL_PROFILING_COMMAND_START)
	t.Ended = at(C.CL_PROFILING_COMMAND_END)
	return t, err
}
