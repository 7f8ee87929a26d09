package function

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/warren-go/warren/internal/object"
	"github.com/warren-go/warren/internal/value"
)

// Session is a process whose code grows while it runs, as a notebook's does: cells are plugins, which have variables. Functions that
// use such variables travel with the variables' values.
type Session interface {
	// Name is what people call a function.
	Name(f object.Func) string
	// Reads returns the variables that a function uses, itself or by what it calls.
	Reads(f object.Func) ([]Variable, error)
	// MethodsRead returns the variables that the methods of a type use, in the same way.
	MethodsRead(t object.Type) []Variable
	// Value returns a pointer to a variable.
	Value(v Variable) (pointer any, err error)
	// Holder returns the identity of the plugin that declares a variable.
	Holder(v Variable) (id string, err error)
	// Plugins returns those with the given identities, and before each what it needs, without contents. Identities of what is no
	// plugin are left out.
	Plugins(ids []string) []Plugin
	// Load opens plugins, as far as they are not open. If it needs contents, the error is a *MissingError.
	Load(list []Plugin) error
}

// Variable names a variable of a session.
type Variable struct {
	Unit string // path of the package that declares it
	Name string
}

// Plugin is compiled code that a process opens while it runs.
type Plugin struct {
	ID       string
	Path     string   // of its file, on the machine of the sender
	Contains []string // paths of the packages in it
	Requires []string // paths of packages that must be open before
	Content  []byte   // nil as long as the file itself may do
}

// MissingError says which plugins a process has no file of.
type MissingError struct{ IDs []string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("function: the files of %d compiled cells are not on this machine", len(e.IDs))
}

// host is the session of this process, which has one at most.
type host struct {
	mu      sync.Mutex
	session Session
	applied map[Variable]string // identities of the values that variables were set to last
}

var process host

// Connect makes s the session of this process.
func Connect(s Session) {
	process.mu.Lock()
	defer process.mu.Unlock()
	process.session, process.applied = s, map[Variable]string{}
}

func (h *host) get() Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.session
}

var errNoSession = errors.New("function: the call is of a notebook's session, and this process is a compiled program: it needs engines of notebooks (warren engine)")

// arrive makes a process ready for a call that has come with luggage.
func (h *host) arrive(l *luggage, rest *value.Reader) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.session == nil {
		return errNoSession
	}
	self, err := Self()
	if err != nil {
		return err
	}
	if self.Build != l.Build {
		return fmt.Errorf("function: the call is of a session whose worker is another build (…%s) than the one here (%v): both need the same Warren, Go and modules", tail(l.Build), self)
	}
	if err := h.session.Load(l.Plugins); err != nil {
		return err
	}
	return h.apply(l.Variables, rest)
}

// apply sets those variables that have come with other values than before. The others keep what calls here have made of them.
func (h *host) apply(list []state, rest *value.Reader) error {
	other := map[Variable]string{}
	for _, v := range list {
		if h.applied[v.Variable] != v.ID {
			other[v.Variable] = v.ID
		}
	}
	if len(other) == 0 {
		return nil
	}
	var v blob
	if err := readAll(rest, &v); err != nil {
		return fmt.Errorf("function: variables that came with a call cannot be read: %w", err)
	}
	return v.unpack(h.session, func(name Variable, to, from reflect.Value) {
		if id, ok := other[name]; ok {
			to.Set(from)
			h.applied[name] = id
		}
	})
}

// tail is as much of a build as people compare.
func tail(build string) string { return build[max(0, len(build)-12):] }

// covers tells whether all of list are in set.
func covers[T comparable](set, list []T) bool {
	return !slices.ContainsFunc(list, func(x T) bool { return !slices.Contains(set, x) })
}
