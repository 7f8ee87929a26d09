package display

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of what is walked and written. A result is read by a person: beyond these it is cut off with a note.
const (
	maxText    = 16 << 10 // bytes of a value's text
	maxCell    = 200      // bytes of a table cell's text
	maxDepth   = 50       // nesting of slices, maps and structs, where cycles end
	maxKeys    = 100_000  // keys of a map that are sorted before printing
	maxCellKey = 1_000    // the same inside a table cell
)

// sprint gives the text that fmt.Sprint gives, cut off at maxText bytes. Unlike fmt it returns for values that contain
// themselves, and does not build the text of a huge value first.
func sprint(v any) string {
	if s, ok := v.(string); ok {
		return clip(s, maxText, fmt.Sprintf("\n… (%d of %d bytes shown)", maxText, len(s)))
	}
	p := printer{limit: maxText, keys: maxKeys}
	p.value(reflectValue(v), 0)
	return p.finish(fmt.Sprintf(" … (cut off after %d bytes)", maxText))
}

// cellText is sprint for a table cell: one short text.
func cellText(v reflect.Value) string {
	p := printer{limit: maxCell, keys: maxCellKey}
	if v.Kind() == reflect.Float64 || v.Kind() == reflect.Float32 {
		if !hasOwnText(v.Type()) {
			return formatFloat(v.Float(), v.Type().Bits())
		}
	}
	p.value(v, 1)
	return p.finish("…")
}

// formatFloat writes x in full when that is short, else with 8 digits, so that 0.1+0.2 does not widen a column.
func formatFloat(x float64, bits int) string {
	if s := strconv.FormatFloat(x, 'g', -1, bits); len(s) <= 10 {
		return s
	}
	return strconv.FormatFloat(x, 'g', 8, bits)
}

// reflectValue is reflect.ValueOf, seeing through a reflect.Value as fmt does.
func reflectValue(v any) reflect.Value {
	if rv, ok := v.(reflect.Value); ok {
		return rv
	}
	return reflect.ValueOf(v)
}

// clip cuts s to limit bytes, at the start of a character, and adds note when it did.
func clip(s string, limit int, note string) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + note
}

// printer writes a value as the verb %v does, until limit bytes are written.
type printer struct {
	strings.Builder
	limit int
	keys  int // keys sorted of one map
}

func (p *printer) full() bool { return p.Len() > p.limit }

func (p *printer) finish(note string) string { return clip(p.String(), p.limit, note) }

// text writes s, of which no more than fits is copied.
func (p *printer) text(s string) {
	if room := p.limit - p.Len() + 1; len(s) > room {
		// One character more than the limit tells finish that something is missing.
		s = s[:max(0, min(len(s), room+utf8.UTFMax))]
	}
	p.WriteString(s)
}

// value writes v. Depth counts as in package fmt: a pointer is followed at depth 0 only.
func (p *printer) value(v reflect.Value, depth int) {
	switch {
	case p.full():
		return
	case !v.IsValid():
		p.text("<nil>")
		return
	case depth > maxDepth:
		p.text("…")
		return
	case p.method(v):
		return
	}
	switch v.Kind() {
	case reflect.String:
		p.text(v.String())
	case reflect.Map:
		p.mapping(v, depth)
	case reflect.Struct:
		p.text("{")
		for i := 0; i < v.NumField() && !p.full(); i++ {
			p.separate(i)
			p.value(v.Field(i), depth+1)
		}
		p.text("}")
	case reflect.Slice, reflect.Array:
		p.text("[")
		for i := 0; i < v.Len() && !p.full(); i++ {
			p.separate(i)
			p.value(v.Index(i), depth+1)
		}
		p.text("]")
	case reflect.Interface:
		p.value(v.Elem(), depth+1)
	case reflect.Pointer:
		p.pointer(v, depth)
	default:
		// What is left is small; fmt prints a reflect.Value as what it holds, unexported or not.
		p.text(fmt.Sprint(v))
	}
}

func (p *printer) separate(i int) {
	if i > 0 {
		p.text(" ")
	}
}

func (p *printer) pointer(v reflect.Value, depth int) {
	if depth == 0 && !v.IsNil() {
		switch v.Elem().Kind() {
		case reflect.Array, reflect.Slice, reflect.Struct, reflect.Map:
			p.text("&")
			p.value(v.Elem(), depth+1)
			return
		}
	}
	if v.IsNil() {
		p.text("<nil>")
		return
	}
	p.text(fmt.Sprintf("0x%x", v.Pointer()))
}

func (p *printer) mapping(v reflect.Value, depth int) {
	p.text("map[")
	for i, e := range sortedEntries(v, p.keys) {
		if p.full() {
			break
		}
		p.separate(i)
		p.value(e.key, depth+1)
		p.text(":")
		p.value(e.value, depth+1)
	}
	p.text("]")
}

var (
	stringerType  = reflect.TypeFor[fmt.Stringer]()
	errorType     = reflect.TypeFor[error]()
	formatterType = reflect.TypeFor[fmt.Formatter]()
)

// hasOwnText reports whether values of t print themselves by a method.
func hasOwnText(t reflect.Type) bool {
	return t.Implements(stringerType) || t.Implements(errorType) || t.Implements(formatterType)
}

// method writes v by its own String, Error or Format method. A panic in it is written as fmt does, as
// %!v(PANIC=String method: …).
func (p *printer) method(v reflect.Value) bool {
	if v.Kind() == reflect.Interface || !v.CanInterface() || !hasOwnText(v.Type()) {
		return false
	}
	p.text(fmt.Sprint(v.Interface()))
	return true
}
