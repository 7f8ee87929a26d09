package display

import (
	"cmp"
	"reflect"
	"slices"
)

// entry is a key of a map with its value, which cannot be looked up when the key is NaN.
type entry struct{ key, value reflect.Value }

// sortedEntries are the entries of the map m in the order of package fmt; of a map larger than limit, an arbitrary
// choice of limit entries.
func sortedEntries(m reflect.Value, limit int) []entry {
	entries := make([]entry, 0, min(m.Len(), limit))
	for it := m.MapRange(); len(entries) < limit && it.Next(); {
		entries = append(entries, entry{it.Key(), it.Value()})
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return compare(a.key, b.key) })
	return entries
}

// compare orders map keys: by value, the values of an interface by kind first, and what has no order not at all.
func compare(a, b reflect.Value) int {
	if a.Kind() != b.Kind() {
		return cmp.Compare(a.Kind(), b.Kind())
	}
	switch a.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return cmp.Compare(a.Int(), b.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return cmp.Compare(a.Uint(), b.Uint())
	case reflect.Float32, reflect.Float64:
		return cmp.Compare(a.Float(), b.Float())
	case reflect.Complex64, reflect.Complex128:
		x, y := a.Complex(), b.Complex()
		return cmp.Or(cmp.Compare(real(x), real(y)), cmp.Compare(imag(x), imag(y)))
	case reflect.String:
		return cmp.Compare(a.String(), b.String())
	case reflect.Bool:
		return boolRank(a) - boolRank(b)
	case reflect.Pointer, reflect.UnsafePointer, reflect.Chan:
		return cmp.Compare(a.Pointer(), b.Pointer())
	case reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return boolRank(reflect.ValueOf(!a.IsNil())) - boolRank(reflect.ValueOf(!b.IsNil()))
		}
		return compare(a.Elem(), b.Elem())
	case reflect.Struct:
		return compareParts(a.NumField(), b.NumField(), a.Field, b.Field)
	case reflect.Array:
		return compareParts(a.Len(), b.Len(), a.Index, b.Index)
	}
	return 0
}

func boolRank(v reflect.Value) int {
	if v.Bool() {
		return 1
	}
	return 0
}

// compareParts compares two structs or arrays part by part. Keys of an interface type may differ in length.
func compareParts(n, m int, a, b func(int) reflect.Value) int {
	for i := range min(n, m) {
		if c := compare(a(i), b(i)); c != 0 {
			return c
		}
	}
	return n - m
}
