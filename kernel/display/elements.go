package display

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// elements knows how values of the type t, or pointers to them, make rows.
type elements struct {
	t       reflect.Type
	keys    []reflect.Value // the columns, for maps
	n       int             // the number of columns
	columns []int           // the window of columns
}

func (e *elements) base() reflect.Type {
	if e.t.Kind() == reflect.Pointer {
		return e.t.Elem()
	}
	return e.t
}

// wide tells whether a value has several parts, which are not bytes.
func (e *elements) wide() bool {
	t := e.base()
	if hasOwnText(e.t) || hasOwnText(t) {
		return false
	}
	switch t.Kind() {
	case reflect.Struct:
		return t.NumField() > 0
	case reflect.Map:
		return true
	case reflect.Slice, reflect.Array:
		return t.Elem().Kind() != reflect.Uint8
	}
	return false
}

// names finds the columns of the values all, and gives their names.
func (e *elements) names(all func(func(reflect.Value) bool)) []string {
	switch e.base().Kind() {
	case reflect.Struct:
		e.n = e.base().NumField()
	case reflect.Map:
		e.keys = unionOfKeys(all)
		e.n = len(e.keys)
	default:
		for v := range all {
			if v = indirect(v); v.IsValid() {
				e.n = max(e.n, v.Len())
			}
		}
	}
	e.columns = window(e.n, headColumns, tailColumns)
	var names []string
	for _, j := range e.columns {
		names = append(names, e.name(j))
	}
	return names
}

func (e *elements) name(j int) string {
	switch {
	case j == gap:
		return gapCell.text
	case e.keys != nil:
		return cellOf(e.keys[j]).text
	case e.base().Kind() == reflect.Struct:
		return e.base().Field(j).Name
	}
	return fmt.Sprint(j)
}

// cells is the row of v; a nil pointer has only one cell.
func (e *elements) cells(v reflect.Value) []cell {
	if v = indirect(v); !v.IsValid() {
		return []cell{{"<nil>", true}}
	}
	row := make([]cell, len(e.columns))
	for k, j := range e.columns {
		if j == gap {
			row[k] = gapCell
		} else {
			row[k] = e.part(v, j)
		}
	}
	return row
}

// part is what v has in column j, or an empty cell.
func (e *elements) part(v reflect.Value, j int) cell {
	switch v.Kind() {
	case reflect.Struct:
		return cellOf(v.Field(j))
	case reflect.Map:
		if x := v.MapIndex(e.keys[j]); x.IsValid() {
			return cellOf(x)
		}
	default:
		if j < v.Len() {
			return cellOf(v.Index(j))
		}
	}
	return cell{}
}

func indirect(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Pointer {
		return v.Elem()
	}
	return v
}

// unionOfKeys are the keys that any of the maps has, in the order in which fmt prints them.
func unionOfKeys(all func(func(reflect.Value) bool)) []reflect.Value {
	union := map[any]reflect.Value{}
	for m := range all {
		if m = indirect(m); !m.IsValid() {
			continue
		}
		for it := m.MapRange(); len(union) < maxCellKey && it.Next(); {
			union[keyOf(it.Key())] = it.Key()
		}
	}
	keys := make([]reflect.Value, 0, len(union))
	keys = slices.AppendSeq(keys, maps.Values(union))
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		return cmp.Or(compare(a, b), cmp.Compare(cellOf(a).text, cellOf(b).text))
	})
	return keys
}

// keyOf identifies a map key. Keys of unexported fields cannot be taken out of their reflect.Value; their text can.
func keyOf(k reflect.Value) any {
	if k.CanInterface() {
		return k.Interface()
	}
	return cellOf(k).text
}
