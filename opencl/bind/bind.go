// Package bind writes Go functions for the kernels of an OpenCL C text, so that the Go compiler checks what they are called with:
// for
//
//	kernel void scale(global float *x, float a, int n) {…}
//
// it writes
//
//	func scale(r opencl.Range, x opencl.MemoryOf[float32], a float32, n int32) *opencl.Event
//
// The kernel's work-items come first, its parameters follow: numbers as Go's of the same size, float4 as [4]float32, float3 as
// [4]float32 too, whose last element is not used, pointers to numbers as opencl.MemoryOf, pointers to vectors as opencl.Memory, and
// those to local memory as opencl.LocalMemory. The call returns when the kernel has run, and panics with the error if it cannot.
//
// It needs no OpenCL itself. Cells of a notebook that begin with %%cl_kernel are translated by it.
package bind

import (
	"fmt"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/warren-go/warren/opencl/internal/source"
)

// Error says what is wrong with a text of OpenCL C, and where.
type Error = source.Error

// Options say how kernels are built and run.
type Options struct {
	Build string // options for the compiler, as "-D N=16 -cl-fast-relaxed-math"
	Check bool   // each launch is first simulated, see opencl.Kernel.Check
}

// Function is a function that Go gets for a kernel.
type Function struct {
	Name      string
	Signature string // the declaration up to its body
	Line      int    // of the kernel's name in the text, from 1
}

// Bindings are Go declarations for the kernels of a text. They need the import of package opencl only.
type Bindings struct {
	Functions []Function // in the order of the text
	Source    string     // name of the constant that holds the text
	options   Options
	text      string
}

// New reads a text. The error is an *[Error]: of a text that has no kernel, or one that cannot be a function of Go.
func New(text string, o Options) (*Bindings, error) {
	kernels, err := source.Kernels(text, o.Build)
	if err != nil {
		return nil, err
	}
	if len(kernels) == 0 {
		return nil, &Error{Line: 1 + strings.Count(text[:len(text)-len(strings.TrimLeft(text, " \t\r\n"))], "\n"), Column: 1,
			Message: "there is no kernel here: kernels are functions that begin with kernel void"}
	}
	b := &Bindings{Source: kernels[0].Name + "Source", options: o, text: text}
	for _, k := range kernels {
		if why := unusable(k.Name); why != "" {
			return nil, &Error{Line: k.Line, Column: k.Column, Message: fmt.Sprintf("kernel %s cannot be a function of Go, where %s %s: give it another name", k.Name, k.Name, why)}
		}
		b.Functions = append(b.Functions, Function{Name: k.Name, Signature: signature(k), Line: k.Line})
	}
	for slices.ContainsFunc(b.Functions, func(f Function) bool { return f.Name == b.Source }) {
		b.Source += "_"
	}
	return b, nil
}

// unusable says why a function of Go cannot have a name.
func unusable(name string) string {
	switch {
	case token.IsKeyword(name):
		return "is a keyword"
	case name == "init" || name == "main":
		return "has a meaning of its own"
	case name == "opencl":
		return "is the package that runs it"
	case name == "_":
		return "names nothing"
	}
	return ""
}

// signature writes the head of a kernel's function. Neighbours of one type share it.
func signature(k source.Kernel) string {
	var b strings.Builder
	names := arguments(k)
	fmt.Fprintf(&b, "func %s(%s opencl.Range", k.Name, names[0])
	for i, p := range k.Parameters {
		fmt.Fprintf(&b, ", %s", names[i+1])
		if i+1 == len(k.Parameters) || goType(p) != goType(k.Parameters[i+1]) {
			b.WriteString(" " + goType(p))
		}
	}
	return b.String() + ") *opencl.Event"
}

// arguments names the function's parameters: that for the range, then the kernel's.
func arguments(k source.Kernel) []string {
	names := []string{"r"}
	for _, p := range k.Parameters {
		name := p.Name
		for token.IsKeyword(name) || name == "_" || slices.Contains(names[1:], name) {
			name += "_"
		}
		names = append(names, name)
	}
	for slices.Contains(names[1:], names[0]) {
		names[0] += "_"
	}
	return names
}

// numbers are Go's for OpenCL's.
var numbers = map[string]string{
	"char": "int8", "uchar": "uint8", "short": "int16", "ushort": "uint16", "half": "uint16", "int": "int32", "uint": "uint32",
	"long": "int64", "ulong": "uint64", "float": "float32", "double": "float64",
}

func goType(p source.Parameter) string {
	number := numbers[p.Type.Name]
	switch {
	case p.Pointer && p.Space == source.Local:
		return "opencl.LocalMemory"
	case p.Pointer && p.Type.Width > 1:
		return "opencl.Memory"
	case p.Pointer:
		return "opencl.MemoryOf[" + number + "]"
	case p.Type.Width > 1:
		return fmt.Sprintf("[%d]%s", p.Type.Size()/(source.Type{Name: p.Type.Name, Width: 1}).Size(), number)
	}
	return number
}

// Declarations are the functions and the text they run, as declarations of Go. Each function stands in the line of its kernel, as
// far as there is room.
func (b *Bindings) Declarations() string {
	var to strings.Builder
	line := 1
	for i, f := range b.Functions {
		if pad := f.Line - line; pad > 0 {
			to.WriteString(strings.Repeat("\n", pad))
			line += pad
		}
		fmt.Fprintf(&to, "%s { return %s }\n", f.Signature, b.call(i))
		line++
	}
	fmt.Fprintf(&to, "const %s opencl.Source = %s\n", b.Source, quote(b.text))
	return to.String()
}

// call runs a kernel.
func (b *Bindings) call(i int) string {
	run := "Run"
	if b.options.Check {
		run = "RunChecked"
	}
	_, list, _ := strings.Cut(b.Functions[i].Signature, "(")
	list, _, _ = strings.Cut(list, ")")
	var names []string
	for one := range strings.SplitSeq(list, ", ") {
		name, _, _ := strings.Cut(one, " ")
		names = append(names, name)
	}
	return fmt.Sprintf("%s.%s(%q, %s, %s)", b.Source, run, b.Functions[i].Name, quote(b.options.Build), strings.Join(names, ", "))
}

// Build is a statement that builds the text, and panics with the *opencl.BuildError if it does not compile.
func (b *Bindings) Build() string {
	return fmt.Sprintf("%s.Must(%s)", b.Source, quote(b.options.Build))
}

// quote writes a text as Go, as it stands if that is possible.
func quote(text string) string {
	if strings.Contains(text, "\n") && strconv.CanBackquote(strings.ReplaceAll(text, "\n", "")) {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}
