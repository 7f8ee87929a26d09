package opencl

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/warren-go/warren/opencl/internal/translate"
)

// GoKernel is a Go function that runs on a device, see [Compile]. Several goroutines can launch it.
type GoKernel struct {
	fn       *goFunction
	options  compilation
	whole    *goVariant // with all checks
	variants goVariants // with fewer

	mu      sync.Mutex
	reports []*Buffer[int32] // that no launch uses
}

// Name is the function's name.
func (k *GoKernel) Name() string { return k.fn.name }

// Kernel is the kernel of OpenCL C. It takes each slice as a pointer and a length, and, unless it was compiled without checks, a
// last argument for the report of faults.
func (k *GoKernel) Kernel() *Kernel { return k.whole.kernel }

// Source is the OpenCL C that the function was translated to.
func (k *GoKernel) Source() string { return k.whole.translated.Source }

// String is the function's declaration.
func (k *GoKernel) String() string {
	list := []string{"opencl.Item"}
	for _, p := range k.whole.translated.Parameters {
		list = append(list, p.Name+" "+p.Go)
	}
	return fmt.Sprintf("func %s(%s)", k.fn.name, strings.Join(list, ", "))
}

// Simulate runs the function on the CPU instead, see [Simulate]: with Go values.
func (k *GoKernel) Simulate(r Range, args ...any) error {
	return Simulate(r, k.fn.value.Interface(), args...)
}

// Close gives up the kernel's programs.
func (k *GoKernel) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, b := range k.reports {
		b.Close()
	}
	k.reports = nil
	k.variants.close()
	return k.whole.kernel.program.Close()
}

// Launch runs the kernel for each work-item of a range; the queue nil means the context's own. For a slice parameter the argument
// is a *[Buffer] or array of such elements, which stays on the device, or a Go slice, which is copied there and, where the kernel
// changes it, back again. The same slice may be given twice; slices that overlap otherwise are an error.
//
// A kernel with checks is waited for, as is one that was given Go slices: then an error of type *[ItemError] says that an item
// failed, which, and where. A kernel [WithoutChecks] on buffers runs on when Launch returns.
//
// Checks that cannot fail in a launch, as follows from its range, the lengths of its slices and its integers, are left out: where
// that is so for the first time, the kernel is built again without them: four times at most. Launches that could do without others
// then keep some of them; and if the first eight kinds of launches need all checks, later ones have all too.
func (k *GoKernel) Launch(q *Queue, r Range, args ...any) (*Event, error) {
	op := "GoKernel.Launch: " + k.fn.name
	l := &goLaunch{GoKernel: k, facts: make([]int64, 0, len(args))}
	defer l.release()
	if err := k.fn.count(args); err != nil {
		return nil, failed(op, err)
	}
	for i, a := range args {
		if err := l.add(i, a); err != nil {
			return nil, failed(op, err)
		}
	}
	l.variant = k.variants.choose(k, r, l.facts)
	if err := l.addReport(); err != nil {
		return nil, failed(op, err)
	}
	e, err := l.variant.kernel.Launch(q, r, l.args...)
	if err != nil {
		return nil, err
	}
	if len(k.whole.translated.Faults) == 0 && len(l.copies) == 0 {
		return e, nil
	}
	if err := e.Wait(); err != nil {
		return nil, err
	}
	return e, failed(op, l.finish())
}

// goLaunch is one launch of a Go kernel.
type goLaunch struct {
	*GoKernel
	args    []any   // of the kernel of OpenCL C
	facts   []int64 // what is known of each argument, see translate.Launch
	variant *goVariant
	copies  []*sliceCopy
	report  *Buffer[int32]
}

// sliceCopy is a Go slice on the device.
type sliceCopy struct {
	storage
	host reflect.Value
	back bool
}

// add takes the argument for the parameter number i.
func (l *goLaunch) add(i int, a any) error {
	t, p := l.fn.parameter(i), l.whole.translated.Parameters[i]
	if m, ok := a.(memoryArgument); ok && p.Slice && !reflect.ValueOf(a).IsNil() {
		s := m.memory()
		if s == nil || s.element == nil {
			return fmt.Errorf("argument %d is a %T that holds nothing", i, a)
		}
		if s.element != t.Elem() && (s.element.Kind() != t.Elem().Kind() || s.element.Kind() == reflect.Struct || s.element.Kind() == reflect.Array) {
			return fmt.Errorf("argument %d has elements of type %v, the parameter %s of %s is a %v", i, s.element, p.Name, l.fn.name, t)
		}
		n := s.count
		if view, ok := a.(interface{ Len() int }); ok { // an array may be the beginning of its memory
			n = view.Len()
		}
		l.args, l.facts = append(l.args, a, int64(n)), append(l.facts, int64(n))
		return nil
	}
	v := reflect.ValueOf(a)
	if !v.IsValid() || !v.Type().AssignableTo(t) {
		return l.fn.wrong(i, a)
	}
	if !p.Slice {
		l.args, l.facts = append(l.args, deviceValue(v)), append(l.facts, integerIn(v))
		return nil
	}
	c, err := l.copied(i, v, p.Written)
	if err != nil {
		return err
	}
	l.args, l.facts = append(l.args, c, int64(v.Len())), append(l.facts, int64(v.Len()))
	return nil
}

// integerIn is an integer's value, and 0 for what is none.
func integerIn(v reflect.Value) int64 {
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return int64(v.Uint())
	}
	return 0
}

// deviceValue is a value as the device takes it: a bool as a byte.
func deviceValue(v reflect.Value) any {
	if v.Kind() != reflect.Bool {
		return v.Interface()
	}
	if v.Bool() {
		return uint8(1)
	}
	return uint8(0)
}

// copied copies a Go slice to the device, once if it is given twice.
func (l *goLaunch) copied(i int, v reflect.Value, written bool) (*sliceCopy, error) {
	for _, c := range l.copies {
		switch {
		case v.Len() == 0 || !overlap(c.host, v):
		case c.host.Len() == v.Len() && c.host.Pointer() == v.Pointer() && c.host.Type() == v.Type():
			c.back = c.back || written
			return c, nil
		case c.back || written:
			return nil, fmt.Errorf("argument %d is a slice that overlaps another, which the kernel changes: give slices that are the same or apart, or buffers", i)
		}
	}
	c := &sliceCopy{host: v, back: written}
	context := l.whole.kernel.program.context
	if size := v.Type().Elem().Size(); int64(v.Len()) > context.device.MaxAllocation()/int64(size) {
		return nil, fmt.Errorf("argument %d has %d elements of %d bytes; %s takes at most %d bytes in one piece", i, v.Len(), size, context.device.Name(), context.device.MaxAllocation())
	}
	block, err := context.memory.allocate(max(1, v.Len()) * int(v.Type().Elem().Size()))
	if err != nil {
		return nil, fmt.Errorf("argument %d: %w", i, err)
	}
	element := v.Type().Elem()
	if element.Kind() == reflect.Bool {
		element = reflect.TypeFor[uint8]()
	}
	c.storage = storage{context: context, element: element, count: v.Len(), block: block}
	l.copies = append(l.copies, c)
	return c, c.transfer(hostToDevice)
}

func overlap(a, b reflect.Value) bool {
	from, to := a.Pointer(), b.Pointer()
	return a.Len() > 0 && b.Len() > 0 && from < to+uintptr(b.Len())*b.Type().Elem().Size() && to < from+uintptr(a.Len())*a.Type().Elem().Size()
}

// transfer copies the slice to or from the device.
func (c *sliceCopy) transfer(way direction) error {
	e, err := c.begin("GoKernel.Launch", c.context.queue, c.host.UnsafePointer(), 0, c.count, way)
	if err != nil {
		return err
	}
	return e.Wait()
}

// addReport adds the argument for the report of faults, if the kernel has one.
func (l *goLaunch) addReport() error {
	if len(l.variant.translated.Faults) == 0 {
		return nil
	}
	l.mu.Lock()
	if n := len(l.reports); n > 0 {
		l.report, l.reports = l.reports[n-1], l.reports[:n-1]
	}
	l.mu.Unlock()
	if l.report == nil {
		b, err := BufferOf(l.whole.kernel.program.context, make([]int32, translate.ReportInts))
		if err != nil {
			return err
		}
		l.report = b
	}
	l.args = append(l.args, l.report)
	return nil
}

// finish reads the report, and copies back what the kernel changed.
func (l *goLaunch) finish() error {
	if err := l.fault(); err != nil {
		return err
	}
	for _, c := range l.copies {
		if c.back {
			if err := c.transfer(deviceToHost); err != nil {
				return err
			}
		}
	}
	return nil
}

// fault returns what the kernel reported.
func (l *goLaunch) fault() error {
	if l.report == nil {
		return nil
	}
	ints := make([]int32, translate.ReportInts)
	if err := l.report.Read(ints, 0); err != nil {
		return err
	}
	if ints[0] == 0 {
		l.mu.Lock()
		l.reports = append(l.reports, l.report)
		l.mu.Unlock()
		l.report = nil
		return nil
	}
	number := func(i int) int64 { return int64(uint32(ints[2*i])) | int64(ints[2*i+1])<<32 }
	n, faults := int(ints[0])-1, l.variant.translated.Faults
	if n < 0 || n >= len(faults) {
		return fmt.Errorf("the kernel's report is damaged (%d): it wrote where it should not", ints[0])
	}
	f := faults[n]
	return &ItemError{
		Kernel: l.fn.name, Pos: f.Pos.String(), Value: f.Message(number(1), number(2)),
		Global: [3]int{int(number(3)), int(number(4)), int(number(5))},
	}
}

// release gives up what the launch held.
func (l *goLaunch) release() {
	context := l.whole.kernel.program.context
	context.commands.Lock()
	for _, c := range l.copies {
		context.memory.giveBack(c.block)
	}
	context.commands.Unlock()
	if l.report != nil {
		l.report.Close()
	}
}

// cNameOf is the C type that a kernel has for a Go type. Of arrays and structs, whose names are made up, it is name.
func cNameOf(t reflect.Type, name string) string {
	if t.Kind() == reflect.Bool {
		return "uchar"
	}
	kind, _ := scalarOf(t)
	if t.Kind() == reflect.Array || t.Kind() == reflect.Struct {
		return name
	}
	for c, k := range cKinds {
		if k == kind && !slices.Contains([]string{"half", "signed", "unsigned"}, c) && !strings.Contains(c, " ") {
			return c
		}
	}
	return ""
}
