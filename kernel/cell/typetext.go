package cell

import (
	"fmt"
	"go/types"
	"strings"
)

// typeText writes a type as the generated package has to spell it: types of other cells qualified, unexported names
// marked.
func (g *generator) typeText(t types.Type) string {
	var b strings.Builder
	g.writeType(&b, t)
	return b.String()
}

func (g *generator) writeType(b *strings.Builder, t types.Type) {
	switch t := t.(type) {
	case *types.Basic:
		g.writeBasic(b, t)
	case *types.Alias:
		g.writeNamed(b, t.Obj(), t.TypeArgs())
	case *types.Named:
		g.writeNamed(b, t.Obj(), t.TypeArgs())
	case *types.TypeParam:
		b.WriteString(t.Obj().Name())
	case *types.Pointer:
		b.WriteString("*")
		g.writeType(b, t.Elem())
	case *types.Slice:
		b.WriteString("[]")
		g.writeType(b, t.Elem())
	case *types.Array:
		fmt.Fprintf(b, "[%d]", t.Len())
		g.writeType(b, t.Elem())
	case *types.Map:
		b.WriteString("map[")
		g.writeType(b, t.Key())
		b.WriteString("]")
		g.writeType(b, t.Elem())
	case *types.Chan:
		b.WriteString([...]string{"chan ", "chan<- ", "<-chan "}[t.Dir()])
		b.WriteString("(")
		g.writeType(b, t.Elem())
		b.WriteString(")")
	case *types.Signature:
		b.WriteString("func")
		g.writeSignature(b, t)
	case *types.Struct:
		g.writeStruct(b, t)
	case *types.Interface:
		g.writeInterface(b, t)
	case *types.Union:
		g.writeUnion(b, t)
	case *types.Tuple:
		g.writeTuple(b, t, false)
	default:
		g.fail(fmt.Sprintf("a value of type %s cannot be kept in a session variable", t))
	}
}

func (g *generator) writeBasic(b *strings.Builder, t *types.Basic) {
	switch t.Kind() {
	case types.Invalid:
		g.fail("the type of a variable is not known here (a C type?): convert the value to a Go type, as in x := int(C.f())")
	case types.UnsafePointer:
		b.WriteString(g.packageName("unsafe") + ".Pointer")
	default:
		b.WriteString(t.Name())
	}
}

func (g *generator) writeNamed(b *strings.Builder, obj *types.TypeName, args *types.TypeList) {
	switch pkg := obj.Pkg(); {
	case pkg == nil: // error, comparable, any
		b.WriteString(obj.Name())
	case pkg.Path() == mainPath && obj.Parent() != pkg.Scope():
		g.fail(fmt.Sprintf("a variable would have the type %s, which is declared inside a function or a block: declare it at top level", obj.Name()))
	case pkg.Path() == mainPath:
		b.WriteString(g.spell(obj))
	case !obj.Exported():
		g.fail(fmt.Sprintf("a variable would have the type %s.%s, which its package keeps to itself: use the value within one statement, or give the variable an interface type", pkg.Name(), obj.Name()))
	default:
		b.WriteString(g.packageName(pkg.Path()) + "." + obj.Name())
	}
	if args.Len() == 0 {
		return
	}
	b.WriteString("[")
	for i := range args.Len() {
		if i > 0 {
			b.WriteString(", ")
		}
		g.writeType(b, args.At(i))
	}
	b.WriteString("]")
}

func (g *generator) writeSignature(b *strings.Builder, t *types.Signature) {
	g.writeTuple(b, t.Params(), t.Variadic())
	if n := t.Results().Len(); n > 0 {
		b.WriteString(" ")
		g.writeTuple(b, t.Results(), false)
	}
}

func (g *generator) writeTuple(b *strings.Builder, t *types.Tuple, variadic bool) {
	b.WriteString("(")
	for i := range t.Len() {
		if i > 0 {
			b.WriteString(", ")
		}
		typ := t.At(i).Type()
		if variadic && i == t.Len()-1 {
			b.WriteString("...")
			typ = typ.(*types.Slice).Elem()
		}
		g.writeType(b, typ)
	}
	b.WriteString(")")
}

func (g *generator) writeStruct(b *strings.Builder, t *types.Struct) {
	b.WriteString("struct{")
	for i := range t.NumFields() {
		if i > 0 {
			b.WriteString("; ")
		}
		f := t.Field(i)
		if !f.Embedded() {
			b.WriteString(marked(f.Name()) + " ")
		}
		g.writeType(b, f.Type())
		if tag := t.Tag(i); tag != "" {
			fmt.Fprintf(b, " %q", tag)
		}
	}
	b.WriteString("}")
}

func (g *generator) writeInterface(b *strings.Builder, t *types.Interface) {
	b.WriteString("interface{")
	for i := range t.NumExplicitMethods() {
		m := t.ExplicitMethod(i)
		b.WriteString(" ")
		name := m.Name()
		if m.Pkg() != nil && m.Pkg().Path() == mainPath {
			name = marked(name)
		}
		b.WriteString(name)
		g.writeSignature(b, m.Type().(*types.Signature))
		b.WriteString(";")
	}
	for i := range t.NumEmbeddeds() {
		b.WriteString(" ")
		g.writeType(b, t.EmbeddedType(i))
		b.WriteString(";")
	}
	b.WriteString("}")
}

func (g *generator) writeUnion(b *strings.Builder, t *types.Union) {
	for i := range t.Len() {
		if i > 0 {
			b.WriteString(" | ")
		}
		if t.Term(i).Tilde() {
			b.WriteString("~")
		}
		g.writeType(b, t.Term(i).Type())
	}
}
