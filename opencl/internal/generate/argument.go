package generate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/warren-go/warren/opencl/internal/source"
)

// Argument is one of those that a generated kernel takes from its user: an array, which is a pointer in the text, or a value.
type Argument struct {
	Name  string
	Type  string // of the value or the elements, in OpenCL's shortest words, or the name of a struct
	Array bool
	Const bool // an array that is only read
}

// reserved are the names that have a meaning in users' expressions.
var reserved = []string{"i", "n"}

// Arguments reads a list such as "float a, __global const float *x, float *y". A pointer without an address space is one to
// global memory. Names of structs that the text may use are given in structs.
func Arguments(list string, structs []string) ([]Argument, error) {
	ts, err := tokens(list)
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	var types []string // of structs; empty for others
	for _, part := range commas(ts) {
		if text.Len() > 0 {
			text.WriteString(", ")
		}
		one, structName := parameterText(part, structs)
		text.WriteString(one)
		types = append(types, structName)
	}
	parameters, err := source.Parameters(text.String())
	if err != nil {
		return nil, fmt.Errorf("arguments %q: %s", list, err.Error()[strings.IndexByte(err.Error(), ' ')+1:])
	}
	args := make([]Argument, len(parameters))
	for i, p := range parameters {
		if args[i], err = argumentOf(p, types[i]); err != nil {
			return nil, fmt.Errorf("arguments %q: %w", list, err)
		}
	}
	return args, nil
}

func commas(ts []token) [][]token {
	var parts [][]token
	start := 0
	for i, t := range ts {
		if t.text == "," && t.kind == sign {
			parts = append(parts, ts[start:i])
			start = i + 1
		}
	}
	return append(parts, ts[start:])
}

// parameterText writes a parameter as the reader of signatures understands it: with an address space, and with a number in the
// place of a struct, whose name is returned.
func parameterText(part []token, structs []string) (text, structName string) {
	pointer, space := false, false
	for i, t := range part {
		switch {
		case t.text == "*" || t.text == "[":
			pointer = true
		case slices.Contains([]string{"global", "constant", "local", "private"}, strings.TrimPrefix(t.text, "__")):
			space = true
		case structName == "" && t.kind == word && slices.Contains(structs, t.text) && slices.ContainsFunc(part[i+1:], func(t token) bool { return t.kind == word }):
			structName = t.text
			text += "uchar"
			continue
		}
		if t.kind == blank {
			text += " "
		} else {
			text += t.text
		}
	}
	if pointer && !space {
		text = "global " + text
	}
	return text, structName
}

func argumentOf(p source.Parameter, structName string) (Argument, error) {
	a := Argument{Name: p.Name, Type: p.Type.String(), Array: p.Pointer, Const: p.Const}
	if structName != "" {
		a.Type = structName
	}
	switch {
	case strings.Contains(p.Name, "__"):
		return a, fmt.Errorf("the name %s has __ in it, as the names have that are made for you", p.Name)
	case slices.Contains(reserved, p.Name):
		return a, fmt.Errorf("the name %s is taken: i is the index, n the number of elements", p.Name)
	case p.Pointer && p.Space != source.Global:
		return a, fmt.Errorf("%s points to %v memory; arrays are in global memory", p.Name, p.Space)
	case p.Type.Width == 3:
		return a, fmt.Errorf("%s has vectors of three, which take as much room as vectors of four: use %s4", p.Name, p.Type.Name)
	}
	return a, nil
}

// arrays are the names of those arguments that are arrays.
func arrays(args []Argument) []string {
	var names []string
	for _, a := range args {
		if a.Array {
			names = append(names, a.Name)
		}
	}
	return names
}

// IndexedByI tells which arguments a text indexes by i alone, as in x[i]: those have an element for each i.
func IndexedByI(text string, args []Argument) []bool {
	by := make([]bool, len(args))
	ts, err := tokens(text)
	if err != nil {
		return by
	}
	ts = slices.DeleteFunc(ts, func(t token) bool { return t.kind == blank })
	for at := range len(ts) - 3 {
		if ts[at+1].text != "[" || ts[at+2].text != "i" || ts[at+3].text != "]" || isMember(ts[:at]) {
			continue
		}
		for i, a := range args {
			by[i] = by[i] || a.Array && a.Name == ts[at].text
		}
	}
	return by
}

// String writes an argument as OpenCL C does, without the address space.
func (a Argument) String() string {
	switch {
	case a.Const:
		return "const " + a.Type + " *" + a.Name
	case a.Array:
		return a.Type + " *" + a.Name
	}
	return a.Type + " " + a.Name
}

// List writes arguments, with commas between them.
func List(args []Argument) string {
	var list []string
	for _, a := range args {
		list = append(list, a.String())
	}
	return strings.Join(list, ", ")
}
