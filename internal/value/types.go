package value

import (
	"fmt"
	"reflect"
	"time"

	"github.com/warren-go/warren/internal/object"
)

// common are the types that every program has. Their place in this list is how they are written, so it is only ever appended to.
var common = []reflect.Type{
	nil, // of an interface that holds nothing
	reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
	reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](), reflect.TypeFor[uintptr](),
	reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[complex64](), reflect.TypeFor[complex128](), reflect.TypeFor[string](),
	reflect.TypeFor[any](), reflect.TypeFor[error](), reflect.TypeFor[struct{}](), reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration](), reflect.TypeFor[*Error](),
}

var commonNumber = func() map[reflect.Type]uint64 {
	numbers := map[reflect.Type]uint64{}
	for i, t := range common {
		if t != nil {
			numbers[t] = uint64(i)
		}
	}
	return numbers
}()

// How a type is written that is not common.
const (
	sliceOf    = 100 + iota // and its element
	arrayOf                 // its length and element
	pointerTo               // and its element
	mapOf                   // its key and element
	compiled                // an object.Type
	firstKnown = 128        // those that were written before, by their number
)

// maxExpansion is how many bytes of memory a byte of a message may stand for, where the length of an array has come with it.
const maxExpansion = 64

// maxTypeDepth bounds how deep a type may be nested.
const maxTypeDepth = 64

// typ writes a type.
func (w *Writer) typ(t reflect.Type) error {
	if n, ok := commonNumber[t]; ok {
		w.uint(n)
		return nil
	}
	if n, ok := w.types[t]; ok {
		w.uint(firstKnown + n)
		return nil
	}
	if err := w.newType(t); err != nil {
		return err
	}
	if w.types == nil {
		w.types = map[reflect.Type]uint64{}
	}
	w.types[t] = uint64(len(w.types))
	return nil
}

func (w *Writer) newType(t reflect.Type) error {
	if t.Name() == "" {
		switch t.Kind() {
		case reflect.Slice:
			w.uint(sliceOf)
			return w.typ(t.Elem())
		case reflect.Pointer:
			w.uint(pointerTo)
			return w.typ(t.Elem())
		case reflect.Array:
			w.uint(arrayOf)
			w.uint(uint64(t.Len()))
			return w.typ(t.Elem())
		case reflect.Map:
			w.uint(mapOf)
			if err := w.typ(t.Key()); err != nil {
				return err
			}
			return w.typ(t.Elem())
		}
	}
	named, err := object.TypeOf(t)
	if err != nil {
		return err
	}
	w.uint(compiled)
	w.named = append(w.named, named)
	w.needs(named.Address)
	return Write(w, &named)
}

// typ reads a type.
func (r *Reader) typ() (reflect.Type, error) { return r.typeAt(0) }

func (r *Reader) typeAt(depth int) (reflect.Type, error) {
	n, err := r.uint()
	if err != nil {
		return nil, err
	}
	if n < uint64(len(common)) && (n > 0 || depth == 0) {
		return common[n], nil
	}
	if n >= firstKnown {
		if n -= firstKnown; n < uint64(len(r.types)) {
			return r.types[n], nil
		}
	}
	read := typeReaders[n]
	if read == nil || depth > maxTypeDepth {
		return nil, fmt.Errorf("value: there is no type %d", n)
	}
	t, err := read(r, depth+1)
	if err == nil {
		r.types = append(r.types, t)
	}
	return t, err
}

var typeReaders map[uint64]func(*Reader, int) (reflect.Type, error)

func init() { // which breaks the cycle by which these refer to typeAt
	typeReaders = map[uint64]func(*Reader, int) (reflect.Type, error){
		sliceOf:   func(r *Reader, depth int) (reflect.Type, error) { return r.elem(depth, reflect.SliceOf) },
		pointerTo: func(r *Reader, depth int) (reflect.Type, error) { return r.elem(depth, reflect.PointerTo) },
		arrayOf:   (*Reader).arrayType,
		mapOf:     (*Reader).mapType,
		compiled: func(r *Reader, _ int) (reflect.Type, error) {
			var named object.Type
			if err := Read(r, &named); err != nil {
				return nil, err
			}
			return named.Type()
		},
	}
}

func (r *Reader) elem(depth int, of func(reflect.Type) reflect.Type) (reflect.Type, error) {
	t, err := r.typeAt(depth)
	if err != nil {
		return nil, err
	}
	return of(t), nil
}

func (r *Reader) arrayType(depth int) (reflect.Type, error) {
	n, err := r.uint()
	if err != nil {
		return nil, err
	}
	return r.elem(depth, func(t reflect.Type) reflect.Type {
		if limit := uint64(maxExpansion * (len(r.head) + AsideMin)); n > limit || uint64(t.Size())*n > limit { // before the runtime makes tables for it
			panic(fmt.Sprintf("a message with %d bytes left claims to hold an array of %d of type %v", len(r.head), n, t))
		}
		return reflect.ArrayOf(int(n), t)
	})
}

func (r *Reader) mapType(depth int) (reflect.Type, error) {
	key, err := r.typeAt(depth)
	if err != nil {
		return nil, err
	}
	if !key.Comparable() {
		return nil, fmt.Errorf("value: a %v cannot be the key of a map", key)
	}
	return r.elem(depth, func(t reflect.Type) reflect.Type { return reflect.MapOf(key, t) })
}
