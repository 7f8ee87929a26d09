package python

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"unsafe"

	"gonum.org/v1/gonum/mat"

	"github.com/warren-go/warren/internal/pickle"
)

// encoder writes values of Go as those of Python.
type encoder struct {
	pickle.Writer
	arrays bool // slices of numbers become NumPy arrays
}

// encode makes a pickle of the values: of one as it is, of none None, of several a tuple.
func encode(values []reflect.Value, arrays bool) ([]byte, error) {
	e := &encoder{arrays: arrays}
	if err := e.values(values); err != nil {
		return nil, err
	}
	return e.Data(), nil
}

func (e *encoder) values(values []reflect.Value) error {
	switch len(values) {
	case 0:
		e.None()
		return nil
	case 1:
		return e.value(values[0], 0)
	}
	e.BeginTuple()
	for i, v := range values {
		if err := e.value(v, 0); err != nil {
			return fmt.Errorf("result %d: %w", i+1, err)
		}
	}
	e.EndTuple()
	return nil
}

// encodeList makes a pickle of a list.
func encodeList(values []reflect.Value, arrays bool) ([]byte, error) {
	e := &encoder{arrays: arrays}
	e.BeginList()
	for i, v := range values {
		if err := e.value(v, 0); err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
	}
	e.EndList()
	return e.Data(), nil
}

func (e *encoder) value(v reflect.Value, depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	if !v.IsValid() {
		e.None()
		return nil
	}
	if done, err := e.known(v, depth); done {
		return err
	}
	switch v.Kind() {
	case reflect.Bool:
		e.Bool(v.Bool())
	case reflect.String:
		e.Text(strings.ToValidUTF8(v.String(), "\uFFFD"))
	case reflect.Slice, reflect.Array:
		return e.list(v, depth)
	case reflect.Map:
		return e.dict(v, depth)
	case reflect.Struct:
		return e.fields(v, depth)
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			e.None()
			return nil
		}
		return e.value(v.Elem(), depth+1)
	default:
		if !e.number(v) {
			return fmt.Errorf("a %s cannot become a value of Python", typeText(v.Type()))
		}
	}
	return nil
}

// known writes values of types that have a meaning of their own.
func (e *encoder) known(v reflect.Value, depth int) (done bool, err error) {
	if !v.CanInterface() {
		return false, nil
	}
	switch x := v.Interface().(type) {
	case *big.Int:
		if x == nil {
			return false, nil
		}
		e.Big(x)
	case *mat.Dense:
		if x == nil {
			return false, nil
		}
		return true, e.matrix(x, depth)
	case several:
		return true, e.values(x)
	case error:
		e.Text(strings.ToValidUTF8(x.Error(), "\uFFFD"))
	default:
		return false, nil
	}
	return true, nil
}

func (e *encoder) number(v reflect.Value) bool {
	switch {
	case v.CanInt():
		e.Int(v.Int())
	case v.CanUint() && v.Uint() <= math.MaxInt64:
		e.Int(int64(v.Uint()))
	case v.CanUint():
		e.Big(new(big.Int).SetUint64(v.Uint()))
	case v.CanFloat():
		e.Float(v.Float())
	case v.CanComplex():
		e.Complex(v.Complex())
	default:
		return false
	}
	return true
}

func (e *encoder) list(v reflect.Value, depth int) error {
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		e.Bytes(v.Bytes())
		return nil
	}
	if e.arrays && e.array(v) {
		return nil
	}
	e.BeginList()
	if floats, ok := v.Interface().([]float64); ok {
		for _, f := range floats {
			e.Float(f)
		}
		e.EndList()
		return nil
	}
	for i := range v.Len() {
		if err := e.value(v.Index(i), depth+1); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	e.EndList()
	return nil
}

func (e *encoder) dict(v reflect.Value, depth int) error {
	e.BeginDict()
	for it := v.MapRange(); it.Next(); {
		if err := e.key(it.Key(), depth+1); err != nil {
			return fmt.Errorf("a key: %w", err)
		}
		if err := e.value(it.Value(), depth+1); err != nil {
			return fmt.Errorf("key %v: %w", it.Key(), err)
		}
	}
	e.EndDict()
	return nil
}

// key writes the key of a dict. Python could not load one that becomes a dict or a list, and two pointers may be to the same
// value.
func (e *encoder) key(v reflect.Value, depth int) error {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Array, reflect.Pointer:
		switch v.Interface().(type) {
		case *big.Int, error: // an int, a str
		default:
			return fmt.Errorf("a %s cannot be a key of a dict of Python", typeText(v.Type()))
		}
	}
	return e.value(v, depth)
}

func (e *encoder) fields(v reflect.Value, depth int) error {
	e.BeginDict()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		e.Text(unmark(f.Name))
		if err := e.value(v.Field(i), depth+1); err != nil {
			return fmt.Errorf("field %s: %w", unmark(f.Name), err)
		}
	}
	e.EndDict()
	return nil
}

func (e *encoder) matrix(m *mat.Dense, depth int) error {
	r, c := m.Dims()
	rows := make([][]float64, r)
	for i := range rows {
		rows[i] = m.RawRowView(i)[:c]
	}
	return e.value(reflect.ValueOf(rows), depth+1)
}

// dtypes are NumPy's names of types.
var dtypes = map[reflect.Kind]string{
	reflect.Bool: "|b1", reflect.Int8: "|i1", reflect.Int16: "<i2", reflect.Int32: "<i4", reflect.Int64: "<i8", reflect.Int: "<i8",
	reflect.Uint16: "<u2", reflect.Uint32: "<u4", reflect.Uint64: "<u8", reflect.Uint: "<u8", reflect.Uintptr: "<u8",
	reflect.Float32: "<f4", reflect.Float64: "<f8", reflect.Complex64: "<c8", reflect.Complex128: "<c16",
}

// array writes slices of numbers, and slices of such of one length, as numpy.ndarray(shape, dtype, bytes). Others it leaves.
func (e *encoder) array(v reflect.Value) bool {
	if v.Kind() != reflect.Slice {
		return false
	}
	shape, elem := []int{v.Len()}, v.Type().Elem()
	var data []byte
	if elem.Kind() == reflect.Slice {
		if v.Len() == 0 {
			return false
		}
		elem = elem.Elem()
		shape = append(shape, v.Index(0).Len())
		for i := range v.Len() {
			if v.Index(i).Len() != shape[1] {
				return false
			}
			data = append(data, rawBytes(v.Index(i))...)
		}
	} else {
		data = rawBytes(v)
	}
	dtype, ok := dtypes[elem.Kind()]
	if !ok {
		return false
	}
	e.Global("numpy", "ndarray")
	e.BeginTuple()
	e.BeginTuple()
	for _, n := range shape {
		e.Int(int64(n))
	}
	e.EndTuple()
	e.Text(dtype)
	e.Bytes(data)
	e.EndTuple()
	e.Call()
	return true
}

// rawBytes is the memory of a slice of numbers. Of others it must not be looked at.
func rawBytes(v reflect.Value) []byte {
	if v.Len() == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(v.UnsafePointer()), v.Len()*int(v.Type().Elem().Size()))
}
