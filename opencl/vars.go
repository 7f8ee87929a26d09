package opencl

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/warren-go/warren/opencl/internal/generate"
)

// variables are those of an expression as arguments of a kernel.
type variables struct {
	list   string // of the parameters, each followed by a comma
	values string // statements that give the variables that are arrays the value at i
	args   []any
	types  []reflect.Type
}

// taken are the names that kernels made for variables use themselves, besides i and n.
var taken = []string{"result", "T", "U", "x", "kept", "others", "count", "item", "prev_item", "last_item"}

// readVars checks variables for an expression that gives values of type T. It tells the first array. The expression knows arrays
// as the value at i, or, if it is to index them, as arrays.
func readVars[T any](op string, vars Vars, indexed bool) (v variables, first *view, err error) {
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if !generate.IsIdentifier(name) || name == "i" || name == "n" || indexed && slices.Contains(taken, name) || slices.Contains(taken[:3], name) {
			return v, nil, refused(op, "%q cannot be the name of a variable", name)
		}
		if err := v.add(name, asFloat[T](vars[name]), indexed, &first); err != nil {
			return v, nil, fmt.Errorf("opencl: %s: variable %s: %w", op, name, err)
		}
	}
	return v, first, nil
}

func (v *variables) add(name string, value any, indexed bool, first **view) error {
	array, isArray := value.(arrayArgument)
	switch {
	case value == nil:
		return fmt.Errorf("it is nil")
	case isArray && (reflect.ValueOf(value).IsNil() || array.memory() == nil || array.memory().context == nil):
		return fmt.Errorf("a %T that holds nothing", value)
	}
	t := reflect.TypeOf(value)
	if isArray {
		t = array.memory().element
	}
	ct, err := generate.TypeOf(t)
	if err != nil {
		return err
	}
	v.types = append(v.types, t)
	v.args = append(v.args, value)
	if !isArray {
		v.list += ct.Name + " " + name + ", "
		return nil
	}
	if w := array.view(); *first == nil {
		*first = &w
	}
	if indexed {
		v.list += "const " + ct.Name + " *" + name + ", "
		return nil
	}
	v.list += "const " + ct.Name + " *array_" + name + ", "
	v.values += "const " + ct.Name + " " + name + " = array_" + name + "[i]; "
	return nil
}

// asFloat makes a T of an int or float64, which constants are in Go where nothing says otherwise, if T is a floating-point type.
func asFloat[T any](value any) any {
	t := reflect.TypeFor[T]()
	switch value.(type) {
	case int, float64:
		if isFloat(t) {
			return reflect.ValueOf(value).Convert(t).Interface()
		}
	}
	return value
}
