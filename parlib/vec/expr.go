package vec

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"unsafe"

	"github.com/warren-go/warren/parlib"
	"github.com/warren-go/warren/parlib/internal/simd"
)

// Expression is a formula for elements of slices, compiled by [Expr]. It may be used by several goroutines at once.
type Expression struct {
	source string
	code   *lowered
	blocks sync.Pool // of *[]float64 and *[]float32: a worker's registers
}

// Vars are the values of an expression's variables: a []float64, or a []float32 for EvalFloat32, as long as the
// destination; or a float64, float32 or int, which counts at every index.
type Vars map[string]any

// Expr compiles an expression of numbers, variables and
//
//   - - * /   a**b   -a   < <= > >= == !=   && || !   ( )
//     abs sqrt exp log sin cos tanh   pow(a, b) min(a, b) max(a, b)   fma(a, b, c)   where(condition, a, b)
//
// Operators bind as in Go; a power binds more than a sign, and to the right. Comparisons and && || ! give 1 for true and 0
// for false, and take for true what is not 0. Both sides of && and ||, and both values of where, are computed.
//
// Numbers are joined beforehand, as float64, equal parts are computed once, and a product that goes into a sum is not
// rounded before it (see [FMA]). An error is a *[SyntaxError].
func Expr(source string) (*Expression, error) {
	tree, err := parse(source)
	if err != nil {
		return nil, err
	}
	return &Expression{source: source, code: newCode(tree, true).lower()}, nil
}

// MustExpr is Expr for expressions known to be right: it panics on an error.
func MustExpr(source string) *Expression {
	e, err := Expr(source)
	if err != nil {
		panic(err)
	}
	return e
}

// String is the expression as it was written.
func (e *Expression) String() string { return e.source }

// Variables are the names of the expression's variables, in the order of their first use.
func (e *Expression) Variables() []string { return slices.Clone(e.code.variables) }

// Steps lists what is done with each block, a line a step; r0, r1 and so on are blocks that stay in the caches.
func (e *Expression) Steps() string { return e.code.String() }

// Eval sets dst[i] to the expression's value for the elements i of its variables. A variable may be dst itself, but must
// not overlap it otherwise.
func (e *Expression) Eval(dst []float64, vars Vars, opts ...parlib.Option) error {
	return eval(e, func(c *lowered) [][]float64 { return c.constants }, dst, vars, opts)
}

// EvalFloat32 is Eval for float32.
func (e *Expression) EvalFloat32(dst []float32, vars Vars, opts ...parlib.Option) error {
	return eval(e, func(c *lowered) [][]float32 { return c.constants32 }, dst, vars, opts)
}

// blockBytes is the size of a register. A few of them and the operands' blocks fit a core's caches.
const blockBytes = 8192

// run is one evaluation.
type run[T float32 | float64] struct {
	code      *lowered
	constants [][]T // by their numbers, a single element each
	blocks    *sync.Pool
	dst       []T
	variables [][]T // a single element counts at every index
	stream    bool
}

func eval[T float32 | float64](e *Expression, constants func(*lowered) [][]T, dst []T, vars Vars, opts []parlib.Option) error {
	if e == nil || e.code == nil {
		return errors.New("vec: Eval: the expression was not made by Expr")
	}
	var room [8][]T
	r := run[T]{code: e.code, constants: constants(e.code), blocks: &e.blocks, dst: dst, variables: room[:0]}
	for _, name := range e.code.variables {
		x, err := variable[T](vars, name, dst)
		if err != nil {
			return fmt.Errorf("vec: %q: %w", e.source, err)
		}
		r.variables = append(r.variables, x)
	}
	r.stream = streams(e.code.cost, dst, r.variables...)
	grain := grainOf(e.code.cost)
	if len(dst) <= grain && len(opts) == 0 {
		r.part(0, len(dst))
		return nil
	}
	shared := r
	shared.variables = slices.Clone(r.variables)
	return shareUnits(len(dst), grain, shared.part, opts)
}

// variable finds the value of name, and checks it against dst.
func variable[T float32 | float64](vars Vars, name string, dst []T) ([]T, error) {
	switch x := vars[name].(type) {
	case []T:
		if len(x) != len(dst) {
			return nil, fmt.Errorf("variable %s has %d elements and the destination %d; the lengths must be equal", name, len(x), len(dst))
		}
		if shift := overlap(dst, x); shift != 0 {
			return nil, fmt.Errorf("variable %s begins %d elements %s the destination and overlaps it; they must be the same slice or apart", name, abs(shift), side(shift))
		}
		return x, nil
	case float32:
		return []T{T(x)}, nil
	case float64:
		return []T{T(x)}, nil
	case int:
		return []T{T(x)}, nil
	case nil:
		return nil, fmt.Errorf("variable %s has no value; give it in Vars", name)
	default:
		return nil, fmt.Errorf("variable %s is a %T; want a %T or a number, as float64, float32 or int", name, x, dst)
	}
}

// part computes the elements lo to hi-1, block by block.
func (r *run[T]) part(lo, hi int) {
	length := blockBytes / int(unsafe.Sizeof(*new(T)))
	registers := r.registers(length)
	defer r.blocks.Put(registers)
	for ; lo < hi; lo += length {
		r.block(lo, min(hi, lo+length), length, *registers)
	}
	if r.stream {
		simd.Arrived()
	}
}

// registers borrows as many blocks as the code needs, and one more for a result that is streamed.
func (r *run[T]) registers(length int) *[]T {
	size := (r.code.registers + 1) * length
	if b, ok := r.blocks.Get().(*[]T); ok && len(*b) >= size {
		return b
	}
	b := make([]T, size)
	return &b
}

// block takes the elements lo to hi-1 through all steps.
func (r *run[T]) block(lo, hi, length int, registers []T) {
	n := hi - lo
	register := func(i int) []T { return registers[i*length : i*length+n] }
	out := r.dst[lo:hi]
	if r.stream {
		out = register(r.code.registers)
	}
	for i := range r.code.steps {
		s := &r.code.steps[i]
		var operands [3][]T
		for j, o := range s.operands {
			switch o.kind {
			case numberNode:
				operands[j] = r.constants[o.index]
			case variableNode:
				operands[j] = cut(r.variables[o.index], lo, hi)
			default:
				operands[j] = register(o.index)
			}
		}
		to := out
		if s.out != destination {
			to = register(s.out)
		}
		simd.Apply(s.op, to, operands[0], operands[1], operands[2])
	}
	switch {
	case len(r.code.steps) == 0:
		r.spread(r.dst[lo:hi], lo, hi)
	case r.stream:
		simd.Copy(r.dst[lo:hi], out)
	}
}

// spread computes an expression that is a single number or variable.
func (r *run[T]) spread(out []T, lo, hi int) {
	x := r.constants
	if r.code.whole.kind == variableNode {
		x = r.variables
	}
	values := cut(x[r.code.whole.index], lo, hi)
	for i := range out {
		out[i] = values[min(i, len(values)-1)]
	}
}
