package value

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unsafe"

	"github.com/warren-go/warren/internal/object"
)

const (
	// AsideMin is from how many bytes on memory without pointers gets a buffer of its own.
	AsideMin = 4 << 10
	// maxDepth bounds how deep values may be nested, such as how long a linked list may be.
	maxDepth = 50_000
)

// Where the content of a slice is.
const (
	inHead   = iota // behind its length
	inBuffer        // in the next buffer
	inStore         // in a store; its ticket follows
)

// Store keeps large memory elsewhere than in a message, such as in memory that processes share.
type Store interface {
	// Name is the same for all stores that can fetch from each other.
	Name() string
	// Put keeps a copy of data, which Fetch finds by the ticket. ok is false if the message should carry it.
	Put(data []byte) (ticket []byte, ok bool, err error)
	// Fetch returns memory of the receiver's own with what was put.
	Fetch(ticket []byte) (data []byte, err error)
}

// Writer puts values one behind the other.
type Writer struct {
	Store  Store // may be nil
	Sorted bool  // entries of maps are in an order of their keys, so that equal values are written alike

	head     []byte
	buffers  [][]byte
	pointers map[pointer]uint64 // seen so far, by number
	types    map[reflect.Type]uint64
	depth    int

	functions []object.Func
	named     []object.Type
	objects   []string
}

// Reader takes values as a Writer put them.
type Reader struct {
	store    Store
	head     []byte
	buffers  [][]byte
	pointers []reflect.Value
	types    []reflect.Type
	depth    int
}

// pointer is told by its type too, since that of a struct and of its first field are equal.
type pointer struct {
	at unsafe.Pointer
	to reflect.Type
}

// Buffers returns what was written: a head, and the memory that is beside it.
func (w *Writer) Buffers() (head []byte, aside [][]byte) { return w.head, w.buffers }

// Functions returns the functions that were written, in the order in which they were.
func (w *Writer) Functions() []object.Func { return w.functions }

// Types returns the types of the program that interfaces hold values of, which were written.
func (w *Writer) Types() []object.Type { return w.named }

// Objects returns the identities of the objects, see package object, that functions and types which were written are in.
func (w *Writer) Objects() []string { return w.objects }

// Pointers is how many pointers were written that differ.
func (w *Writer) Pointers() int { return len(w.pointers) }

// needs notes what is written of an object.
func (w *Writer) needs(a object.Address) {
	if !slices.Contains(w.objects, a.Object) {
		w.objects = append(w.objects, a.Object)
	}
}

// Write puts the value that p points to. The reader must ask for one of the same type.
func Write[T any](w *Writer, p *T) error { return w.WriteAt(reflect.TypeFor[T](), unsafe.Pointer(p)) }

// Read takes a value and puts it at p.
func Read[T any](r *Reader, p *T) error { return r.ReadAt(reflect.TypeFor[T](), unsafe.Pointer(p)) }

// WriteAt puts the value of type t at p.
func (w *Writer) WriteAt(t reflect.Type, p unsafe.Pointer) (err error) {
	c, err := coderOf(t)
	if err != nil {
		return err
	}
	defer recovered("cannot be sent", t, &err)
	return c.write(w, p)
}

// ReadAt takes a value of type t and puts it at p. After an error what p points to may be half of a value.
func (r *Reader) ReadAt(t reflect.Type, p unsafe.Pointer) (err error) {
	c, err := coderOf(t)
	if err != nil {
		return err
	}
	defer recovered("cannot be read", t, &err)
	return c.read(r, p)
}

// recovered makes an error of a panic, such as of a method of the value that encodes or decodes it.
func recovered(what string, t reflect.Type, err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("value: a %v %s: %v", t, what, v)
	}
}

// NewReader reads what Buffers returned. Slices may come to lie in the memory of aside, which belongs to the values from now on.
func NewReader(head []byte, aside [][]byte, s Store) *Reader {
	return &Reader{store: s, head: head, buffers: aside}
}

// End is an error if there is more than was read.
func (r *Reader) End() error {
	if len(r.head) > 0 || len(r.buffers) > 0 {
		return fmt.Errorf("value: %d bytes and %d buffers follow the last value: the two sides do not agree on the types", len(r.head), len(r.buffers))
	}
	return nil
}

var errShort = errors.New("value: the message ends within a value")

func (w *Writer) uint(n uint64) { w.head = binary.AppendUvarint(w.head, n) }

func (r *Reader) uint() (uint64, error) {
	n, size := binary.Uvarint(r.head)
	if size <= 0 {
		return 0, errShort
	}
	r.head = r.head[size:]
	return n, nil
}

func (w *Writer) bytes(b []byte) {
	w.uint(uint64(len(b)))
	w.head = append(w.head, b...)
}

// bytes returns a part of the head.
func (r *Reader) bytes() ([]byte, error) {
	n, err := r.uint()
	if err != nil {
		return nil, err
	}
	return r.take(n)
}

func (r *Reader) take(n uint64) ([]byte, error) {
	if n > uint64(len(r.head)) {
		return nil, errShort
	}
	b := r.head[:n]
	r.head = r.head[n:]
	return b, nil
}

// room is an error if n parts of a value of type t, which take some bytes of the head at least, cannot follow.
func (r *Reader) room(n, least uint64, t reflect.Type) error {
	if left := uint64(len(r.head)); least > 0 && n > left/least {
		return fmt.Errorf("value: a message with %d bytes left claims to hold %d parts of a %v", left, n, t)
	}
	return nil
}

// enter is called for every level of nested values.
func enter(depth *int, t reflect.Type) error {
	if *depth++; *depth > maxDepth {
		return fmt.Errorf("value: a %v is nested more than %d deep: send it as a slice", t, maxDepth)
	}
	return nil
}
