package opencl

import (
	"reflect"
	"strings"
	"unsafe"

	"github.com/warren-go/warren/opencl/internal/generate"
)

// ElementwiseKernel does a statement of OpenCL C for each element of arrays. Several goroutines can call it.
type ElementwiseKernel struct {
	*generator
	operation string
}

// NewElementwiseKernel makes a kernel of a statement that is done for each index i, as
//
//	saxpy, err := opencl.NewElementwiseKernel("float a, float *x, float *y, float *z", "z[i] = a*x[i] + y[i]", "saxpy")
//	_, err = saxpy.Call(float32(2), x, y, z)
//
// The arguments are a list of parameters in OpenCL C; pointers are arrays, in global memory. The operation may be several
// statements. It knows n, the length of the arrays that it indexes by i alone, as in x[i]; these must have the same. What
// else it indexes (x[i+1], x[table[i]]) is not checked: such an index must be inside, or the process may die.
//
// The statement is done for many indices at once, in no order. What does not compile is a *[BuildError].
func NewElementwiseKernel(arguments, operation, name string, opts ...GeneratorOption) (*ElementwiseKernel, error) {
	const op = "NewElementwiseKernel"
	g, err := newGenerator(name, arguments, opts)
	if err != nil {
		return nil, failed(op, err)
	}
	k := &ElementwiseKernel{g, operation}
	k.expressions(operation)
	_, err = k.kernels(variant{context: k.context}, k.make)
	return either(k, failed(op, err))
}

// make builds a variant.
func (k *ElementwiseKernel) make(v variant) ([]*Kernel, error) {
	text, err := generate.Elementwise{
		Kernel: generate.Kernel{
			Name: k.name, Arguments: k.arguments, Preamble: k.preamble, CPU: v.context.device.Type() == CPU, Strided: v.strided,
		},
		Operation: k.operation,
		Stepped:   v.stepped,
	}.Source()
	if err != nil {
		return nil, err
	}
	return k.buildAll(v.context, text, k.name)
}

// Call runs the kernel for each index, and returns when it was given to the queue. Arguments are those of the list: arrays, views
// and buffers; numbers, an int standing for any that holds its value, and a float64 for a float, as in [Kernel.Launch]. Among
// them there may be options: [Over], [On], [WaitFor].
func (k *ElementwiseKernel) Call(args ...any) (*Event, error) {
	return k.call(k.name, options{}, args)
}

func (k *ElementwiseKernel) call(op string, o options, args []any) (*Event, error) {
	c, err := k.bind(op, o, args)
	if err != nil {
		return nil, err
	}
	start, step, count := c.indices()
	if count == 0 {
		return &Event{queue: c.queue, what: op}, nil
	}
	kernels, err := k.kernels(variant{c.context, c.strided, start != 0 || step != 1}, k.make)
	if err != nil {
		return nil, failed(op, err)
	}
	return kernels[0].submit(op, c.queue, elementwiseRange(kernels[0], count), c.with(c.n, start, step, count))
}

// Sizes of what work-items do one after the other on a CPU, where starting a work-group costs microseconds.
const (
	alone         = 8192 // indices up to which one core does all
	groupsPerCore = 4    // so that a core that is late holds nobody up for long
)

// elementwiseRange decides how many work-items share count indices.
func elementwiseRange(k *Kernel, count int) Range {
	d := k.program.context.device
	if d.Type() == CPU {
		groups := 1
		if count > alone {
			groups = d.ComputeUnits() * groupsPerCore
		}
		return Global(groups).Groups(1)
	}
	local := min(256, k.MaxWorkGroup())
	groups := min((count+local-1)/local, 32*d.ComputeUnits())
	return Global(groups * local).Groups(local)
}

// newOperation makes the kernel of an operation of arrays. The types are those it may name; T is the first, and U where that is
// an integer the unsigned type that it is computed with, as signed numbers that overflow mean nothing in C.
func newOperation(c *Context, name, list, operation string, types ...reflect.Type) (*ElementwiseKernel, error) {
	opts := []GeneratorOption{On(c)}
	for _, t := range types {
		opts = append(opts, structOption{t})
	}
	return NewElementwiseKernel(list, operation, kernelName(name, types), append(opts, Preamble(typedefs(types[0])))...)
}

// typedefs names the type that an operation is for.
func typedefs(t reflect.Type) string {
	text := "typedef " + cName(t) + " T;\n"
	switch name := unsignedFor(t); name {
	case "":
		return text
	default:
		return text + "typedef " + name + " U;\n"
	}
}

// unsignedFor is the unsigned type that integers of type t are computed with; empty for what is no integer.
func unsignedFor(t reflect.Type) string {
	switch {
	case !isInteger(t):
		return ""
	case t.Size() == 8:
		return "ulong"
	}
	return "uint"
}

func isInteger(t reflect.Type) bool { return t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 }

func isSigned(t reflect.Type) bool { return t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64 }

func isFloat(t reflect.Type) bool { return t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64 }

// kernelName is a name for the kernel of an operation, as profiles show it: array_add_float.
func kernelName(op string, types []reflect.Type) string {
	name := strings.ToLower(strings.ReplaceAll(op, ".", "_"))
	for _, t := range types {
		name += "_" + cName(t)
	}
	return name
}

func ptr[T any](p *T) unsafe.Pointer { return unsafe.Pointer(p) }
