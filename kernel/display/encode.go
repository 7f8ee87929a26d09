package display

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
)

// Encode gives a copy of d that encoding/json accepts: text is valid UTF-8, and []byte stays (it becomes base64). Other
// content becomes JSON, in which NaN and infinite numbers are null and what JSON cannot hold is its text.
func Encode(d Data) Data {
	return Data{encodeMap(d.Data), encodeMap(d.Metadata), encodeMap(d.Transient)}
}

func encodeMap(m MIMEMap) MIMEMap {
	out := make(MIMEMap, len(m))
	for k, v := range m {
		out[validText(k)] = encodeValue(k, v)
	}
	return out
}

func encodeValue(mimeType string, v any) any {
	switch x := v.(type) {
	case string:
		return validText(x)
	case []byte:
		if strings.HasPrefix(mimeType, "text/") || mimeType == MIMETypeSVG {
			return validText(string(x))
		}
		return x
	}
	return encodeJSON(v)
}

func validText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// encodeJSON is json.Marshal that takes every value.
func encodeJSON(v any) json.RawMessage {
	if b, err := marshal(v); err == nil {
		return b
	}
	w := jsonWalk{left: maxNodes}
	b, err := marshal(w.value(reflect.ValueOf(v), 0))
	if err != nil {
		b, _ = json.Marshal(validText(sprint(v)))
	}
	return b
}

// marshal is json.Marshal that returns panics of the value's methods as errors.
func marshal(v any) (b []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("display: panic while encoding a %T: %s", v, sprint(r))
		}
	}()
	return json.Marshal(v)
}

// maxNodes bounds what jsonWalk visits: a value that shares its parts can be exponentially larger than it looks.
const maxNodes = 1 << 20

// jsonWalk rebuilds a value that json.Marshal refused from parts that it takes.
type jsonWalk struct{ left int }

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

func (w *jsonWalk) value(v reflect.Value, depth int) any {
	w.left--
	switch {
	case !v.IsValid():
		return nil
	case w.left < 0 || depth > maxDepth:
		return "…"
	case v.Kind() != reflect.Interface && (v.Type().Implements(jsonMarshaler) || v.Type().Implements(textMarshaler)):
		return w.own(v)
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		return w.value(v.Elem(), depth+1)
	case reflect.Float32, reflect.Float64:
		return finite(v.Float())
	case reflect.Map:
		return w.mapping(v, depth)
	case reflect.Struct:
		return w.fields(v, depth, map[string]any{})
	case reflect.Slice, reflect.Array:
		return w.list(v, depth)
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		return fmt.Sprint(v)
	}
	return v.Interface()
}

// own is a value that encodes itself, or its text where that fails.
func (w *jsonWalk) own(v reflect.Value) any {
	if b, err := marshal(v.Interface()); err == nil {
		return json.RawMessage(b)
	}
	return sprint(v.Interface())
}

func (w *jsonWalk) list(v reflect.Value, depth int) any {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return v.Interface()
	}
	out := []any{}
	for i := 0; i < v.Len() && w.left > 0; i++ {
		out = append(out, w.value(v.Index(i), depth+1))
	}
	return out
}

func (w *jsonWalk) mapping(v reflect.Value, depth int) any {
	if v.IsNil() {
		return nil
	}
	out := map[string]any{}
	for it := v.MapRange(); w.left > 0 && it.Next(); {
		out[sprint(it.Key().Interface())] = w.value(it.Value(), depth+1)
	}
	return out
}

// fields adds the fields of a struct under the names that encoding/json gives them.
func (w *jsonWalk) fields(v reflect.Value, depth int, out map[string]any) map[string]any {
	for i := range v.NumField() {
		f, x := v.Type().Field(i), v.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && x.Kind() == reflect.Struct:
			w.fields(x, depth+1, out)
		case !f.IsExported() || name == "-" || strings.Contains(options, "omit") && x.IsZero():
		case name == "":
			out[f.Name] = w.value(x, depth+1)
		default:
			out[name] = w.value(x, depth+1)
		}
	}
	return out
}

// finite is x for JSON, which has no NaN and no infinity.
func finite(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}
