package opencl

import (
	_ "embed"
	"fmt"
	"math/bits"
	"reflect"

	"github.com/warren-go/warren/opencl/internal/generate"
)

//go:embed sort.cl
var sortSource string

// Sort makes an array of the elements in ascending order, by radix sort. NaN comes first, as in package slices, and -0 before 0.
// Options: On, Into, WaitFor, [KeyBits].
func Sort[T Element](a *Array[T], opts ...Option) (*Array[T], error) {
	const op = "Sort"
	if err := a.check(op); err != nil {
		return nil, err
	}
	s, err := newSorting(op, a, a, opts)
	if err != nil {
		return nil, err
	}
	s.withValues = false
	sorted, _, err := s.run()
	if err != nil || s.into == nil {
		return sorted, err
	}
	defer sorted.Close()
	z, ok := s.into.(*Array[T])
	if !ok {
		return nil, refused(op, "Into names a %T; the result is an Array[%v]", s.into, a.buffer.element)
	}
	return sorted.Copy(Into(z), On(s.queue))
}

// SortByKey sorts keys, and puts the values in the same order: they are as many. Values of equal keys keep their order. Options: On,
// WaitFor, [KeyBits].
func SortByKey[K Element, V any](keys *Array[K], values *Array[V], opts ...Option) (*Array[K], *Array[V], error) {
	const op = "SortByKey"
	if err := keys.check(op); err != nil {
		return nil, nil, err
	}
	if err := sameLength(op, keys, values); err != nil {
		return nil, nil, err
	}
	s, err := newSorting(op, keys, values, opts)
	if err != nil {
		return nil, nil, err
	}
	if s.into != nil {
		return nil, nil, refused(op, "Into is no option here")
	}
	s.withValues = true
	return s.run()
}

// sorting is one call of Sort or SortByKey.
type sorting[K Element, V any] struct {
	options
	op         string
	keys       *Array[K]
	values     *Array[V]
	withValues bool
	queue      *Queue
	bits       int // of a key
}

func newSorting[K Element, V any](op string, keys *Array[K], values *Array[V], opts []Option) (*sorting[K, V], error) {
	o, err := readOptions(op, opts, "On", "Into", "WaitFor", "KeyBits")
	if err != nil {
		return nil, err
	}
	if values.buffer.context != keys.buffer.context {
		return nil, refused(op, "keys and values belong to different contexts")
	}
	s := &sorting[K, V]{options: o, op: op, keys: keys, values: values, queue: o.on(keys.queue), bits: 8 * int(keys.buffer.element.Size())}
	for _, name := range o.given {
		if name != "KeyBits" {
			continue
		}
		if t := keys.buffer.element; !isInteger(t) || isSigned(t) || o.keyBits < 1 || o.keyBits > s.bits {
			return nil, refused(op, "KeyBits(%d) for keys of type %v; it takes 1 to %d for unsigned keys", o.keyBits, t, s.bits)
		}
		s.bits = o.keyBits
	}
	return s, o.wait(s.queue)
}

// digitBits is how many bits are sorted by at a time: a core counts many digits in its cache, the work-items of a GPU few each.
func digitBits(d *Device) int {
	if d.Type() == CPU {
		return 8
	}
	return 4
}

// run sorts copies.
func (s *sorting[K, V]) run() (*Array[K], *Array[V], error) {
	d := s.keys.buffer.context.device
	keys, err := s.keys.Copy(On(s.queue))
	if err != nil || keys.count == 0 {
		return keys, s.values, err
	}
	keys2, err := newArray[K](s.op, s.queue, keys.count)
	if err != nil {
		return nil, nil, err
	}
	values, values2 := s.values, s.values
	if s.withValues {
		if values, err = s.values.Copy(On(s.queue)); err != nil {
			return nil, nil, err
		}
		if values2, err = newArray[V](s.op, s.queue, keys.count); err != nil {
			return nil, nil, err
		}
	}
	for shift := 0; shift < s.bits; shift += digitBits(d) {
		if err := s.pass(keys, keys2, values, values2, shift); err != nil {
			return nil, nil, err
		}
		keys, keys2, values, values2 = keys2, keys, values2, values
	}
	keys2.Close()
	if s.withValues {
		values2.Close()
	}
	return keys, values, nil
}

// pass sorts by one digit.
func (s *sorting[K, V]) pass(keys, sortedKeys *Array[K], values, sortedValues *Array[V], shift int) error {
	c := keys.buffer.context
	digits := 1 << digitBits(c.device)
	items := s.items()
	run := (keys.count + items - 1) / items
	kernels, err := s.kernels()
	if err != nil {
		return err
	}
	counts, err := newArray[int64](s.op, s.queue, digits*items)
	if err != nil {
		return err
	}
	defer counts.Close()
	r := Global(items).Groups(sortGroup(c.device))
	if _, err := kernels[0].Launch(s.queue, r, keys.buffer, keys.count, run, shift, counts.buffer); err != nil {
		return err
	}
	places, err := operation(c, operationKey{op: "places"}, func() (*scanner, error) {
		return newScanner(reflect.TypeFor[int64](), Scan{Arguments: "long *x", Input: "x[i]", Reduce: "a+b", Neutral: "0", Output: "x[i] = prev_item", Name: "sort_places"}, On(c))
	})
	if err != nil {
		return err
	}
	if _, err := places.call(s.op, options{queue: s.queue}, []any{counts}); err != nil {
		return err
	}
	with := 0
	if s.withValues {
		with = 1
	}
	_, err = kernels[1].Launch(s.queue, r, keys.buffer, values.buffer, keys.count, run, shift, counts.buffer, sortedKeys.buffer, sortedValues.buffer, with)
	return err
}

// items is how many work-items share the keys: whole work-groups. Some may have none.
func (s *sorting[K, V]) items() int {
	d, n := s.keys.buffer.context.device, s.keys.count
	switch {
	case d.Type() != CPU:
		return roundUp(max(1, min(n/64, 256*d.ComputeUnits())), sortGroup(d))
	case n <= alone:
		return 1
	}
	return groupsPerCore * d.ComputeUnits()
}

// sortGroup is the size of work-groups.
func sortGroup(d *Device) int {
	if d.Type() == CPU {
		return 1
	}
	return min(64, d.MaxWorkGroup())
}

// kernels are those of sort.cl.
func (s *sorting[K, V]) kernels() ([]*Kernel, error) {
	c, k, v := s.keys.buffer.context, s.keys.buffer.element, s.values.buffer.element
	return operation(c, operationKey{"sort", k, v}, func() ([]*Kernel, error) {
		value, err := generate.TypeOf(v)
		if err != nil {
			return nil, failed(s.op, err)
		}
		text := generate.Head + value.Declare + typedefs(k) + "typedef " + value.Name + " V;\n" + keyOf(k) + fmt.Sprintf("#define DIGITS %d\n", 1<<digitBits(c.device)) + sortSource
		return new(generator).buildAll(c, text, "count_digits", "move_keys")
	})
}

// keyOf is a function in OpenCL C that makes an unsigned number of a T, in the order of the Ts.
func keyOf(t reflect.Type) string {
	unsigned := map[uintptr]string{1: "uchar", 2: "ushort", 4: "uint", 8: "ulong"}[t.Size()]
	sign := fmt.Sprintf("((%s)1 << %d)", unsigned, 8*t.Size()-1)
	body := "v"
	switch {
	case isFloat(t):
		body = "v != v ? 0 : as_" + unsigned + "(v) & " + sign + " ? ~as_" + unsigned + "(v) : as_" + unsigned + "(v) | " + sign
	case isSigned(t):
		body = "(" + unsigned + ")v ^ " + sign
	}
	return unsigned + " key_of(T v) { return " + body + "; }\n"
}

// BitonicSort sorts an array in place, in the order of [Sort], by comparing and exchanging pairs: many short steps, which is fast
// for arrays of some thousands on a GPU. Equal elements may change places. Option: On.
func BitonicSort[T Element](a *Array[T], opts ...Option) error {
	const op = "BitonicSort"
	if err := a.check(op); err != nil {
		return err
	}
	o, err := readOptions(op, opts, "On")
	if err != nil {
		return err
	}
	t := a.buffer.element
	k, err := operation(a.buffer.context, operationKey{op: op, x: t}, func() (*ElementwiseKernel, error) {
		return NewElementwiseKernel(cName(t)+" *x, long length, long apart, int mirror", `
			const long low = i / apart * 2 * apart + i % apart;
			const long high = mirror ? i / apart * 2 * apart + 2 * apart - 1 - i % apart : low + apart;
			if (high < length) {
				const T a = x[low], b = x[high];
				const int wrong = key_of(b) < key_of(a);
				x[low] = wrong ? b : a;
				x[high] = wrong ? a : b;
			}`, kernelName(op, []reflect.Type{t}), On(a.buffer.context), Preamble(typedefs(t)+keyOf(t)))
	})
	if err != nil || a.count < 2 {
		return err
	}
	all := Over{0, 1 << bits.Len(uint(a.count-1)) / 2, 1}
	for size := 2; size < 2*a.count; size *= 2 {
		for half := size / 2; half > 0; half /= 2 {
			mirror := 0
			if half == size/2 {
				mirror = 1
			}
			if _, err := k.call(op, o, []any{a, a.count, half, mirror, all}); err != nil {
				return err
			}
		}
	}
	return nil
}
