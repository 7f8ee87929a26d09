package source

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kernel is the signature of a kernel.
type Kernel struct {
	Name       string
	Parameters []Parameter
	// Line and Column are those of its name, from 1.
	Line, Column int
}

// Space is an address space of OpenCL.
type Space int

// The address spaces. A parameter that is passed by value is Private.
const (
	Private Space = iota
	Global
	Constant
	Local
)

func (s Space) String() string { return [...]string{"private", "global", "constant", "local"}[s] }

// Type is a number or a vector of numbers.
type Type struct {
	// Name is OpenCL's shortest for the element: char, uchar, short, ushort, int, uint, long, ulong, half, float or double.
	Name string
	// Width is how many elements a vector has: 2, 3, 4, 8 or 16; 1 is a number.
	Width int
}

// String writes a type as OpenCL C does: float4.
func (t Type) String() string {
	if t.Width == 1 {
		return t.Name
	}
	return t.Name + strconv.Itoa(t.Width)
}

// Size is how many bytes a value takes. A vector of three takes as many as one of four.
func (t Type) Size() int {
	width := t.Width
	if width == 3 {
		width = 4
	}
	return sizes[t.Name] * width
}

var sizes = map[string]int{
	"char": 1, "uchar": 1, "short": 2, "ushort": 2, "half": 2, "int": 4, "uint": 4, "float": 4, "long": 8, "ulong": 8, "double": 8,
}

// Parameter is a parameter of a kernel. Pointer tells a pointer to values of the type, in Space, from a value.
type Parameter struct {
	Name    string
	Type    Type
	Pointer bool
	Space   Space
	Const   bool // what it points to is only read
	// Line and Column are those of its first word, from 1.
	Line, Column int
}

// String writes a parameter as OpenCL C does: global const float *x.
func (p Parameter) String() string {
	if !p.Pointer {
		return p.Type.String() + " " + p.Name
	}
	text := p.Space.String() + " "
	if p.Const && p.Space != Constant {
		text += "const "
	}
	return text + p.Type.String() + " *" + p.Name
}

// Kernels returns the kernels that a text defines, in its order, as a compiler with the given options (-D NAME=value and -U NAME
// count) would see them. A text without kernels gives none. Included files are not read. An error is an *Error.
func Kernels(text string, options ...string) ([]Kernel, error) {
	ts, err := preprocess(text, options)
	if err != nil {
		return nil, err
	}
	r := &reader{types: map[string]named{}, ts: ts}
	for len(r.ts) > 0 {
		if err := r.declaration(); err != nil {
			return nil, err
		}
	}
	return r.kernels, nil
}

// Parameters reads the list of parameters of a kernel, without the parentheses: "global float *x, int n".
func Parameters(list string, options ...string) ([]Parameter, error) {
	ts, err := preprocess(list, options)
	if err != nil {
		return nil, err
	}
	r := &reader{types: map[string]named{}}
	return r.parameters(ts)
}

// reader reads declarations.
type reader struct {
	ts      []token // those still to be read
	types   map[string]named
	kernels []Kernel
}

// named is what the name of a type that the text declares stands for; refused says why no parameter can have that type.
type named struct {
	t       Type
	refused string
}

func isKernelWord(t token) bool { return t.is("kernel") || t.is("__kernel") }

// declaration reads one declaration at top level: up to a ; or the } of a body.
func (r *reader) declaration() error {
	end, body := extent(r.ts)
	if end < 0 {
		open := r.ts[body]
		return open.errorf("this %s is never closed", open.text)
	}
	d := r.ts[:end]
	r.ts = r.ts[min(len(r.ts), end+1):]
	if len(d) > 0 && d[0].is("typedef") {
		r.typedef(d[1:])
		return nil
	}
	if at := slices.IndexFunc(d[:body], isKernelWord); at >= 0 && body < len(d) {
		return r.kernel(d[at:body])
	}
	return nil
}

// extent returns where a declaration ends (the index of its last token), and where its body begins, if it has one: else that is
// the end. end is -1 when a bracket, at index body, is never closed.
func extent(ts []token) (end, body int) {
	var open []int
	body = -1
	for i, t := range ts {
		if t.kind != sign {
			continue
		}
		switch t.text {
		case "(", "[", "{":
			if t.text == "{" && len(open) == 0 && body < 0 && i > 0 && ts[i-1].is(")") {
				body = i
			}
			open = append(open, i)
		case ")", "]", "}":
			open = open[:max(0, len(open)-1)]
			if len(open) == 0 && t.text == "}" && body >= 0 {
				return i, body
			}
		case ";":
			if len(open) == 0 {
				return i, i
			}
		}
	}
	if len(open) > 0 {
		return -1, open[0]
	}
	return len(ts), len(ts)
}

// kernel reads a definition's head, which begins with the word kernel.
func (r *reader) kernel(head []token) error {
	start := head[0]
	head = withoutAttributes(head[1:])
	at := slices.IndexFunc(head, func(t token) bool { return t.is("(") })
	if at < 1 || head[at-1].kind != word || !head[len(head)-1].is(")") {
		return start.errorf("behind the word %s a function is expected: kernel void name(…) {…}", start.text)
	}
	name := head[at-1]
	if !slices.ContainsFunc(head[:at-1], func(t token) bool { return t.is("void") }) {
		return name.errorf("kernel %s must return void", name.text)
	}
	for _, k := range r.kernels {
		if k.Name == name.text {
			return name.errorf("kernel %s is defined already, in line %d", k.Name, k.Line)
		}
	}
	params, err := r.parameters(head[at+1 : len(head)-1])
	if err != nil {
		return err
	}
	r.kernels = append(r.kernels, Kernel{Name: name.text, Parameters: params, Line: name.line, Column: name.column})
	return nil
}

// withoutAttributes leaves out __attribute__((…)).
func withoutAttributes(ts []token) []token {
	var kept []token
	for i := 0; i < len(ts); i++ {
		if !ts[i].is("__attribute__") && !ts[i].is("__attribute") {
			kept = append(kept, ts[i])
			continue
		}
		depth := 0
		for i+1 < len(ts) && (depth > 0 || ts[i+1].is("(")) {
			i++
			depth += nesting(ts[i])
		}
	}
	return kept
}

func nesting(t token) int {
	switch {
	case t.kind != sign:
		return 0
	case strings.Contains("([{", t.text):
		return 1
	case strings.Contains(")]}", t.text):
		return -1
	}
	return 0
}

// parameters reads a list of parameters.
func (r *reader) parameters(list []token) ([]Parameter, error) {
	list = withoutAttributes(list)
	if len(list) == 0 || len(list) == 1 && list[0].is("void") {
		return nil, nil
	}
	var params []Parameter
	for i, one := range commas(list) {
		if len(one) == 0 {
			return nil, list[0].errorf("parameter %d is empty: see the commas", i+1)
		}
		p, err := r.parameter(one)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(params, func(q Parameter) bool { return q.Name == p.Name }) {
			return nil, one[0].errorf("two parameters have the name %s", p.Name)
		}
		params = append(params, p)
	}
	return params, nil
}

// commas cuts a list at its commas.
func commas(list []token) [][]token {
	var parts [][]token
	depth, start := 0, 0
	for i, t := range list {
		depth += nesting(t)
		if depth == 0 && t.is(",") {
			parts = append(parts, list[start:i])
			start = i + 1
		}
	}
	return append(parts, list[start:])
}

// spaces are the words for address spaces.
var spaces = map[string]Space{
	"global": Global, "__global": Global, "constant": Constant, "__constant": Constant, "local": Local, "__local": Local,
	"private": Private, "__private": Private,
}

// ignored are qualifiers that change no type.
var ignored = []string{"restrict", "__restrict", "__restrict__", "volatile", "register"}

// parameter reads one parameter.
func (r *reader) parameter(ts []token) (Parameter, error) {
	p := Parameter{Line: ts[0].line, Column: ts[0].column}
	var typeWords []token
	stars, constant := 0, false
	for i := 0; i < len(ts); i++ {
		t := ts[i]
		space, isSpace := spaces[t.text]
		switch {
		case isSpace && t.kind == word:
			p.Space = space
		case t.is("const"):
			constant = constant || stars == 0
		case slices.Contains(ignored, t.text):
		case t.is("*"):
			stars++
		case t.is("["):
			stars++
			for depth := 1; i+1 < len(ts) && depth > 0; depth += nesting(ts[i]) {
				i++
			}
		case t.kind == word && stars == 0 && isType(typeWords, t):
			typeWords = append(typeWords, t)
		case t.kind == word && p.Name == "":
			p.Name = t.text
		default:
			return p, t.errorf("%q is not understood in this parameter", t.text)
		}
	}
	return r.finish(p, ts, typeWords, stars, constant)
}

// isType tells whether a word belongs to the type: the last word of a parameter is its name, unless it is all there is.
func isType(before []token, t token) bool {
	return len(before) == 0 || isTypeWord(t.text) || len(before) == 1 && slices.Contains(compounds, before[0].text) ||
		isImageQualifier(before[len(before)-1].text)
}

// compounds are the words before the names of C's compound types.
var compounds = []string{"struct", "union", "enum"}

// finish puts together what a parameter's words say.
func (r *reader) finish(p Parameter, ts, typeWords []token, stars int, constant bool) (Parameter, error) {
	if len(typeWords) == 0 {
		return p, ts[0].errorf("this parameter has no type")
	}
	if p.Name == "" {
		return p, ts[0].errorf("this parameter has no name")
	}
	t, refused := r.typeOf(typeWords)
	switch {
	case refused != "":
		return p, typeWords[0].errorf("parameter %s: %s", p.Name, refused)
	case stars > 1:
		return p, ts[0].errorf("parameter %s points to pointers, which a kernel cannot be given: pass one buffer, and offsets into it", p.Name)
	case stars == 1 && p.Space == Private:
		return p, ts[0].errorf("parameter %s is a pointer without an address space: write global %s *%s (or constant, or local)", p.Name, t, p.Name)
	case stars == 0 && p.Space != Private:
		return p, ts[0].errorf("parameter %s is no pointer, so it is in no address space: leave out %s, or write a *", p.Name, p.Space)
	case stars == 0 && t.Name == "half":
		return p, typeWords[0].errorf("parameter %s: a half is passed by pointer only", p.Name)
	}
	p.Type, p.Pointer, p.Const = t, stars == 1, stars == 1 && (constant || p.Space == Constant)
	return p, nil
}

// typedef reads what stands behind the word typedef. A name of which nothing is noted here is unknown as the type of a parameter:
// one of an array, a pointer or a function, or one of several in one typedef.
func (r *reader) typedef(all []token) {
	ts := withoutAttributes(all)
	if len(ts) < 2 || ts[len(ts)-1].kind != word {
		return
	}
	name, words := ts[len(ts)-1].text, ts[:len(ts)-1]
	switch {
	case slices.ContainsFunc(words, func(t token) bool { return t.kind == word && slices.Contains(compounds, t.text) }):
		r.types[name] = named{refused: compound(name)}
	case len(ts) < len(all):
		r.types[name] = named{refused: name + " is made with attributes, which are not read: use OpenCL's own types, as in float4"}
	case slices.ContainsFunc(words, func(t token) bool { return t.kind != word }):
		delete(r.types, name)
	default:
		words = slices.DeleteFunc(slices.Clone(words), func(t token) bool { return t.is("const") || slices.Contains(ignored, t.text) })
		t, refused := r.typeOf(words)
		r.types[name] = named{t, refused}
	}
}

func compound(what string) string {
	return fmt.Sprintf("%s is no type that can be passed: Go's layout of a struct may not be C's. Pass numbers, vectors, or buffers of these", what)
}
