package translate

import (
	"fmt"
	"strings"
)

// atomicHelper returns the helper for "Add_float_global" and the like.
func atomicHelper(name string) (text string, uses []string) {
	parts := strings.Split(name, "_")
	op, c, space := parts[0], parts[1], parts[2]
	text = atomicIntegers[op]
	if c == "float" || c == "double" {
		text = atomicFloats[op]
	}
	// Operations of 64 bits are of another extension, and spelled differently.
	family := "atomic"
	if c == "long" || c == "ulong" || c == "double" {
		family = "atom"
	}
	unsigned := unsignedText[c]
	r := strings.NewReplacer("{T}", c, "{U}", unsigned, "{I}", integerOf[c], "{P}", "volatile __"+space+" ", "{atomic}", family)
	result, params := "{T}", "{T} v"
	switch op {
	case "CompareAndSwap":
		result, params = "uchar", "{T} old, {T} v"
	case "Load":
		params = ""
	case "Store":
		result = "void"
	}
	if params != "" {
		params = ", " + params
	}
	if (c == "float" || c == "double") && (op == "Min" || op == "Max") {
		uses = []string{"go_" + strings.ToLower(op) + "_" + c}
	}
	head := fmt.Sprintf("static %s go_atomic_%s({P}{T} *p%s) {\n", result, name, params)
	return r.Replace(head + text + "}"), uses
}

// atomicIntegers are the bodies for integers: Add, Min and Max return the new value, the others the old one, as in sync/atomic.
var atomicIntegers = map[string]string{
	"Add":            "\treturn ({T})(({U}){atomic}_add(p, v) + ({U})v);\n",
	"Min":            "\t{T} old = {atomic}_min(p, v);\n\treturn old < v ? old : v;\n",
	"Max":            "\t{T} old = {atomic}_max(p, v);\n\treturn old > v ? old : v;\n",
	"And":            "\treturn {atomic}_and(p, v);\n",
	"Or":             "\treturn {atomic}_or(p, v);\n",
	"Xor":            "\treturn {atomic}_xor(p, v);\n",
	"Swap":           "\treturn {atomic}_xchg(p, v);\n",
	"CompareAndSwap": "\treturn {atomic}_cmpxchg(p, old, v) == old;\n",
	"Load":           "\treturn {atomic}_or(p, ({T})0);\n",
	"Store":          "\t{atomic}_xchg(p, v);\n",
}

// exchange replaces a float by what a C expression makes of it, named old, until no other item came in between.
func exchange(expression string) string {
	return "\t{P}{I} *bits = ({P}{I} *)p;\n" +
		"\tfor (;;) {\n" +
		"\t\t{I} seen = {atomic}_or(bits, ({I})0);\n" +
		"\t\t{T} old = as_{T}(seen);\n" +
		"\t\t{T} next = " + expression + ";\n" +
		"\t\tif ({atomic}_cmpxchg(bits, seen, as_{I}(next)) == seen) {\n" +
		"\t\t\treturn next;\n" +
		"\t\t}\n" +
		"\t}\n"
}

// atomicFloats are the bodies for floats, which OpenCL C can only exchange.
var atomicFloats = map[string]string{
	"Add":   exchange("old + v"),
	"Min":   exchange("go_min_{T}(old, v)"),
	"Max":   exchange("go_max_{T}(old, v)"),
	"Swap":  "\treturn as_{T}({atomic}_xchg(({P}{I} *)p, as_{I}(v)));\n",
	"Load":  "\treturn as_{T}({atomic}_or(({P}{I} *)p, ({I})0));\n",
	"Store": "\t{atomic}_xchg(({P}{I} *)p, as_{I}(v));\n",
}
