package function

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/warren-go/warren/internal/value"
)

// Variables are the named values that a process keeps for others.
type Variables interface {
	// Set gives a variable a value. A new variable has the value's type.
	Set(name string, v any) error
	// Get returns the value of a variable, or an error if there is none.
	Get(name string) (any, error)
}

// WithVariables says which variables messages of EncodeSet and EncodeGet are about.
func WithVariables(v Variables) Option { return func(o *options) { o.variables = v } }

// EncodeSet makes the message that sets variables. Its result is nil.
func EncodeSet(values map[string]any, list ...Option) ([][]byte, error) {
	o := optionsOf(list)
	w := &value.Writer{Store: o.store}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		v := values[name]
		if err := value.Write(w, &name); err != nil {
			return nil, err
		}
		if err := value.Write(w, &v); err != nil {
			return nil, fmt.Errorf("function: EncodeSet: variable %s: %w", name, err)
		}
	}
	return request(setVariables, w, o)
}

// EncodeGet makes the message whose result is a []any with the values of variables.
func EncodeGet(names []string, list ...Option) [][]byte {
	o := optionsOf(list)
	w := &value.Writer{Store: o.store}
	if err := value.Write(w, &names); err != nil {
		panic(err) // strings can be written
	}
	head, aside := w.Buffers()
	return assemble(getVariables, nameOf(o.store), new(section), head, aside)
}

var errNoVariables = errors.New("function: Run: this process keeps no variables")

func doSet(_ context.Context, r *value.Reader, o options) (any, error) {
	if o.variables == nil {
		return nil, errNoVariables
	}
	for r.End() != nil {
		var name string
		var v any
		if err := value.Read(r, &name); err != nil {
			return nil, fmt.Errorf("function: Run: the name of a variable cannot be read: %w", err)
		}
		if err := value.Read(r, &v); err != nil {
			return nil, fmt.Errorf("function: Run: variable %s cannot be read: %w", name, err)
		}
		if err := o.variables.Set(name, v); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func doGet(_ context.Context, r *value.Reader, o options) (any, error) {
	if o.variables == nil {
		return nil, errNoVariables
	}
	var names []string
	if err := readAll(r, &names); err != nil {
		return nil, fmt.Errorf("function: Run: names of variables cannot be read: %w", err)
	}
	values := make([]any, len(names))
	for i, name := range names {
		var err error
		if values[i], err = o.variables.Get(name); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// Values are variables in a map, for programs that have no others. They may be used by several goroutines. The zero value is
// ready for use.
type Values struct {
	mu     sync.Mutex
	values map[string]any
}

// Set implements Variables.
func (s *Values) Set(name string, v any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values == nil {
		s.values = map[string]any{}
	}
	s.values[name] = v
	return nil
}

// Get implements Variables.
func (s *Values) Get(name string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.values[name]
	if !ok {
		return nil, fmt.Errorf("function: there is no variable %s; there are [%s]", name, strings.Join(slices.Sorted(maps.Keys(s.values)), " "))
	}
	return v, nil
}

// Clear forgets all variables.
func (s *Values) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values = nil
}
