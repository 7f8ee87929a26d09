package object

import (
	"fmt"
	"reflect"
	"sync"
	"unsafe"
)

// Type names a type that the program was compiled with.
type Type struct {
	Address        // of the descriptor of the type, or of that of pointers to it, as the runtime's tables list no others
	Name    string // as reflect prints the type that the address is of
	Pointed bool   // the type is the one pointed to
}

var (
	types      sync.Map // of reflect.Type to Type
	typesKnown sync.Map // of Type to reflect.Type
)

//go:linkname typesByString reflect.typesByString
func typesByString(name string) []unsafe.Pointer

//go:linkname typelinks reflect.typelinks
func typelinks() (sections []unsafe.Pointer, offsets [][]int32)

// modules are addresses in all objects of Go code, of which the executable is the first.
func modules() []uintptr {
	sections, _ := typelinks()
	all := make([]uintptr, len(sections))
	for i, s := range sections {
		all[i] = uintptr(s)
	}
	return all
}

func firstModule() uintptr { return modules()[0] }

// TypeOf names a type. It is an error for one that was made by package reflect at run time.
func TypeOf(t reflect.Type) (Type, error) {
	if known, ok := types.Load(t); ok {
		return known.(Type), nil
	}
	listed, pointed := t, false
	if t.Name() != "" {
		listed, pointed = reflect.PointerTo(t), true
	}
	address, err := Locate(descriptor(listed))
	if err != nil {
		return Type{}, fmt.Errorf("object: type %v: %w", t, err)
	}
	named := Type{Address: address, Name: listed.String(), Pointed: pointed}
	types.Store(t, named)
	return named, nil
}

// descriptor is where the runtime describes a type.
func descriptor(t reflect.Type) unsafe.Pointer {
	return (*struct{ itab, data unsafe.Pointer })(unsafe.Pointer(&t)).data
}

// typeAt is the type that a descriptor describes.
func typeAt(descriptor unsafe.Pointer) reflect.Type {
	var v any
	(*struct{ kind, data unsafe.Pointer })(unsafe.Pointer(&v)).kind = descriptor
	return reflect.TypeOf(v)
}

// Type finds the type.
func (t Type) Type() (reflect.Type, error) {
	if known, ok := typesKnown.Load(t); ok {
		return known.(reflect.Type), nil
	}
	address, o, err := t.pointer()
	if err != nil {
		return nil, fmt.Errorf("object: type %s: %w", t.Name, err)
	}
	listed := find(t.Name, address, o)
	if listed == nil || t.Pointed && listed.Kind() != reflect.Pointer {
		return nil, fmt.Errorf("object: type %s: offset %#x of %s does not hold it", t.Name, t.Offset, o.Path)
	}
	found := listed
	if t.Pointed {
		found = listed.Elem()
	}
	typesKnown.Store(t, found)
	return found, nil
}

// find looks for the type with a name and the address of its descriptor. Several objects may have one of the same type, of
// which all use the one that was loaded first. In one object, types of one name differ: they are local to functions.
func find(name string, address uintptr, o *Object) reflect.Type {
	var elsewhere []reflect.Type
	for _, d := range typesByString(name) { // in the order in which the objects were loaded
		t := typeAt(d)
		if uintptr(d) != address {
			if !o.contains(uintptr(d)) {
				elsewhere = append(elsewhere, t)
			}
			continue
		}
		for _, first := range elsewhere {
			if same(first, t) {
				return first
			}
		}
		return t
	}
	return nil
}

// same tells whether two descriptors are of the same type.
func same(a, b reflect.Type) bool {
	return a.String() == b.String() && a.ConvertibleTo(b) && sameElem(a, b)
}

// sameElem compares what pointers point to more strictly than a conversion: types of the same name in packages of the same name.
func sameElem(a, b reflect.Type) bool {
	if a.Kind() != reflect.Pointer || b.Kind() != reflect.Pointer {
		return true
	}
	return a.Elem().Name() == b.Elem().Name() && a.Elem().PkgPath() == b.Elem().PkgPath()
}
