package opencl

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"github.com/warren-go/warren/opencl/gosource"
)

// goFunction is a Go function that is to be a kernel.
type goFunction struct {
	value reflect.Value
	name  string // without the package's
	file  string
}

// kernelFunction checks that a value is a function that can be a kernel by its signature.
func kernelFunction(op string, kernel any) (*goFunction, error) {
	v := reflect.ValueOf(kernel)
	if v.Kind() != reflect.Func || v.IsNil() {
		return nil, refused(op, "a %T is no kernel: give a function, as func(it opencl.Item, x []float32)", kernel)
	}
	f := &goFunction{value: v, name: "the function"}
	if rf := runtime.FuncForPC(v.Pointer()); rf != nil {
		f.name = rf.Name()[strings.LastIndexByte(rf.Name(), '/')+1:]
		_, f.name, _ = strings.Cut(f.name, ".")
		f.file, _ = rf.FileLine(rf.Entry())
		f.name = gosource.Name(f.name, f.file)
	}
	t := v.Type()
	switch {
	case t.NumIn() == 0 || t.In(0) != reflect.TypeFor[Item]():
		return nil, refused(op, "%s is a %v: the first parameter of a kernel is an opencl.Item", f.name, t)
	case t.NumOut() > 0:
		return nil, refused(op, "%s is a %v: a kernel returns nothing, but writes results into slices", f.name, t)
	case t.IsVariadic():
		return nil, refused(op, "%s is a %v: a kernel takes no list of arguments", f.name, t)
	}
	return f, nil
}

// parameter is the type of the function's parameter number i behind the item.
func (f *goFunction) parameter(i int) reflect.Type { return f.value.Type().In(i + 1) }

// parameters is the number of parameters behind the item.
func (f *goFunction) parameters() int { return f.value.Type().NumIn() - 1 }

// goArguments checks arguments that are Go values. Slices lose what capacity goes beyond their length: on a device they have none.
func (f *goFunction) goArguments(args []any) ([]reflect.Value, error) {
	if err := f.count(args); err != nil {
		return nil, err
	}
	in := make([]reflect.Value, len(args))
	for i, a := range args {
		t := f.parameter(i)
		v := reflect.ValueOf(a)
		if !v.IsValid() || !v.Type().AssignableTo(t) {
			return nil, f.wrong(i, a)
		}
		if v.Kind() == reflect.Slice {
			v = v.Slice3(0, v.Len(), v.Len())
		}
		in[i] = v
	}
	return in, nil
}

func (f *goFunction) count(args []any) error {
	if len(args) != f.parameters() {
		return fmt.Errorf("%d arguments; %s takes %d besides the item: %v", len(args), f.name, f.parameters(), f.value.Type())
	}
	return nil
}

// wrong is the error for an argument of another type than the parameter's.
func (f *goFunction) wrong(i int, a any) error {
	t := f.parameter(i)
	hint := ""
	if v := reflect.ValueOf(a); v.IsValid() && t.Kind() != reflect.Slice && v.CanConvert(t) {
		hint = fmt.Sprintf("; convert it: %v(…)", t)
	}
	return fmt.Errorf("argument %d is a %T, the parameter of %s is a %v%s", i, a, f.name, t, hint)
}
