package translate

import (
	"go/ast"
	"go/types"
	"maps"
	"strings"

	"github.com/warren-go/warren/opencl/internal/interval"
)

// Launch is what is known of a launch before it runs.
type Launch struct {
	Global, Local, Offset [3]int64 // sizes in three dimensions, 1 in those that are not used; Local is 0 where the driver chooses it
	Arguments             []int64  // by parameter: an integer, or the length of a slice; of others anything
}

// Proof says which faults of a kernel cannot happen in a launch: a byte for each, '1' if so. Proofs can be compared.
type Proof string

// All tells whether no fault can happen.
func (p Proof) All() bool { return !strings.Contains(string(p), "0") }

// Any tells whether there is a fault that cannot happen.
func (p Proof) Any() bool { return strings.Contains(string(p), "1") }

// Covers tells whether no fault can happen of those that cannot by another proof of the same kernel.
func (p Proof) Covers(q Proof) bool {
	if len(p) != len(q) {
		return false
	}
	for i := range len(q) {
		if q[i] == '1' && p[i] != '1' {
			return false
		}
	}
	return true
}

// patience is how many expressions and statements a proof may look at, some milliseconds' worth.
const patience = 100_000

// Prove finds out which faults cannot happen in a launch, whatever the slices hold. It runs the function with intervals for integers
// (abstract interpretation): global ids lie within the range, a condition such as i < len(x) narrows what it is about, and what a loop
// changes is widened until nothing more changes. Data that is read from memory can be anything of its type.
func (k *Kernel) Prove(l Launch) Proof {
	p := &prover{program: k.program, launch: l, safe: map[ast.Expr]bool{}, patience: patience}
	s := &state{values: map[types.Object]interval.Interval{}}
	params := p.root.Signature().Params()
	for i, x := range l.Arguments {
		v := params.At(i + 1)
		all, ok := rangeOf(v.Type())
		if ok && (x >= 0 || all.Low < 0) { // a negative number of an unsigned type is one that int64 does not hold
			s.values[v] = interval.Point(x)
		}
	}
	p.function(s, p.root)
	proof := []byte(strings.Repeat("0", len(k.Faults)))
	for i, e := range k.checked {
		if p.patience > 0 && p.safe[e] {
			proof[i] = '1'
		}
	}
	return Proof(proof)
}

// Without is the kernel without the checks for faults that cannot happen. It is to run in launches for which that was proven.
func (k *Kernel) Without(p Proof) *Kernel {
	t := newTranslator(k.program, k.opts)
	t.safe = map[ast.Expr]bool{}
	for i, e := range k.checked {
		t.safe[e] = p[i] == '1'
	}
	t.opts.Unchecked = t.opts.Unchecked || p.All()
	return t.kernel(t.root)
}

// prover runs a function with intervals instead of integers.
type prover struct {
	*program
	launch   Launch
	safe     map[ast.Expr]bool // what was checked so far: whether it was within its limits each time
	trials   int               // above 0 while a loop's state is still growing: what is checked then does not count
	jumps    []*jump           // the statements that break and continue lead out of, innermost last
	results  []interval.Interval
	patience int
}

// state is what is known at a place of the program: of integers, their values; of slices, their lengths. What is missing can be
// anything of its type. At a place that is never reached, which is dead, everything holds.
type state struct {
	dead   bool
	values map[types.Object]interval.Interval
}

func (s *state) clone() *state { return &state{s.dead, maps.Clone(s.values)} }

// join is what is known where two ways through the program meet.
func (s *state) join(o *state) *state {
	switch {
	case s.dead:
		return o
	case o.dead:
		return s
	}
	j := &state{values: map[types.Object]interval.Interval{}}
	for v, x := range s.values {
		if y, ok := o.values[v]; ok {
			j.values[v] = x.Join(y)
		}
	}
	return j
}

// widen is next, in which nothing is between what it was in s and what it may be at most.
func (s *state) widen(next *state) *state {
	w := &state{dead: next.dead, values: map[types.Object]interval.Interval{}}
	for v, x := range next.values {
		if before, ok := s.values[v]; ok {
			t, isNumber := integerType(v.Type())
			if !isNumber {
				t = interval.Int
			}
			x = t.Widen(before, x)
			if !isNumber {
				x.Low = max(x.Low, 0)
			}
		}
		w.values[v] = x
	}
	return w
}

func (s *state) equal(o *state) bool { return s.dead == o.dead && maps.Equal(s.values, o.values) }

// know notes the value of an integer, or the length of a slice. Of what has none, nothing is noted.
func (s *state) know(v types.Object, x interval.Interval) {
	if v == nil || s.dead {
		return
	}
	if _, ok := rangeOf(v.Type()); ok {
		s.values[v] = x
	}
}

// of is what is known of a variable.
func (s *state) of(v types.Object) interval.Interval {
	if x, ok := s.values[v]; ok {
		return x
	}
	if v == nil {
		return interval.Int.All()
	}
	all, _ := rangeOf(v.Type())
	return all
}

// integerType is the type that intervals have for Go's.
func integerType(t types.Type) (interval.Type, bool) {
	if t == nil || !isInteger(t) {
		return interval.Int, false
	}
	return interval.Type{Bits: width(t), Unsigned: isUnsigned(t)}, true
}

// rangeOf is what an integer of a type, or the length of a slice, can be.
func rangeOf(t types.Type) (interval.Interval, bool) {
	if it, ok := integerType(t); ok {
		return it.All(), true
	}
	if _, ok := t.Underlying().(*types.Slice); ok {
		return lengths, true
	}
	return interval.Int.All(), false
}

// lengths are those that a slice can have.
var lengths = interval.Interval{Low: 0, High: interval.Unbounded}

// check notes whether what a check is for is within its limits here.
func (p *prover) check(s *state, e ast.Expr, within bool) {
	if p.trials > 0 {
		return
	}
	before, seen := p.safe[e]
	p.safe[e] = (before || !seen) && (within || s.dead)
}

// spend tells whether there is patience to go on with a piece of the program.
func (p *prover) spend() bool {
	p.patience--
	return p.patience > 0
}

// function runs a function whose parameters s knows, and returns what its results can be.
func (p *prover) function(s *state, fn *types.Func) []interval.Interval {
	decl := p.decls[fn]
	results := fn.Signature().Results()
	outerJumps, outerResults := p.jumps, p.results
	defer func() { p.jumps, p.results = outerJumps, outerResults }()
	p.jumps, p.results = nil, make([]interval.Interval, results.Len())
	for i := range p.results {
		p.results[i] = interval.Interval{Low: 0, High: -1}
		if v := results.At(i); v.Name() != "" {
			s.know(v, interval.Point(0))
		}
	}
	if decl != nil && decl.Body != nil {
		p.block(s, decl.Body.List)
	}
	return p.results
}

// call runs a function of the package.
func (p *prover) call(s *state, e *ast.CallExpr, fn *types.Func) []interval.Interval {
	inner := &state{dead: s.dead, values: map[types.Object]interval.Interval{}}
	params := fn.Signature().Params()
	for i, x := range e.Args {
		if v := p.value(s, x); i < params.Len() {
			inner.know(params.At(i), v)
		}
	}
	return p.function(inner, fn)
}
