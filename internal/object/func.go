package object

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unsafe"
)

// Func names a function that captures nothing.
type Func struct {
	Address        // of its function value
	Name    string // the linker's, as "main.square"
}

// IsZero tells whether f names no function, as that of a nil function does.
func (f Func) IsZero() bool { return f == Func{} }

// funcs remembers the names of functions by the addresses of their values, which are never given back.
var funcs sync.Map // of unsafe.Pointer to Func

// FuncOf names a function: one declared at top level, a method expression (T.Method), an instance of a generic function, or
// a literal that uses no variable of a function around it. The error for any other says how to make one that can be named.
func FuncOf(f reflect.Value) (Func, error) {
	if f.Kind() != reflect.Func {
		return Func{}, fmt.Errorf("object: FuncOf: a %v is no function", f.Type())
	}
	if f.IsNil() {
		return Func{}, errors.New("object: FuncOf: the function is nil")
	}
	value := valueOf(f)
	if known, ok := funcs.Load(value); ok {
		return known.(Func), nil
	}
	code := uintptr(f.UnsafePointer())
	name := nameAt(code)
	address, err := Locate(value)
	switch {
	case errors.Is(err, ErrNotStatic):
		return Func{}, captures(shown(name))
	case err != nil:
		return Func{}, err
	}
	named := Func{Address: address, Name: name}
	funcs.Store(value, named)
	return named, nil
}

// captures is the error for a function whose value the process made.
func captures(name string) error {
	if method, ok := strings.CutSuffix(name, "-fm"); ok {
		return fmt.Errorf("object: FuncOf: %s is bound to its receiver, which stays in this process: use the method expression (T.Method), and pass the receiver as its first argument", method)
	}
	if strings.Contains(name, "reflect.") {
		return errors.New("object: FuncOf: the function was made by package reflect, so it exists in this process only")
	}
	return fmt.Errorf("object: FuncOf: %s uses variables of the function around it, or its type parameters, which stay in this process: pass what it uses as an argument, or make it a top-level function", name)
}

// What names in cells of notebooks begin with, and what is put before unexported ones there: see kernel/build.Prefix and kernel/rt.Mark.
const (
	cellPrefix = "warren.cell/"
	cellMark   = "\ua7f5"
)

// shown is a function's name as users know it.
func shown(name string) string {
	rest, ok := strings.CutPrefix(name, cellPrefix)
	if !ok {
		return name
	}
	_, rest, _ = strings.Cut(rest, ".")
	return strings.ReplaceAll(rest, cellMark, "")
}

// valueOf is the pointer that a func variable holds. It points to a function value, whose first word is the address of the code.
func valueOf(f reflect.Value) unsafe.Pointer {
	p := reflect.New(f.Type())
	p.Elem().Set(f)
	return *(*unsafe.Pointer)(p.UnsafePointer())
}

// nameAt is the name of the function whose code begins at an address.
func nameAt(code uintptr) string {
	if f := outermost(code); f != nil {
		return f.Name()
	}
	return ""
}

// In sets the func variable that p points to, of the type with which the function was declared, to the function. What is wrong
// with a name that comes from elsewhere is an error: nothing is called.
func (f Func) In(p unsafe.Pointer) error {
	value, o, err := f.pointer()
	if err != nil {
		return fmt.Errorf("object: function %s: %w", f.Name, err)
	}
	const word = unsafe.Sizeof(uintptr(0))
	if value%word != 0 || !o.contains(value+word-1) {
		return fmt.Errorf("object: function %s: there is no function value at offset %#x of %s", f.Name, f.Offset, o.Path)
	}
	v := pointerAt(value)
	code := *(*uintptr)(v)
	if g := outermost(code); g == nil || g.Entry() != code || g.Name() != f.Name {
		return fmt.Errorf("object: function %s: offset %#x of %s does not hold it", f.Name, f.Offset, o.Path)
	}
	*(*unsafe.Pointer)(p) = v
	return nil
}

// pointerAt makes a pointer of an address in an object, which is never given back nor moved.
func pointerAt(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }
