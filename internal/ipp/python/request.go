package python

import (
	"errors"
	"fmt"
	"slices"

	"github.com/warren-go/warren/internal/pickle"
)

// request is an apply request as ipyparallel.serialize packs it.
type request struct {
	function any // a Reference or a CannedFunction
	args     []any
	named    []pickle.Item // keyword arguments, by string keys
}

// maxItems is up to how many items ipyparallel sends the parts of a container beside it.
const maxItems = 64

const canning = "ipyparallel.serialize.canning"

// unpack reads the buffers of a request: the function, a dict that counts the others, and those of the arguments.
func unpack(buffers [][]byte) (request, error) {
	var r request
	var err error
	if r.function, buffers, err = object(buffers); err != nil {
		return r, fmt.Errorf("the function: %w", err)
	}
	info, buffers, err := object(buffers)
	if err != nil {
		return r, fmt.Errorf("the number of arguments: %w", err)
	}
	count, keys, err := counts(info)
	if err != nil {
		return r, err
	}
	for i := range count {
		var v any
		if v, buffers, err = object(buffers); err != nil {
			return r, fmt.Errorf("argument %d: %w", i+1, err)
		}
		r.args = append(r.args, v)
	}
	for _, key := range keys {
		var v any
		if v, buffers, err = object(buffers); err != nil {
			return r, fmt.Errorf("argument %s: %w", key, err)
		}
		r.named = append(r.named, pickle.Item{Key: key, Value: v})
	}
	if len(buffers) > 0 {
		return r, fmt.Errorf("%d buffers are left over", len(buffers))
	}
	return r, nil
}

// counts reads how many arguments there are, and the names of those that have one.
func counts(info any) (args int, names []string, err error) {
	d, ok := info.(*pickle.Dict)
	if !ok {
		return 0, nil, errors.New("the second buffer does not say how many arguments there are")
	}
	n, _ := d.Get("nargs")
	keys, _ := d.Get("kw_keys")
	count, ok := n.(int64)
	list, ok2 := keys.(*pickle.List)
	if !ok || !ok2 || count < 0 {
		return 0, nil, errors.New("the second buffer does not say how many arguments there are")
	}
	for _, key := range list.Items {
		name, ok := key.(string)
		if !ok {
			return 0, nil, errors.New("the name of an argument is no string")
		}
		names = append(names, name)
	}
	return int(count), names, nil
}

// object reads a value from the first buffer and those that hold parts of it, and returns the other buffers.
func object(buffers [][]byte) (any, [][]byte, error) {
	if len(buffers) == 0 {
		return nil, nil, errors.New("its buffer is missing")
	}
	v, err := pickle.Load(buffers[0])
	if err != nil {
		return nil, nil, err
	}
	buffers = buffers[1:]
	for _, part := range parts(v) {
		if buffers, err = restore(part, buffers); err != nil {
			return nil, nil, err
		}
	}
	return v, buffers, nil
}

// parts are the values whose data may be beside the pickle, in the order of the buffers.
func parts(v any) []any {
	switch v := v.(type) {
	case *pickle.List:
		return few(v.Items)
	case pickle.Tuple:
		return few(v)
	case *pickle.Set:
		return few(v.Items)
	case *pickle.Dict:
		if len(v.Items) >= maxItems {
			return nil
		}
		sorted := slices.Clone(v.Items)
		slices.SortStableFunc(sorted, func(a, b pickle.Item) int {
			x, _ := a.Key.(string)
			y, _ := b.Key.(string)
			return compare(x, y)
		})
		values := make([]any, len(sorted))
		for i, item := range sorted {
			values[i] = item.Value
		}
		return values
	}
	return []any{v}
}

func few(items []any) []any {
	if len(items) >= maxItems {
		return nil
	}
	return items
}

func compare(x, y string) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// restore puts buffers in place of those that a canned object lacks, and returns the others.
func restore(v any, buffers [][]byte) ([][]byte, error) {
	o, ok := v.(*pickle.Object)
	if !ok {
		return buffers, nil
	}
	list, ok := attribute[*pickle.List](o, "buffers")
	if class, is := o.Class.(pickle.Global); !ok || !is || class.Module != canning {
		return buffers, nil
	}
	for i, b := range list.Items {
		if b != nil {
			continue
		}
		if len(buffers) == 0 {
			return nil, errors.New("a buffer is missing")
		}
		list.Items[i] = buffers[0]
		buffers = buffers[1:]
	}
	return buffers, nil
}

// attribute returns an attribute of an object if it is of that type.
func attribute[T any](o *pickle.Object, name string) (T, bool) {
	v, _ := o.Attribute(name)
	t, ok := v.(T)
	return t, ok
}
