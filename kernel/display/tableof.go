package display

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
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
