package opencl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/warren-go/warren/opencl/gosource"
	"github.com/warren-go/warren/opencl/internal/translate"
)

// CompileOption changes what [Compile] makes.
type CompileOption func(*compilation)

// compilation is what Compile was asked for.
type compilation struct {
	context   *Context
	unchecked bool
	options   []string
}

// ForContext has Compile make the kernel for a context instead of the default one.
func ForContext(c *Context) CompileOption { return func(w *compilation) { w.context = c } }

// WithoutChecks has Compile leave out what finds indices that are out of range, so that a kernel that is known to be right runs
// faster. Checks that cannot fail are left out in any case (see [GoKernel.Launch]); this is for indices that depend on data, as in
// x[index[i]]. A kernel that is wrong then reads and writes memory that is not its own.
func WithoutChecks() CompileOption { return func(w *compilation) { w.unchecked = true } }

// WithBuildOptions has Compile pass options to the compiler of OpenCL C, as [Context.Build] takes them. Some give up Go's
// meaning: "-cl-fast-relaxed-math", say.
func WithBuildOptions(options ...string) CompileOption {
	return func(w *compilation) { w.options = append(w.options, options...) }
}

// CompileError says what of a Go function, or of those it calls, cannot be on a device. Lines are sorted by position.
type CompileError struct {
	Kernel   string
	Refusals []Refusal
}

// Refusal is one thing that cannot be translated.
type Refusal struct {
	File         string
	Line, Column int
	What         string // what stands there, and why it cannot be in a kernel
	Instead      string // what to write instead; may be empty
}

func (e *CompileError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "opencl: Compile: %s cannot run on a device", e.Kernel)
	for _, r := range e.Refusals {
		fmt.Fprintf(&b, "\n%s:%d:%d: %s", r.File, r.Line, r.Column, r.What)
		if r.Instead != "" {
			b.WriteString("; " + r.Instead)
		}
	}
	return b.String()
}

// Compile makes a kernel of a Go function: it translates its source to OpenCL C, with what it calls, and builds that for a device.
//
//	func saxpy(it opencl.Item, a float32, x, y []float32) {
//		if i := it.GlobalID(0); i < len(y) {
//			y[i] += a * x[i]
//		}
//	}
//
//	k, err := opencl.Compile(saxpy)
//	_, err = k.Launch(nil, opencl.Global(len(y)), float32(2), x, y)
//
// The function is declared at top level, takes an [Item] first and returns nothing. Its other parameters are bools, numbers,
// slices of numbers, and arrays and structs of numbers. In it, and in the functions it calls, there may be what OpenCL C has
// a counterpart for: variables, constants, types, all operators, conversions, if, for, range over integers, slices and arrays,
// switch, labels, len, min, max, slices of slices, functions with any number of results, the package math, most of math/bits, the
// methods of Item, [LocalVar] and the atomic functions. What there is none for is a [*CompileError]: maps, channels,
// goroutines, closures, methods, generic functions, pointers, strings, interfaces, recursion, append and make, variables of the package.
//
// # Meaning
//
// What the function computes on a device, it computes under [Simulate] in Go: int has 64 bits, integers wrap around, shifts and
// divisions are Go's, products are not fused with sums. Where a Go program would panic (an index out of range, a division by zero, a
// negative shift count), Launch returns an error with the position; what the slices hold is then not defined.
//
// What may differ: the functions of math, by a few units in the last place, where float32(math.Sin(float64(x))) with x a float32
// is computed in single precision (OpenCL allows sin 4 units, exp 3, pow 16); float32 division and square roots, on devices that do
// not offer the rounding of IEEE 754 (by 2.5 and 3 units); tiny numbers (denormals), which some devices take for 0; conversions
// of floats that an integer cannot hold (on a device they give the nearest it can hold, of NaN 0), which Go leaves open, too; the
// order of items.
//
// The source is read when Compile is called: from the files of the function's package, in a notebook from the session's cells as
// they are then.
func Compile(kernel any, options ...CompileOption) (*GoKernel, error) {
	fn, err := kernelFunction("Compile", kernel)
	if err != nil {
		return nil, err
	}
	var w compilation
	for _, o := range options {
		o(&w)
	}
	translated, err := fn.translate(w.unchecked)
	if err != nil {
		return nil, err
	}
	if w.context, err = w.context.orDefault(); err != nil {
		return nil, err
	}
	built, err := w.build(fn, translated)
	if err != nil {
		return nil, err
	}
	return &GoKernel{fn: fn, options: w, whole: &goVariant{built, translated}}, nil
}

// Translate returns the OpenCL C that [Compile] makes of a kernel written in Go. It needs no device.
func Translate(kernel any, options ...CompileOption) (source string, err error) {
	fn, err := kernelFunction("Translate", kernel)
	if err != nil {
		return "", err
	}
	var w compilation
	for _, o := range options {
		o(&w)
	}
	translated, err := fn.translate(w.unchecked)
	if err != nil {
		return "", err
	}
	return translated.Source, nil
}

// translate finds the function's source and translates it.
func (f *goFunction) translate(unchecked bool) (*translate.Kernel, error) {
	op := "Compile: " + f.name
	if i := strings.IndexAny(f.name, ".-["); i >= 0 {
		what := map[byte]string{'.': "a function literal or a method", '-': "a method", '[': "a generic function"}[f.name[i]]
		return nil, refused("Compile", "%s is no kernel; declare it as a function at top level: func kernel(it opencl.Item, …)", what)
	}
	parts, err := gosource.Find(f.name, f.file)
	if err != nil {
		return nil, failed(op, err)
	}
	var files []translate.File
	for _, p := range parts {
		files = append(files, translate.File(p))
	}
	k, err := translate.Function(files, f.name, translate.Options{Unchecked: unchecked})
	var refusals translate.Refusals
	if errors.As(err, &refusals) {
		return nil, compileError(f.name, refusals)
	}
	if err != nil {
		return nil, failed(op, err)
	}
	return k, f.same(k)
}

func compileError(name string, refusals translate.Refusals) error {
	e := &CompileError{Kernel: name}
	for _, r := range refusals {
		e.Refusals = append(e.Refusals, Refusal{File: r.Pos.Filename, Line: r.Pos.Line, Column: r.Pos.Column, What: r.What, Instead: r.Instead})
	}
	return e
}

// same checks that the source declares the function with the parameters that the value has: it may have been declared anew.
func (f *goFunction) same(k *translate.Kernel) error {
	same := len(k.Parameters) == f.parameters()
	for i := 0; same && i < len(k.Parameters); i++ {
		t, p := f.parameter(i), k.Parameters[i]
		if p.Slice {
			same = t.Kind().String() == "slice" && cNameOf(t.Elem(), p.C) == p.C
		} else {
			same = cNameOf(t, p.C) == p.C
		}
	}
	if same {
		return nil
	}
	var now []string
	for _, p := range k.Parameters {
		now = append(now, p.Name+" "+p.Go)
	}
	return refused("Compile: "+f.name, "the function given is a %v, its source now has the parameters (%s): give the function as it is now", f.value.Type(), strings.Join(now, ", "))
}

// build builds a translated kernel.
func (w *compilation) build(fn *goFunction, t *translate.Kernel) (*Kernel, error) {
	op, d := "Compile: "+fn.name, w.context.device
	if t.Float64 && !d.HasFloat64() {
		return nil, refused(op, "it uses float64, which %s does not have; use float32, and float32(math.Sin(float64(x))) for functions", d.Name())
	}
	if t.Int64Atomics && !slices.Contains(d.Extensions(), "cl_khr_int64_base_atomics") {
		return nil, refused(op, "it uses atomic functions on numbers of 64 bits, which %s does not have; use 32 bits", d.Name())
	}
	// Devices need not offer divisions as exact as Go's; those that do not refuse the option.
	p, err := w.context.Build(t.Source, append(slices.Clone(w.options), "-cl-fp32-correctly-rounded-divide-sqrt")...)
	if err != nil {
		p, err = w.context.Build(t.Source, w.options...)
	}
	if err != nil {
		return nil, failed(op, fmt.Errorf("the translation does not build: %w", err))
	}
	return p.Kernel(t.Name)
}
