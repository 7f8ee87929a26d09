package display

import (
	"reflect"
	"time"
)

// cell is the text of one value. Numbers are aligned to the right.
type cell struct {
	text   string
	number bool
}

var durationType = reflect.TypeFor[time.Duration]()

// cellOf is v as the cell of a table.
func cellOf(v reflect.Value) cell {
	v = unlocked(v)
	return cell{text: cellText(v), number: isNumber(v)}
}

// unlocked is a copy of v that can be asked for its own text although it comes from an unexported field, if it is of a
// basic type such as time.Duration. In a table "1s" reads better than the 1000000000 that fmt prints.
func unlocked(v reflect.Value) reflect.Value {
	if !v.IsValid() || v.CanInterface() || !hasOwnText(v.Type()) {
		return v
	}
	c := reflect.New(v.Type()).Elem()
	switch {
	case v.CanInt():
		c.SetInt(v.Int())
	case v.CanUint():
		c.SetUint(v.Uint())
	case v.CanFloat():
		c.SetFloat(v.Float())
	case v.Kind() == reflect.String:
		c.SetString(v.String())
	default:
		return v
	}
	return c
}

// isNumber tells whether v may stand in a column of numbers: its type is numeric and has no names for its values, or it is
// nil.
func isNumber(v reflect.Value) bool {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return true
	}
	switch k := v.Kind(); {
	case v.Type() == durationType:
		return true
	case hasOwnText(v.Type()):
		return false
	default:
		return reflect.Int <= k && k <= reflect.Complex128
	}
}
