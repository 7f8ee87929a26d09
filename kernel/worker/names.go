package worker

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/warren-go/warren/kernel/proto"
	"github.com/warren-go/warren/kernel/rt"
)

// names are the variables and expressions of the session, as a call knows them; clients of Go and of Python name them. What is missing is noted: the front can tell, and
// the call is done again.
type names struct {
	w     *Worker
	run   *run              // the call
	refs  map[string]string // see proto.Message
	needs []proto.Need
}

// errNeed ends a call that needs to know more. Nobody reads it.
var errNeed = errors.New("the call needs to know more of the session")

func (n *names) need(need proto.Need) error {
	n.needs = append(n.needs, need)
	return errNeed
}

// Values implements python.Session.
func (n *names) Values(expression string) (values []any, err error) {
	ref, ok := n.refs[expression]
	if !ok {
		return nil, n.need(proto.Need{Name: expression})
	}
	if _, _, ok := strings.Cut(ref, "\x00"); ok {
		v, err := variable(ref)
		if err != nil {
			return nil, err
		}
		return []any{v.Interface()}, nil
	}
	unit, ok := rt.Lookup(ref)
	if !ok {
		return nil, fmt.Errorf("the compiled expression %s did not register itself", expression)
	}
	n.w.capture(n.run, func(got []any) { values = append(values, got...) })
	defer n.w.capture(n.run, nil)
	unit.Run()
	if len(values) == 0 {
		return nil, fmt.Errorf("%s has no value", expression)
	}
	return values, nil
}

// Variable implements python.Session.
func (n *names) Variable(name string, t reflect.Type) (reflect.Value, error) {
	ref, ok := n.refs[name]
	if !ok {
		return reflect.Value{}, n.need(proto.Need{Name: name, Type: t.String()})
	}
	if !strings.Contains(ref, "\x00") { // it was asked for as an expression, and is a function, say
		return reflect.Value{}, n.need(proto.Need{Name: name, Type: t.String(), New: true})
	}
	return variable(ref)
}

// Renew implements python.Session.
func (n *names) Renew(name string, t reflect.Type) error {
	return n.need(proto.Need{Name: name, Type: t.String(), New: true})
}

// variable finds a variable by what the front calls it.
func variable(ref string) (reflect.Value, error) {
	path, name, _ := strings.Cut(ref, "\x00")
	unit, ok := rt.Lookup(path)
	if !ok || unit.Vars[name] == nil {
		return reflect.Value{}, fmt.Errorf("the variable %s is not there", name)
	}
	return reflect.ValueOf(unit.Vars[name]).Elem(), nil
}

// variables are those names for package function. A missing one is no error there: all that is missing is to be noted.
type variables struct{ *names }

// Set implements function.Variables.
func (v variables) Set(name string, value any) error {
	if value == nil {
		return fmt.Errorf("nil has no type that the variable %s could be of", name)
	}
	x := reflect.ValueOf(value)
	to, err := v.Variable(name, x.Type())
	switch {
	case errors.Is(err, errNeed):
		return nil
	case err != nil:
		return err
	case !x.Type().AssignableTo(to.Type()):
		_ = v.Renew(name, x.Type())
		return nil
	}
	to.Set(x)
	return nil
}

// Get implements function.Variables.
func (v variables) Get(name string) (any, error) {
	got, err := v.Values(name)
	switch {
	case errors.Is(err, errNeed):
		return nil, nil
	case err != nil:
		return nil, err
	case len(got) == 1:
		return got[0], nil
	}
	return got, nil
}
