package opencl

import (
	"fmt"
	"reflect"
)

// Element is a type of numbers that arrays can have.
type Element interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~int | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uint | ~float32 | ~float64
}

// checkElement says why memory of type t means nothing to a device, or something else than to Go.
func checkElement(t reflect.Type) error {
	switch t.Kind() {
	case reflect.Array:
		return checkElement(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if err := checkElement(t.Field(i).Type); err != nil {
				return fmt.Errorf("field %s of %v: %w", t.Field(i).Name, t, err)
			}
		}
		return nil
	case reflect.Bool:
		return fmt.Errorf("a device has no type like bool; use uint8 (uchar)")
	case reflect.Uintptr:
		return fmt.Errorf("an address means nothing to a device; use uint64 (ulong) for numbers")
	}
	if t.Kind() >= reflect.Int && t.Kind() <= reflect.Complex128 {
		return nil
	}
	return fmt.Errorf("elements of type %v cannot be on a device; they are numbers, arrays of numbers and structs of those", t)
}

// scalarOf is the kind of the numbers that t consists of; ok is false where they are of several kinds.
func scalarOf(t reflect.Type) (kind reflect.Kind, ok bool) {
	switch t.Kind() {
	case reflect.Array:
		return scalarOf(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			k, single := scalarOf(t.Field(i).Type)
			if !single || i > 0 && k != kind {
				return 0, false
			}
			kind = k
		}
		return kind, t.NumField() > 0
	case reflect.Int:
		return reflect.Int64, true
	case reflect.Uint:
		return reflect.Uint64, true
	case reflect.Complex64:
		return reflect.Float32, true
	case reflect.Complex128:
		return reflect.Float64, true
	}
	return t.Kind(), true
}
