package translate

import (
	"fmt"
	"go/types"
	"strings"
)

// scalars are the C types of Go's basic types. A bool is a byte that is 0 or 1, as in Go's memory.
var scalars = map[types.BasicKind]string{
	types.Bool: "uchar", types.UntypedBool: "uchar",
	types.Int8: "char", types.Int16: "short", types.Int32: "int", types.Int64: "long", types.Int: "long", types.UntypedInt: "long",
	types.Uint8: "uchar", types.Uint16: "ushort", types.Uint32: "uint", types.Uint64: "ulong", types.Uint: "ulong",
	types.Float32: "float", types.Float64: "double", types.UntypedFloat: "double", types.UntypedRune: "int",
}

// typeTable gives Go types their C types, and declares those that need it.
type typeTable struct {
	names        *names
	known        []ctype
	declarations []string
	equal        map[string]bool // C types whose comparison is declared
	float64      bool
}

func newTypeTable() *typeTable {
	return &typeTable{equal: map[string]bool{}}
}

// ctype is the C type of an array or struct, which identical types share.
type ctype struct {
	typ  types.Type
	name string
}

func (t *typeTable) lookup(typ types.Type) (string, bool) {
	for _, k := range t.known {
		if types.IdenticalIgnoreTags(k.typ, typ) {
			return k.name, true
		}
	}
	return "", false
}

// of returns the C type of a Go type, or "" if it has none.
func (t *typeTable) of(typ types.Type) string {
	switch u := typ.Underlying().(type) {
	case *types.Basic:
		t.float64 = t.float64 || u.Kind() == types.Float64 || u.Kind() == types.UntypedFloat
		return scalars[u.Kind()]
	case *types.Array:
		return t.array(u)
	case *types.Struct:
		return t.structure(typ, u)
	case *types.Pointer: // only variables of the group's memory have addresses
		if elem := t.of(u.Elem()); elem != "" {
			return "__local " + elem + " *"
		}
	}
	return ""
}

// has tells whether a Go type has a C type, without using it.
func (t *typeTable) has(typ types.Type) bool {
	defer func(used bool) { t.float64 = used }(t.float64)
	return t.of(typ) != ""
}

func (t *typeTable) array(a *types.Array) string {
	if c, ok := t.lookup(a); ok {
		return c
	}
	elem := t.of(a.Elem())
	if elem == "" || a.Len() <= 0 || strings.Contains(elem, "*") {
		return ""
	}
	c := t.names.take(fmt.Sprintf("%s_x%d", elem, a.Len()))
	t.known = append(t.known, ctype{a, c})
	t.declarations = append(t.declarations, fmt.Sprintf("typedef struct {\n\t%s v[%d];\n} %s;", elem, a.Len(), c))
	return c
}

func (t *typeTable) structure(typ types.Type, s *types.Struct) string {
	if c, ok := t.lookup(s); ok {
		return c
	}
	if s.NumFields() == 0 {
		return ""
	}
	var fields strings.Builder
	for i, field := range fieldNames(s) {
		c := t.of(s.Field(i).Type())
		if c == "" || strings.Contains(c, "*") {
			return ""
		}
		fmt.Fprintf(&fields, "\t%s %s;\n", c, field)
	}
	name := "structure"
	if n, ok := types.Unalias(typ).(*types.Named); ok {
		name = n.Obj().Name()
	}
	c := t.names.take(name)
	t.known = append(t.known, ctype{s, c})
	t.declarations = append(t.declarations, fmt.Sprintf("typedef struct {\n%s} %s;", fields.String(), c))
	return c
}

// fieldNames returns the C names of a struct's fields.
func fieldNames(s *types.Struct) []string {
	own := newNames(nil)
	all := make([]string, s.NumFields())
	for i := range all {
		name := s.Field(i).Name()
		if name == "_" {
			name = "blank"
		}
		all[i] = own.take(name)
	}
	return all
}

// equality returns the name of a C function that compares two values of a struct or array type.
func (t *translator) equality(typ types.Type) string {
	c := t.types.of(typ)
	name := "go_equal_" + c
	if t.types.equal[c] {
		return name
	}
	t.types.equal[c] = true
	var body string
	switch u := typ.Underlying().(type) {
	case *types.Array:
		body = fmt.Sprintf("\tfor (int i = 0; i < %d; i++) {\n\t\tif (!%s) {\n\t\t\treturn 0;\n\t\t}\n\t}\n\treturn 1;\n",
			u.Len(), t.equalText(u.Elem(), "a.v[i]", "b.v[i]"))
	case *types.Struct:
		terms := []string{"1"}
		for i, n := range fieldNames(u) {
			if f := u.Field(i); f.Name() != "_" {
				terms = append(terms, t.equalText(f.Type(), "a."+n, "b."+n))
			}
		}
		body = "\treturn " + strings.Join(terms, " && ") + ";\n"
	}
	t.prelude = append(t.prelude, fmt.Sprintf("static uchar %s(%s a, %s b) {\n%s}", name, c, c, body))
	return name
}

// equalText returns the C expression that compares two values.
func (t *translator) equalText(typ types.Type, a, b string) string {
	switch typ.Underlying().(type) {
	case *types.Array, *types.Struct:
		return fmt.Sprintf("%s(%s, %s)", t.equality(typ), a, b)
	}
	return fmt.Sprintf("(%s == %s)", a, b)
}
