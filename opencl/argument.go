package opencl

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"unsafe"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// AddressSpace says where the memory lies that a parameter points to.
type AddressSpace int

// Address spaces. Parameters that are no pointers are values.
const (
	Value         = AddressSpace(driver.Private)
	GlobalSpace   = AddressSpace(driver.Global)
	ConstantSpace = AddressSpace(driver.Constant)
	LocalSpace    = AddressSpace(driver.Local)

	unknownSpace AddressSpace = -1
)

// pointer ends the name of a type that is one.
const pointer = "*"

// Parameter is one of a kernel's.
type Parameter struct {
	Name  string       // empty where the driver does not tell
	Type  string       // in OpenCL C without qualifiers, such as "float4*"; empty where the driver does not tell
	Space AddressSpace // of what it points to
	Const bool         // the kernel only reads what it points to
}

func (p Parameter) String() string {
	space := map[AddressSpace]string{GlobalSpace: "__global ", ConstantSpace: "__constant ", LocalSpace: "__local "}[p.Space]
	if p.Const && p.Space == GlobalSpace {
		space += "const "
	}
	return space + p.Type + " " + p.Name
}

// element is the type of what the parameter points to, or of itself. It is not ok where the package does not know it.
func (p Parameter) element() (cType, bool) {
	return parseCType(strings.TrimSuffix(p.Type, pointer))
}

// LocalMemory is an argument for a parameter that points to local memory: each work-group has so much of it.
type LocalMemory struct {
	element reflect.Type
	count   int
}

// Local is local memory for n elements.
func Local[T Element](n int) LocalMemory { return LocalMemory{reflect.TypeFor[T](), n} }

// bytes is the size of the memory.
func (m LocalMemory) bytes() int64 { return int64(m.count) * int64(m.element.Size()) }

func (m LocalMemory) String() string { return fmt.Sprintf("Local[%v](%d)", m.element, m.count) }

// arguments are what a kernel is launched with, checked against its parameters.
type arguments struct {
	values  []driver.Argument
	buffers []*storage // those that hold memory
	at      []int      // where they stand among values
	local   int64      // bytes of local memory
}

// newArguments checks what a kernel of a context is to be launched with.
func newArguments(c *Context, parameters []Parameter, given []any) (*arguments, error) {
	if len(given) != len(parameters) {
		return nil, fmt.Errorf("%d arguments; the kernel has %d parameters (%s)", len(given), len(parameters), parameterList(parameters))
	}
	a := &arguments{values: make([]driver.Argument, len(given))}
	for i, p := range parameters {
		if err := a.add(c, i, p, given[i]); err != nil {
			return nil, fmt.Errorf("argument %d (%v): %w", i, p, err)
		}
	}
	return a, nil
}

func parameterList(parameters []Parameter) string {
	var list []string
	for _, p := range parameters {
		list = append(list, p.String())
	}
	return strings.Join(list, ", ")
}

// add takes the argument for one parameter.
func (a *arguments) add(c *Context, i int, p Parameter, given any) error {
	switch given := given.(type) {
	case nil:
		return fmt.Errorf("nil; it takes %s", p.wants())
	case memoryArgument:
		return a.addMemory(c, i, p, given)
	case LocalMemory:
		return a.addLocal(i, p, given)
	}
	if p.Space != Value && p.Space != unknownSpace {
		return fmt.Errorf("a %T; it takes %s", given, p.wants())
	}
	value, err := valueFor(p, given)
	if err != nil {
		return err
	}
	a.values[i] = value
	return nil
}

// wants says what an argument for the parameter is.
func (p Parameter) wants() string {
	t, known := p.element()
	name := "…"
	if known {
		name = t.goType()
	}
	switch p.Space {
	case LocalSpace:
		if known {
			name = cType{t.kind, 1}.goType()
		}
		return "local memory, as opencl.Local[" + name + "](n)"
	case GlobalSpace, ConstantSpace:
		return "memory of the device, as an *opencl.Buffer[" + name + "] or array"
	}
	if known {
		return "a " + name
	}
	return "a value of Go's counterpart of " + p.Type
}

func (a *arguments) addMemory(c *Context, i int, p Parameter, given memoryArgument) error {
	if reflect.ValueOf(given).IsNil() {
		return fmt.Errorf("a nil %T", given)
	}
	s := given.memory()
	switch {
	case s == nil || s.context == nil:
		return fmt.Errorf("a %T that holds nothing; make it by opencl.NewBuffer or the like", given)
	case p.Space == LocalSpace || p.Space == Value:
		return fmt.Errorf("a %T; it takes %s", given, p.wants())
	case s.context != c:
		return fmt.Errorf("a buffer of another context (on %s); the kernel's is on %s", s.context.device, c.device)
	}
	if view, ok := given.(interface{ checkWhole() error }); ok {
		if err := view.checkWhole(); err != nil {
			return err
		}
	}
	if err := sameElements(p, s.element, s.count); err != nil {
		return err
	}
	a.buffers, a.at = append(a.buffers, s), append(a.at, i)
	return nil
}

// sameElements checks that memory of Go's type t can stand for what the parameter points to.
func sameElements(p Parameter, t reflect.Type, n int) error {
	want, known := p.element()
	if !known {
		return nil
	}
	got, single := scalarOf(t)
	if !single {
		return nil // a struct that is read as something else
	}
	if got != want.kind && !(want.kind == reflect.Uint16 && got == reflect.Int16) {
		return fmt.Errorf("elements of type %v; it takes %s", t, p.wants())
	}
	if bytes := n * int(t.Size()); want.width > 1 && bytes%want.size() != 0 {
		return fmt.Errorf("%d elements of type %v are no whole number of vectors %s", n, t, strings.TrimSuffix(p.Type, pointer))
	}
	return nil
}

func (a *arguments) addLocal(i int, p Parameter, given LocalMemory) error {
	if p.Space != LocalSpace && p.Space != unknownSpace {
		return fmt.Errorf("local memory; it takes %s", p.wants())
	}
	if given.element == nil || given.count < 1 {
		return fmt.Errorf("local memory for %d elements; it takes 1 or more", given.count)
	}
	if given.count > math.MaxInt/16 {
		return fmt.Errorf("local memory for %d elements", given.count)
	}
	if want, known := p.element(); known {
		if got, _ := scalarOf(given.element); got != want.kind {
			return fmt.Errorf("%v; it takes %s", given, p.wants())
		}
	}
	a.values[i] = driver.Argument{Size: int(given.bytes())}
	a.local += given.bytes()
	return nil
}

// valueFor is the argument for a parameter that takes a value.
func valueFor(p Parameter, given any) (driver.Argument, error) {
	v := reflect.ValueOf(given)
	want, known := p.element()
	if !known {
		return plainValue(p, v)
	}
	if want.width > 1 {
		return vectorValue(p, want, v)
	}
	if kind, single := scalarOf(v.Type()); single && kind == want.kind && int(v.Type().Size()) == want.size() {
		return pointTo(v), nil
	}
	return converted(p, want, v)
}

// plainValue takes a value for a type that the package does not know; the driver checks its size.
func plainValue(p Parameter, v reflect.Value) (driver.Argument, error) {
	if err := checkElement(v.Type()); err != nil {
		return driver.Argument{}, err
	}
	if v.Type().Size() == 0 {
		return driver.Argument{}, fmt.Errorf("a %v has no size; it takes %s", v.Type(), p.wants())
	}
	return pointTo(v), nil
}

// vectorValue takes an array for a vector. One of three is followed by room for a fourth.
func vectorValue(p Parameter, want cType, v reflect.Value) (driver.Argument, error) {
	kind, single := scalarOf(v.Type())
	size := want.width * kindSizes[want.kind]
	if !single || kind != want.kind || int(v.Type().Size()) != size && int(v.Type().Size()) != want.size() {
		return driver.Argument{}, fmt.Errorf("a %v; it takes %s", v.Type(), p.wants())
	}
	bytes := make([]uint64, (want.size()+7)/8)
	reflect.NewAt(v.Type(), unsafe.Pointer(&bytes[0])).Elem().Set(v)
	return driver.Argument{Size: want.size(), Value: unsafe.Pointer(&bytes[0])}, nil
}

// pointTo gives the bytes of a value.
func pointTo(v reflect.Value) driver.Argument {
	at := reflect.New(v.Type())
	at.Elem().Set(v)
	return driver.Argument{Size: int(v.Type().Size()), Value: at.UnsafePointer()}
}

// converted takes an int or float64, which constants are in Go where nothing says otherwise, for a number of another type
// that has the same value. A float64 for a float is rounded, as a constant is.
func converted(p Parameter, want cType, v reflect.Value) (driver.Argument, error) {
	wrong := fmt.Errorf("a %v; it takes %s", v.Type(), p.wants())
	if v.Type() != reflect.TypeFor[int]() && v.Type() != reflect.TypeFor[float64]() || p.Type == "half" {
		return driver.Argument{}, wrong
	}
	to := reflect.New(goTypes[want.kind]).Elem()
	switch {
	case v.Kind() == reflect.Float64 && to.CanFloat():
		to.SetFloat(v.Float())
	case v.Kind() == reflect.Float64:
		return driver.Argument{}, wrong
	case to.CanFloat():
		to.SetFloat(float64(v.Int()))
		if int64(to.Float()) != v.Int() {
			return driver.Argument{}, fmt.Errorf("%d, which a %s does not hold exactly; give a %s", v.Int(), p.Type, want.goType())
		}
	case to.CanInt() && !to.OverflowInt(v.Int()):
		to.SetInt(v.Int())
	case to.CanUint() && v.Int() >= 0 && !to.OverflowUint(uint64(v.Int())):
		to.SetUint(uint64(v.Int()))
	default:
		return driver.Argument{}, fmt.Errorf("%d, which is no %s (%s)", v.Int(), p.Type, want.goType())
	}
	return pointTo(to), nil
}

var goTypes = map[reflect.Kind]reflect.Type{
	reflect.Int8: reflect.TypeFor[int8](), reflect.Uint8: reflect.TypeFor[uint8](),
	reflect.Int16: reflect.TypeFor[int16](), reflect.Uint16: reflect.TypeFor[uint16](),
	reflect.Int32: reflect.TypeFor[int32](), reflect.Uint32: reflect.TypeFor[uint32](),
	reflect.Int64: reflect.TypeFor[int64](), reflect.Uint64: reflect.TypeFor[uint64](),
	reflect.Float32: reflect.TypeFor[float32](), reflect.Float64: reflect.TypeFor[float64](),
}
