package opencl

import (
	"reflect"
	"unsafe"

	"github.com/warren-go/warren/opencl/internal/generate"
)

// CopyIf makes an array of those elements for which a predicate holds, in their order, as
//
//	y, err := opencl.CopyIf(x, "x[i] > limit && mask[i]", opencl.Vars{"limit": 3, "mask": m})
//
// The predicate is an expression of OpenCL C. It knows the array as x, the index as i, the length as n, and the variables; these may
// be nil. The result is a view of memory as long as x, and its length is waited for. Options: On, WaitFor.
func CopyIf[T any](x *Array[T], predicate string, vars Vars, opts ...Option) (*Array[T], error) {
	kept, _, err := selected("CopyIf", x, predicate, vars, false, opts)
	return kept, err
}

// RemoveIf makes an array of those elements for which a predicate does not hold: see [CopyIf].
func RemoveIf[T any](x *Array[T], predicate string, vars Vars, opts ...Option) (*Array[T], error) {
	const op = "RemoveIf"
	if err := generate.Balanced(predicate); err != nil {
		return nil, failed(op, err)
	}
	kept, _, err := selected(op, x, "!("+predicate+")", vars, false, opts)
	return kept, err
}

// Partition makes an array of those elements for which a predicate holds, and one of the others, both in their order: see [CopyIf].
func Partition[T any](x *Array[T], predicate string, vars Vars, opts ...Option) (kept, others *Array[T], err error) {
	return selected("Partition", x, predicate, vars, true, opts)
}

// Unique makes an array without those elements that are equal to the one before them: of a sorted array, each value once. It is a
// view, as that of [CopyIf]. Options: On, WaitFor.
func Unique[T Element](x *Array[T], opts ...Option) (*Array[T], error) {
	kept, _, err := selected("Unique", x, "i == 0 || x[i] != x[i - 1]", nil, false, opts)
	return kept, err
}

// selected copies elements to where a running count of those that are wanted says.
func selected[T any](op string, x *Array[T], predicate string, vars Vars, both bool, opts []Option) (kept, others *Array[T], err error) {
	if err := x.check(op); err != nil {
		return nil, nil, err
	}
	if err := generate.Balanced(predicate); err != nil {
		return nil, nil, failed(op, err)
	}
	v, _, err := readVars[T](op, vars, true)
	if err != nil {
		return nil, nil, err
	}
	o, err := readOptions(op, opts, "On", "WaitFor")
	if err != nil {
		return nil, nil, err
	}
	q := o.on(x.queue)
	if kept, err = newArray[T](op, q, x.count); err != nil {
		return nil, nil, err
	}
	others = kept // unused, but for Partition
	if both {
		if others, err = newArray[T](op, q, x.count); err != nil {
			return nil, nil, err
		}
	}
	n, err := selectInto(op, o, v, x, kept, others, predicate, both)
	if err != nil {
		return nil, nil, err
	}
	if kept, err = kept.Slice(0, n, 1); err != nil || !both {
		return kept, nil, err
	}
	others, err = others.Slice(0, x.count-n, 1)
	return kept, others, err
}

// selectInto tells how many elements it kept.
func selectInto(op string, o options, v variables, x, kept, others arrayArgument, predicate string, both bool) (int, error) {
	if x.view().count == 0 {
		return 0, nil
	}
	c, t, q := x.view().context, x.view().element, kept.view().queue
	key := operationKey{op: op + "\x00" + predicate + "\x00" + v.list, x: t}
	k, err := operation(c, key, func() (*scanner, error) {
		output := "if (item != prev_item) kept[prev_item] = x[i]; "
		if both {
			output += "else others[i - prev_item] = x[i]; "
		}
		opts := []GeneratorOption{On(c), structOption{t}}
		for _, t := range v.types {
			opts = append(opts, structOption{t})
		}
		n := cName(t)
		return newScanner(reflect.TypeFor[int64](), Scan{
			Arguments: v.list + "const " + n + " *x, " + n + " *kept, " + n + " *others, long *count", Input: "(" + predicate + ") ? 1 : 0",
			Reduce: "a+b", Neutral: "0", Output: output + "if (i == n - 1) count[0] = item", Name: kernelName(op, []reflect.Type{t}),
		}, opts...)
	})
	if err != nil {
		return 0, err
	}
	count, err := newScratch(op, c, reflect.TypeFor[int64](), 1)
	if err != nil {
		return 0, err
	}
	defer count.release()
	if _, err = k.call(op, o, append(v.args, x, kept, others, count)); err != nil {
		return 0, err
	}
	var n int64
	e, err := count.begin(op, q, unsafe.Pointer(&n), 0, 1, deviceToHost)
	if err == nil {
		err = e.Wait()
	}
	return int(n), err
}
