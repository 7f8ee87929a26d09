package opencl

import (
	"reflect"
	"slices"

	"github.com/warren-go/warren/opencl/internal/generate"
)

// Scan defines a [ScanKernel] over values of a type T: numbers, or a struct.
type Scan struct {
	Arguments string // as for NewElementwiseKernel
	Input     string // an expression that gives a value for each index i
	Reduce    string // an expression that puts the values a and b together, where a comes before b; (a b) c must be a (b c)
	Neutral   string // an expression for the value that changes none: "0" for a+b
	Segment   string // an expression of i that is not zero where the scan begins anew; may be empty, for a single segment
	// Output is a statement for each index i. It knows item, the values up to i put together; prev_item, those before i (the
	// neutral value where a segment begins); and last_item, the item of the last index.
	Output string
	Name   string // of the kernel; "scan" where it is empty
}

// ScanKernel puts together what an expression gives for the indices before each index: running sums are its simplest case.
// Several goroutines can call it.
type ScanKernel[T any] struct{ *scanner }

// scanner is a scan of values of any type.
type scanner struct {
	*generator
	scan  Scan
	value reflect.Type
}

// NewScanKernel makes a scan. Running sums of the elements of x, written to z, each with its own element, are
//
//	opencl.NewScanKernel[int32](opencl.Scan{
//		Arguments: "const int *x, int *z", Input: "x[i]", Reduce: "a+b", Neutral: "0", Output: "z[i] = item",
//	})
//
// and without it, with z[i] = prev_item as the output. The output may write to x[i]; it must not write what the input reads at
// other indices.
func NewScanKernel[T any](s Scan, opts ...GeneratorOption) (*ScanKernel[T], error) {
	k, err := newScanner(reflect.TypeFor[T](), s, opts...)
	if err != nil {
		return nil, err
	}
	return &ScanKernel[T]{k}, nil
}

func newScanner(t reflect.Type, s Scan, opts ...GeneratorOption) (*scanner, error) {
	const op = "NewScanKernel"
	if s.Name == "" {
		s.Name = "scan"
	}
	for name, text := range map[string]string{"Input": s.Input, "Reduce": s.Reduce, "Neutral": s.Neutral, "Output": s.Output} {
		if text == "" {
			return nil, refused(op, "%s is empty", name)
		}
	}
	g, err := newGenerator(s.Name, s.Arguments, opts, t)
	if err != nil {
		return nil, failed(op, err)
	}
	if err := usable(op, g.context, t); err != nil {
		return nil, err
	}
	k := &scanner{g, s, t}
	k.expressions(s.Input, s.Segment, s.Output)
	if _, err = k.kernels(variant{context: k.context}, k.make); err != nil {
		return nil, failed(op, err)
	}
	return k, nil
}

// definition is what the kernels of a variant are written from.
func (k *scanner) definition(v variant, local int) generate.Scan {
	return generate.Scan{
		Kernel: generate.Kernel{
			Name: k.name, Arguments: k.arguments, Preamble: k.preamble, CPU: v.context.device.Type() == CPU, Strided: v.strided,
		},
		Type: cName(k.value), Neutral: k.scan.Neutral, Input: k.scan.Input, Scan: k.scan.Reduce, Segment: k.scan.Segment,
		Output: k.scan.Output, Local: local, Run: 8,
	}
}

// make builds a variant, as [reducer.make].
func (k *scanner) make(v variant) ([]*Kernel, error) {
	for local := treeSize(v.context.device, int(k.value.Size())); ; local /= 2 {
		text, err := k.definition(v, local).Source()
		if err != nil {
			return nil, err
		}
		kernels, err := k.buildAll(v.context, text, k.name, k.name+"__carry", k.name+"__output")
		if err != nil || local == 1 || min(kernels[0].MaxWorkGroup(), kernels[2].MaxWorkGroup()) >= local {
			return kernels, err
		}
	}
}

// Call scans, and returns when it was given to the queue. Arguments are as for [ElementwiseKernel.Call], with the options On and
// WaitFor.
func (k *ScanKernel[T]) Call(args ...any) (*Event, error) { return k.call(k.name, options{}, args) }

func (k *scanner) call(op string, o options, args []any) (*Event, error) {
	c, err := k.bind(op, o, args)
	if err != nil {
		return nil, err
	}
	if slices.Contains(c.given, "Over") {
		return nil, refused(op, "Over is no option of scans: give Slices of the arrays")
	}
	if c.n == 0 {
		return &Event{queue: c.queue, what: op}, nil
	}
	v := variant{context: c.context, strided: c.strided}
	kernels, err := k.kernels(v, k.make)
	if err != nil {
		return nil, failed(op, err)
	}
	s := shareOut(c.context.device, treeSizeOf(kernels[0]), c.n)
	carries, starts, err := k.space(op, c, s.groups)
	if err != nil {
		return nil, err
	}
	defer carries.release()
	defer starts.release()
	before := 0 // work-groups whose carries are known
	if s.groups > 1 || generate.Uses(k.scan.Output, "last_item") {
		before = s.groups
		if _, err := kernels[0].submit(op, c.queue, s.items(), c.with(c.n, s.run, carries, starts)); err != nil {
			return nil, err
		}
		if _, err := kernels[1].submit(op, c.queue, Global(1).Groups(1), new(arguments).append(carries, starts, s.groups)); err != nil {
			return nil, err
		}
	}
	return kernels[2].submit(op, c.queue, s.items(), c.with(c.n, s.run, carries, before))
}

// space is memory for what the work-groups tell each other: carries and their total, and flags of segments.
func (k *scanner) space(op string, c *call, groups int) (carries, starts *storage, err error) {
	if carries, err = newScratch(op, c.context, k.value, groups+1); err != nil {
		return nil, nil, err
	}
	if starts, err = newScratch(op, c.context, reflect.TypeFor[uint8](), groups); err != nil {
		carries.release()
		return nil, nil, err
	}
	return carries, starts, nil
}

// CumSum makes an array of the running sums of a: element i is the sum of the elements 0 to i. Integers wrap around, as in Go.
// Options: On, Into, WaitFor.
func (a *Array[T]) CumSum(opts ...Option) (*Array[T], error) {
	const op = "Array.CumSum"
	if err := a.check(op); err != nil {
		return nil, err
	}
	t := a.buffer.element
	text := expressions["Add"].forType(t)
	if text == "" {
		return nil, refused(op, "there is no such operation for %v%s", t, hintFor(t))
	}
	o, z, err := result[T](op, a.view(), opts)
	if err != nil {
		return nil, err
	}
	return either(z, runningSums(op, text, a, z, o))
}

// runningSums writes those of a to z.
func runningSums(op, text string, a, z arrayArgument, o options) error {
	if z.view().overlaps(a.view()) {
		return refused(op, "Into names a view that shares some memory with the array, but is not the same view; Copy one of them")
	}
	t, c := a.view().element, a.view().context
	k, err := operation(c, operationKey{op: op, x: t}, func() (*scanner, error) {
		n := cName(t)
		return newScanner(t, Scan{
			Arguments: "const " + n + " *x, " + n + " *z", Input: "x[i]", Reduce: text, Neutral: "0", Output: "z[i] = item", Name: kernelName(op, []reflect.Type{t}),
		}, On(c), Preamble(typedefs(t)))
	})
	if err != nil {
		return err
	}
	_, err = k.call(op, o, []any{a, z})
	return err
}

// Diff makes an array of the differences of neighbours: element i is a[i+1] - a[i]. It has one element less, or none. Options: On,
// Into, WaitFor.
func (a *Array[T]) Diff(opts ...Option) (*Array[T], error) {
	const op = "Array.Diff"
	if err := a.check(op); err != nil {
		return nil, err
	}
	if a.count < 2 {
		return newArray[T](op, a.queue, 0)
	}
	later, err := a.Slice(1, a.count, 1)
	if err != nil {
		return nil, err
	}
	earlier, err := a.Slice(0, a.count-1, 1)
	if err != nil {
		return nil, err
	}
	return later.Sub(earlier, opts...)
}
