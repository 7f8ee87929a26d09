package python

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/warren-go/warren/internal/pickle"
)

// Session is where names mean something. An error of its methods ends the request, but the others of its names are asked for first.
type Session interface {
	// Values gives the values of an expression of Go: one, or those of a call with several results.
	Values(expression string) ([]any, error)
	// Variable gives a variable to set, which is one of type t if there was none.
	Variable(name string, t reflect.Type) (reflect.Value, error)
	// Renew says that a variable must be of type t, since a value does not fit it as it is. It returns an error: the
	// request must be made again when that is so.
	Renew(name string, t reflect.Type) error
}

// Engine does requests in one session.
type Engine struct {
	arrays map[string]bool // variables that were pushed as NumPy arrays
}

// request kinds, by the functions that clients send.
var kinds = map[pickle.Global]func(*Engine, *call) ([]byte, error){
	{Module: "ipyparallel.util", Name: "_push"}:                 (*Engine).push,
	{Module: "ipyparallel.util", Name: "_pull"}:                 (*Engine).pull,
	{Module: "ipyparallel.client.remotefunction", Name: "_map"}: (*Engine).mapping,
}

// call is a request under way.
type call struct {
	request
	ctx     context.Context
	session Session
	*converter
	arrays bool // a NumPy array was among the arguments
}

// Run does what the buffers of an apply request ask for, and returns those of the reply. It calls functions of the session in the
// calling goroutine: their panics are the caller's. The error of a function that returned one is a *FunctionError.
func (e *Engine) Run(ctx context.Context, buffers [][]byte, s Session) ([][]byte, error) {
	return e.run(ctx, buffers, s, maxNodes)
}

// run is Run for a request that may hold so many values.
func (e *Engine) run(ctx context.Context, buffers [][]byte, s Session, nodes int) ([][]byte, error) {
	r, err := unpack(buffers)
	if err != nil {
		return nil, fmt.Errorf("python: Run: this is no request of ipyparallel: %w", err)
	}
	c := &call{request: r, ctx: ctx, session: s, converter: &converter{left: nodes}}
	do, err := kind(r.function)
	if err != nil {
		return nil, err
	}
	data, err := do(e, c)
	if err != nil {
		return nil, err
	}
	return [][]byte{data}, nil
}

// kind finds out what is asked for.
func kind(function any) (func(*Engine, *call) ([]byte, error), error) {
	o, ok := function.(*pickle.Object)
	switch {
	case !ok:
		return nil, errFunction
	case o.Is(canning, "Reference"):
		return (*Engine).apply, nil
	case !o.Is(canning, "CannedFunction"):
		return nil, errFunction
	}
	module, _ := attribute[string](o, "module")
	name, _ := attribute[string](o, "__name__")
	if do, ok := kinds[pickle.Global{Module: module, Name: name}]; ok {
		return do, nil
	}
	return nil, fmt.Errorf("%s: %w", name, errFunction)
}

// Describe says in few words what a request asks for, such as "F" or "map of F"; "" if it is none.
func Describe(buffers [][]byte) string {
	r, err := unpack(buffers)
	if err != nil {
		return ""
	}
	o, ok := r.function.(*pickle.Object)
	if !ok {
		return ""
	}
	if name, ok := attribute[string](o, "name"); ok && o.Is(canning, "Reference") {
		return name
	}
	name, _ := attribute[string](o, "__name__")
	name = strings.TrimPrefix(name, "_")
	for _, v := range r.args {
		if inner, ok := v.(*pickle.Object); ok && inner.Is(canning, "Reference") {
			of, _ := attribute[string](inner, "name")
			return name + " of " + of
		}
	}
	return name
}

// push sets variables. One that cannot hold its value is replaced.
func (e *Engine) push(c *call) ([]byte, error) {
	var missing error
	for _, item := range c.named {
		name := item.Key.(string)
		if err := e.set(c, name, item.Value); err != nil {
			missing = errors.Join(missing, err)
		}
	}
	if missing != nil {
		return nil, missing
	}
	return encode(nil, false)
}

func (e *Engine) set(c *call, name string, value any) error {
	t, err := c.typeOf(value, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	to, err := c.session.Variable(name, t)
	if err != nil {
		return err
	}
	if err := c.assign(to, value, 0); err != nil {
		if to.Type() == t {
			return fmt.Errorf("%s: %w", name, err)
		}
		return c.session.Renew(name, t)
	}
	if e.arrays == nil {
		e.arrays = map[string]bool{}
	}
	e.arrays[name] = isArray(value)
	return nil
}

func isArray(v any) bool {
	s, err := simple(v)
	_, is := s.(*Array)
	return err == nil && is
}

// pull gives the values of expressions: of one, or of a list of them.
func (e *Engine) pull(c *call) ([]byte, error) {
	if len(c.args) != 1 {
		return nil, fmt.Errorf("pull wants one argument, and got %d", len(c.args))
	}
	if name, ok := c.args[0].(string); ok {
		got, err := c.session.Values(name)
		if err != nil {
			return nil, err
		}
		data, err := encode(valuesOf(got), e.arrays[name])
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		return data, err
	}
	names, ok := items(c.args[0])
	if !ok {
		return nil, fmt.Errorf("pull wants names, and got %s", what(c.args[0]))
	}
	return e.pullAll(c, names)
}

func (e *Engine) pullAll(c *call, names []any) ([]byte, error) {
	all := make([][]any, len(names))
	var missing error
	for i, n := range names {
		name, ok := n.(string)
		if !ok {
			return nil, fmt.Errorf("pull wants names, and got %s", what(n))
		}
		var err error
		if all[i], err = c.session.Values(name); err != nil {
			missing = errors.Join(missing, err)
		}
	}
	if missing != nil {
		return nil, missing
	}
	w := &encoder{}
	w.BeginList()
	for i, values := range all {
		name := names[i].(string)
		w.arrays = e.arrays[name]
		if err := w.values(valuesOf(values)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	w.EndList()
	return w.Data(), nil
}

func valuesOf(list []any) []reflect.Value {
	values := make([]reflect.Value, len(list))
	for i, v := range list {
		values[i] = reflect.ValueOf(v)
	}
	return values
}

// apply calls a function of the session.
func (e *Engine) apply(c *call) ([]byte, error) {
	if err := c.positional(); err != nil {
		return nil, err
	}
	f, err := c.resolve(c.function)
	if err != nil {
		return nil, err
	}
	results, err := c.invoke(f, c.args)
	if err != nil {
		return nil, err
	}
	return encode(results, c.arrays)
}

// mapping calls a function for each item of one or more sequences, as map does.
func (e *Engine) mapping(c *call) ([]byte, error) {
	if err := c.positional(); err != nil {
		return nil, err
	}
	if len(c.args) < 2 {
		return nil, errors.New("map wants a function and a sequence")
	}
	f, err := c.resolve(c.args[0])
	if err != nil {
		return nil, err
	}
	n := -1
	var sequences []func(i int) any
	for _, arg := range c.args[1:] {
		s, err := c.step(arg, 0)
		if err != nil {
			return nil, err
		}
		length, at, err := c.elements(reflect.ValueOf([]any{}), s)
		if err != nil {
			return nil, err
		}
		sequences = append(sequences, at)
		if n < 0 || length < n {
			n = length
		}
		c.arrays = c.arrays || isArray(s)
	}
	results := make([]reflect.Value, n)
	for i := range results {
		args := make([]any, len(sequences))
		for k, at := range sequences {
			args[k] = at(i)
		}
		got, err := c.invoke(f, args)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
		results[i] = tuple(got)
	}
	return encodeList(results, c.arrays)
}

// tuple is what a call with these results gives as one value.
func tuple(results []reflect.Value) reflect.Value {
	switch len(results) {
	case 0:
		return reflect.Value{}
	case 1:
		return results[0]
	}
	all := make(several, len(results))
	copy(all, results)
	return reflect.ValueOf(all)
}

// several are the results of a function that has more than one.
type several []reflect.Value

// positional refuses keyword arguments, and finds out about references among the others, all of them.
func (c *call) positional() error {
	if len(c.named) > 0 {
		return fmt.Errorf("functions of Go take no keyword arguments, such as %s: give all in their order", c.named[0].Key)
	}
	var missing error
	for _, v := range append([]any{c.function}, c.args...) {
		if o, ok := v.(*pickle.Object); ok && o.Is(canning, "Reference") {
			if _, err := c.resolve(v); err != nil {
				missing = errors.Join(missing, err)
			}
		}
		c.arrays = c.arrays || isArray(v)
	}
	return missing
}

// resolve gives the value that a reference is for.
func (c *call) resolve(v any) (reflect.Value, error) {
	s, err := simple(v)
	if err != nil {
		return reflect.Value{}, err
	}
	name, ok := s.(Reference)
	if !ok {
		return reflect.Value{}, errFunction
	}
	values, err := c.session.Values(string(name))
	if err != nil {
		return reflect.Value{}, err
	}
	if len(values) != 1 {
		return reflect.Value{}, fmt.Errorf("%s has %d values, and one is wanted", name, len(values))
	}
	return reflect.ValueOf(values[0]), nil
}

// FunctionError is the error that a function returned.
type FunctionError struct{ Err error }

func (e *FunctionError) Error() string { return e.Err.Error() }

// Unwrap returns the function's error.
func (e *FunctionError) Unwrap() error { return e.Err }

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// invoke calls a function. Its last result, if that is an error, is the call's.
func (c *call) invoke(f reflect.Value, args []any) ([]reflect.Value, error) {
	if f.Kind() != reflect.Func || f.IsNil() {
		return nil, fmt.Errorf("%s is no function", typeName(f))
	}
	in, err := c.arguments(f.Type(), args)
	if err != nil {
		return nil, err
	}
	out := f.Call(in)
	if n := len(out); n > 0 && out[n-1].Type() == errorType {
		if err, failed := out[n-1].Interface().(error); failed {
			return nil, &FunctionError{err}
		}
		out = out[:n-1]
	}
	return out, nil
}

func typeName(v reflect.Value) string {
	if !v.IsValid() {
		return "nil"
	}
	return "a " + typeText(v.Type())
}

// arguments makes those of the function's types. A context that it takes first is that of the request.
func (c *call) arguments(t reflect.Type, args []any) ([]reflect.Value, error) {
	var in []reflect.Value
	if t.NumIn() > 0 && t.In(0) == contextType {
		in = append(in, reflect.ValueOf(c.ctx))
	}
	first := len(in)
	fixed := t.NumIn() - first
	if t.IsVariadic() {
		fixed--
	}
	if len(args) < fixed || len(args) > fixed && !t.IsVariadic() {
		return nil, fmt.Errorf("a %s takes %d arguments, and got %d", typeText(t), fixed, len(args))
	}
	for i, arg := range args {
		p := t.In(min(first+i, t.NumIn()-1))
		if t.IsVariadic() && i >= fixed {
			p = p.Elem()
		}
		v, err := c.argument(p, arg)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		in = append(in, v)
	}
	return in, nil
}

// argument makes a value of type t, or gives the one that a reference names.
func (c *call) argument(t reflect.Type, arg any) (reflect.Value, error) {
	if o, ok := arg.(*pickle.Object); ok && o.Is(canning, "Reference") {
		v, err := c.resolve(arg)
		if err != nil {
			return v, err
		}
		if !v.IsValid() || !v.Type().AssignableTo(t) {
			return v, fmt.Errorf("%s cannot become a %s", typeName(v), typeText(t))
		}
		return v, nil
	}
	v := reflect.New(t).Elem()
	return v, c.assign(v, arg, 0)
}

// TypeName names the type of an error as clients show it.
func (e *FunctionError) TypeName() string {
	return strings.TrimPrefix(typeText(reflect.TypeOf(e.Err)), "*")
}
