package object

import (
	"fmt"
	"runtime"
	"unsafe"
)

// inlined is what the first word of a runtime.Func says where the runtime made it up for one that was inlined.
const inlined = ^uint32(0)

// layout is how the runtime describes a function, as far as it matters here (see type _func in its runtime2.go).
type layout struct {
	_         [9]uint32
	startLine int32
}

// outermost is the function whose code begins at an address. That address may belong to another that is inlined at its begin, which
// is what runtime.FuncForPC would tell of; some instruction is the function's own.
func outermost(code uintptr) *runtime.Func {
	first := runtime.FuncForPC(code)
	if first == nil {
		return nil
	}
	for pc := code; ; pc++ {
		f := runtime.FuncForPC(pc)
		if f == nil || f.Entry() != first.Entry() {
			return first
		}
		if *(*uint32)(unsafe.Pointer(f)) != inlined {
			return f
		}
	}
}

// Line is the line of its file on which a function of this process begins: that of the word func.
func (f Func) Line() (int, error) {
	var value *uintptr // which begins with the address of the code
	if err := f.In(unsafe.Pointer(&value)); err != nil {
		return 0, err
	}
	g := outermost(*value)
	if *(*uint32)(unsafe.Pointer(g)) == inlined {
		return 0, fmt.Errorf("object: function %s has no code of its own", f.Name)
	}
	return int((*layout)(unsafe.Pointer(g)).startLine), nil
}
