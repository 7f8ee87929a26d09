package function

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"

	"github.com/warren-go/warren/internal/object"
	"github.com/warren-go/warren/internal/value"
)

// Environment is what the functions of a call need beside their code, as it was when it was captured: plugins, and the variables of
// the session that they use. In a compiled program it is empty. It may be used by several goroutines.
type Environment struct {
	functions []object.Func
	types     []object.Type
	objects   []string
	luggage   *luggage // nil for none
	variables blob

	store        value.Store // through which large variables go, to those that have a part in it
	sent, shared section
}

// section is the luggage as it stands in messages.
type section struct {
	once  sync.Once
	head  []byte
	aside [][]byte
	err   error
}

// WithEnvironment has Encode use what Capture found, for calls that come one after the other with the same functions. An engine that
// has it already keeps its variables as they are, also where its calls have changed them.
func WithEnvironment(e *Environment) Option { return func(o *options) { o.environment = e } }

// luggage is an Environment on its way.
type luggage struct {
	Build     string // of the executable that plugins belong to
	Plugins   []Plugin
	Variables []state // which follow
}

// state is a variable with a certain value.
type state struct {
	Variable Variable
	ID       string // of the value
}

// blob is variables on their way, each with its name.
type blob struct {
	Head  []byte
	Aside [][]byte
}

// Capture finds out what the functions in a value, such as a Task, need. A variable that cannot travel is an error. With a store, large
// variables are put there once for all calls to those who have a part in it, so what is put must be there for any number of receivers,
// until the last call has been answered.
func Capture(v any, list ...Option) (*Environment, error) {
	var w value.Writer
	if err := value.Write(&w, &v); err != nil {
		return nil, fmt.Errorf("function: Capture: %w", err)
	}
	return capture(&w, optionsOf(list))
}

// capture is Capture for what was written.
func capture(w *value.Writer, o options) (*Environment, error) {
	e := &Environment{functions: w.Functions(), types: w.Types(), objects: w.Objects(), store: o.store}
	s := process.get()
	if s == nil {
		return e, nil
	}
	p := packing{session: s, w: value.Writer{Sorted: true}, packed: map[Variable]bool{}, objects: e.objects}
	if err := p.all(e.functions, e.types); err != nil {
		return nil, err
	}
	l := luggage{Plugins: s.Plugins(p.objects)}
	if len(l.Plugins) == 0 {
		return e, nil
	}
	self, err := Self()
	if err != nil {
		return nil, err
	}
	l.Build = self.Build
	e.variables.Head, e.variables.Aside = p.w.Buffers()
	l.Variables = p.states(&e.variables)
	e.luggage = &l
	return e, nil
}

// section returns what goes into a message whose other values go through a store.
func (e *Environment) section(s value.Store) (*section, error) {
	to, through := &e.sent, value.Store(nil)
	if s != nil && e.store != nil && s.Name() == e.store.Name() {
		to, through = &e.shared, e.store
	}
	to.once.Do(func() {
		if e.luggage == nil {
			return
		}
		w := value.Writer{Store: through}
		to.err = errors.Join(value.Write(&w, e.luggage), value.Write(&w, &e.variables))
		to.head, to.aside = w.Buffers()
	})
	return to, to.err
}

// fits tells whether what was written needs nothing beside the environment.
func (e *Environment) fits(w *value.Writer) bool {
	return e != nil && covers(e.functions, w.Functions()) && covers(e.types, w.Types()) && covers(e.objects, w.Objects())
}

func (v *blob) identify() string {
	sum := sha256.New()
	sum.Write(v.Head)
	for _, b := range v.Aside {
		sum.Write(b)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// packing is the work of finding and writing variables.
type packing struct {
	session Session
	w       value.Writer
	packed  map[Variable]bool
	list    []state
	linked  bool // a variable points to what another does
	objects []string
}

// all packs what functions and methods use, and what those use that are in variables.
func (p *packing) all(functions []object.Func, types []object.Type) error {
	for len(functions)+len(types) > 0 {
		f, t := len(p.w.Functions()), len(p.w.Types())
		for _, f := range functions {
			list, err := p.session.Reads(f)
			if err != nil {
				return fmt.Errorf("function: which variables of the session %s uses cannot be found out: %w", p.session.Name(f), err)
			}
			if err := p.variables(p.session.Name(f), list); err != nil {
				return err
			}
		}
		for _, t := range types {
			if err := p.variables("a method of "+strings.TrimPrefix(t.Name, "*"), p.session.MethodsRead(t)); err != nil {
				return err
			}
		}
		functions, types = p.w.Functions()[f:], p.w.Types()[t:]
	}
	p.objects = append(p.objects, p.w.Objects()...)
	return nil
}

func (p *packing) variables(user string, list []Variable) error {
	for _, v := range list {
		if p.packed[v] {
			continue
		}
		p.packed[v] = true
		if err := p.variable(v); err != nil {
			return fmt.Errorf("function: %s uses the session's variable %s, which cannot travel with it: %w; pass what it needs as an argument", user, v.Name, err)
		}
	}
	return nil
}

func (p *packing) variable(v Variable) error {
	holder, err := p.session.Holder(v)
	if err != nil {
		return err
	}
	at, err := p.session.Value(v)
	if err != nil {
		return err
	}
	p.objects = append(p.objects, holder)
	if err := value.Write(&p.w, &v); err != nil {
		return err
	}
	x := reflect.ValueOf(at)
	before := p.w.Pointers()
	if err := p.w.WriteAt(x.Type().Elem(), x.UnsafePointer()); err != nil {
		return err
	}
	alone := value.Writer{Sorted: true} // what is written does not depend on the variables before
	if err := alone.WriteAt(x.Type().Elem(), x.UnsafePointer()); err != nil {
		return err
	}
	p.linked = p.linked || p.w.Pointers()-before < alone.Pointers()
	var b blob
	b.Head, b.Aside = alone.Buffers()
	p.list = append(p.list, state{v, b.identify()})
	return nil
}

// states says which values the variables have. Those that point to the same are set together or not at all, so they have one
// identity.
func (p *packing) states(written *blob) []state {
	if p.linked {
		id := written.identify()
		for i := range p.list {
			p.list[i].ID = id
		}
	}
	return p.list
}

// unpack gives variables the values that came, for which set is called.
func (v *blob) unpack(s Session, set func(name Variable, to, from reflect.Value)) error {
	r := value.NewReader(v.Head, v.Aside, nil)
	for r.End() != nil {
		var name Variable
		if err := value.Read(r, &name); err != nil {
			return err
		}
		at, err := s.Value(name)
		if err != nil {
			return fmt.Errorf("function: the session's variable %s, which came with a call: %w", name.Name, err)
		}
		to := reflect.ValueOf(at).Elem()
		x := reflect.New(to.Type())
		if err := r.ReadAt(to.Type(), x.UnsafePointer()); err != nil {
			return fmt.Errorf("function: the session's variable %s, which came with a call: %w", name.Name, err)
		}
		set(name, to, x.Elem())
	}
	return nil
}

// Supply looks whether an answer asks for compiled cells, which a process on another machine has no files of. Then it returns the
// request with their contents, which is to be sent in place of the first. Give it the store of the request.
func Supply(request, answer [][]byte, list ...Option) (again [][]byte, needed bool, err error) {
	a, err := open(answer, options{})
	if err != nil || a.kind != missing {
		return nil, false, err
	}
	var ids []string
	if err := readAll(a.Reader, &ids); err != nil {
		return nil, false, err
	}
	m, err := open(request, optionsOf(list))
	if err != nil {
		return nil, false, err
	}
	if m.luggage == nil {
		return nil, false, errors.New("function: Supply: the engine asks for compiled cells, and the call came with none")
	}
	for i := range m.luggage.Plugins {
		p := &m.luggage.Plugins[i]
		if !covers(ids, []string{p.ID}) {
			continue
		}
		if p.Content, err = os.ReadFile(p.Path); err != nil {
			return nil, false, fmt.Errorf("function: a compiled cell is gone, which a call needs: %w", err)
		}
	}
	e := Environment{luggage: m.luggage}
	if err := readAll(m.rest, &e.variables); err != nil {
		return nil, false, err
	}
	section, err := e.section(nil)
	if err != nil {
		return nil, false, err
	}
	return assemble(m.kind, m.store, section, m.head, m.aside), true, nil
}
