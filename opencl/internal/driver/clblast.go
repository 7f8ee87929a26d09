//go:build opencl

package driver

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
#include "clblast.h"

// call_gemm computes c = a*b.
static int call_gemm(void *f, int wide, int ta, int tb, size_t m, size_t n, size_t k, cl_mem a, size_t la, cl_mem b, size_t lb,
                     cl_mem c, size_t lc, cl_command_queue q, cl_event *e) {
	if (wide)
		return ((clblast_dgemm *)f)(clblast_row_major, ta, tb, m, n, k, 1, a, 0, la, b, 0, lb, 0, c, 0, lc, &q, e);
	return ((clblast_sgemm *)f)(clblast_row_major, ta, tb, m, n, k, 1, a, 0, la, b, 0, lb, 0, c, 0, lc, &q, e);
}
*/
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/jgillich/go-opencl/cl"
)

// CLBlast is the library, opened.
type CLBlast struct{ sgemm, dgemm unsafe.Pointer }

// OpenCLBlast opens the library of a file's name while the program runs, so that programs need it only to use it. A library
// once opened stays.
func OpenCLBlast(file string) (*CLBlast, error) {
	// dlerror belongs to the thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	name := C.CString(file)
	defer C.free(unsafe.Pointer(name))
	library := C.dlopen(name, C.RTLD_NOW|C.RTLD_LOCAL)
	if library == nil {
		return nil, fmt.Errorf("%w (%s)", errNoCLBlast, C.GoString(C.dlerror()))
	}
	l := &CLBlast{}
	for _, f := range []struct {
		name string
		to   *unsafe.Pointer
	}{{"CLBlastSgemm", &l.sgemm}, {"CLBlastDgemm", &l.dgemm}} {
		symbol := C.CString(f.name)
		*f.to = C.dlsym(library, symbol)
		C.free(unsafe.Pointer(symbol))
		if *f.to == nil {
			return nil, fmt.Errorf("%s has no %s; it takes CLBlast 1.0 or later with its C interface", file, f.name)
		}
	}
	return l, nil
}

// Multiply gives a product to a queue. The first of a kind takes seconds: CLBlast then builds its kernels.
func (l *CLBlast) Multiply(on Queue, p Product, after []Event) (Event, error) {
	q := on.(*queue)
	if len(after) > 0 { // CLBlast takes nothing to wait for, but the queue is in order
		if _, err := q.Barrier(after); err != nil {
			return nil, err
		}
	}
	a, b, c := p.A.(*cl.MemObject), p.B.(*cl.MemObject), p.C.(*cl.MemObject)
	la, lb, lc := p.lines()
	f, wide := l.sgemm, C.int(0)
	if p.Double {
		f, wide = l.dgemm, 1
	}
	var e C.cl_event
	code := C.call_gemm(f, wide, transposition(p.TransposedA), transposition(p.TransposedB), C.size_t(p.M), C.size_t(p.N), C.size_t(p.K),
		memoryHandle(a), C.size_t(la), memoryHandle(b), C.size_t(lb), memoryHandle(c), C.size_t(lc), queueHandle(q.CommandQueue), &e)
	if code != 0 {
		return nil, clblastFailure(code)
	}
	return q.done(e, C.CL_SUCCESS, p, after)
}

func transposition(is bool) C.int {
	if is {
		return C.clblast_yes
	}
	return C.clblast_no
}

// clblastFailure tells CLBlast's own codes, which lie below OpenCL's, from those of the driver.
func clblastFailure(code C.int) error {
	if code > -1024 {
		return Status(code)
	}
	return fmt.Errorf("CLBlast failed with its status %d (clblast_c.h has a list)", int(code))
}
