package generate

import "strings"

// Reduction is a pair of kernels that reduce what an expression gives for each index to one value. The first leaves a value
// for each work-group; the second, whose name ends in __last, reduces those.
type Reduction struct {
	Kernel
	Type    string // of the value
	Neutral string // the value of no elements; may be empty, where there are always some
	Reduce  string // an expression of a and b
	Map     string // an expression of i
	Lanes   int    // how many values each work-item of a CPU reduces side by side
	Stepped bool   // as for [Elementwise]
	Local   int    // the size of a work-group, a power of two
}

// Source writes the kernels. Behind those of its arguments the first has the parameters n, start__, step__ and count__, as
// [Elementwise], run__, the number of indices that each work-group takes, and the memory of the results. The second has the
// memory of those, their number, and the memory of the result with the place in it.
func (r Reduction) Source() (string, error) {
	if err := Balanced(r.Neutral); err != nil {
		return "", err
	}
	if err := Balanced(r.Reduce); err != nil {
		return "", err
	}
	if err := r.texts(&r.Map); err != nil {
		return "", err
	}
	r.Neutral, r.Reduce, r.Map = OneLine(r.Neutral), OneLine(r.Reduce), OneLine(r.Map)
	var b strings.Builder
	first, err := write("reduction.cl", r.pass("", r.Parameters()+"  const long n, const long start__, const long step__, ", r.Arrays(), r.Map))
	if err != nil {
		return "", err
	}
	b.WriteString(first)
	last, err := write("reduction_pass.cl", r.pass("__last", "  __global const "+r.Type+" *values__, ", "", "values__[i]"))
	b.WriteString(last)
	return b.String(), err
}

// reductionPass is one of the two kernels.
type reductionPass struct {
	Reduction
	Suffix, Declare, Prologue, Value string
}

func (r Reduction) pass(suffix, declare, prologue, value string) reductionPass {
	return reductionPass{r, suffix, declare, prologue, value}
}

// Index is the index that stands at a place of the range.
func (p reductionPass) Index(place string) string {
	if p.Suffix != "" || !p.Stepped {
		return place
	}
	return "start__ + " + place + " * step__"
}
