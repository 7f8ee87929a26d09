package value

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"unsafe"
)

func (m *maker) slice(t reflect.Type) (coder, error) {
	elem, err := m.coder(t.Elem())
	if err != nil {
		return coder{}, fmt.Errorf("element (%v): %w", t.Elem(), err)
	}
	if isFlat(t.Elem()) {
		return flatSlice(t), nil
	}
	size := t.Elem().Size()
	return coder{
		least: 1,
		write: func(w *Writer, p unsafe.Pointer) error {
			s := (*header)(p)
			if s.data == nil {
				w.uint(0)
				return nil
			}
			defer func() { w.depth-- }()
			if err := enter(&w.depth, t); err != nil {
				return err
			}
			w.uint(uint64(s.len) + 1)
			for i := range s.len {
				if err := elem.write(w, unsafe.Add(s.data, uintptr(i)*size)); err != nil {
					return err
				}
			}
			return nil
		},
		read: func(r *Reader, p unsafe.Pointer) error {
			n, err := r.uint()
			if err != nil || n == 0 {
				return err
			}
			n--
			defer func() { r.depth-- }()
			if err := enter(&r.depth, t); err != nil {
				return err
			}
			if err := r.room(n, elem.least, t); err != nil {
				return err
			}
			s := reflect.MakeSlice(t, int(n), int(n))
			reflect.NewAt(t, p).Elem().Set(s)
			at := s.UnsafePointer()
			for i := range n {
				if err := elem.read(r, unsafe.Add(at, uintptr(i)*size)); err != nil {
					return err
				}
			}
			return nil
		},
	}, nil
}

func (m *maker) array(t reflect.Type) (coder, error) {
	elem, err := m.coder(t.Elem())
	if err != nil {
		return coder{}, fmt.Errorf("element (%v): %w", t.Elem(), err)
	}
	each := func(do func(unsafe.Pointer) error, p unsafe.Pointer) error {
		for i := range t.Len() {
			if err := do(unsafe.Add(p, uintptr(i)*t.Elem().Size())); err != nil {
				return err
			}
		}
		return nil
	}
	return coder{
		least: uint64(t.Len()) * elem.least,
		write: func(w *Writer, p unsafe.Pointer) error {
			return each(func(at unsafe.Pointer) error { return elem.write(w, at) }, p)
		},
		read: func(r *Reader, p unsafe.Pointer) error {
			return each(func(at unsafe.Pointer) error { return elem.read(r, at) }, p)
		},
	}, nil
}

func (m *maker) structure(t reflect.Type) (coder, error) {
	var parts []part
	for i := range t.NumField() {
		f := t.Field(i)
		c, err := m.coder(f.Type)
		if err != nil {
			return coder{}, inField(f, err)
		}
		parts = append(parts, part{f.Offset, c})
	}
	return fields(parts), nil
}

// part is a field of a struct.
type part struct {
	offset uintptr
	*coder
}

func fields(parts []part) coder {
	var least uint64
	for _, f := range parts {
		least += f.least
	}
	return coder{
		least: least,
		write: func(w *Writer, p unsafe.Pointer) error {
			for _, f := range parts {
				if err := f.write(w, unsafe.Add(p, f.offset)); err != nil {
					return err
				}
			}
			return nil
		},
		read: func(r *Reader, p unsafe.Pointer) error {
			for _, f := range parts {
				if err := f.read(r, unsafe.Add(p, f.offset)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// What a pointer is written as; what is above is 2 and the number of an earlier pointer.
const (
	nilPointer = iota
	newPointer
	oldPointers
)

func (m *maker) pointer(t reflect.Type) (coder, error) {
	elem, err := m.coder(t.Elem())
	if err != nil {
		return coder{}, fmt.Errorf("what it points to (%v): %w", t.Elem(), err)
	}
	return coder{
		least: 1,
		write: func(w *Writer, p unsafe.Pointer) error {
			at := *(*unsafe.Pointer)(p)
			if at == nil {
				w.uint(nilPointer)
				return nil
			}
			if n, ok := w.pointers[pointer{at, t}]; ok {
				w.uint(oldPointers + n)
				return nil
			}
			if w.pointers == nil {
				w.pointers = map[pointer]uint64{}
			}
			w.pointers[pointer{at, t}] = uint64(len(w.pointers))
			w.uint(newPointer)
			defer func() { w.depth-- }()
			if err := enter(&w.depth, t); err != nil {
				return err
			}
			return elem.write(w, at)
		},
		read: func(r *Reader, p unsafe.Pointer) error {
			n, err := r.uint()
			if err != nil || n == nilPointer {
				return err
			}
			v := reflect.NewAt(t, p).Elem()
			if n >= oldPointers {
				n -= oldPointers
				if n >= uint64(len(r.pointers)) || r.pointers[n].Type() != t {
					return fmt.Errorf("value: pointer %d of the message is no %v", n, t)
				}
				v.Set(r.pointers[n])
				return nil
			}
			made := reflect.New(t.Elem()).Convert(t)
			r.pointers = append(r.pointers, made)
			v.Set(made)
			defer func() { r.depth-- }()
			if err := enter(&r.depth, t); err != nil {
				return err
			}
			return elem.read(r, made.UnsafePointer())
		},
	}, nil
}

func (m *maker) mapping(t reflect.Type) (coder, error) {
	key, err := m.coder(t.Key())
	if err != nil {
		return coder{}, fmt.Errorf("key (%v): %w", t.Key(), err)
	}
	elem, err := m.coder(t.Elem())
	if err != nil {
		return coder{}, fmt.Errorf("element (%v): %w", t.Elem(), err)
	}
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
			w.uint(uint64(v.Len()) + 1)
			k, e := reflect.New(t.Key()), reflect.New(t.Elem())
			entry := func() error {
				if err := key.write(w, k.UnsafePointer()); err != nil {
					return err
				}
				return elem.write(w, e.UnsafePointer())
			}
			if w.Sorted {
				return inOrder(v, key, func(at, to reflect.Value) error {
					k.Elem().Set(at)
					e.Elem().Set(to)
					return entry()
				})
			}
			for all := v.MapRange(); all.Next(); {
				k.Elem().SetIterKey(all)
				e.Elem().SetIterValue(all)
				if err := entry(); err != nil {
					return err
				}
			}
			return nil
		},
		read: func(r *Reader, p unsafe.Pointer) error {
			n, err := r.uint()
			if err != nil || n == 0 {
				return err
			}
			n--
			defer func() { r.depth-- }()
			if err := enter(&r.depth, t); err != nil {
				return err
			}
			if err := r.room(n, max(1, key.least+elem.least), t); err != nil && n > 1 { // one key at most takes no bytes
				return err
			}
			v := reflect.MakeMapWithSize(t, int(n))
			reflect.NewAt(t, p).Elem().Set(v)
			for range n {
				k, e := reflect.New(t.Key()), reflect.New(t.Elem())
				if err := key.read(r, k.UnsafePointer()); err != nil {
					return err
				}
				if err := elem.read(r, e.UnsafePointer()); err != nil {
					return err
				}
				v.SetMapIndex(k.Elem(), e.Elem())
			}
			return nil
		},
	}, nil
}

// inOrder calls f for the entries of a map, in the order of what their keys are written as.
func inOrder(m reflect.Value, key *coder, f func(key, elem reflect.Value) error) error {
	type entry struct {
		written   []byte
		key, elem reflect.Value
	}
	var all []entry
	k := reflect.New(m.Type().Key())
	for at := m.MapRange(); at.Next(); {
		k.Elem().SetIterKey(at)
		w := Writer{Sorted: true}
		if err := key.write(&w, k.UnsafePointer()); err != nil {
			return err
		}
		all = append(all, entry{w.head, at.Key(), at.Value()})
	}
	slices.SortFunc(all, func(a, b entry) int { return bytes.Compare(a.written, b.written) })
	for _, e := range all {
		if err := f(e.key, e.elem); err != nil {
			return err
		}
	}
	return nil
}
