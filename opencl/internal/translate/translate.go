// Package translate turns a Go function, and the functions it calls, into the source of an OpenCL C kernel that computes the
// same. It reads source text only: it knows no driver, and runs neither a compiler nor the function.
//
// # What is kept of Go's meaning
//
// Integers have Go's sizes (int is 64 bits), wrap around when they overflow, and divide and shift as in Go: a shift count
// beyond the width gives 0 or the sign. Arrays and structs are values. Operands with effects are evaluated from left to right.
// Products and sums of floats are rounded one by one, never fused. min, max, math.Max and the like treat NaN and -0 as Go does.
//
// An index or slice bound that is out of range, a division of integers by zero and a negative shift count are faults, which the
// kernel reports with their position (see [Fault]): in Go they panic. The item goes on with the first element, or the value 0,
// so nothing outside the slices is ever touched.
//
// Checks of what cannot be out of range in a launch are left out, see [Kernel.Prove].
//
// # What is not
//
// Anything that needs memory to be allocated, or a stack that grows: see the refusals, which name the position, the reason and
// what to write instead.
package translate

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Options say how to translate.
type Options struct {
	// Unchecked leaves out the checks of indices and slice bounds. Integers divided by zero are then 0, without a report.
	Unchecked bool
}

// Kernel is a translated function.
type Kernel struct {
	Source       string           // OpenCL C, complete
	Name         string           // of the kernel in Source
	Parameters   []Parameter      // of the Go function, without the item
	Faults       []Fault          // what the kernel may report, by number
	Lines        []token.Position // where each line of Source comes from in Go; the zero Position for those that come from nowhere
	Float64      bool             // uses float64: the device needs it
	Int64Atomics bool             // uses atomic operations on 64-bit integers: the device needs cl_khr_int64_base_atomics
	Barrier      bool             // waits at barriers

	program *program
	opts    Options
	checked []ast.Expr // the index, bound, divisor or count that each of Faults is about
}

// Parameter is a parameter of the Go function. A slice becomes two of the kernel, a pointer and a length (long); any other
// becomes one. Behind them all the kernel has one more, the report of faults (__global int *), unless Faults is empty.
type Parameter struct {
	Name    string
	Go      string // its type in Go
	C       string // its type in OpenCL C; of a slice its elements' type
	Slice   bool
	Written bool // a slice whose elements the kernel may change
}

// FaultKind says what can go wrong while a kernel runs.
type FaultKind int

const (
	IndexFault    FaultKind = iota // an index out of range; the numbers are the index and the length
	SliceFault                     // a slice bound out of range; the numbers are the bound and its limit
	DivisionFault                  // an integer divided by zero
	ShiftFault                     // a negative shift count; the first number is the count
)

// Fault is a place where a kernel may report a fault. A report is 16 ints: the first is 0 while there is none, else one more
// than the fault's number; as longs, the numbers 1 to 5 are the two numbers of the fault's kind and the item's global ids.
type Fault struct {
	Kind FaultKind
	Pos  token.Position
	Text string // the expression
}

// ReportInts is how many ints a report has.
const ReportInts = 16

// Message puts a fault into words, as Go's panics do.
func (f Fault) Message(a, b int64) string {
	switch f.Kind {
	case IndexFault:
		return fmt.Sprintf("index out of range [%d] with length %d in %s", a, b, f.Text)
	case SliceFault:
		return fmt.Sprintf("slice bounds out of range [%d] with limit %d in %s", a, b, f.Text)
	case ShiftFault:
		return fmt.Sprintf("negative shift count %d in %s", a, f.Text)
	}
	return "integer divide by zero in " + f.Text
}

// Function translates the function of that name, declared in one of the files, which make up (the needed part of) a package.
// The error is of type Refusals where the function is found but uses what kernels cannot.
func Function(files []File, name string, opts Options) (*Kernel, error) {
	p, err := load(files, name)
	if err != nil {
		return nil, err
	}
	t := newTranslator(p, opts)
	k := t.kernel(p.root)
	if len(t.refusals) == 0 && t.doubtful != nil {
		t.refuse(t.doubtful, "this has no translation", "")
	}
	if len(t.refusals) > 0 {
		slices.SortStableFunc(t.refusals, func(a, b Refusal) int {
			return cmp.Or(cmp.Compare(a.Pos.Filename, b.Pos.Filename), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
		})
		return nil, slices.CompactFunc(t.refusals, func(a, b Refusal) bool { return a.Pos == b.Pos })
	}
	return k, nil
}

func newTranslator(p *program, opts Options) *translator {
	t := &translator{program: p, opts: opts, types: newTypeTable(), functions: map[*types.Func]*routine{}, helpers: map[string]bool{}, names: newNames(nil)}
	t.types.names = t.names
	return t
}

// translator holds what is known of a kernel while it is translated.
type translator struct {
	*program
	opts      Options
	types     *typeTable
	names     *names
	functions map[*types.Func]*routine
	order     []*routine // callees before callers
	helpers   map[string]bool
	prelude   []string // texts of the helpers used, in order
	faults    []Fault
	checked   []ast.Expr        // what each fault is about
	safe      map[ast.Expr]bool // what needs no check
	refusals  Refusals

	doubtful ast.Node // what has no translation because of something else that is refused

	int64Atomics, barrier bool
}

// routine is a function of the kernel's program.
type routine struct {
	obj     *types.Func
	decl    *ast.FuncDecl
	name    string
	results string // C type of what it returns
	lines   []line
	written map[int]bool // parameters whose elements it may change
	effects bool         // its calls must keep their order
	refused bool         // it has no translation
	busy    bool         // being translated: a call of it is a recursion
}

type line struct {
	text string
	pos  token.Pos
}

// kernel translates the root and what it calls, and puts the source together.
func (t *translator) kernel(fn *types.Func) *Kernel {
	r := t.use(fn, nil, true)
	k := &Kernel{
		Name: r.name, Faults: t.faults, Int64Atomics: t.int64Atomics, Barrier: t.barrier, program: t.program, opts: t.opts, checked: t.checked,
	}
	params := fn.Signature().Params()
	for i := 1; i < params.Len(); i++ {
		p := params.At(i)
		q := Parameter{Name: p.Name(), Go: types.TypeString(p.Type(), types.RelativeTo(t.pkg))}
		elem := p.Type()
		if s, ok := elem.Underlying().(*types.Slice); ok {
			q.Slice, q.Written, elem = true, r.written[i], s.Elem()
		}
		q.C = t.types.of(elem)
		k.Parameters = append(k.Parameters, q)
	}
	k.Float64 = t.types.float64
	t.assemble(k)
	return k
}

// assemble writes the source: settings, types, helpers, functions.
func (t *translator) assemble(k *Kernel) {
	var b strings.Builder
	add := func(text string, pos token.Pos) {
		for l := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
			b.WriteString(l)
			where := token.Position{}
			if pos.IsValid() {
				where = t.fset.Position(pos)
			}
			k.Lines = append(k.Lines, where)
		}
	}
	add("#pragma OPENCL FP_CONTRACT OFF", 0)
	if k.Float64 {
		add("#pragma OPENCL EXTENSION cl_khr_fp64 : enable", 0)
	}
	if k.Int64Atomics {
		add("#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable", 0)
	}
	for _, text := range slices.Concat(t.types.declarations, t.prelude) {
		add("\n"+text, 0)
	}
	for _, r := range t.order {
		add("\n", 0)
		for _, l := range r.lines {
			add(l.text, l.pos)
		}
	}
	k.Source = b.String()
}

// fault enters a place that may report a fault, for what is checked there, and returns its number.
func (t *translator) fault(kind FaultKind, n, checked ast.Expr) int {
	t.checked = append(t.checked, checked)
	t.faults = append(t.faults, Fault{kind, t.fset.Position(n.Pos()), types.ExprString(n)})
	return len(t.faults) - 1
}
