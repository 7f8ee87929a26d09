package remote

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Bind sets the fields of the struct that stub points to. Each is a function whose name is that of a method of the object, and that calls
// it; it takes a context first and returns an error last, whether the method does or not:
//
//	var counter struct {
//		Add func(ctx context.Context, n int) (int, error)
//	}
//	err := remote.Bind(ctx, client, "counter", &counter)
//
// It asks the server whether there are such methods, with these types, by name.
func Bind(ctx context.Context, c *Client, object string, stub any) error {
	if err := bind(ctx, c, object, reflect.ValueOf(stub)); err != nil {
		return fmt.Errorf("remote: Bind: %s: %w", object, err)
	}
	return nil
}

func bind(ctx context.Context, c *Client, object string, stub reflect.Value) error {
	if stub.Kind() != reflect.Pointer || stub.IsNil() || stub.Elem().Kind() != reflect.Struct {
		return errors.New("the stub is not a pointer to a struct")
	}
	known, err := c.Methods(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for i := range stub.Elem().NumField() {
		field := stub.Elem().Type().Field(i)
		if err := checkField(known, object, field); err != nil {
			wrong = append(wrong, err)
			continue
		}
		stub.Elem().Field(i).Set(reflect.MakeFunc(field.Type, caller(c, object+"."+field.Name, field.Type)))
	}
	return errors.Join(wrong...)
}

// checkField sees that the server has what a field of a stub stands for.
func checkField(known []string, object string, field reflect.StructField) error {
	if field.Type.Kind() != reflect.Func || !field.IsExported() {
		return fmt.Errorf("field %s is not an exported function", field.Name)
	}
	form, ok := methodOf(reflect.Zero(field.Type))
	if !ok || !form.context || !form.fails {
		return fmt.Errorf("field %s is a %v; it has to take a context.Context first and return an error last", field.Name, field.Type)
	}
	name := object + "." + field.Name
	at := slices.IndexFunc(known, func(k string) bool { return strings.HasPrefix(k, name+"(") })
	if at < 0 {
		return fmt.Errorf("%s: %w; it has %v", name, ErrNoMethod, known)
	}
	withError := form.String()
	form.fails = false
	if theirs := strings.TrimPrefix(known[at], name); theirs != withError && theirs != form.String() {
		return fmt.Errorf("the server has %s, and the stub wants %s%s", known[at], name, withError)
	}
	return nil
}

// caller is what a field of a stub does.
func caller(c *Client, method string, t reflect.Type) func([]reflect.Value) []reflect.Value {
	return func(in []reflect.Value) []reflect.Value {
		ctx, _ := in[0].Interface().(context.Context)
		args := make([]any, len(in)-1)
		for i, v := range in[1:] {
			args[i] = v.Interface()
		}
		var out []reflect.Value
		var reply reflect.Value
		if t.NumOut() == 2 {
			reply = reflect.New(t.Out(0))
			out = append(out, reply.Elem())
		}
		failure := reflect.New(errorType).Elem()
		if err := c.call(ctx, method, args, reply); err != nil {
			failure.Set(reflect.ValueOf(err))
		}
		return append(out, failure)
	}
}
