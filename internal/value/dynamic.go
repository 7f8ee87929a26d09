package value

import (
	"fmt"
	"maps"
	"reflect"
	"unsafe"

	"github.com/warren-go/warren/internal/object"
)

// Error stands for an error of a type that cannot travel.
type Error struct {
	Type string // as reflect prints it
	Text string
}

func (e *Error) Error() string { return e.Text }

var errorType = reflect.TypeFor[error]()

// dynamic is the coder of an interface: the type of what is in it goes first.
func dynamic(t reflect.Type) coder {
	return coder{
		least: 1,
		write: func(w *Writer, p unsafe.Pointer) error {
			v := reflect.NewAt(t, p).Elem()
			if v.IsNil() {
				w.uint(0)
				return nil
			}
			defer func() { w.depth-- }()
			if err := enter(&w.depth, t); err != nil {
				return err
			}
			return w.dynamic(v.Elem(), t)
		},
		read: func(r *Reader, p unsafe.Pointer) error {
			defer func() { r.depth-- }()
			if err := enter(&r.depth, t); err != nil {
				return err
			}
			found, err := r.typ()
			if err != nil || found == nil {
				return err
			}
			if !found.AssignableTo(t) {
				return fmt.Errorf("value: a %v came where a %v is wanted", found, t)
			}
			c, err := coderOf(found)
			if err != nil {
				return err
			}
			if err := r.room(1, c.least, found); err != nil {
				return err
			}
			v := reflect.New(found)
			if err := c.read(r, v.UnsafePointer()); err != nil {
				return err
			}
			reflect.NewAt(t, p).Elem().Set(v.Elem())
			return nil
		},
	}
}

// dynamic writes what an interface of type t holds. An error that cannot travel goes as an Error.
func (w *Writer) dynamic(v reflect.Value, t reflect.Type) error {
	if t != errorType {
		return w.typed(v)
	}
	before := *w
	before.types, before.pointers = maps.Clone(w.types), maps.Clone(w.pointers)
	if w.typed(v) == nil {
		return nil
	}
	*w = before
	return w.typed(reflect.ValueOf(&Error{Type: v.Type().String(), Text: v.Interface().(error).Error()}))
}

// typed writes a value and, before it, its type.
func (w *Writer) typed(v reflect.Value) error {
	c, err := coderOf(v.Type())
	if err != nil {
		return err
	}
	if err := w.typ(v.Type()); err != nil {
		return err
	}
	held := reflect.New(v.Type())
	held.Elem().Set(v)
	return c.write(w, held.UnsafePointer())
}

// function is the coder of functions that capture nothing.
func function(t reflect.Type) coder {
	return coder{
		least: 1,
		write: func(w *Writer, p unsafe.Pointer) error {
			v := reflect.NewAt(t, p).Elem()
			if v.IsNil() {
				w.uint(0)
				return nil
			}
			f, err := object.FuncOf(v)
			if err != nil {
				return err
			}
			w.uint(1)
			w.functions = append(w.functions, f)
			w.needs(f.Address)
			return Write(w, &f)
		},
		read: func(r *Reader, p unsafe.Pointer) error {
			n, err := r.uint()
			if err != nil || n == 0 {
				return err
			}
			var f object.Func
			if err := Read(r, &f); err != nil {
				return err
			}
			return f.In(p)
		},
	}
}
