package python

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unsafe"

	"github.com/warren-go/warren/internal/pickle"
)

// Array is a NumPy array in the order of C.
type Array struct {
	Shape []int
	Data  []byte
	dtype string
	elem  reflect.Type
}

// elements are the types of Go by NumPy's names of element types, on machines whose lowest byte comes first.
var elements = map[string]reflect.Type{
	"b1": reflect.TypeFor[bool](),
	"i1": reflect.TypeFor[int8](), "i2": reflect.TypeFor[int16](), "i4": reflect.TypeFor[int32](), "i8": reflect.TypeFor[int64](),
	"u1": reflect.TypeFor[uint8](), "u2": reflect.TypeFor[uint16](), "u4": reflect.TypeFor[uint32](), "u8": reflect.TypeFor[uint64](),
	"f4": reflect.TypeFor[float32](), "f8": reflect.TypeFor[float64](), "c8": reflect.TypeFor[complex64](), "c16": reflect.TypeFor[complex128](),
}

// newArray checks what is said of an array.
func newArray(shape []int, dtype string, data []byte) (*Array, error) {
	name := dtype
	if name != "" && (name[0] == '<' || name[0] == '|' || name[0] == '=') {
		name = name[1:]
	}
	elem, ok := elements[name]
	if !ok {
		return nil, fmt.Errorf("a NumPy array of dtype %q cannot become a value of Go: convert it with astype to numbers", dtype)
	}
	a := &Array{Shape: shape, Data: data, dtype: dtype, elem: elem}
	if n, ok := product(shape, len(data)); !ok || n*int(elem.Size()) != len(data) {
		return nil, fmt.Errorf("a NumPy array of shape %v and dtype %s has %d bytes", shape, dtype, len(data))
	}
	if elem.Kind() == reflect.Bool && slices.ContainsFunc(data, func(b byte) bool { return b > 1 }) {
		return nil, errors.New("a NumPy array of bools has bytes that are none")
	}
	return a, nil
}

// product is the number of elements of a shape, if that is at most most.
func product(shape []int, most int) (n int, ok bool) {
	if slices.Contains(shape, 0) {
		return 0, true
	}
	n = 1
	for _, d := range shape {
		if d < 0 || n > most/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// values are the elements, as a slice that is the caller's.
func (a *Array) values() reflect.Value {
	n := len(a.Data) / int(a.elem.Size())
	s := reflect.MakeSlice(reflect.SliceOf(a.elem), n, n)
	copyBytes(s, a.Data)
	return s
}

// copyBytes fills a slice of numbers from memory of the same size.
func copyBytes(s reflect.Value, data []byte) {
	if len(data) > 0 {
		copy(unsafe.Slice((*byte)(s.UnsafePointer()), len(data)), data)
	}
}

// at is the part of an array with the first index i; of an array with one dimension, an array with none.
func (a *Array) at(i int) *Array {
	size := len(a.Data) / a.Shape[0]
	return &Array{Shape: a.Shape[1:], Data: a.Data[i*size : (i+1)*size], dtype: a.dtype, elem: a.elem}
}

// cannedArray is an array as ipyparallel sends it.
func cannedArray(o *pickle.Object) (any, error) {
	list, ok := attribute[*pickle.List](o, "buffers")
	if !ok || len(list.Items) != 1 {
		return nil, errArgs
	}
	data, err := bytesOf(list.Items[0])
	if err != nil {
		return nil, err
	}
	if pickled, _ := attribute[bool](o, "pickled"); pickled {
		v, err := pickle.Load(data)
		if err != nil {
			return nil, err
		}
		if inner, ok := v.(*pickle.Object); ok && inner.Is(canning, "CannedArray") { // it could hold itself for ever
			return nil, errArgs
		}
		return simple(v)
	}
	shape, err := shapeOf(o.Attribute("shape"))
	if err != nil {
		return nil, err
	}
	dtype, ok := attribute[string](o, "dtype")
	if !ok {
		return nil, errors.New("a NumPy array of records cannot become a value of Go")
	}
	return newArray(shape, dtype, data)
}

// maxDimensions is how many dimensions NumPy's arrays can have. Each makes a type of Go, which stays.
const maxDimensions = 64

func shapeOf(v any, _ bool) ([]int, error) {
	t, ok := v.(pickle.Tuple)
	if !ok {
		return nil, errArgs
	}
	if len(t) > maxDimensions {
		return nil, fmt.Errorf("a NumPy array has at most %d dimensions, and this one has %d", maxDimensions, len(t))
	}
	shape := make([]int, len(t))
	for i, d := range t {
		n, ok := d.(int64)
		if !ok || n < 0 || n > 1<<40 {
			return nil, errArgs
		}
		shape[i] = int(n)
	}
	return shape, nil
}

// dtypeOf reads numpy.dtype("f8", False, True) with the state (3, "<", …).
func dtypeOf(v any) (string, error) {
	o, ok := v.(*pickle.Object)
	if !ok || !o.Is("numpy", "dtype") || len(o.Args) == 0 {
		return "", errArgs
	}
	name, ok := o.Args[0].(string)
	if !ok {
		return "", errArgs
	}
	if state, ok := o.State.(pickle.Tuple); ok && len(state) > 1 {
		if order, ok := state[1].(string); ok {
			name = order + name
		}
	}
	return name, nil
}

// pickledArray is an array as NumPy pickles it up to protocol 4: the state is (1, shape, dtype, whether in the order of Fortran, bytes).
func pickledArray(o *pickle.Object) (any, error) {
	state, ok := o.State.(pickle.Tuple)
	if !ok || len(state) != 5 {
		return nil, errArgs
	}
	if fortran, _ := state[3].(bool); fortran {
		return nil, errors.New("its order is that of Fortran: make it contiguous with numpy.ascontiguousarray")
	}
	return arrayOf(state[1], state[2], state[4])
}

// fromBuffer is an array as NumPy pickles it in protocol 5: bytes, dtype, shape, order.
func fromBuffer(o *pickle.Object) (any, error) {
	if len(o.Args) != 4 {
		return nil, errArgs
	}
	if o.Args[3] != any("C") {
		return nil, errors.New("its order is that of Fortran: make it contiguous with numpy.ascontiguousarray")
	}
	return arrayOf(o.Args[2], o.Args[1], o.Args[0])
}

func arrayOf(shape, dtype, data any) (any, error) {
	s, err := shapeOf(shape, true)
	if err != nil {
		return nil, err
	}
	name, err := dtypeOf(dtype)
	if err != nil {
		return nil, err
	}
	b, err := elementsOf(data)
	if err != nil {
		return nil, err
	}
	return newArray(s, name, b)
}

var errElements = errors.New("its elements are objects: convert it with astype to numbers")

// elementsOf are the bytes of an array. Of objects, only those that stand for bytes count: others could hold themselves for ever.
func elementsOf(v any) ([]byte, error) {
	if o, ok := v.(*pickle.Object); ok {
		if !o.Is("_codecs", "encode") && !o.Is("builtins", "bytearray") {
			return nil, errElements
		}
		var err error
		if v, err = simple(o); err != nil {
			return nil, err
		}
	}
	b, ok := v.([]byte)
	if !ok {
		return nil, errElements
	}
	return b, nil
}

// scalar is a number of NumPy: dtype and bytes.
func scalar(o *pickle.Object) (any, error) {
	if len(o.Args) != 2 {
		return nil, errArgs
	}
	v, err := arrayOf(pickle.Tuple{}, o.Args[0], o.Args[1])
	if err != nil {
		return nil, err
	}
	return number(v.(*Array)), nil
}

// number is the element of an array with no dimension, as a value that pickles have, too.
func number(a *Array) any {
	switch v := a.values().Index(0); {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return unsigned(v.Uint())
	case v.CanFloat():
		return v.Float()
	case v.CanComplex():
		return v.Complex()
	default:
		return v.Bool()
	}
}
