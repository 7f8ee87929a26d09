package display

import (
	"fmt"
	"reflect"
	"slices"
)

// tableOf makes a table of a struct, a map, or a slice or array of structs, maps, slices or arrays.
func tableOf(v any) (*grid, bool) {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() || hasOwnText(rv.Type()) {
		return nil, false
	}
	if rv.Kind() == reflect.Pointer {
		rv = rv.Elem()
		if !rv.IsValid() || hasOwnText(rv.Type()) {
			return nil, false
		}
	}
	switch rv.Kind() {
	case reflect.Map:
		return mapTable(rv), true
	case reflect.Struct:
		return structTable(rv), rv.NumField() > 0
	case reflect.Slice, reflect.Array:
		return sliceTable(rv)
	}
	return nil, false
}

// structTable has a row for each field.
func structTable(s reflect.Value) *grid {
	g := &grid{header: []string{"field", "value"}, headed: true}
	for _, i := range window(s.NumField(), headRows, tailRows) {
		if i == gap {
			g.rows = append(g.rows, []cell{gapCell, gapCell})
			continue
		}
		g.rows = append(g.rows, []cell{{text: s.Type().Field(i).Name}, cellOf(s.Field(i))})
	}
	g.note(s.NumField(), headRows+tailRows, "fields")
	return g
}

// mapTable has a row for each key, in the order in which fmt prints them, with a column for each field of values that
// are structs.
func mapTable(m reflect.Value) *grid {
	elems := elements{t: m.Type().Elem()}
	if !elems.wide() || elems.base().Kind() != reflect.Struct {
		elems.t = nil
	}
	g := &grid{header: []string{"key", "value"}, headed: true}
	if elems.t != nil {
		g.header = append([]string{"key"}, elems.names(nil)...)
	}
	entries := sortedEntries(m, maxKeys)
	for _, i := range window(len(entries), headRows, tailRows) {
		switch {
		case i == gap:
			g.rows = append(g.rows, slices.Repeat([]cell{gapCell}, len(g.header)))
		case elems.t == nil:
			g.rows = append(g.rows, []cell{cellOf(entries[i].key), cellOf(entries[i].value)})
		default:
			g.rows = append(g.rows, append([]cell{cellOf(entries[i].key)}, elems.cells(entries[i].value)...))
		}
	}
	g.note(m.Len(), headRows+tailRows, "rows")
	return g
}

// sliceTable has a row for each element, headed by its index.
func sliceTable(s reflect.Value) (*grid, bool) {
	elems := elements{t: s.Type().Elem()}
	if !elems.wide() {
		return nil, false
	}
	indices := window(s.Len(), headRows, tailRows)
	names := elems.names(func(yield func(reflect.Value) bool) {
		for _, i := range indices {
			if i != gap && !yield(s.Index(i)) {
				return
			}
		}
	})
	g := &grid{header: append([]string{""}, names...), headed: true}
	for _, i := range indices {
		if i == gap {
			g.rows = append(g.rows, slices.Repeat([]cell{gapCell}, len(g.header)))
			continue
		}
		g.rows = append(g.rows, append([]cell{{fmt.Sprint(i), true}}, elems.cells(s.Index(i))...))
	}
	g.note(s.Len(), headRows+tailRows, "rows")
	g.note(elems.n, headColumns+tailColumns, "columns")
	return g, true
}
