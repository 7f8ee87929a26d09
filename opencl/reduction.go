package opencl

import (
	"reflect"
	"unsafe"

	"github.com/warren-go/warren/opencl/internal/generate"
)

// ReductionKernel reduces what an expression gives for each index to one value of type T. Several goroutines can call it.
type ReductionKernel[T any] struct{ *reducer }

// reducer is a reduction to a value of any type. What is not generic is compiled once, and not again in each package, or cell of a
// notebook, that names another type.
type reducer struct {
	*generator
	result                   reflect.Type
	neutral, reduce, mapping string
}

// NewReductionKernel makes a reduction, as
//
//	dot, err := opencl.NewReductionKernel[float32]("0", "a+b", "x[i]*y[i]", "const float *x, const float *y")
//	sum, err := dot.Call(x, y)
//
// The arguments are as for [NewElementwiseKernel]. The map expression gives a value for each index i; the reduce expression puts
// two values a and b together. It must not matter to it which of them are put together first, and which is a and which b. The
// neutral expression is the value of no elements; it may be empty, and reducing nothing is then an error.
//
// T may be a struct, such as a minimum with its index. The expressions know it by its Go name (see [Struct]).
func NewReductionKernel[T any](neutral, reduce, mapping, arguments string, opts ...GeneratorOption) (*ReductionKernel[T], error) {
	k, err := newReducer(reflect.TypeFor[T](), "reduce", neutral, reduce, mapping, arguments, opts)
	if err != nil {
		return nil, err
	}
	return &ReductionKernel[T]{k}, nil
}

func newReducer(t reflect.Type, name, neutral, reduce, mapping, arguments string, opts []GeneratorOption) (*reducer, error) {
	const op = "NewReductionKernel"
	g, err := newGenerator(name, arguments, opts, t)
	if err != nil {
		return nil, failed(op, err)
	}
	if err := usable(op, g.context, t); err != nil {
		return nil, err
	}
	k := &reducer{generator: g, result: t, neutral: neutral, reduce: reduce, mapping: mapping}
	k.expressions(mapping)
	if _, err = k.kernels(variant{context: k.context}, k.make); err != nil {
		return nil, failed(op, err)
	}
	return k, nil
}

// make builds a variant. Where the kernel needs so much that work-groups must be smaller, it is built again.
func (k *reducer) make(v variant) ([]*Kernel, error) {
	for local := treeSize(v.context.device, int(k.result.Size())); ; local /= 2 {
		text, err := generate.Reduction{
			Kernel: generate.Kernel{
				Name: k.name, Arguments: k.arguments, Preamble: k.preamble, CPU: v.context.device.Type() == CPU, Strided: v.strided,
			},
			Type: cName(k.result), Neutral: k.neutral, Reduce: k.reduce, Map: k.mapping,
			Lanes: lanes(k.result), Stepped: v.stepped, Local: local,
		}.Source()
		if err != nil {
			return nil, err
		}
		kernels, err := k.buildAll(v.context, text, k.name, k.name+"__last")
		if err != nil || local == 1 || min(kernels[0].MaxWorkGroup(), kernels[1].MaxWorkGroup()) >= local {
			return kernels, err
		}
	}
}

// treeSize is how many work-items of a group can share a tree of values of some bytes in local memory, a power of two.
func treeSize(d *Device, bytes int) int {
	if d.Type() == CPU {
		return 1
	}
	local := 256
	for local > 1 && (local > d.MaxWorkGroup() || int64(local*(bytes+1)) > d.LocalMemory()/2) {
		local /= 2
	}
	return local
}

// lanes is how many values of a type a core reduces side by side: four vectors of 64 bytes.
func lanes(t reflect.Type) int {
	if t.Kind() == reflect.Struct || t.Kind() == reflect.Array {
		return 4
	}
	return min(64, 256/int(t.Size()))
}

// Call reduces, and waits for the value. Arguments and options are as for [ElementwiseKernel.Call].
func (k *ReductionKernel[T]) Call(args ...any) (value T, err error) {
	err = k.value(k.name, options{}, args, unsafe.Pointer(&value))
	return value, err
}

// value reduces, waits for the value, and puts it where it is to be.
func (k *reducer) value(op string, o options, args []any, to unsafe.Pointer) error {
	c, err := k.bind(op, o, args)
	if err != nil {
		return err
	}
	result, err := newScratch(op, c.context, k.result, 1)
	if err != nil {
		return err
	}
	defer result.release()
	if err := k.run(op, c, result, 0); err != nil {
		return err
	}
	e, err := result.begin(op, c.queue, to, 0, 1, deviceToHost)
	if err != nil {
		return err
	}
	return e.Wait()
}

// CallInto reduces to the only element of an array, and returns when that was given to the queue.
func (k *ReductionKernel[T]) CallInto(result *Array[T], args ...any) error {
	if err := result.check(k.name); err != nil {
		return err
	}
	return k.valueInto(result.view(), args)
}

func (k *reducer) valueInto(result view, args []any) error {
	op := k.name
	if result.count != 1 {
		return refused(op, "a result of %d elements; it takes one", result.count)
	}
	c, err := k.bind(op, options{}, args)
	if err != nil {
		return err
	}
	if result.context != c.context {
		return refused(op, "the result belongs to another context")
	}
	return k.run(op, c, result.storage, result.first)
}

// run reduces to an element of a memory: at once, or in two steps, by a value for each work-group.
func (k *reducer) run(op string, c *call, result *storage, place int) error {
	start, step, count := c.indices()
	if count == 0 && k.neutral == "" {
		return refused(op, "there are no elements, and no neutral value to give for them")
	}
	kernels, err := k.kernels(variant{c.context, c.strided, start != 0 || step != 1}, k.make)
	if err != nil {
		return failed(op, err)
	}
	s := shareOut(c.context.device, treeSizeOf(kernels[0]), count)
	if s.groups == 1 {
		_, err = kernels[0].submit(op, c.queue, s.items(), c.with(c.n, start, step, count, max(1, count), result, place))
		return err
	}
	partial, err := newScratch(op, c.context, k.result, s.groups)
	if err != nil {
		return err
	}
	defer partial.release()
	if _, err = kernels[0].submit(op, c.queue, s.items(), c.with(c.n, start, step, count, s.run, partial, 0)); err != nil {
		return err
	}
	last := share{groups: 1, local: s.local}
	_, err = kernels[1].submit(op, c.queue, last.items(), new(arguments).append(partial, s.groups, s.groups, result, place))
	return err
}

// share says how work-groups share indices: each takes a run of them, and has so many work-items.
type share struct{ groups, run, local int }

func (s share) items() Range { return Global(s.groups * s.local).Groups(s.local) }

// shareOut has few groups with long runs on a CPU, and on others enough to keep all busy, but so few that one group can
// put together what they leave. There is always one group.
func shareOut(d *Device, local, count int) share {
	const least = 64 // indices of a run, and what it is a multiple of: no two cores write to one line of the cache
	groups := 1
	switch {
	case d.Type() == CPU && count > alone:
		groups = groupsPerCore * d.ComputeUnits()
	case d.Type() != CPU:
		groups = min(1024, 8*d.ComputeUnits(), (count+8*local-1)/(8*local))
	}
	groups = max(1, groups)
	run := ((count+groups-1)/groups + least - 1) / least * least
	if run == 0 {
		return share{1, 1, local}
	}
	return share{(count + run - 1) / run, run, local}
}

// treeSizeOf is the size of work-groups that a generated kernel was built for.
func treeSizeOf(k *Kernel) int { return k.info.RequiredGroup[0] }
