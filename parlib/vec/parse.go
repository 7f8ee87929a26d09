package vec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/warren-go/warren/parlib/internal/simd"
)

// SyntaxError says what is wrong with an expression, and where.
type SyntaxError struct {
	Source  string
	Offset  int // in bytes
	Message string
}

// Error shows the expression with a mark below the place.
func (e *SyntaxError) Error() string {
	column := utf8.RuneCountInString(e.Source[:e.Offset])
	line := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, e.Source)
	return fmt.Sprintf("vec: expression, column %d: %s\n\t%s\n\t%s^", column+1, e.Message, line, strings.Repeat(" ", column))
}

// node is a part of an expression: a number, a variable, or an operation on other parts.
type node struct {
	kind   nodeKind
	number float64
	name   string
	op     simd.Op
	args   []*node
}

type nodeKind int

const (
	numberNode nodeKind = iota
	variableNode
	operationNode
)

// functions are what an expression may call.
var functions = map[string]simd.Op{
	"abs": simd.Abs, "sqrt": simd.Sqrt, "exp": simd.Exp, "log": simd.Log, "sin": simd.Sin, "cos": simd.Cos, "tanh": simd.Tanh,
	"pow": simd.Pow, "min": simd.Min, "max": simd.Max, "fma": simd.FMA, "where": simd.Where,
}

// infix are the operators between two operands, the weaker ones first.
var infix = []map[string]operator{
	{"||": {op: simd.Or}},
	{"&&": {op: simd.And}},
	{
		"<": {op: simd.Less}, "<=": {op: simd.LessEqual}, "==": {op: simd.Equal}, "!=": {op: simd.NotEqual},
		">": {op: simd.Less, swapped: true}, ">=": {op: simd.LessEqual, swapped: true},
	},
	{"+": {op: simd.Add}, "-": {op: simd.Sub}},
	{"*": {op: simd.Mul}, "/": {op: simd.Div}},
}

const comparisonLevel = 2

type operator struct {
	op      simd.Op
	swapped bool // the operands change places
}

// prefix are the operators before an operand; + changes nothing.
var prefix = map[string]simd.Op{"-": simd.Neg, "!": simd.Not}

// deepest is how far parts may be nested: more is a mistake, or an attack on the stack.
const deepest = 500

// parser reads an expression by recursive descent.
type parser struct {
	source string
	token  string // "" at the end
	at     int    // offset of token
	depth  int
}

// parse reads all of source.
func parse(source string) (tree *node, err error) {
	p := &parser{source: source}
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *SyntaxError:
			err = v
		default:
			panic(v)
		}
	}()
	p.next()
	tree = p.binary(0)
	if p.token != "" {
		p.fail(p.at, "want an operator or the end, found %q", p.token)
	}
	return tree, nil
}

// fail ends the parsing; parse recovers.
func (p *parser) fail(at int, format string, args ...any) {
	panic(&SyntaxError{Source: p.source, Offset: at, Message: fmt.Sprintf(format, args...)})
}

// next reads a token.
func (p *parser) next() {
	rest := p.source[p.at+len(p.token):]
	trimmed := strings.TrimLeftFunc(rest, unicode.IsSpace)
	p.at = len(p.source) - len(trimmed)
	p.token = trimmed[:p.tokenLength(trimmed)]
}

func (p *parser) tokenLength(s string) int {
	if s == "" {
		return 0
	}
	for _, long := range []string{"**", "<=", ">=", "==", "!=", "&&", "||"} {
		if strings.HasPrefix(s, long) {
			return len(long)
		}
	}
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case isLetter(r):
		return lengthOf(s, func(r rune) bool { return isLetter(r) || unicode.IsDigit(r) })
	case r == '.' || '0' <= r && r <= '9':
		return numberLength(s)
	case strings.ContainsRune("+-*/<>!(),", r):
		return size
	}
	switch r {
	case '^':
		p.fail(p.at, "unknown operator %q; a power is written a**b", r)
	case '=', '&', '|':
		p.fail(p.at, "unknown operator %q; did you mean %q?", r, strings.Repeat(string(r), 2))
	}
	p.fail(p.at, "unexpected character %q", r)
	return 0
}

func isLetter(r rune) bool { return r == '_' || unicode.IsLetter(r) }

func lengthOf(s string, is func(rune) bool) int {
	if end := strings.IndexFunc(s, func(r rune) bool { return !is(r) }); end >= 0 {
		return end
	}
	return len(s)
}

// numberLength is that of digits with a point and an exponent.
func numberLength(s string) int {
	digit := func(r rune) bool { return '0' <= r && r <= '9' }
	n := lengthOf(s, func(r rune) bool { return digit(r) || r == '.' })
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		sign := n + 1
		if sign < len(s) && (s[sign] == '+' || s[sign] == '-') {
			sign++
		}
		if digits := lengthOf(s[sign:], digit); digits > 0 {
			return sign + digits
		}
	}
	return n
}

// binary reads operands joined by operators of a level or stronger ones.
func (p *parser) binary(level int) *node {
	if level == len(infix) {
		return p.unary()
	}
	left := p.binary(level + 1)
	for count := 0; ; count++ {
		o, ok := infix[level][p.token]
		if !ok {
			return left
		}
		if level == comparisonLevel && count > 0 {
			p.fail(p.at, "comparisons cannot be chained; join two with &&")
		}
		p.next()
		args := []*node{left, p.binary(level + 1)}
		if o.swapped {
			args[0], args[1] = args[1], args[0]
		}
		left = &node{kind: operationNode, op: o.op, args: args}
	}
}

// unary reads signs, which are weaker than a power: -a**2 is -(a**2).
func (p *parser) unary() *node {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > deepest {
		p.fail(p.at, "parts are nested more than %d deep", deepest)
	}
	if op, ok := prefix[p.token]; ok {
		p.next()
		return &node{kind: operationNode, op: op, args: []*node{p.unary()}}
	}
	if p.token == "+" {
		p.next()
		return p.unary()
	}
	base := p.primary()
	if p.token != "**" {
		return base
	}
	p.next()
	return &node{kind: operationNode, op: simd.Pow, args: []*node{base, p.unary()}}
}

// primary reads a number, a variable, a call, or an expression in parentheses.
func (p *parser) primary() *node {
	token, at := p.token, p.at
	first, _ := utf8.DecodeRuneInString(token)
	switch {
	case token == "":
		p.fail(at, "want an operand, found the end")
	case token == "(":
		p.next()
		inner := p.binary(0)
		p.expect(")")
		return inner
	case isLetter(first):
		p.next()
		if p.token == "(" {
			return p.call(token, at)
		}
		return &node{kind: variableNode, name: token}
	case first == '.' || unicode.IsDigit(first):
		number, err := strconv.ParseFloat(token, 64)
		if err != nil {
			p.fail(at, "%q is not a number that a float64 can hold", token)
		}
		p.next()
		return &node{kind: numberNode, number: number}
	}
	p.fail(at, "want an operand, found %q", token)
	return nil
}

func (p *parser) expect(token string) {
	if p.token != token {
		found := strconv.Quote(p.token)
		if p.token == "" {
			found = "the end"
		}
		p.fail(p.at, "want %q, found %s", token, found)
	}
	p.next()
}

// call reads the arguments of a function.
func (p *parser) call(name string, at int) *node {
	op, ok := functions[name]
	if !ok {
		p.fail(at, "unknown function %q", name)
	}
	p.next()
	n := &node{kind: operationNode, op: op}
	for p.token != ")" {
		if len(n.args) > 0 {
			p.expect(",")
		}
		n.args = append(n.args, p.binary(0))
		if p.token != "," && p.token != ")" {
			p.expect(")")
		}
	}
	p.next()
	if len(n.args) != op.Arity() {
		p.fail(at, "%s takes %d operands, not %d", name, op.Arity(), len(n.args))
	}
	return n
}
