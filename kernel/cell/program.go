package cell

import (
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"slices"
)

// A cell can be made a program of its own, for processes that have no session: the declarations of earlier cells that it needs
// come along from their source. Their variables cannot, as their values live in the worker.

// RunName is the function of a Program that holds the cell's statements: func() error, nil at their end.
const RunName = runName

// Program is a cell as a file of a package main.
type Program struct {
	Source  string
	Imports []string // paths, sorted
	Whole   bool     // the cell has a func main itself; else a second file has to call RunName from one
}

// Program makes a program of a cell and of what it needs of the session s. known are packages, by name, that the cell may use
// without an import, beside those that every cell knows. An error of the cell's source is an Errors.
func (c *Compiler) Program(s *Session, text string, known map[string]string) (*Program, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := &analysis{c: c, old: s, source: text, file: Placeholder(text), broken: map[*item]bool{}, renewed: map[string]bool{}, alone: true, known: known, globals: map[string]bool{}}
	if err := a.split(); err != nil {
		return nil, err
	}
	if err := a.wholeProgram(); err != nil {
		return nil, err
	}
	for {
		a.plan()
		again, err := a.check()
		if err != nil {
			return nil, err
		}
		if !again {
			break
		}
	}
	needed, err := a.needed()
	if err != nil {
		return nil, err
	}
	a.items, a.carried, a.dropped = needed, nil, nil
	if again, err := a.check(); err != nil || again {
		return nil, errors.Join(err, fromEarlier(again))
	}
	return a.programText(), nil
}

func fromEarlier(broken bool) error {
	if broken {
		return errors.New("a declaration of an earlier cell does not compile in a program of its own")
	}
	return nil
}

// wholeProgram makes a cell with func main a program, whether it has a package clause or not.
func (a *analysis) wholeProgram() error {
	hasMain := slices.ContainsFunc(a.special, func(ch chunk) bool { return ch.name == "main" })
	if a.program && !hasMain {
		return Errors{{File: a.file, Line: 1, Col: 1, Message: "a cell with a package clause is a whole program, and needs a func main"}}
	}
	a.program = hasMain
	for _, ch := range a.stmts {
		if hasMain && !ch.isVar {
			return Errors{{File: a.file, Line: ch.at.Line, Col: ch.at.Column, Message: "statement outside a function: a cell with a func main is a whole program, in which only declarations stand at top level"}}
		}
		if hasMain {
			addAll(a.globals, declaredNames(ch.text))
		}
	}
	return nil
}

// use is where the cell itself mentions a name of the session.
type use struct {
	name string
	pos  token.Pos
}

// needed returns the declarations that the cell consists of and depends on, its own first, or says which variables of the session
// it would need.
func (a *analysis) needed() ([]*item, error) {
	n := need{analysis: a, seen: map[string]bool{}}
	for _, it := range a.items {
		if a.isOwn(it) {
			n.items = append(n.items, it)
			addAll(n.seen, it.names)
		}
	}
	var bad Errors
	for _, u := range a.ownUses() {
		if v, by := n.follow(u.name, ""); v != nil {
			bad = append(bad, a.place(a.c.fset.Position(u.pos), variableMessage(v, by)))
		}
	}
	if len(bad) > 0 {
		slices.SortStableFunc(bad, func(x, y *Error) int { return x.Line - y.Line })
		return nil, dedupe(bad)
	}
	return n.items, nil
}

func variableMessage(v *Entity, by string) string {
	return fmt.Sprintf("%s%s is a variable of the session, which other processes do not have: declare it in this cell, or make it a constant or an argument", by, v.Name)
}

// ownUses returns the names of the session that the cell's own text mentions, in order.
func (a *analysis) ownUses() []use {
	var all []use
	for _, info := range []*types.Info{a.info, a.bodies} {
		if info == nil {
			continue
		}
		for id, obj := range info.Uses {
			name, s := sessionName(obj), a.spanOf(id)
			if name != "" && s != nil && (s.item == nil || a.isOwn(s.item)) {
				all = append(all, use{name, id.Pos()})
			}
		}
	}
	slices.SortFunc(all, func(x, y use) int { return int(x.pos - y.pos) })
	return all
}

// need collects declarations.
type need struct {
	*analysis
	items []*item
	seen  map[string]bool
}

// follow collects the declaration of a name and all that it needs. Where it meets a variable of the session it returns that, and
// who uses it if that is not the cell.
func (n *need) follow(name, by string) (*Entity, string) {
	if n.seen[name] {
		return nil, ""
	}
	it, uses := n.declaration(name)
	if it == nil {
		if e := n.old.entities[name]; e != nil && e.Kind == Var && !n.globals[name] {
			return e, by
		}
		return nil, "" // the cell's own
	}
	addAll(n.seen, it.names)
	for _, used := range slices.Sorted(maps.Keys(uses)) {
		if v, by := n.follow(used, fmt.Sprintf("%s, declared at %s:%d, uses %s: ", name, it.decl.file, it.decl.at.Line, used)); v != nil {
			delete(n.seen, name) // whoever uses it next is told, too
			return v, by
		}
	}
	n.items = append(n.items, it)
	return nil, ""
}

// declaration returns the item that declares a name, compiled anew or not, and what that uses.
func (n *need) declaration(name string) (*item, map[string]bool) {
	for _, it := range n.analysis.items {
		if slices.Contains(it.names, name) {
			uses, _ := n.usesOf(it)
			return it, uses
		}
	}
	if e := n.old.entities[name]; e != nil && e.item != nil {
		return e.item, e.item.uses
	}
	return nil, nil
}

// programText writes the checked source: without what would be an error in a Go file but not in a cell.
func (a *analysis) programText() *Program {
	g := &generator{analysis: a}
	g.findParents()
	for id := range a.unused {
		g.use(id)
	}
	imports := map[string]bool{}
	used := g.usedImports()
	for _, spec := range a.tree.Imports {
		path := importPath(spec)
		imports[path] = true
		switch {
		case path == "C" || used[nameOf(g.info.PkgNameOf(spec))]:
		case spec.Name == nil:
			g.edits.insert(g.offset(spec.Path.Pos()), "_ ")
		default:
			g.edits.replace(g.offset(spec.Name.Pos()), g.offset(spec.Name.End()), "_")
		}
	}
	return &Program{Source: g.edits.apply(a.text), Imports: slices.Sorted(maps.Keys(imports)), Whole: a.program}
}

// importedName is a name for a package in the program's file; it is "." where the package's own names are.
type importedName struct{ name, path string }

func nameOf(p *types.PkgName) importedName {
	if p == nil {
		return importedName{}
	}
	return importedName{p.Name(), p.Imported().Path()}
}

// usedImports returns the names of packages that the program mentions: the same package may have others, which it does not.
func (g *generator) usedImports() map[importedName]bool {
	used := map[importedName]bool{}
	for _, info := range []*types.Info{g.info, g.bodies} {
		if info == nil {
			continue
		}
		for id, obj := range info.Uses {
			if p, ok := obj.(*types.PkgName); ok {
				used[nameOf(p)] = true
			} else if isOfPackage(obj) && !g.isSelected(id) { // by a dot import
				used[importedName{".", obj.Pkg().Path()}] = true
			}
		}
	}
	return used
}
