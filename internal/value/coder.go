package value

import (
	"encoding"
	"encoding/gob"
	"fmt"
	"reflect"
	"sync"
	"unsafe"
)

// coder writes and reads the values of a type.
type coder struct {
	least uint64 // bytes of the head that a value takes
	write func(*Writer, unsafe.Pointer) error
	read  func(*Reader, unsafe.Pointer) error
}

// coders remembers the coders of types, or why there is none.
var coders sync.Map // of reflect.Type to made

type made struct {
	coder *coder
	err   error
}

// Check says why values of a type can never travel, if so.
func Check(t reflect.Type) error {
	_, err := coderOf(t)
	return err
}

func coderOf(t reflect.Type) (*coder, error) {
	if m, ok := coders.Load(t); ok {
		return m.(made).coder, m.(made).err
	}
	m := maker{open: map[reflect.Type]*coder{}}
	c, err := m.coder(t)
	if err != nil {
		c, err = nil, fmt.Errorf("value: a %v cannot travel: %w", t, err)
	}
	coders.Store(t, made{c, err})
	return c, err
}

// maker makes the coder of a type, and those of the types that it is made of, which may be itself again.
type maker struct {
	open map[reflect.Type]*coder
}

// kinds says how values of each kind travel, but for those that are flat.
var kinds map[reflect.Kind]func(*maker, reflect.Type) (coder, error)

func init() { // which breaks the cycle by which these refer to each other
	kinds = map[reflect.Kind]func(*maker, reflect.Type) (coder, error){
		reflect.String:    func(*maker, reflect.Type) (coder, error) { return stringCoder, nil },
		reflect.Slice:     (*maker).slice,
		reflect.Array:     (*maker).array,
		reflect.Struct:    (*maker).structure,
		reflect.Pointer:   (*maker).pointer,
		reflect.Map:       (*maker).mapping,
		reflect.Interface: func(_ *maker, t reflect.Type) (coder, error) { return dynamic(t), nil },
		reflect.Func:      func(_ *maker, t reflect.Type) (coder, error) { return function(t), nil },
	}
}

func (m *maker) coder(t reflect.Type) (*coder, error) {
	if c, ok := m.open[t]; ok {
		return c, nil
	}
	c := &coder{}
	m.open[t] = c
	if err := bound(t); err != nil {
		return nil, err
	}
	var err error
	switch make := kinds[t.Kind()]; {
	case isFlat(t):
		*c = flat(t.Size())
		err = m.checkParts(t)
	case marshals(t):
		*c = marshaled(t)
	case make != nil:
		*c, err = make(m, t)
	default:
		err = fmt.Errorf("it is a %v, which belongs to this process", t.Kind())
	}
	return c, err
}

// isFlat tells whether values of a type are memory without pointers.
func isFlat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() == 0 || isFlat(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !isFlat(t.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return reflect.Bool <= t.Kind() && t.Kind() <= reflect.Complex128
}

// checkParts is an error if something in a flat type is bound to the process.
func (m *maker) checkParts(t reflect.Type) error {
	switch t.Kind() {
	case reflect.Array:
		_, err := m.coder(t.Elem())
		return err
	case reflect.Struct:
		for i := range t.NumField() {
			if _, err := m.coder(t.Field(i).Type); err != nil {
				return inField(t.Field(i), err)
			}
		}
	}
	return nil
}

func inField(f reflect.StructField, err error) error {
	return fmt.Errorf("field %s (%v): %w", f.Name, f.Type, err)
}

// resources are packages whose types with unexported fields stand for what belongs to a process. Those that say themselves how they
// are encoded, such as time.Time, travel all the same.
var resources = map[string]string{
	"sync":          "a lock or the like belongs to one process",
	"sync/atomic":   "what goroutines share belongs to one process: send the number in it",
	"context":       "a context belongs to one process: let the function take one as its first argument",
	"time":          "a timer belongs to one process",
	"os":            "a file or process belongs to the process that opened it: send its name",
	"os/exec":       "a command belongs to the process that starts it",
	"net":           "a connection belongs to the process that opened it",
	"net/http":      "a connection belongs to the process that opened it",
	"internal/poll": "a file belongs to the process that opened it",
	"bufio":         "a stream belongs to one process",
	"log":           "a logger writes to files of one process",
	"database/sql":  "a connection belongs to the process that opened it",
	"reflect":       "it describes what is in one process",
	"runtime":       "it describes what is in one process",
	"strings":       "a builder or reader cannot be copied: send its string",
	"testing":       "a test belongs to one process",
	"unique":        "it holds for one process",
	"weak":          "it holds for one process",

	"github.com/warren-go/warren/opencl": "what is on an OpenCL device belongs to one process: Get its elements and send those",
}

// bound is an error if values of a type belong to the process.
func bound(t reflect.Type) error {
	why, ok := resources[t.PkgPath()]
	if !ok || t.Kind() != reflect.Struct || marshals(t) {
		return nil
	}
	for i := range t.NumField() {
		if f := t.Field(i); !f.IsExported() {
			return fmt.Errorf("%v: %s", t, why)
		}
	}
	return nil
}

// structural are packages whose types have slower ways to encode themselves than as the structs they are.
var structural = map[string]bool{"gonum.org/v1/gonum/mat": true}

var (
	binaryWriter = reflect.TypeFor[encoding.BinaryMarshaler]()
	binaryReader = reflect.TypeFor[encoding.BinaryUnmarshaler]()
	gobWriter    = reflect.TypeFor[gob.GobEncoder]()
	gobReader    = reflect.TypeFor[gob.GobDecoder]()
)

// marshals tells whether a type says itself how its values are encoded.
func marshals(t reflect.Type) bool {
	if t.Name() == "" || t.Kind() == reflect.Interface || structural[t.PkgPath()] {
		return false
	}
	p := reflect.PointerTo(t)
	return p.Implements(binaryWriter) && p.Implements(binaryReader) || p.Implements(gobWriter) && p.Implements(gobReader)
}

// marshaled leaves the encoding to the methods of the type.
func marshaled(t reflect.Type) coder {
	return coder{
		least: 1,
		write: func(w *Writer, p unsafe.Pointer) error {
			var b []byte
			var err error
			switch v := reflect.NewAt(t, p).Interface().(type) {
			case encoding.BinaryMarshaler:
				b, err = v.MarshalBinary()
			case gob.GobEncoder:
				b, err = v.GobEncode()
			}
			if err != nil {
				return fmt.Errorf("value: a %v cannot be sent: %w", t, err)
			}
			w.bytes(b)
			return nil
		},
		read: func(r *Reader, p unsafe.Pointer) error {
			b, err := r.bytes()
			if err != nil {
				return err
			}
			switch v := reflect.NewAt(t, p).Interface().(type) {
			case encoding.BinaryUnmarshaler:
				err = v.UnmarshalBinary(b)
			case gob.GobDecoder:
				err = v.GobDecode(b)
			}
			if err != nil {
				return fmt.Errorf("value: a %v cannot be read: %w", t, err)
			}
			return nil
		},
	}
}
