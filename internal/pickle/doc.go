// Package pickle reads and writes Python's pickles, protocols 2 to 5, without ever running what they ask for. A pickle is a program
// that calls functions by name, which is why Python must not load those of strangers. Here, objects of classes and results
// of functions stay what the pickle says of them: an Object with the name of its class, its arguments and its state. Whoever
// reads decides which of them mean something.
//
// Load gives these Go values:
//
//	None                 nil
//	bool, str, float     bool, string, float64
//	int                  int64, or *big.Int where that is too small
//	bytes, bytearray     []byte, which may be a part of the pickle
//	list, tuple          *List, Tuple
//	set, frozenset       *Set
//	dict                 *Dict
//	a class, a function  Global
//	anything else        *Object
package pickle

// List is a list. Lists may contain themselves.
type List struct{ Items []any }

// Tuple is a tuple.
type Tuple []any

// Set is a set or a frozenset, in the order of the pickle.
type Set struct{ Items []any }

// Dict is a dict, in the order of the pickle.
type Dict struct{ Items []Item }

// Item is a key with its value.
type Item struct{ Key, Value any }

// Get returns the value of a key that is a string.
func (d *Dict) Get(key string) (any, bool) {
	for _, i := range d.Items {
		if k, ok := i.Key.(string); ok && k == key {
			return i.Value, true
		}
	}
	return nil, false
}

// Global is a class or a function, by its name.
type Global struct{ Module, Name string }

func (g Global) String() string { return g.Module + "." + g.Name }

// Object is what a class or a function makes of arguments. It has not been made.
type Object struct {
	Class any   // what is called: nearly always a Global
	Args  Tuple // what it is called with; the last may be a *Dict of named arguments
	State any   // what the object is to be given then, by __setstate__ or as its attributes
	Items []any // what is to be appended
	Pairs []Item
}

// Is tells whether an object is of a class.
func (o *Object) Is(module, name string) bool { return o.Class == any(Global{module, name}) }

// Attribute returns an attribute that the state of an object gives it.
func (o *Object) Attribute(name string) (any, bool) {
	d, ok := o.State.(*Dict)
	if !ok {
		return nil, false
	}
	return d.Get(name)
}
