package remote

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"
)

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// method is a method that can be called from elsewhere, or the form of a function of a stub.
type method struct {
	call    reflect.Value
	context bool           // takes one first
	args    []reflect.Type // after the context
	result  reflect.Type   // nil if there is none
	fails   bool           // returns an error last
}

// methodOf reports whether a function has a form that can be called.
func methodOf(call reflect.Value) (m method, ok bool) {
	t := call.Type()
	m.call = call
	for i := range t.NumIn() {
		in := t.In(i)
		if i == 0 && in == contextType {
			m.context = true
			continue
		}
		if !travels(in, nil) {
			return m, false
		}
		m.args = append(m.args, in)
	}
	outs := t.NumOut()
	if outs > 0 && t.Out(outs-1) == errorType {
		m.fails = true
		outs--
	}
	if outs == 1 {
		m.result = t.Out(0)
	}
	return m, outs <= 1 && !t.IsVariadic() && (m.result == nil || travels(m.result, nil))
}

// travels reports whether gob can send values of a type, as far as the type tells.
func travels(t reflect.Type, within []reflect.Type) bool {
	for _, outer := range within {
		if t == outer {
			return true
		}
	}
	within = append(within, t)
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Interface:
		return false
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return travels(t.Elem(), within)
	case reflect.Map:
		return travels(t.Key(), within) && travels(t.Elem(), within)
	}
	return true
}

// String is the method's form without its receiver and context, as (int, string) (bool, error).
func (m method) String() string {
	names := make([]string, len(m.args))
	for i, a := range m.args {
		names[i] = a.String()
	}
	in := "(" + strings.Join(names, ", ") + ")"
	switch {
	case m.result != nil && m.fails:
		return fmt.Sprintf("%s (%v, error)", in, m.result)
	case m.result != nil:
		return fmt.Sprintf("%s %v", in, m.result)
	case m.fails:
		return in + " error"
	}
	return in
}

// run calls the method on arguments as they came, and returns its result as it is to go.
func (m method) run(ctx context.Context, args [][]byte) (result []byte, err error) {
	if len(args) != len(m.args) {
		return nil, fmt.Errorf("it takes %d arguments %v, and got %d", len(m.args), m, len(args))
	}
	var in []reflect.Value
	if m.context {
		in = append(in, reflect.ValueOf(ctx))
	}
	for i, t := range m.args {
		value := reflect.New(t)
		if err := gob.NewDecoder(bytes.NewReader(args[i])).DecodeValue(value); err != nil {
			return nil, fmt.Errorf("argument %d is not a %v: %w", i+1, t, err)
		}
		in = append(in, value.Elem())
	}
	out, err := m.invoke(in)
	if err != nil || m.result == nil {
		return nil, err
	}
	if result, err = pack(out[0]); err != nil {
		return nil, fmt.Errorf("its result cannot be sent: %w", err)
	}
	return result, nil
}

// invoke calls the method; a panic is an error with its stack.
func (m method) invoke(in []reflect.Value) (out []reflect.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n\n%s", p, debug.Stack())
		}
	}()
	out = m.call.Call(in)
	if m.fails {
		err, _ = out[len(out)-1].Interface().(error)
	}
	return out, err
}

// pack puts a value into gob's form, each by itself.
func pack(v reflect.Value) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).EncodeValue(v)
	return b.Bytes(), err
}
