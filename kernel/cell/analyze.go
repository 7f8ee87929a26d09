package cell

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/warren-go/warren/kernel/build"
)

// mainPath is the path under which the type checker sees the package of every cell. That it is the same for all lets
// one cell use the unexported names of another.
const mainPath = "main"

// runName is the function that holds a cell's statements, generated is the file name of text no user wrote.
const (
	runName   = "ꞏrun"
	generated = "warren"
)

// Packages tells which packages cells can import.
type Packages interface {
	Importer(*token.FileSet) types.Importer
	// Named returns the paths of the packages with a name, the likeliest first.
	Named(name string) []string
}

// Compiler analyzes cells. Its methods may be called from several goroutines.
type Compiler struct {
	packages Packages
	imp      types.Importer
	fset     *token.FileSet
	race     bool

	mu    sync.Mutex
	homes map[types.Object]place // where package-level objects of cells are compiled
}

// place is where an object is: in which package, and whether that holds a pointer to it.
type place struct {
	home     *build.Package
	indirect bool
}

// NewCompiler returns a compiler. With race set, session variables live on the heap, where the race detector sees
// them (golang/go#24245).
func NewCompiler(packages Packages, race bool) *Compiler {
	fset := token.NewFileSet()
	return &Compiler{packages: packages, imp: packages.Importer(fset), fset: fset, race: race, homes: map[types.Object]place{}}
}

// Result is a cell ready to be built.
type Result struct {
	Package  *build.Package
	Session  *Session // after the cell
	Warnings []string
	// ReadsInput tells that the cell, or something it calls, may read os.Stdin.
	ReadsInput bool
	Variables  []*Entity // the session variables that the package declares

	reads map[*item]variables
}

// Placeholder is the file name under which a cell is compiled: it depends on the text only, so that the compiled cell
// can be found again; whoever shows positions puts the cell's number in its place.
func Placeholder(text string) string { return "cell[" + build.Hash(text)[:10] + "]" }

// Analyze checks a cell against the session s and generates its package. An error of the cell's source is an Errors.
func (c *Compiler) Analyze(s *Session, text string) (*Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := s.ran[text]; m != nil && m.valid(s) {
		again := *m.result
		again.Session, again.Warnings = s, nil
		return &again, nil
	}
	a := &analysis{c: c, old: s, source: text, file: Placeholder(text), broken: map[*item]bool{}, renewed: map[string]bool{}}
	if err := a.split(); err != nil {
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
	r, err := a.generate()
	if err != nil {
		return nil, err
	}
	a.commit(r)
	return r, nil
}

func (m *memory) valid(s *Session) bool {
	for name, e := range m.names {
		if s.entities[name] != e {
			return false
		}
	}
	return !slices.ContainsFunc(m.copied, func(name string) bool { return s.addressed[name] })
}

// analysis is the work on one cell.
type analysis struct {
	c      *Compiler
	old    *Session
	source string
	file   string

	program bool // a whole program, with a package clause
	alone   bool // the cell becomes a program of its own, see Program
	known   map[string]string
	globals map[string]bool // package-level variables of a program of its own
	imports []chunk
	stmts   []chunk
	own     []*item // what the cell declares
	special []chunk // func init and func main

	// The plan: what is compiled in the cell's package.
	items    []*item
	kept     map[string]bool // names the cell declares again without a change
	carried  []*Entity       // variables whose type is compiled again, with the same layout
	dropped  []*Entity       // variables whose type has changed
	broken   map[*item]bool  // declarations of earlier cells that no longer compile
	why      map[*item]string
	renewed  map[string]bool // names that stand for a new variable after the cell
	warnings []string

	// The checked source.
	text     string
	spans    []span
	tree     *ast.File
	run      *ast.FuncDecl
	info     *types.Info // of everything but, in the first of two passes, bodies of functions
	bodies   *types.Info // of the bodies
	pkg      *types.Package
	pkg2     *types.Package
	bodiless bool // the pass under way leaves out the bodies of functions
	topVars  map[string]*topVar
	unused   map[*ast.Ident]bool
	result   ast.Expr
	auto     map[string]string // imports found automatically
	explicit map[string]string
	initial  []*types.Initializer

	addressed map[string]bool // variables whose address the cell takes
	copied    []string        // variables of which loops use copies
}

// span tells to which item a part of the checked text belongs; nil is the cell's own statements.
type span struct {
	start, end int
	item       *item
	method     bool
	chunk      chunk
}

// topVar is a variable that the cell's statements declare at top level.
type topVar struct {
	name    string
	obj     types.Object
	entity  *Entity // the session's variable, when it is the same one
	carried bool    // it is the session's, whose type is compiled again
	line    int
}

// split sorts the cell's chunks into declarations and statements.
func (a *analysis) split() error {
	chunks, err := split(a.source, a.file)
	if err != nil {
		return err
	}
	types := map[string]*item{}
	var methods []chunk
	for _, ch := range chunks {
		switch ch.kind {
		case packageChunk:
			if f := strings.Fields(stripComments(ch.text)); len(f) < 2 || strings.TrimSuffix(f[1], ";") != "main" {
				return Errors{{File: a.file, Line: ch.at.Line, Col: ch.at.Column, Message: "a cell is package main: other packages belong in files of a module"}}
			}
			a.program = true
		case importChunk:
			a.imports = append(a.imports, ch)
		case stmtChunk:
			a.stmts = append(a.stmts, ch)
		case methodChunk:
			methods = append(methods, ch)
		case funcChunk:
			if ch.name == "init" || ch.name == "main" {
				a.special = append(a.special, ch)
				continue
			}
			a.own = append(a.own, &item{decl: ch, names: []string{ch.name}})
		case typeChunk, constChunk:
			it := &item{decl: ch, names: declaredNames(ch.text)}
			a.own = append(a.own, it)
			if ch.kind == typeChunk {
				for _, n := range it.names {
					types[n] = it
				}
			}
		}
	}
	if a.program {
		for _, ch := range a.stmts {
			if !ch.isVar {
				return Errors{{File: a.file, Line: ch.at.Line, Col: ch.at.Column, Message: "statement outside a function: with a package clause the cell is a whole Go program, in which only declarations stand at top level"}}
			}
		}
	}
	for _, m := range methods {
		a.addMethod(types, m)
	}
	return nil
}

// addMethod joins a method to the item of its type, in this cell or an earlier one.
func (a *analysis) addMethod(types map[string]*item, m chunk) {
	it := types[m.recv]
	if it == nil {
		if e := a.old.entities[m.recv]; e != nil && e.Kind == Type {
			it = &item{decl: e.item.decl, names: e.item.names, methods: slices.Clone(e.item.methods)}
		} else {
			it = &item{decl: chunk{}, names: nil} // the checker will say that there is no such type
		}
		types[m.recv] = it
		a.own = append(a.own, it)
	}
	it.setMethod(m)
}

func (it *item) setMethod(m chunk) {
	for i, old := range it.methods {
		if old.name == m.name && old.recv == m.recv && old.file != m.file {
			it.methods[i] = m
			return
		}
	}
	it.methods = append(it.methods, m)
}

// declaredNames returns the names that a type or const declaration declares.
func declaredNames(text string) []string {
	f, _ := parser.ParseFile(token.NewFileSet(), "", "package p\n"+text, parser.SkipObjectResolution)
	if f == nil {
		return nil
	}
	var names []string
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range g.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					if n.Name != "_" {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return names
}

func stripComments(text string) string {
	toks, _ := scan(text, "")
	words := make([]string, len(toks))
	for i, t := range toks {
		if words[i] = t.lit; t.lit == "" || t.tok == token.PACKAGE {
			words[i] = t.tok.String()
		}
	}
	return strings.Join(words, " ")
}

// plan decides what is compiled: what the cell declares anew, and whatever depends on that.
func (a *analysis) plan() {
	a.items, a.kept, a.carried, a.dropped, a.warnings = nil, map[string]bool{}, nil, nil, nil
	changed := maps.Clone(a.renewed) // names whose meaning changes
	layout := map[string]bool{}      // types and constants whose declaration changes
	var same []*item
	for _, it := range a.own {
		full, old := a.merge(it)
		if old != nil && old.text() == full.text() {
			same = append(same, full)
			continue
		}
		a.add(full, changed)
		if old == nil || old.decl.text != full.decl.text {
			addAll(layout, full.names)
		}
	}
	a.spread(changed, layout)
	for _, it := range same { // declared again without a change, unless what it depends on changed
		if !changed[it.names[0]] {
			addAll(a.kept, it.names)
		}
	}
	a.retryStale(changed)
}

func (a *analysis) add(it *item, changed map[string]bool) {
	a.items = append(a.items, it)
	addAll(changed, it.names)
}

func addAll(set map[string]bool, names []string) {
	for _, n := range names {
		set[n] = true
	}
}

// merge returns the item with the methods that other cells gave its type, and the item of the session it replaces.
func (a *analysis) merge(it *item) (full, old *item) {
	for _, n := range it.names {
		if e := a.old.entities[n]; e != nil && e.item != nil {
			old = e.item
		}
	}
	if old == nil || it.decl.kind != typeChunk {
		return it, old
	}
	full = &item{decl: it.decl, names: it.names}
	for _, m := range old.methods {
		if m.file != old.decl.file || it.decl.file == old.decl.file {
			full.methods = append(full.methods, m)
		}
	}
	for _, m := range it.methods {
		full.setMethodByName(m)
	}
	return full, old
}

func (it *item) setMethodByName(m chunk) {
	for i, old := range it.methods {
		if old.name == m.name && old.recv == m.recv {
			it.methods[i] = m
			return
		}
	}
	it.methods = append(it.methods, m)
}

// spread extends the change to everything of the session that depends on it.
func (a *analysis) spread(changed, layout map[string]bool) {
	for again := true; again; {
		again = false
		for _, e := range a.old.Entities() {
			if changed[e.Name] {
				continue
			}
			switch {
			case e.Kind == Var && overlap(e.uses, changed):
				changed[e.Name], again = true, true
				if overlap(e.uses, layout) || e.uses[unspeakable] {
					a.dropped = append(a.dropped, e)
				} else {
					a.carried = append(a.carried, e)
				}
			case e.item != nil && overlap(e.item.uses, changed):
				if a.broken[e.item] {
					addAll(changed, e.item.names)
					again = true
					continue
				}
				a.add(e.item, changed)
				if overlap(e.item.layout, layout) {
					addAll(layout, e.item.names)
				}
				again = true
			}
		}
	}
}

// unspeakable marks variables with a type that no source can name.
const unspeakable = " "

func overlap(a, b map[string]bool) bool {
	if len(b) < len(a) {
		a, b = b, a
	}
	for k := range a {
		if b[k] {
			return true
		}
	}
	return false
}

// retryStale compiles declarations that did not compile with what was there before, when that changes.
func (a *analysis) retryStale(changed map[string]bool) {
	for _, name := range slices.Sorted(maps.Keys(a.old.stale)) {
		it := a.old.stale[name]
		if changed[name] || a.broken[it] || slices.Contains(a.items, it) || !overlap(it.uses, changed) {
			continue
		}
		a.add(it, changed)
	}
}

// assemble writes the source that is checked: declarations, and the statements as a function.
func (a *analysis) assemble() {
	var b strings.Builder
	a.spans = nil
	b.WriteString("package main\n")
	put := func(ch chunk, it *item, method bool) {
		fmt.Fprintf(&b, "//line %s:%d:%d\n", ch.file, ch.line, ch.col)
		start := b.Len()
		b.WriteString(ch.text)
		a.spans = append(a.spans, span{start, b.Len(), it, method, ch})
		b.WriteString("\n")
	}
	for _, ch := range a.imports {
		put(ch, nil, false)
	}
	fmt.Fprintf(&b, "//line %s:1\n", generated)
	if a.alone {
		for _, path := range a.old.dots {
			fmt.Fprintf(&b, "import . %q\n", path)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.auto)) {
		fmt.Fprintf(&b, "import %s %q\n", name, a.auto[name])
	}
	for _, it := range a.items {
		if it.decl.text != "" {
			put(it.decl, it, false)
		}
		for _, m := range it.methods {
			put(m, it, true)
		}
	}
	for _, ch := range a.special {
		put(ch, nil, false)
	}
	for _, e := range a.carried {
		fmt.Fprintf(&b, "//line %s:1\nvar %s %s\n", generated, e.Name, types.TypeString(e.Obj.Type(), plainQualifier))
	}
	if a.program {
		for _, ch := range a.stmts {
			put(ch, nil, false)
		}
	} else {
		head, foot := "() {", "}"
		if a.alone { // the block keeps the cell's variables apart from those of the session
			head, foot = "() (_ error) { {", "}\nreturn nil }"
		}
		fmt.Fprintf(&b, "//line %s:1\nfunc %s%s\n", generated, runName, head)
		for _, ch := range a.stmts {
			put(ch, nil, false)
		}
		fmt.Fprintf(&b, "//line %s:1\n%s\n", generated, foot)
	}
	a.text = b.String()
}
