// Package cell is the compiler of notebook cells: it turns the text of a cell, and what the session already knows,
// into a Go package that the Go compiler accepts, and says what the session knows after it.
//
// A session is a chain of immutable snapshots. Analyze takes one and returns the next; whoever calls it commits the
// new snapshot only when everything else went well, so a cell that does not compile leaves no trace.
//
// Each cell becomes one package (kernel/build.Package). Later cells import it. Three things make that work:
//
//   - Unexported names at package level, fields and methods get a prefix (Mark) that the Go compiler takes for an
//     upper-case letter, so that other cells may use them; package goobj removes it from the compiled code.
//   - The statements of a cell are the body of one function; variables that they declare at top level become
//     variables of the package, in reach of later cells.
//   - A declaration that changes is compiled anew together with all that depends on it, from source.
//
// The package knows no Jupyter and runs nothing.
package cell

import (
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/warren-go/warren/kernel/build"
)

// Mark is put before unexported names.
const Mark = build.Mark

// Kind says what a name of the session stands for.
type Kind int

const (
	Var Kind = iota
	Func
	Type
	Const
)

func (k Kind) String() string { return [...]string{"var", "func", "type", "const"}[k] }

// Entity is what a name of the session stands for.
type Entity struct {
	Name string
	Kind Kind
	Obj  types.Object   // as the last cell to declare it had it checked
	Home *build.Package // where it is compiled
	Cell string         // placeholder of the cell that declared it
	Line int

	// indirect tells that the package holds a pointer to the variable: the variable itself is on the heap, or that of
	// another package, whose type it was declared with before the type was compiled again.
	indirect bool

	item  *item           // source of a declaration; nil for variables
	uses  map[string]bool // names that a variable's type depends on
	reads variables       // that a declaration uses, itself or by others
}

// item is a declaration that can be compiled again: the chunk that declares its names, and for types their methods.
type item struct {
	decl    chunk
	methods []chunk
	names   []string
	uses    map[string]bool // session names that it depends on
	layout  map[string]bool // session names that the declaration itself, without methods, depends on
}

func (it *item) chunks() []chunk { return append([]chunk{it.decl}, it.methods...) }

// text identifies the item's source.
func (it *item) text() string {
	s := it.decl.text
	for _, m := range it.methods {
		s += "\x00" + m.text
	}
	return s
}

// Session is what the names of a notebook mean at one moment.
type Session struct {
	entities map[string]*Entity
	imports  map[string]string // packages imported explicitly: name to path
	dots     []string          // packages whose names are known without the package's, by import . "path"
	lost     map[string]string // variables that are gone, and why
	stale    map[string]*item  // declarations that no longer compile, by name
	ran      map[string]*memory

	addressed map[string]bool // variables whose address was ever taken
}

// memory is a cell that was analyzed before: the same text means the same package while its names mean the same.
type memory struct {
	result *Result
	names  map[string]*Entity
	copied []string // variables of which its loops use copies, as long as no pointer leads to them
}

// NewSession returns a session that knows nothing.
func NewSession() *Session {
	return &Session{
		entities: map[string]*Entity{}, imports: map[string]string{}, lost: map[string]string{},
		stale: map[string]*item{}, ran: map[string]*memory{}, addressed: map[string]bool{},
	}
}

func (s *Session) clone() *Session {
	return &Session{
		entities: maps.Clone(s.entities), imports: maps.Clone(s.imports), dots: slices.Clone(s.dots), lost: maps.Clone(s.lost),
		stale: maps.Clone(s.stale), ran: maps.Clone(s.ran), addressed: maps.Clone(s.addressed),
	}
}

// Lookup returns what a name stands for, or nil.
func (s *Session) Lookup(name string) *Entity { return s.entities[name] }

// Entities returns all names, sorted.
func (s *Session) Entities() []*Entity {
	all := slices.Collect(maps.Values(s.entities))
	slices.SortFunc(all, func(a, b *Entity) int { return cmpString(a.Name, b.Name) })
	return all
}

func cmpString(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Imports returns the packages that cells imported explicitly, name to path.
func (s *Session) Imports() map[string]string { return maps.Clone(s.imports) }

// WithoutVariables returns the session after its process died: declarations stay, variables are gone for the given
// reason.
func (s *Session) WithoutVariables(why string) (*Session, []string) {
	next := s.clone()
	var gone []string
	for _, e := range s.Entities() {
		if e.Kind == Var {
			gone = append(gone, e.Name)
			delete(next.entities, e.Name)
			next.lost[e.Name] = why
		}
	}
	next.ran = map[string]*memory{}
	return next, gone
}

// Without returns the session without the given names, and which of them it does not know. What was compiled with them
// goes on using them.
func (s *Session) Without(names ...string) (*Session, []string) {
	next := s.clone()
	var unknown []string
	for _, name := range names {
		_, isImport := s.imports[name]
		if s.entities[name] == nil && s.stale[name] == nil && !isImport {
			unknown = append(unknown, name)
		}
		delete(next.entities, name)
		delete(next.stale, name)
		delete(next.imports, name)
	}
	return next, unknown
}

// Source returns the declarations of the session as the text of a Go file, without imports: what an editor's language
// server needs to know of earlier cells.
func (s *Session) Source() string {
	text := ""
	seen := map[*item]bool{}
	for _, e := range s.Entities() {
		if e.Kind == Var {
			text += "var " + e.Name + " " + types.TypeString(e.Obj.Type(), plainQualifier) + "\n"
			continue
		}
		if !seen[e.item] {
			seen[e.item] = true
			for _, c := range e.item.chunks() {
				text += c.text + "\n"
			}
		}
	}
	return text
}

// Declaration is a declaration of the session, as the user wrote it.
type Declaration struct {
	Cell string // placeholder of the cell that it stands in
	Line int    // of its first byte, from 1
	Text string // indented as far as it is there
}

// Declarations returns the functions, types and constants of the session, methods and all; variables as they would be declared
// without a value.
func (s *Session) Declarations() []Declaration {
	var all []Declaration
	seen := map[*item]bool{}
	for _, e := range s.Entities() {
		if e.Kind == Var {
			text := "var " + e.Name + " " + types.TypeString(e.Obj.Type(), plainQualifier)
			all = append(all, Declaration{Cell: e.Cell, Line: e.Line, Text: text})
			continue
		}
		if seen[e.item] {
			continue
		}
		seen[e.item] = true
		for _, c := range e.item.chunks() {
			all = append(all, Declaration{Cell: c.file, Line: c.line, Text: strings.Repeat(" ", max(0, c.col-1)) + c.text})
		}
	}
	return all
}

func plainQualifier(p *types.Package) string {
	if p.Path() == mainPath {
		return ""
	}
	return p.Name()
}
