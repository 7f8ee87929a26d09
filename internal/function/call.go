package function

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
)

// Call is a task that calls any function.
type Call struct {
	F    any   // the function; see object.FuncOf for which functions travel
	Args []any // of its parameters' types
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// NewCall makes the call of f with arguments. If f takes a context.Context first, it is given that of the task and args are the
// others. A number fits a parameter of another type of numbers if that holds it exactly, since 2 is an int where f may want
// a float64.
func NewCall(f any, args ...any) (*Call, error) {
	t := reflect.TypeOf(f)
	if t == nil || t.Kind() != reflect.Func {
		return nil, fmt.Errorf("function: NewCall: a %T is no function", f)
	}
	if reflect.ValueOf(f).IsNil() {
		return nil, errors.New("function: NewCall: the function is nil")
	}
	params := parameters(t)
	if n := len(params); len(args) < n || len(args) > n && !t.IsVariadic() {
		return nil, fmt.Errorf("function: NewCall: %v takes %d arguments beside a context, and got %d", t, n, len(args))
	}
	c := &Call{F: f, Args: make([]any, len(args))}
	for i, arg := range args {
		p := variadic(t, params, i)
		v, err := fit(arg, p)
		if err != nil {
			return nil, fmt.Errorf("function: NewCall: argument %d: %w", i+1, err)
		}
		c.Args[i] = v.Interface()
	}
	return c, nil
}

// parameters are those that args are for: without a context in front and the variadic one at the end.
func parameters(t reflect.Type) []reflect.Type {
	var all []reflect.Type
	for i := range t.NumIn() {
		if i == 0 && t.In(0) == contextType || t.IsVariadic() && i == t.NumIn()-1 {
			continue
		}
		all = append(all, t.In(i))
	}
	return all
}

// variadic is the type of parameter i.
func variadic(t reflect.Type, params []reflect.Type, i int) reflect.Type {
	if i < len(params) {
		return params[i]
	}
	return t.In(t.NumIn() - 1).Elem()
}

// fit makes of a value one of type t.
func fit(arg any, t reflect.Type) (reflect.Value, error) {
	v := reflect.ValueOf(arg)
	switch {
	case arg == nil && nillable(t):
		return reflect.Zero(t), nil
	case arg == nil:
		return v, fmt.Errorf("nil is no %v", t)
	case v.Type().AssignableTo(t):
		if t.Kind() != reflect.Interface {
			v = v.Convert(t)
		}
		return v, nil
	case isNumber(v.Kind()) && isNumber(t.Kind()):
		if c := v.Convert(t); c.Convert(v.Type()).Equal(v) && sign(c) == sign(v) || isNaN(v) && isNaN(c) {
			return c, nil
		}
		return v, fmt.Errorf("%v does not fit a %v", arg, t)
	}
	return v, fmt.Errorf("a %v is no %v", v.Type(), t)
}

func nillable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface, reflect.Pointer, reflect.Slice, reflect.Map, reflect.Func, reflect.Chan:
		return true
	}
	return false
}

func isNumber(k reflect.Kind) bool { return reflect.Int <= k && k <= reflect.Float64 }

// isNaN tells of a value that equals no other.
func isNaN(v reflect.Value) bool { return v.CanFloat() && math.IsNaN(v.Float()) }

// sign tells whether a number is below 0, which a conversion there and back does not.
func sign(v reflect.Value) bool {
	switch {
	case v.CanInt():
		return v.Int() < 0
	case v.CanFloat():
		return v.Float() < 0
	}
	return false
}

// Run calls the function. Its result is nil, or that of the function, or a []any if it has more than one, without an error
// at the end, which becomes that of Run.
func (c *Call) Run(ctx context.Context) (any, error) {
	f := reflect.ValueOf(c.F)
	if f.Kind() != reflect.Func || f.IsNil() {
		return nil, fmt.Errorf("function: the call has a %T for its function", c.F)
	}
	t := f.Type()
	params := parameters(t)
	if len(c.Args) < len(params) || len(c.Args) > len(params) && !t.IsVariadic() {
		return nil, fmt.Errorf("function: the call has %d arguments for %v", len(c.Args), t)
	}
	var in []reflect.Value
	if t.NumIn() > 0 && t.In(0) == contextType {
		in = append(in, reflect.ValueOf(ctx))
	}
	for i, arg := range c.Args {
		v, err := fit(arg, variadic(t, params, i))
		if err != nil {
			return nil, fmt.Errorf("function: argument %d: %w", i+1, err)
		}
		in = append(in, v)
	}
	return results(f.Call(in))
}

func results(out []reflect.Value) (any, error) {
	var err error
	if n := len(out); n > 0 && out[n-1].Type() == errorType {
		err, _ = out[n-1].Interface().(error)
		out = out[:n-1]
	}
	switch len(out) {
	case 0:
		return nil, err
	case 1:
		return out[0].Interface(), err
	}
	all := make([]any, len(out))
	for i, v := range out {
		all[i] = v.Interface()
	}
	return all, err
}
