package opencl

import (
	"fmt"
	"math"
	"reflect"
	"unsafe"

	"github.com/warren-go/warren/opencl/internal/generate"
)

// Array is a row of elements on a device: those of a [Buffer], or a view of some of them at even distances.
//
// T is a type of numbers for all that computes. Arrays of structs of numbers, and of vectors as [4]float32, can be made, copied,
// viewed, given to kernels and selected from.
//
// What computes returns a new array, or writes to the one of the option [Into], and returns when the command was given to the
// queue; what returns numbers of Go waits for them. Arrays in one call have the same length and context. All of it can be
// called from several goroutines; what is done with one array is done in the order of the calls.
type Array[T any] struct {
	buffer *Buffer[T]
	queue  *Queue
	first  int // the buffer's element that is the array's first
	step   int // from each to the next
	count  int
}

// arrayArgument is what generated kernels take for an array.
type arrayArgument interface {
	memoryArgument
	view() view
}

// view says which elements of a storage there are.
type view struct {
	*storage
	queue              *Queue
	first, step, count int
}

func (s *storage) view() view { return view{s, s.context.queue, 0, 1, s.count} }

func (a *Array[T]) view() view { return view{&a.buffer.storage, a.queue, a.first, a.step, a.count} }

func (a *Array[T]) memory() *storage {
	if a.buffer == nil {
		return nil
	}
	return &a.buffer.storage
}

// checkWhole says why the array cannot be what a kernel's pointer points to.
func (a *Array[T]) checkWhole() error {
	if a.first != 0 || a.step != 1 && a.count > 1 {
		return fmt.Errorf("a view that begins at element %d of its memory and goes in steps of %d; kernels take the memory as a whole: give a Copy", a.first, a.step)
	}
	return nil
}

// check says why nothing can be done with the array.
func (a *Array[T]) check(op string) error {
	if a == nil || a.buffer == nil {
		return refused(op, "an Array[%v] that holds nothing; make it by ToDevice, Zeros or the like", reflect.TypeFor[T]())
	}
	return nil
}

// usable says why arrays of a type cannot be in a context.
func usable(op string, c *Context, t reflect.Type) error {
	ct, err := generate.TypeOf(t)
	if err != nil {
		return failed(op, err)
	}
	if ct.Float64 && !c.device.HasFloat64() {
		return refused(op, "%s does not know float64 (double), which %v has: use float32", c.device.Name(), t)
	}
	return nil
}

// newArray makes an array of n elements on a queue.
func newArray[T any](op string, q *Queue, n int) (*Array[T], error) {
	if err := usable(op, q.context, reflect.TypeFor[T]()); err != nil {
		return nil, err
	}
	b, err := NewBuffer[T](q.context, n)
	if err != nil {
		return nil, err
	}
	return &Array[T]{b, q, 0, 1, n}, nil
}

// Empty makes an array of n elements that have any values. Its option is On, as that of all functions that make arrays.
func Empty[T any](n int, opts ...Option) (*Array[T], error) {
	return emptyFor[T]("Empty", n, opts)
}

func emptyFor[T any](op string, n int, opts []Option) (*Array[T], error) {
	o, err := readOptions(op, opts, "On")
	if err != nil {
		return nil, err
	}
	q, err := Place{o.context, o.queue}.orDefault()
	if err != nil {
		return nil, err
	}
	return newArray[T](op, q, n)
}

// ToDevice makes an array with a copy of x.
func ToDevice[T any](x []T, opts ...Option) (*Array[T], error) {
	a, err := emptyFor[T]("ToDevice", len(x), opts)
	if err != nil {
		return nil, err
	}
	return either(a, a.Set(x))
}

// Zeros makes an array of n zeros.
func Zeros[T any](n int, opts ...Option) (*Array[T], error) {
	var zero T
	return filled("Zeros", n, zero, opts)
}

// Full makes an array of n elements v.
func Full[T any](n int, v T, opts ...Option) (*Array[T], error) { return filled("Full", n, v, opts) }

func filled[T any](op string, n int, v T, opts []Option) (*Array[T], error) {
	a, err := emptyFor[T](op, n, opts)
	if err != nil {
		return nil, err
	}
	return either(a, a.Fill(v))
}

// EmptyLike makes an array as long as a, on the same queue, whose elements have any values.
func EmptyLike[T any](a *Array[T]) (*Array[T], error) {
	if err := a.check("EmptyLike"); err != nil {
		return nil, err
	}
	return Empty[T](a.count, On(a.queue))
}

// ZerosLike makes an array of zeros as long as a, on the same queue.
func ZerosLike[T any](a *Array[T]) (*Array[T], error) {
	if err := a.check("ZerosLike"); err != nil {
		return nil, err
	}
	return Zeros[T](a.count, On(a.queue))
}

// FullLike makes an array of elements v as long as a, on the same queue.
func FullLike[T any](a *Array[T], v T) (*Array[T], error) {
	if err := a.check("FullLike"); err != nil {
		return nil, err
	}
	return Full(a.count, v, On(a.queue))
}

// Arange makes an array of the numbers start, start+step, start+2*step … before stop. The step may be negative.
func Arange[T Element](start, stop, step T, opts ...Option) (*Array[T], error) {
	n, err := arangeCount(float64(start), float64(stop), float64(step))
	if err != nil {
		return nil, failed("Arange", err)
	}
	a, err := emptyFor[T]("Arange", n, opts)
	if err != nil {
		return nil, err
	}
	return either(a, assign(a, "Arange", "start + (T) i * step", named{"start", start}, named{"step", step}))
}

func arangeCount(start, stop, step float64) (int, error) {
	n := math.Ceil((stop - start) / step)
	switch {
	case step == 0:
		return 0, fmt.Errorf("the step is 0")
	case math.IsNaN(n) || n > 1<<48:
		return 0, fmt.Errorf("the numbers from %v to %v in steps of %v have no end", start, stop, step)
	}
	return int(max(0, n)), nil
}

// Linspace makes an array of n numbers at even distances from start to stop, both included.
func Linspace[T ~float32 | ~float64](start, stop T, n int, opts ...Option) (*Array[T], error) {
	a, err := emptyFor[T]("Linspace", n, opts)
	if err != nil {
		return nil, err
	}
	return either(a, assign(a, "Linspace", "i == 0 ? start : i == n - 1 ? stop : start + (stop - start) * ((T) i / (T) (n - 1))", named{"start", start}, named{"stop", stop}))
}

// named is a value under the name that an expression knows it by.
type named struct {
	name  string
	value any
}

// assign sets each element of an array to what an expression of i, n and some values gives. T in it is the elements' type.
func assign(a arrayArgument, op, expression string, values ...named) error {
	t, c := a.view().element, a.view().queue.context
	k, err := operation(c, operationKey{op: op, x: t}, func() (*ElementwiseKernel, error) {
		list := cName(t) + " *z"
		for _, v := range values {
			list += ", " + cName(reflect.TypeOf(v.value)) + " " + v.name
		}
		return newOperation(c, op, list, "z[i] = "+expression, t)
	})
	if err != nil {
		return err
	}
	args := []any{a}
	for _, v := range values {
		args = append(args, v.value)
	}
	_, err = k.call(op, options{}, args)
	return err
}

// Len is the number of elements.
func (a *Array[T]) Len() int { return a.count }

// Context is the context that the array belongs to.
func (a *Array[T]) Context() *Context { return a.buffer.context }

// Queue is the queue that what is done with the array runs on, where no other is named.
func (a *Array[T]) Queue() *Queue { return a.queue }

// Buffer is the memory that the array's elements are in, with all others that are there.
func (a *Array[T]) Buffer() *Buffer[T] { return a.buffer }

// Close gives up the memory, that of all views of it too. It is not needed: what nothing refers to any more is given up by the
// garbage collector. To Close twice does nothing.
func (a *Array[T]) Close() error {
	if err := a.check("Array.Close"); err != nil {
		return err
	}
	return a.buffer.Close()
}

// contiguous tells whether the elements lie side by side in their order.
func (a *Array[T]) contiguous() bool { return a.step == 1 || a.count <= 1 }

// Get copies the elements to a slice of Go.
func (a *Array[T]) Get() ([]T, error) {
	const op = "Array.Get"
	if err := a.check(op); err != nil {
		return nil, err
	}
	x := make([]T, a.count)
	return x, a.read(op, x)
}

// GetInto copies the elements to x, which has the same length.
func (a *Array[T]) GetInto(x []T) error {
	const op = "Array.GetInto"
	if err := a.check(op); err != nil {
		return err
	}
	if len(x) != a.count {
		return refused(op, "a slice of %d for an array of %d elements", len(x), a.count)
	}
	return a.read(op, x)
}

func (a *Array[T]) read(op string, x []T) error {
	if !a.contiguous() {
		side, err := a.Copy()
		if err != nil {
			return err
		}
		defer side.Close()
		a = side
	}
	return a.transfer(op, x, a.first, deviceToHost)
}

// At gives the element number i.
func (a *Array[T]) At(i int) (T, error) {
	const op = "Array.At"
	var x [1]T
	if err := a.check(op); err != nil {
		return x[0], err
	}
	if i < 0 || i >= a.count {
		return x[0], refused(op, "there is no element %d in an array of %d", i, a.count)
	}
	err := a.transfer(op, x[:], a.first+i*a.step, deviceToHost)
	return x[0], err
}

// Set copies x, which has the same length, to the array.
func (a *Array[T]) Set(x []T) error {
	const op = "Array.Set"
	if err := a.check(op); err != nil {
		return err
	}
	if len(x) != a.count {
		return refused(op, "a slice of %d for an array of %d elements", len(x), a.count)
	}
	if a.contiguous() {
		return a.transfer(op, x, a.first, hostToDevice)
	}
	side, err := ToDevice(x, On(a.queue))
	if err != nil {
		return err
	}
	defer side.Close()
	_, err = side.Copy(Into(a))
	return err
}

// transfer copies between x and the elements of the memory from number at on, and waits for it.
func (a *Array[T]) transfer(op string, x []T, at int, way direction) error {
	e, err := a.buffer.begin(op, a.queue, unsafe.Pointer(unsafe.SliceData(x)), at, len(x), way)
	if err != nil {
		return err
	}
	return e.Wait()
}

// Fill sets all elements to v.
func (a *Array[T]) Fill(v T) error {
	const op = "Array.Fill"
	if err := a.check(op); err != nil {
		return err
	}
	size := int(a.buffer.element.Size())
	whole := a.first == 0 && a.contiguous() && a.count == a.buffer.count
	if whole && !fillsByKernel(a.buffer.context, size) {
		_, err := a.buffer.FillAsync(a.queue, v)
		return err
	}
	return assign(a, op, "v", named{"v", v})
}

// fillsByKernel tells whether a kernel fills memory faster than the driver's own way: that of CPUs goes by single patterns.
func fillsByKernel(c *Context, size int) bool { return c.device.Type() == CPU && size <= 16 }

// Copy makes an array of its own with the same elements. Options: On, Into, WaitFor.
func (a *Array[T]) Copy(opts ...Option) (*Array[T], error) {
	const op = "Array.Copy"
	if err := a.check(op); err != nil {
		return nil, err
	}
	o, z, err := result[T](op, a.view(), opts)
	if err != nil {
		return nil, err
	}
	return either(z, copyElements(op, a, z, o))
}

// copyElements copies those of a to z.
func copyElements(op string, a, z arrayArgument, o options) error {
	t, c := a.view().element, a.view().context
	k, err := operation(c, operationKey{op: op, x: t}, func() (*ElementwiseKernel, error) {
		return newOperation(c, op, "const "+cName(t)+" *x, "+cName(t)+" *z", "z[i] = x[i]", t)
	})
	if err != nil {
		return err
	}
	_, err = k.call(op, o, []any{a, z})
	return err
}

// result makes the array that an operation on a writes to, if the options name none.
func result[R any](op string, a view, opts []Option) (options, *Array[R], error) {
	o, err := readOptions(op, opts, "On", "Into", "WaitFor")
	if err != nil {
		return o, nil, err
	}
	if o.into == nil {
		z, err := newArray[R](op, o.on(a.queue), a.count)
		return o, z, err
	}
	z, ok := o.into.(*Array[R])
	if !ok {
		return o, nil, refused(op, "Into names a %T; the result is an Array[%v]", o.into, reflect.TypeFor[R]())
	}
	if err := z.check(op + ": Into"); err != nil {
		return o, nil, err
	}
	if z.count != a.count {
		return o, nil, refused(op, "Into names an array of %d elements; the result has %d", z.count, a.count)
	}
	return o, z, nil
}

// Concatenate makes an array of the elements of several, one after the other.
func Concatenate[T any](arrays ...*Array[T]) (*Array[T], error) {
	const op = "Concatenate"
	if len(arrays) == 0 {
		return nil, refused(op, "there are no arrays")
	}
	n := 0
	for i, a := range arrays {
		if err := a.check(fmt.Sprintf("%s: array %d", op, i)); err != nil {
			return nil, err
		}
		n += a.count
	}
	all, err := newArray[T](op, arrays[0].queue, n)
	if err != nil {
		return nil, err
	}
	at := 0
	for _, a := range arrays {
		part := &Array[T]{all.buffer, all.queue, at, 1, a.count}
		if _, err := a.Copy(Into(part), On(all.queue)); err != nil {
			return nil, err
		}
		at += a.count
	}
	return all, nil
}

// overlaps tells whether two views have memory in common and are not the same.
func (v view) overlaps(w view) bool {
	if v.storage != w.storage || v.count == 0 || w.count == 0 || v.first == w.first && (v.step == w.step || v.count == 1) && v.count == w.count {
		return false
	}
	vlo, vhi := v.span()
	wlo, whi := w.span()
	if vhi < wlo || whi < vlo {
		return false
	}
	return v.step != w.step && v.step != -w.step || (v.first-w.first)%v.step == 0
}

// span is the least and the greatest element of the storage that the view has.
func (v view) span() (lo, hi int) {
	last := v.first + (v.count-1)*v.step
	return min(v.first, last), max(v.first, last)
}
