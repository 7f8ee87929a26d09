package rt

import (
	"reflect"
	"time"
	"unsafe"
)

// ShowResult receives the values of a cell's last expression. The worker sets it.
var ShowResult = func(values []any) {}

// Result shows the values of a cell's last expression, unless it called a C function without a result.
func Result(values ...any) {
	if len(values) == 1 && isVoid(values[0]) {
		return
	}
	ShowResult(values)
}

// isVoid tells whether v is what cgo has a void function of C return.
func isVoid(v any) bool {
	t := reflect.TypeOf(v)
	return t != nil && t.Kind() == reflect.Array && t.Name() == "_Ctype_void"
}

// Out holds the results of earlier cells by execution count, as in IPython.
var Out = map[int]any{}

// Sleep stands for time.Sleep in cells: it also ends when the run is interrupted.
func Sleep(d time.Duration) {
	halt := Halt()
	if halt == nil || d <= 0 {
		time.Sleep(d)
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-halt:
		panic(Interrupted{})
	}
}

// Block stands for an empty select in cells.
func Block() {
	<-Halt() // nil, and so for ever, in a goroutine whose run is over
	panic(Interrupted{})
}

// Carry returns the value at p, which belongs to a type that was redefined with the same layout, as a T.
func Carry[T any](p unsafe.Pointer) T { return *(*T)(p) }
