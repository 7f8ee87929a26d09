package python

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/warren-go/warren/internal/pickle"
)

const (
	// maxDepth bounds how deeply values are nested: lists of Python may contain themselves.
	maxDepth = 100
	// maxNodes bounds how many values a request may hold: a list that shares its items can be exponentially larger than its pickle.
	maxNodes = 1 << 24
)

var (
	errDepth = fmt.Errorf("it is nested more than %d deep, or contains itself", maxDepth)
	errNodes = fmt.Errorf("it holds more than %d values: send a NumPy array", maxNodes)

	anyType    = reflect.TypeFor[any]()
	bigType    = reflect.TypeFor[*big.Int]()
	denseType  = reflect.TypeFor[*mat.Dense]()
	bytesType  = reflect.TypeFor[[]byte]()
	intType    = reflect.TypeFor[int]()
	floatType  = reflect.TypeFor[float64]()
	stringType = reflect.TypeFor[string]()
)

// converter makes values of Go of those of a request.
type converter struct{ left int } // how many more there may be

// step counts a value, and makes it simple.
func (c *converter) step(v any, depth int) (any, error) {
	if c.left--; c.left < 0 {
		return nil, errNodes
	}
	if depth > maxDepth {
		return nil, errDepth
	}
	return simple(v)
}

// items are those of a list, tuple or set.
func items(v any) ([]any, bool) {
	switch v := v.(type) {
	case *pickle.List:
		return v.Items, true
	case pickle.Tuple:
		return v, true
	case *pickle.Set:
		return v.Items, true
	}
	return nil, false
}

// typeOf is the type of a value where nothing else says which one it is to be.
func (c *converter) typeOf(v any, depth int) (reflect.Type, error) {
	v, err := c.step(v, depth)
	if err != nil {
		return nil, err
	}
	if list, ok := items(v); ok {
		elem, err := c.common(list, depth)
		if err != nil {
			return nil, err
		}
		return reflect.SliceOf(elem), nil
	}
	switch v := v.(type) {
	case nil:
		return anyType, nil
	case int64:
		return intType, nil
	case *big.Int, bool, float64, complex128, string, []byte:
		return reflect.TypeOf(v), nil
	case numbers:
		return reflect.SliceOf(intType), nil
	case *pickle.Dict:
		return c.typeOfDict(v, depth)
	case *Array:
		t := v.elem
		for range v.Shape {
			t = reflect.SliceOf(t)
		}
		return t, nil
	}
	return nil, fmt.Errorf("%s cannot become a value of Go", what(v))
}

func (c *converter) typeOfDict(d *pickle.Dict, depth int) (reflect.Type, error) {
	keys, values := make([]any, len(d.Items)), make([]any, len(d.Items))
	for i, item := range d.Items {
		keys[i], values[i] = item.Key, item.Value
	}
	k, err := c.common(keys, depth)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		k = stringType
	}
	if !k.Comparable() {
		return nil, fmt.Errorf("a dict whose keys are of type %v cannot become a map of Go", k)
	}
	v, err := c.common(values, depth)
	if err != nil {
		return nil, err
	}
	return reflect.MapOf(k, v), nil
}

// common is the type that all values can have: any, if they are of several kinds. Ints among floats become floats.
func (c *converter) common(values []any, depth int) (reflect.Type, error) {
	var all reflect.Type
	for _, v := range values {
		t, err := c.typeOf(v, depth+1)
		if err != nil {
			return nil, err
		}
		if all = unify(all, t); all == anyType {
			break
		}
	}
	if all == nil {
		return anyType, nil
	}
	return all, nil
}

func unify(a, b reflect.Type) reflect.Type {
	switch {
	case a == nil || a == b:
		return b
	case a == intType && b == floatType || a == floatType && b == intType:
		return floatType
	case a.Kind() == reflect.Slice && b.Kind() == reflect.Slice && a != bytesType && b != bytesType:
		switch elem := unify(a.Elem(), b.Elem()); {
		case a.Elem() == anyType && elem == anyType, elem != anyType:
			return reflect.SliceOf(elem)
		}
	}
	return anyType
}

// assign gives a variable the value of v, if its type can hold that exactly.
func (c *converter) assign(to reflect.Value, v any, depth int) error {
	v, err := c.step(v, depth)
	if err != nil {
		return err
	}
	if a, ok := v.(*Array); ok && len(a.Shape) == 0 {
		v = number(a)
	}
	switch {
	case to.Type() == denseType:
		return c.assignMatrix(to, v, depth)
	case to.Type() == bigType:
		return assignBig(to, v)
	}
	do, ok := assigners[to.Kind()]
	if !ok {
		return unfit(to, v)
	}
	return do(c, to, v, depth)
}

// unfit says that a variable cannot hold a value.
func unfit(to reflect.Value, v any) error {
	return fmt.Errorf("%s cannot become a %s", what(v), typeText(to.Type()))
}

// typeText is how users call a type: unexported names are marked in cells.
func typeText(t reflect.Type) string { return unmark(t.String()) }

// mark is what kernel/rt.Mark is.
const mark = "\ua7f5"

func unmark(name string) string { return strings.ReplaceAll(name, mark, "") }

// assigners say how variables of each kind get a value.
var assigners map[reflect.Kind]func(c *converter, to reflect.Value, v any, depth int) error

func init() {
	assigners = map[reflect.Kind]func(c *converter, to reflect.Value, v any, depth int) error{
		reflect.Bool: assignBool, reflect.String: assignString, reflect.Slice: (*converter).assignSlice, reflect.Array: (*converter).assignArray,
		reflect.Map: (*converter).assignMap, reflect.Struct: (*converter).assignStruct, reflect.Pointer: (*converter).assignPointer,
		reflect.Interface: (*converter).assignInterface,
	}
	for k := reflect.Int; k <= reflect.Complex128; k++ {
		assigners[k] = assignNumber
	}
}

func assignBool(_ *converter, to reflect.Value, v any, _ int) error {
	b, ok := v.(bool)
	if !ok {
		return unfit(to, v)
	}
	to.SetBool(b)
	return nil
}

func assignString(_ *converter, to reflect.Value, v any, _ int) error {
	s, ok := v.(string)
	if !ok {
		return unfit(to, v)
	}
	to.SetString(s)
	return nil
}

// unsigned is a number as a pickle would hold it.
func unsigned(u uint64) any {
	if u <= math.MaxInt64 {
		return int64(u)
	}
	return new(big.Int).SetUint64(u)
}

// assignNumber sets numbers of all types. A float32 takes the float next to a float of Python, which are all float64.
func assignNumber(_ *converter, to reflect.Value, v any, _ int) error {
	if f, ok := v.(float64); ok && f == math.Trunc(f) && math.Abs(f) < 1<<63 && (to.CanInt() || to.CanUint()) {
		v = int64(f)
	}
	fits := false
	switch v := v.(type) {
	case int64:
		fits = setInt(to, v)
	case *big.Int:
		if fits = to.CanUint() && v.IsUint64() && !to.OverflowUint(v.Uint64()); fits {
			to.SetUint(v.Uint64())
		}
	case float64:
		fits = setFloat(to, v)
	case complex128:
		if fits = to.CanComplex() && !to.OverflowComplex(v); fits {
			to.SetComplex(v)
		}
	}
	if !fits {
		return unfit(to, v)
	}
	return nil
}

func setInt(to reflect.Value, i int64) bool {
	switch {
	case to.CanInt() && !to.OverflowInt(i):
		to.SetInt(i)
	case to.CanUint() && i >= 0 && !to.OverflowUint(uint64(i)):
		to.SetUint(uint64(i))
	case !to.CanFloat() && !to.CanComplex() || int64(float64(i)) != i || i == math.MaxInt64:
		return false
	default:
		return setFloat(to, float64(i)) && (to.Kind() != reflect.Float32 || to.Float() == float64(i))
	}
	return true
}

func setFloat(to reflect.Value, f float64) bool {
	switch {
	case to.CanFloat() && (!to.OverflowFloat(f) || math.IsInf(f, 0)):
		to.SetFloat(f)
	case to.CanComplex() && !to.OverflowComplex(complex(f, 0)):
		to.SetComplex(complex(f, 0))
	default:
		return false
	}
	return true
}

func assignBig(to reflect.Value, v any) error {
	switch v := v.(type) {
	case int64:
		to.Set(reflect.ValueOf(big.NewInt(v)))
	case *big.Int:
		to.Set(reflect.ValueOf(new(big.Int).Set(v)))
	case nil:
		to.SetZero()
	default:
		return unfit(to, v)
	}
	return nil
}

func (c *converter) assignSlice(to reflect.Value, v any, depth int) error {
	if v == nil {
		to.SetZero()
		return nil
	}
	if b, ok := v.([]byte); ok && to.Type().Elem().Kind() == reflect.Uint8 {
		to.SetBytes(append([]byte{}, b...))
		return nil
	}
	if a, ok := v.(*Array); ok && len(a.Shape) == 1 && to.Type().Elem().Kind() == a.elem.Kind() {
		s := reflect.MakeSlice(to.Type(), a.Shape[0], a.Shape[0])
		copyBytes(s, a.Data)
		to.Set(s)
		return nil
	}
	n, at, err := c.elements(to, v)
	if err != nil {
		return err
	}
	s := reflect.MakeSlice(to.Type(), n, n)
	if err := c.fill(s, at, depth); err != nil {
		return err
	}
	to.Set(s)
	return nil
}

// elements gives the length of a list or the like, and its elements.
func (c *converter) elements(to reflect.Value, v any) (n int, at func(i int) any, err error) {
	if list, ok := items(v); ok {
		return len(list), func(i int) any { return list[i] }, nil
	}
	switch v := v.(type) {
	case numbers:
		n := v.length()
		if n < 0 || n > int64(c.left) {
			return 0, nil, errNodes
		}
		return int(n), func(i int) any { return v.start + int64(i)*v.step }, nil
	case *Array:
		if len(v.Shape) == 0 {
			return 0, nil, unfit(to, v)
		}
		if v.Shape[0] > c.left {
			return 0, nil, errNodes
		}
		return v.Shape[0], func(i int) any { return v.at(i) }, nil
	}
	return 0, nil, unfit(to, v)
}

// fill sets the elements of a slice or an array.
func (c *converter) fill(s reflect.Value, at func(i int) any, depth int) error {
	for i := range s.Len() {
		if err := c.assign(s.Index(i), at(i), depth+1); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

func (c *converter) assignArray(to reflect.Value, v any, depth int) error {
	n, at, err := c.elements(to, v)
	if err != nil {
		return err
	}
	if n != to.Len() {
		return fmt.Errorf("%s of %d elements cannot become a %s", what(v), n, typeText(to.Type()))
	}
	return c.fill(to, at, depth)
}

func (c *converter) assignMap(to reflect.Value, v any, depth int) error {
	if v == nil {
		to.SetZero()
		return nil
	}
	d, ok := v.(*pickle.Dict)
	if !ok {
		return unfit(to, v)
	}
	m := reflect.MakeMapWithSize(to.Type(), len(d.Items))
	for _, item := range d.Items {
		key, value := reflect.New(to.Type().Key()).Elem(), reflect.New(to.Type().Elem()).Elem()
		if err := c.assign(key, item.Key, depth+1); err != nil {
			return fmt.Errorf("a key: %w", err)
		}
		if !key.Comparable() {
			return fmt.Errorf("%s cannot be a key of a map of Go", what(item.Key))
		}
		if err := c.assign(value, item.Value, depth+1); err != nil {
			return fmt.Errorf("key %v: %w", key, err)
		}
		m.SetMapIndex(key, value)
	}
	to.Set(m)
	return nil
}

// assignStruct sets the exported fields that a dict names.
func (c *converter) assignStruct(to reflect.Value, v any, depth int) error {
	d, ok := v.(*pickle.Dict)
	if !ok {
		return unfit(to, v)
	}
	made := reflect.New(to.Type()).Elem()
	fields := fieldsOf(to.Type())
	for _, item := range d.Items {
		name, _ := item.Key.(string)
		i, ok := fields[name]
		if !ok {
			return fmt.Errorf("the struct %s has no exported field %q", typeText(to.Type()), name)
		}
		if err := c.assign(made.Field(i), item.Value, depth+1); err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
	}
	to.Set(made)
	return nil
}

// fieldsOf gives the numbers of the fields that other packages may use, by name.
func fieldsOf(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			fields[unmark(f.Name)] = i
		}
	}
	return fields
}

func (c *converter) assignPointer(to reflect.Value, v any, depth int) error {
	if v == nil {
		to.SetZero()
		return nil
	}
	made := reflect.New(to.Type().Elem())
	if err := c.assign(made.Elem(), v, depth+1); err != nil {
		return err
	}
	to.Set(made)
	return nil
}

func (c *converter) assignInterface(to reflect.Value, v any, depth int) error {
	if v == nil {
		to.SetZero()
		return nil
	}
	t, err := c.typeOf(v, depth+1)
	if err != nil {
		return err
	}
	if !t.AssignableTo(to.Type()) {
		return unfit(to, v)
	}
	made := reflect.New(t).Elem()
	if err := c.assign(made, v, depth+1); err != nil {
		return err
	}
	to.Set(made)
	return nil
}

// assignMatrix takes a list of lists, or an array of two dimensions.
func (c *converter) assignMatrix(to reflect.Value, v any, depth int) error {
	if v == nil {
		to.SetZero()
		return nil
	}
	var rows [][]float64
	if err := c.assign(reflect.ValueOf(&rows).Elem(), v, depth+1); err != nil {
		return unfit(to, v)
	}
	if len(rows) == 0 || len(rows[0]) == 0 {
		return fmt.Errorf("%s without elements cannot become a %s", what(v), typeText(to.Type()))
	}
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, row := range rows {
		if len(row) != len(rows[0]) {
			return fmt.Errorf("%s whose rows differ in length cannot become a %s", what(v), typeText(to.Type()))
		}
		m.SetRow(i, row)
	}
	to.Set(reflect.ValueOf(m))
	return nil
}
