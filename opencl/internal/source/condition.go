package source

import (
	"strconv"
	"strings"
)

// expression evaluates a condition of #if: integers with the operators of C, names without a value being 0.
type expression struct {
	p     *preprocessor
	at    token
	ts    []token
	depth int
	err   error
}

func (e *expression) fail(format string, args ...any) {
	if e.err == nil {
		e.err = e.at.errorf(format, args...)
	}
	e.ts = nil
}

// operators of two sides, those that bind loosest first.
var operators = []map[string]func(a, b int64) (int64, bool){
	{"||": func(a, b int64) (int64, bool) { return truth(a != 0 || b != 0), true }},
	{"&&": func(a, b int64) (int64, bool) { return truth(a != 0 && b != 0), true }},
	{"|": func(a, b int64) (int64, bool) { return a | b, true }},
	{"^": func(a, b int64) (int64, bool) { return a ^ b, true }},
	{"&": func(a, b int64) (int64, bool) { return a & b, true }},
	{"==": func(a, b int64) (int64, bool) { return truth(a == b), true }, "!=": func(a, b int64) (int64, bool) { return truth(a != b), true }},
	{
		"<": func(a, b int64) (int64, bool) { return truth(a < b), true }, "<=": func(a, b int64) (int64, bool) { return truth(a <= b), true },
		">": func(a, b int64) (int64, bool) { return truth(a > b), true }, ">=": func(a, b int64) (int64, bool) { return truth(a >= b), true },
	},
	{
		"<<": func(a, b int64) (int64, bool) { return a << (uint64(b) & 63), true },
		">>": func(a, b int64) (int64, bool) { return a >> (uint64(b) & 63), true },
	},
	{"+": func(a, b int64) (int64, bool) { return a + b, true }, "-": func(a, b int64) (int64, bool) { return a - b, true }},
	{
		"*": func(a, b int64) (int64, bool) { return a * b, true },
		"/": func(a, b int64) (int64, bool) {
			if b == 0 {
				return 0, false
			}
			return a / b, true
		},
		"%": func(a, b int64) (int64, bool) {
			if b == 0 {
				return 0, false
			}
			return a % b, true
		},
	},
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// binary evaluates operators that bind at least as tightly as the level.
func (e *expression) binary(level int) int64 {
	if level == len(operators) {
		return e.unary()
	}
	value := e.binary(level + 1)
	for len(e.ts) > 0 {
		apply := operators[level][e.ts[0].text]
		if apply == nil || e.ts[0].kind != sign {
			break
		}
		e.ts = e.ts[1:]
		right := e.binary(level + 1)
		result, ok := apply(value, right)
		if !ok && e.err == nil {
			result = 0 // as in 0 && 1/0, which is no error
		}
		value = result
	}
	return value
}

// deepest bounds how deep conditions nest.
const deepest = 200

func (e *expression) unary() int64 {
	if e.depth++; e.depth > deepest {
		e.fail("this condition nests more than %d deep", deepest)
	}
	defer func() { e.depth-- }()
	if len(e.ts) == 0 {
		e.fail("this condition is not complete")
		return 0
	}
	t := e.ts[0]
	e.ts = e.ts[1:]
	switch {
	case t.is("!"):
		return truth(e.unary() == 0)
	case t.is("-"):
		return -e.unary()
	case t.is("+"):
		return e.unary()
	case t.is("~"):
		return ^e.unary()
	case t.is("("):
		v := e.binary(0)
		if len(e.ts) == 0 || !e.ts[0].is(")") {
			e.fail("a ) is missing in this condition")
			return 0
		}
		e.ts = e.ts[1:]
		return v
	case t.kind == number:
		v, err := strconv.ParseInt(strings.TrimRight(t.text, "uUlL"), 0, 64)
		if err != nil {
			e.fail("%s is no integer, as conditions need", t.text)
		}
		return v
	case t.kind == word:
		if m, ok := e.p.macros[t.text]; ok && m.function {
			e.fail("macro %s has parameters, and is not evaluated in conditions", t.text)
		}
		return 0
	}
	e.fail("%q is not understood in this condition", t.text)
	return 0
}
