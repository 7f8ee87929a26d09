package generate

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// numbers are the names in OpenCL C of Go's numbers.
var numbers = map[reflect.Kind]string{
	reflect.Int8: "char", reflect.Int16: "short", reflect.Int32: "int", reflect.Int64: "long", reflect.Int: "long",
	reflect.Uint8: "uchar", reflect.Uint16: "ushort", reflect.Uint32: "uint", reflect.Uint64: "ulong", reflect.Uint: "ulong",
	reflect.Float32: "float", reflect.Float64: "double",
}

// Number is the name in OpenCL C of the numbers of kind k; empty where there is none.
func Number(k reflect.Kind) string { return numbers[k] }

// CType is a type of Go written in OpenCL C, laid out byte for byte in the same way.
type CType struct {
	Name    string
	Declare string // typedefs of structs, to be put before the first use; empty for numbers and vectors
	Float64 bool   // it has a double in it, which not every device knows
}

// TypeOf writes t in OpenCL C: a number; a vector, for an array of 2, 4, 8 or 16 numbers; or a struct of numbers, arrays of
// numbers and such structs, under the name of its Go type. What OpenCL C would lay out in another way is an error.
func TypeOf(t reflect.Type) (CType, error) {
	if name := numbers[t.Kind()]; name != "" {
		return CType{Name: name, Float64: name == "double"}, nil
	}
	switch t.Kind() {
	case reflect.Array:
		name := numbers[t.Elem().Kind()]
		if name == "" || !slices.Contains([]int{2, 4, 8, 16}, t.Len()) {
			return CType{}, fmt.Errorf("%v has no counterpart in OpenCL C; vectors are arrays of 2, 4, 8 or 16 numbers", t)
		}
		return CType{Name: fmt.Sprint(name, t.Len()), Float64: name == "double"}, nil
	case reflect.Struct:
		return structOf(t, t.Name())
	}
	return CType{}, fmt.Errorf("%v has no counterpart in OpenCL C", t)
}

// structOf writes a struct as a typedef with the given name.
func structOf(t reflect.Type, name string) (CType, error) {
	if name == "" {
		name = "element__"
	}
	if at := strings.IndexByte(name, '['); at >= 0 { // a generic type
		name = name[:at]
	}
	if err := checkIdentifier(name, "type"); err != nil {
		return CType{}, err
	}
	if t.NumField() == 0 {
		return CType{}, fmt.Errorf("%v has no fields", t)
	}
	c := CType{Name: name}
	var fields strings.Builder
	end := 0
	for i := range t.NumField() {
		f := t.Field(i)
		text, inner, err := field(f, i)
		if err != nil {
			return CType{}, fmt.Errorf("field %s of %v: %w", f.Name, t, err)
		}
		align := alignment(f.Type)
		if at := (end + align - 1) / align * align; at != int(f.Offset) {
			return CType{}, fmt.Errorf("field %s of %v begins at byte %d in Go and at %d in C", f.Name, t, f.Offset, at)
		}
		end = int(f.Offset + f.Type.Size())
		c.Declare += inner.Declare
		c.Float64 = c.Float64 || inner.Float64
		fields.WriteString("  " + text + ";\n")
	}
	align := alignment(t)
	if size := (end + align - 1) / align * align; size != int(t.Size()) {
		return CType{}, fmt.Errorf("%v takes %d bytes in Go and %d in C", t, t.Size(), size)
	}
	c.Declare += "typedef struct {\n" + fields.String() + "} " + name + ";\n"
	return c, nil
}

// field writes the declaration of a struct's field number i.
func field(f reflect.StructField, i int) (text string, inner CType, err error) {
	name, dims, t := f.Name, "", f.Type
	if name == "_" {
		name = fmt.Sprintf("pad%d__", i)
	}
	if err := checkIdentifier(name, "field"); err != nil {
		return "", inner, err
	}
	for t.Kind() == reflect.Array { // not a vector: those begin at multiples of their size, which Go knows nothing of
		dims += fmt.Sprintf("[%d]", t.Len())
		t = t.Elem()
	}
	if t.Size() == 0 || f.Type.Size() == 0 {
		return "", inner, fmt.Errorf("%v has no size", f.Type)
	}
	if inner, err = TypeOf(t); err != nil {
		return "", inner, err
	}
	return inner.Name + " " + name + dims, inner, nil
}

// alignment is what the addresses of values of type t are multiples of in C.
func alignment(t reflect.Type) int {
	switch t.Kind() {
	case reflect.Array:
		return alignment(t.Elem())
	case reflect.Struct:
		most := 1
		for i := range t.NumField() {
			most = max(most, alignment(t.Field(i).Type))
		}
		return most
	}
	return int(t.Size())
}

// keywords of OpenCL C that are no keywords of Go, and so may be names there.
var keywords = strings.Fields(`auto bool char double do enum extern float half inline int long register restrict short signed sizeof
	static typedef union unsigned void volatile while size_t ptrdiff_t uchar ushort uint ulong kernel global local constant private
	image2d_t image3d_t sampler_t event_t true false`)

// checkIdentifier says why a name of Go can be none of OpenCL C.
func checkIdentifier(name, what string) error {
	if !IsIdentifier(name) {
		return fmt.Errorf("the name of %s %s is none in OpenCL C, which has the letters a to z, digits and _", what, name)
	}
	if slices.Contains(keywords, name) {
		return fmt.Errorf("%s %s has a name that means something else in OpenCL C; choose another, such as %s", what, name, strings.ToUpper(name[:1])+name[1:])
	}
	return nil
}

// IsIdentifier tells whether a text can be a name.
func IsIdentifier(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && (i == 0 || !isDigit(s[i])) {
			return false
		}
	}
	return s != ""
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
