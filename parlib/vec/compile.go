package vec

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/warren-go/warren/parlib/internal/simd"
)

// code is an expression as a list of steps. Values are numbered: equal parts of the expression share a number.
type code struct {
	values []term
	known  map[string]int // number of a value by what makes it
	result int
}

// term makes one value.
type term struct {
	kind   nodeKind
	number float64
	name   string
	op     simd.Op
	args   []int
}

// newCode numbers the values of a tree, computes what depends on no variable, and, if fuse says so, joins products with
// the sums that they go into.
func newCode(tree *node, fuse bool) *code {
	c := &code{known: map[string]int{}}
	c.result = c.number(tree)
	if fuse {
		c.fuse()
	}
	return c
}

func (c *code) number(n *node) int {
	t := term{kind: n.kind, number: n.number, name: n.name, op: n.op}
	for _, arg := range n.args {
		t.args = append(t.args, c.number(arg))
	}
	if n.kind == operationNode {
		t = c.simplify(t)
	}
	return c.add(t)
}

// add gives t a number, or that of an equal one.
func (c *code) add(t term) int {
	key := fmt.Sprint(t.kind, math.Float64bits(t.number), t.name, t.op, t.args)
	if i, ok := c.known[key]; ok {
		return i
	}
	c.values = append(c.values, t)
	c.known[key] = len(c.values) - 1
	return len(c.values) - 1
}

// simplify computes an operation on numbers now, and a square by a product.
func (c *code) simplify(t term) term {
	var operands [3][]float64
	constant := true
	for i, arg := range t.args {
		constant = constant && c.values[arg].kind == numberNode
		operands[i] = []float64{c.values[arg].number}
	}
	if constant {
		result := make([]float64, 1)
		simd.Apply(t.op, result, operands[0], operands[1], operands[2])
		return term{kind: numberNode, number: result[0]}
	}
	if exponent := c.values[t.args[len(t.args)-1]]; t.op == simd.Pow && exponent.kind == numberNode && exponent.number == 2 {
		return term{kind: operationNode, op: simd.Mul, args: []int{t.args[0], t.args[0]}}
	}
	return t
}

// fuse turns a*b + c into one step, where the product is needed for nothing else.
func (c *code) fuse() {
	uses := c.uses()
	product := func(i int) bool {
		return c.values[i].kind == operationNode && c.values[i].op == simd.Mul && uses[i] == 1
	}
	for i := range c.values {
		t := &c.values[i]
		if t.kind != operationNode || uses[i] == 0 || t.op != simd.Add && t.op != simd.Sub {
			continue
		}
		a, b := t.args[0], t.args[1]
		switch {
		case t.op == simd.Add && product(a):
			*t = term{kind: operationNode, op: simd.FMA, args: append(slices.Clone(c.values[a].args), b)}
		case t.op == simd.Add && product(b):
			*t = term{kind: operationNode, op: simd.FMA, args: append(slices.Clone(c.values[b].args), a)}
		case t.op == simd.Sub && product(a):
			*t = term{kind: operationNode, op: simd.FMS, args: append(slices.Clone(c.values[a].args), b)}
		case t.op == simd.Sub && product(b):
			*t = term{kind: operationNode, op: simd.FNMA, args: append(slices.Clone(c.values[b].args), a)}
		}
	}
}

// uses counts by how many others each value is needed. Those needed by none, and not the result, are not computed.
func (c *code) uses() []int {
	uses := make([]int, len(c.values))
	uses[c.result] = 1
	for i := len(c.values) - 1; i >= 0; i-- {
		if uses[i] > 0 {
			for _, arg := range c.values[i].args {
				uses[arg]++
			}
		}
	}
	return uses
}

// step is an operation on blocks.
type step struct {
	op       simd.Op
	operands []operand
	out      int // register, or destination
}

// destination stands for the block of the result in place of a register.
const destination = -1

// operand is where a step finds a block: a number, a variable or, for operationNode, a register, by its index.
type operand struct {
	kind  nodeKind
	index int
}

// lowered is code ready to run.
type lowered struct {
	steps     []step
	registers int      // how many blocks are alive at once
	variables []string // in the order of their first use
	whole     operand  // the result where there are no steps
	cost      cost

	// The numbers, as operands of one element.
	constants   [][]float64
	constants32 [][]float32
}

// lower puts the values of c into as few registers as they need.
func (c *code) lower() *lowered {
	l := &lowered{cost: cheap}
	uses := c.uses()
	left := slices.Clone(uses)
	at := make([]operand, len(c.values))
	var free []int
	for i, t := range c.values {
		switch {
		case uses[i] == 0:
			continue
		case t.kind == numberNode:
			at[i] = operand{kind: numberNode, index: len(l.constants)}
			l.constants = append(l.constants, []float64{t.number})
			l.constants32 = append(l.constants32, []float32{float32(t.number)})
			continue
		case t.kind == variableNode:
			at[i] = operand{kind: variableNode, index: len(l.variables)}
			l.variables = append(l.variables, t.name)
			continue
		}
		s := step{op: t.op}
		for _, arg := range t.args {
			s.operands = append(s.operands, at[arg])
			if left[arg]--; left[arg] == 0 && at[arg].kind == operationNode {
				free = append(free, at[arg].index) // the result may take its place: kernels work in place
			}
		}
		switch {
		case i == c.result:
			s.out = destination
		case len(free) > 0:
			s.out, free = free[len(free)-1], free[:len(free)-1]
		default:
			s.out = l.registers
			l.registers++
		}
		at[i] = operand{kind: operationNode, index: s.out}
		l.steps = append(l.steps, s)
		l.cost += costOf(t.op)
	}
	l.whole = at[c.result]
	return l
}

// String lists the steps.
func (l *lowered) String() string {
	var w strings.Builder
	name := func(o operand) string {
		switch {
		case o.kind == numberNode:
			return fmt.Sprint(l.constants[o.index][0])
		case o.kind == variableNode:
			return l.variables[o.index]
		case o.index == destination:
			return "dst"
		}
		return fmt.Sprintf("r%d", o.index)
	}
	for _, s := range l.steps {
		var operands []string
		for _, o := range s.operands {
			operands = append(operands, name(o))
		}
		fmt.Fprintf(&w, "%s = %v(%s)\n", name(operand{kind: operationNode, index: s.out}), s.op, strings.Join(operands, ", "))
	}
	if len(l.steps) == 0 {
		fmt.Fprintf(&w, "dst = %s\n", name(l.whole))
	}
	return w.String()
}
