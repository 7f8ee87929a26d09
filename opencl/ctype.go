package opencl

import (
	"reflect"
	"strconv"
	"strings"
)

// cType is a type of OpenCL C: a number or a vector of numbers.
type cType struct {
	kind  reflect.Kind
	width int // of the vector; 1 for a number
}

// cKinds gives the kinds of numbers, by all the names they have.
var cKinds = map[string]reflect.Kind{
	"char": reflect.Int8, "signed char": reflect.Int8,
	"uchar": reflect.Uint8, "unsigned char": reflect.Uint8,
	"short": reflect.Int16, "signed short": reflect.Int16,
	"ushort": reflect.Uint16, "unsigned short": reflect.Uint16,
	"int": reflect.Int32, "signed int": reflect.Int32, "signed": reflect.Int32,
	"uint": reflect.Uint32, "unsigned int": reflect.Uint32, "unsigned": reflect.Uint32,
	"long": reflect.Int64, "signed long": reflect.Int64,
	"ulong": reflect.Uint64, "unsigned long": reflect.Uint64,
	"half":  reflect.Uint16, // its bits
	"float": reflect.Float32, "double": reflect.Float64,
}

// parseCType reads the name of a type. It is not ok where that is a type of the program's own.
func parseCType(name string) (t cType, ok bool) {
	name = strings.Join(strings.Fields(name), " ")
	if kind, ok := cKinds[name]; ok {
		return cType{kind, 1}, true
	}
	base := strings.TrimRight(name, "0123456789")
	width, err := strconv.Atoi(name[len(base):])
	kind, known := cKinds[base]
	switch {
	case err != nil, !known, strings.Contains(base, " "):
		return cType{}, false
	case width == 2, width == 3, width == 4, width == 8, width == 16:
		return cType{kind, width}, true
	}
	return cType{}, false
}

// size is the size of a value in bytes. A vector of 3 is as large as one of 4.
func (t cType) size() int {
	width := t.width
	if width == 3 {
		width = 4
	}
	return width * kindSizes[t.kind]
}

var kindSizes = map[reflect.Kind]int{
	reflect.Int8: 1, reflect.Uint8: 1, reflect.Int16: 2, reflect.Uint16: 2, reflect.Int32: 4, reflect.Uint32: 4,
	reflect.Int64: 8, reflect.Uint64: 8, reflect.Float32: 4, reflect.Float64: 8,
}

// goType is how a Go program writes the type.
func (t cType) goType() string {
	if t.width == 1 {
		return t.kind.String()
	}
	return "[" + strconv.Itoa(t.width) + "]" + t.kind.String()
}
