//go:build opencl

package driver

/*
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include "cl.h"

// An alarm goes off when an event has ended, well or not. Waiting for it, other than for the event, can be given up. It belongs to
// the event's callback and to whoever waits, and the last frees it.
typedef struct {
	sem_t ended;
	atomic_int owners;
} event_alarm;

static void drop_alarm(event_alarm *a) {
	if (atomic_fetch_sub(&a->owners, 1) > 1)
		return;
	sem_destroy(&a->ended);
	free(a);
}

static void CL_CALLBACK ring_alarm(cl_event e, cl_int status, void *a) {
	sem_post(&((event_alarm *)a)->ended);
	drop_alarm(a);
}

static cl_int set_alarm(cl_event e, event_alarm **a) {
	event_alarm *made = malloc(sizeof *made);
	if (made == NULL || sem_init(&made->ended, 0, 0) != 0) {
		free(made);
		return CL_OUT_OF_HOST_MEMORY;
	}
	atomic_init(&made->owners, 2);
	cl_int code = clSetEventCallback(e, CL_COMPLETE, ring_alarm, made);
	if (code != CL_SUCCESS) {
		sem_destroy(&made->ended);
		free(made);
		return code;
	}
	*a = made;
	return CL_SUCCESS;
}

// wait_alarm waits no longer than some nanoseconds, and tells whether the alarm went off.
static int wait_alarm(event_alarm *a, long long patience) {
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	patience += until.tv_nsec;
	until.tv_sec += patience / 1000000000;
	until.tv_nsec = patience % 1000000000;
	int failed;
	do
		failed = sem_timedwait(&a->ended, &until);
	while (failed && errno == EINTR);
	if (failed)
		return 0;
	sem_post(&a->ended); // for others who wait
	return 1;
}
*/
import "C"

import (
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// event is the driver's own: the binding makes none from handles, and asks none for its state.
type event struct {
	handle C.cl_event

	once  sync.Once
	alarm *C.event_alarm // nil before somebody waits for a time, and where the driver gives none
}

func newEvent(handle C.cl_event) *event {
	e := &event{handle: handle}
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

func (e *event) WaitFor(patience time.Duration) (bool, error) {
	defer runtime.KeepAlive(e)
	e.once.Do(e.setAlarm)
	if e.alarm == nil {
		return true, e.Wait()
	}
	if C.wait_alarm(e.alarm, C.longlong(patience)) == 0 {
		return false, nil
	}
	_, err := e.Ended()
	return true, err
}

func (e *event) setAlarm() {
	if C.set_alarm(e.handle, &e.alarm) == C.CL_SUCCESS {
		runtime.AddCleanup(e, func(a *C.event_alarm) { C.drop_alarm(a) }, e.alarm)
	}
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
