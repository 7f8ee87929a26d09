package generate

import (
	"embed"
	"strings"
	"text/template"
)

//go:embed *.cl
var files embed.FS

var templates = template.Must(template.ParseFS(files, "*.cl"))

// Kernel is what all generated kernels are made of.
type Kernel struct {
	Name      string
	Arguments []Argument
	Preamble  string // put before everything else: types, functions and macros that the expressions use
	CPU       bool   // work-items are few and each does long runs, instead of many that share their work-group's memory
	Strided   bool   // elements of arrays may lie apart: each index is multiplied by the array's stride
}

// Head is what the program begins with.
func (k Kernel) Head() string { return Head }

// Parameters declares the kernel's parameters for its arguments. An array takes three: the memory, the place of its first
// element in it, and the distance from each element to the next.
func (k Kernel) Parameters() string {
	var b strings.Builder
	for _, a := range k.Arguments {
		switch {
		case !a.Array:
			b.WriteString("  const " + a.Type + " " + a.Name + ",\n")
		default:
			b.WriteString("  " + a.pointer() + a.Name + "__memory, const long " + a.Name + "__offset, const long " + a.Name + "__stride,\n")
		}
	}
	return b.String()
}

func (a Argument) pointer() string {
	if a.Const {
		return "__global const " + a.Type + " *"
	}
	return "__global " + a.Type + " *"
}

// Arrays declares the arrays under the names that the expressions know them by.
func (k Kernel) Arrays() string {
	var b strings.Builder
	for _, a := range k.Arguments {
		if a.Array {
			b.WriteString("  " + a.pointer() + "const " + a.Name + " = " + a.Name + "__memory + " + a.Name + "__offset;\n")
		}
	}
	return b.String()
}

// text is a user's expression or statement as it is put into the kernel.
func (k Kernel) text(s string) (string, error) {
	if err := Balanced(s); err != nil || !k.Strided {
		return s, err
	}
	return Strided(s, arrays(k.Arguments))
}

// texts is text for several.
func (k Kernel) texts(all ...*string) error {
	for _, s := range all {
		var err error
		if *s, err = k.text(*s); err != nil {
			return err
		}
	}
	return nil
}

// write fills in a template.
func write(name string, values any) (string, error) {
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, name, values); err != nil {
		return "", err
	}
	return b.String(), nil
}

// Head begins each program: it makes double known where the device has it.
const Head = "#ifdef cl_khr_fp64\n#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n#endif\n"
