package python

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/warren-go/warren/internal/pickle"
)

// Reference is an expression of Go.
type Reference string

// numbers are those of a range.
type numbers struct{ start, stop, step int64 }

// length is how many numbers there are, and negative if an int64 cannot hold that.
func (n numbers) length() int64 {
	switch {
	case n.step > 0 && n.start < n.stop:
		return 1 + int64((uint64(n.stop)-uint64(n.start)-1)/uint64(n.step))
	case n.step < 0 && n.start > n.stop:
		return 1 + int64((uint64(n.start)-uint64(n.stop)-1)/(-uint64(n.step)))
	}
	return 0
}

// simple makes of an object that stands for a value that value: an *Array, a Reference, numbers, []byte, complex128, or one that
// pickles have by themselves. Other values it leaves as they are.
func simple(v any) (any, error) {
	o, ok := v.(*pickle.Object)
	if !ok {
		return v, nil
	}
	class, ok := o.Class.(pickle.Global)
	if !ok {
		return nil, errors.New("an object without a class cannot become a value of Go")
	}
	make, ok := makers[class]
	if !ok {
		return nil, fmt.Errorf("an object of Python's class %v cannot become a value of Go: send numbers, strings, lists, dicts or NumPy arrays", class)
	}
	made, err := make(o)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", class, err)
	}
	return made, nil
}

// makers say what objects of some classes stand for.
var makers map[pickle.Global]func(*pickle.Object) (any, error)

func init() {
	makers = map[pickle.Global]func(*pickle.Object) (any, error){
		{Module: canning, Name: "Reference"}:        reference,
		{Module: canning, Name: "CannedArray"}:      cannedArray,
		{Module: canning, Name: "CannedBytes"}:      cannedBytes,
		{Module: canning, Name: "CannedMemoryView"}: cannedBytes,
		{Module: canning, Name: "CannedFunction"}:   noFunction,
		{Module: "builtins", Name: "range"}:         toRange,
		{Module: "__builtin__", Name: "xrange"}:     toRange,
		{Module: "builtins", Name: "complex"}:       toComplex,
		{Module: "__builtin__", Name: "complex"}:    toComplex,
		{Module: "builtins", Name: "set"}:           toSet,
		{Module: "__builtin__", Name: "set"}:        toSet,
		{Module: "builtins", Name: "bytearray"}:     toBytes,
		{Module: "_codecs", Name: "encode"}:         encoded,
	}
	for _, core := range []string{"numpy._core", "numpy.core"} { // NumPy 2 and 1
		makers[pickle.Global{Module: core + ".multiarray", Name: "_reconstruct"}] = pickledArray
		makers[pickle.Global{Module: core + ".multiarray", Name: "scalar"}] = scalar
		makers[pickle.Global{Module: core + ".numeric", Name: "_frombuffer"}] = fromBuffer
	}
}

var errArgs = errors.New("its arguments are not what they should be")

func reference(o *pickle.Object) (any, error) {
	name, ok := attribute[string](o, "name")
	if !ok {
		return nil, errArgs
	}
	return Reference(name), nil
}

// errFunction says what clients can do who have sent a function.
var errFunction = errors.New("functions of Python cannot run on an engine that runs Go: name a Go function of the engine's session by ipp.Reference(\"F\"), " +
	"or send code of Go to execute")

func noFunction(*pickle.Object) (any, error) { return nil, errFunction }

func cannedBytes(o *pickle.Object) (any, error) {
	list, ok := attribute[*pickle.List](o, "buffers")
	if !ok || len(list.Items) != 1 {
		return nil, errArgs
	}
	return bytesOf(list.Items[0])
}

func bytesOf(v any) ([]byte, error) {
	b, ok := v.([]byte)
	if !ok {
		return nil, errArgs
	}
	return b, nil
}

func toRange(o *pickle.Object) (any, error) {
	var n [3]int64
	if len(o.Args) != len(n) {
		return nil, errArgs
	}
	for i, arg := range o.Args {
		var ok bool
		if n[i], ok = arg.(int64); !ok {
			return nil, errArgs
		}
	}
	if n[2] == 0 {
		return nil, errArgs
	}
	return numbers{n[0], n[1], n[2]}, nil
}

func toComplex(o *pickle.Object) (any, error) {
	if len(o.Args) != 2 {
		return nil, errArgs
	}
	re, ok := o.Args[0].(float64)
	im, ok2 := o.Args[1].(float64)
	if !ok || !ok2 {
		return nil, errArgs
	}
	return complex(re, im), nil
}

func toSet(o *pickle.Object) (any, error) {
	if len(o.Args) != 1 {
		return nil, errArgs
	}
	items, ok := o.Args[0].(*pickle.List)
	if !ok {
		return nil, errArgs
	}
	return &pickle.Set{Items: items.Items}, nil
}

func toBytes(o *pickle.Object) (any, error) {
	if len(o.Args) == 0 {
		return []byte{}, nil
	}
	return bytesOf(o.Args[0])
}

// encoded are bytes in protocol 2: text that stands for them, in Latin-1.
func encoded(o *pickle.Object) (any, error) {
	if len(o.Args) != 2 || o.Args[1] != any("latin1") {
		return nil, errArgs
	}
	text, ok := o.Args[0].(string)
	if !ok {
		return nil, errArgs
	}
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, errArgs
		}
		b = append(b, byte(r))
	}
	return b, nil
}

// what is how messages call a value.
func what(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "a bool"
	case int64, *big.Int:
		return fmt.Sprintf("the int %v", v)
	case float64:
		return fmt.Sprintf("the float %v", v)
	case complex128:
		return fmt.Sprintf("the complex %v", v)
	case string:
		return "a str"
	case []byte:
		return "a bytes"
	case *pickle.List:
		return "a list"
	case pickle.Tuple:
		return "a tuple"
	case *pickle.Set:
		return "a set"
	case *pickle.Dict:
		return "a dict"
	case numbers:
		return "a range"
	case *Array:
		return fmt.Sprintf("a NumPy array of shape %v and dtype %s", v.Shape, v.dtype)
	case pickle.Global:
		return fmt.Sprintf("Python's %v", v)
	}
	return fmt.Sprintf("a %T", v)
}
