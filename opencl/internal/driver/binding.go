//go:build opencl

package driver

// #include "cl.h"
import "C"

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unsafe"

	"github.com/jgillich/go-opencl/cl"
)

// The binding keeps its handles to itself. Each is the first field of its type, which handlesFit makes sure of.

func platformHandle(p *cl.Platform) C.cl_platform_id { return *(*C.cl_platform_id)(unsafe.Pointer(p)) }
func deviceHandle(d *cl.Device) C.cl_device_id       { return *(*C.cl_device_id)(unsafe.Pointer(d)) }
func contextHandle(c *cl.Context) C.cl_context       { return *(*C.cl_context)(unsafe.Pointer(c)) }
func queueHandle(q *cl.CommandQueue) C.cl_command_queue {
	return *(*C.cl_command_queue)(unsafe.Pointer(q))
}
func programHandle(p *cl.Program) C.cl_program { return *(*C.cl_program)(unsafe.Pointer(p)) }
func kernelHandle(k *cl.Kernel) C.cl_kernel    { return *(*C.cl_kernel)(unsafe.Pointer(k)) }
func memoryHandle(m *cl.MemObject) C.cl_mem    { return *(*C.cl_mem)(unsafe.Pointer(m)) }

// handlesFit fails where the binding's types are not laid out as the functions above need them.
var handlesFit = sync.OnceValue(func() error {
	for _, c := range []struct {
		value any
		field string
	}{
		{cl.Platform{}, "id"},
		{cl.Device{}, "id"},
		{cl.Context{}, "clContext"},
		{cl.CommandQueue{}, "clQueue"},
		{cl.Program{}, "clProgram"},
		{cl.Kernel{}, "clKernel"},
		{cl.MemObject{}, "clMem"},
	} {
		t := reflect.TypeOf(c.value)
		if f := t.Field(0); f.Name != c.field || f.Type.Size() != unsafe.Sizeof(uintptr(0)) {
			return fmt.Errorf("this version of go-opencl cannot be used: %v begins with %s %v, not with the handle %s", t, f.Name, f.Type, c.field)
		}
	}
	return nil
})

// statusOf gives the code of an error of the binding, whose text is the code's name in small letters.
func statusOf(err error) error {
	if err == nil {
		return nil
	}
	if other, ok := err.(cl.ErrOther); ok {
		return Status(other)
	}
	text, _ := strings.CutPrefix(err.Error(), "cl: ")
	if s, ok := statusNamed("CL_" + strings.ToUpper(strings.ReplaceAll(text, " ", "_"))); ok {
		return s
	}
	return err
}

// statusNamed finds a code by its name.
func statusNamed(name string) (Status, bool) {
	for s, text := range statuses {
		if text.name == name {
			return s, true
		}
	}
	return 0, false
}
