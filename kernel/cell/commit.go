package cell

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
)

// commit makes the session that follows the cell.
func (a *analysis) commit(r *Result) {
	next := a.old.clone()
	for name, path := range a.explicit {
		if name != "_" && name != "." && name != "C" {
			name = a.importName(name, path)
			next.imports[name] = path
			delete(next.entities, name) // an import hides what had its name
		}
	}
	for _, spec := range a.tree.Imports {
		if path := importPath(spec); spec.Name != nil && spec.Name.Name == "." && !slices.Contains(next.dots, path) {
			next.dots = append(next.dots, path)
		}
	}
	for _, e := range a.dropped {
		delete(next.entities, e.Name)
		next.lost[e.Name] = "its type was declared anew, so its old value is gone"
	}
	for it := range a.broken {
		for _, n := range it.names {
			delete(next.entities, n)
			next.stale[n] = it
		}
	}
	final := a.pkg
	if a.pkg2 != nil {
		final = a.pkg2
	}
	for _, it := range a.items {
		a.commitItem(next, it, final, r)
	}
	for _, e := range r.Variables {
		e.uses = variableUses(e.Obj.Type())
		a.put(next, e)
	}
	maps.Copy(next.addressed, a.addressed)
	r.Session = next
	next.ran[a.source] = &memory{result: r, names: a.remember(next), copied: a.copied}
}

// importName returns the name by which later cells know an import: the package's own, where the cell gave none.
func (a *analysis) importName(name, path string) string {
	for _, spec := range a.tree.Imports {
		if spec.Name == nil && spec.Path.Value == `"`+path+`"` {
			if obj, ok := a.info.Implicits[spec].(*types.PkgName); ok {
				return obj.Name()
			}
		}
	}
	return name
}

func (a *analysis) put(s *Session, e *Entity) {
	s.entities[e.Name] = e
	delete(s.lost, e.Name)
	delete(s.stale, e.Name)
	a.c.homes[e.Obj] = place{e.Home, e.indirect}
}

func (a *analysis) commitItem(next *Session, it *item, pkg *types.Package, r *Result) {
	done := &item{decl: it.decl, methods: it.methods, names: it.names}
	done.uses, done.layout = a.usesOf(it)
	for _, name := range it.names {
		obj := pkg.Scope().Lookup(name)
		if obj == nil {
			continue
		}
		a.put(next, &Entity{Name: name, Kind: kindOf(obj), Obj: obj, Home: r.Package, Cell: it.decl.file, Line: it.decl.line, item: done, reads: r.reads[it]})
	}
}

func kindOf(obj types.Object) Kind {
	switch obj.(type) {
	case *types.Func:
		return Func
	case *types.TypeName:
		return Type
	case *types.Const:
		return Const
	}
	return Var
}

// usesOf returns the names of the session that an item's source mentions: all of it, and the declaration alone.
func (a *analysis) usesOf(it *item) (all, layout map[string]bool) {
	all, layout = map[string]bool{}, map[string]bool{}
	for _, info := range []*types.Info{a.info, a.bodies} {
		if info == nil {
			continue
		}
		for id, obj := range info.Uses {
			name := sessionName(obj)
			if name == "" || slices.Contains(it.names, name) {
				continue
			}
			if s := a.spanOf(id); s != nil && s.item == it {
				all[name] = true
				if !s.method {
					layout[name] = true
				}
			}
		}
	}
	return all, layout
}

func (a *analysis) spanOf(n ast.Node) *span {
	if n.Pos() < a.tree.FileStart || n.Pos() >= a.tree.FileEnd {
		return nil
	}
	offset := a.c.fset.PositionFor(n.Pos(), false).Offset
	for i := range a.spans {
		if s := &a.spans[i]; offset >= s.start && offset < s.end {
			return s
		}
	}
	return nil
}

// sessionName returns the name of the session that a use of obj depends on, or "".
func sessionName(obj types.Object) string {
	if obj.Pkg() == nil || obj.Pkg().Path() != mainPath {
		return ""
	}
	if fn, ok := obj.(*types.Func); ok {
		if recv := fn.Signature().Recv(); recv != nil {
			return typeName(recv.Type())
		}
	}
	if obj.Parent() == obj.Pkg().Scope() {
		return obj.Name()
	}
	return ""
}

func typeName(t types.Type) string {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	switch t := t.(type) {
	case *types.Named:
		return sessionName(t.Obj())
	case *types.Alias:
		return sessionName(t.Obj())
	}
	return ""
}

// variableUses returns the session's types that a variable's type is made of.
func variableUses(t types.Type) map[string]bool {
	uses := map[string]bool{}
	walkType(t, func(t types.Type) bool {
		if n := typeName(t); n != "" {
			uses[n] = true
		}
		return true
	})
	return uses
}

// walkType calls visit for the types that t is written with, each once; where visit returns false it goes no deeper.
func walkType(t types.Type, visit func(types.Type) bool) {
	seen := map[types.Type]bool{}
	var walk func(types.Type)
	walkTuple := func(tuple *types.Tuple) {
		for i := range tuple.Len() {
			walk(tuple.At(i).Type())
		}
	}
	walkList := func(list *types.TypeList) {
		for i := range list.Len() {
			walk(list.At(i))
		}
	}
	walk = func(t types.Type) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		if !visit(t) {
			return
		}
		switch t := t.(type) {
		case *types.Named:
			walkList(t.TypeArgs())
		case *types.Alias:
			walkList(t.TypeArgs())
			walk(types.Unalias(t))
		case *types.Map:
			walk(t.Key())
			walk(t.Elem())
		case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
			walk(t.Elem())
		case *types.Struct:
			for i := range t.NumFields() {
				walk(t.Field(i).Type())
			}
		case *types.Signature:
			walkTuple(t.Params())
			walkTuple(t.Results())
		case *types.Interface:
			for i := range t.NumExplicitMethods() {
				walk(t.ExplicitMethod(i).Type())
			}
		case *types.Tuple:
			walkTuple(t)
		}
	}
	walk(t)
}

// remember returns the names that the cell's package refers to or declares, with what they mean after it: while they
// mean the same, running the same text again needs no new package.
func (a *analysis) remember(next *Session) map[string]*Entity {
	names := map[string]*Entity{}
	note := func(name string) {
		if name != "" {
			names[name] = next.entities[name]
		}
	}
	for _, info := range []*types.Info{a.info, a.bodies} {
		if info == nil {
			continue
		}
		for _, obj := range info.Uses {
			note(sessionName(obj))
			if isOfPackage(obj) { // by a dot import, unless the session declares the name
				note(obj.Name())
			}
		}
	}
	for _, it := range a.own {
		for _, n := range it.names {
			note(n)
		}
	}
	for name := range a.topVars {
		note(name)
	}
	for name := range a.explicit {
		note(name)
	}
	for name := range a.auto { // a package now, unless a variable takes the name
		note(name)
	}
	return names
}
