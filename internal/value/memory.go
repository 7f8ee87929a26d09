package value

import (
	"fmt"
	"reflect"
	"unsafe"
)

// flat is the coder of values that are size bytes without pointers.
func flat(size uintptr) coder {
	return coder{
		least: uint64(size),
		write: func(w *Writer, p unsafe.Pointer) error {
			w.head = append(w.head, unsafe.Slice((*byte)(p), size)...)
			return nil
		},
		read: func(r *Reader, p unsafe.Pointer) error {
			b, err := r.take(uint64(size))
			copy(unsafe.Slice((*byte)(p), size), b)
			return err
		},
	}
}

var stringCoder = coder{
	least: 1,
	write: func(w *Writer, p unsafe.Pointer) error {
		s := *(*string)(p)
		w.uint(uint64(len(s)))
		w.head = append(w.head, s...)
		return nil
	},
	read: func(r *Reader, p unsafe.Pointer) error {
		b, err := r.bytes()
		*(*string)(p) = string(b)
		return err
	},
}

// header is a slice of elements without pointers.
type header struct {
	data     unsafe.Pointer
	len, cap int
}

// flatSlice is the coder of slices whose elements have no pointers. Large ones are not copied when they are read.
func flatSlice(t reflect.Type) coder {
	elem := t.Elem()
	return coder{
		least: 1,
		write: func(w *Writer, p unsafe.Pointer) error {
			s := (*header)(p)
			if s.data == nil {
				w.uint(0)
				return nil
			}
			w.uint(uint64(s.len) + 1)
			return w.memory(unsafe.Slice((*byte)(s.data), uintptr(s.len)*elem.Size()))
		},
		read: func(r *Reader, p unsafe.Pointer) error {
			n, err := r.uint()
			if err != nil || n == 0 {
				return err
			}
			n--
			size := uint64(elem.Size())
			if size > 0 && n > 1<<47/size {
				return fmt.Errorf("value: a message claims to hold %d of type %v", n, elem)
			}
			b, own, err := r.memory(n * size)
			if err != nil {
				return err
			}
			at := unsafe.Pointer(unsafe.SliceData(b))
			if len(b) > 0 && own && uintptr(at)%uintptr(elem.Align()) == 0 {
				*(*header)(p) = header{at, int(n), int(n)}
				return nil
			}
			s := reflect.MakeSlice(t, int(n), int(n))
			copy(unsafe.Slice((*byte)(s.UnsafePointer()), len(b)), b)
			reflect.NewAt(t, p).Elem().Set(s)
			return nil
		},
	}
}

// memory writes the content of a slice: beside the head if it is large.
func (w *Writer) memory(b []byte) error {
	if len(b) < AsideMin {
		w.head = append(append(w.head, inHead), b...)
		return nil
	}
	if w.Store != nil {
		ticket, ok, err := w.Store.Put(b)
		if err != nil {
			return err
		}
		if ok {
			w.head = append(w.head, inStore)
			w.bytes(ticket)
			return nil
		}
	}
	w.head = append(w.head, inBuffer)
	w.buffers = append(w.buffers, append([]byte(nil), b...)) // the sender may go on to change its slice
	return nil
}

// memory returns the content of a slice, and whether it may belong to the value that is read.
func (r *Reader) memory(size uint64) (b []byte, own bool, err error) {
	where, err := r.take(1)
	if err != nil {
		return nil, false, err
	}
	switch where[0] {
	case inHead:
		b, err = r.take(size)
		return b, false, err
	case inBuffer:
		if len(r.buffers) == 0 {
			return nil, false, errShort
		}
		b, r.buffers = r.buffers[0], r.buffers[1:]
	case inStore:
		ticket, err := r.bytes()
		if err != nil {
			return nil, false, err
		}
		if r.store == nil {
			return nil, false, fmt.Errorf("value: %d bytes are in memory that this process has no part in", size)
		}
		if b, err = r.store.Fetch(ticket); err != nil {
			return nil, false, err
		}
	default:
		return nil, false, fmt.Errorf("value: there is no place %d for memory", where[0])
	}
	if uint64(len(b)) != size {
		return nil, false, fmt.Errorf("value: a slice of %d bytes came with %d", size, len(b))
	}
	return b, true, nil
}
