package translate

// mathFunctions are the functions of package math on floats alone, which OpenCL C has in both precisions. Names with %s are
// helpers of this package.
var mathFunctions = map[string]string{
	"Abs": "fabs", "Acos": "acos", "Acosh": "acosh", "Asin": "asin", "Asinh": "asinh", "Atan": "atan", "Atan2": "atan2", "Atanh": "atanh",
	"Cbrt": "cbrt", "Ceil": "ceil", "Copysign": "copysign", "Cos": "cos", "Cosh": "cosh", "Dim": "go_dim_%s", "Erf": "erf", "Erfc": "erfc",
	"Exp": "exp", "Exp2": "exp2", "Expm1": "expm1", "Floor": "floor", "Gamma": "tgamma", "Hypot": "hypot", "Log": "log", "Log10": "log10",
	"Log1p": "log1p", "Log2": "log2", "Max": "go_greater_%s", "Min": "go_less_%s", "Mod": "fmod", "Pow": "pow", "Remainder": "remainder",
	"Round": "round", "RoundToEven": "rint", "Sin": "sin", "Sinh": "sinh", "Sqrt": "sqrt", "Tan": "tan", "Tanh": "tanh", "Trunc": "trunc",
}

// mathOthers are the functions of package math with other arguments or results, and those that make sense in one precision only.
var mathOthers = map[string]string{
	"FMA": "fma", "Nextafter": "nextafter", "Nextafter32": "nextafter",
	"Float32bits": "as_uint", "Float32frombits": "as_float", "Float64bits": "as_ulong", "Float64frombits": "as_double",
	"IsNaN": "isnan", "IsInf": "go_is_inf", "Inf": "go_inf", "NaN": "go_nan", "Signbit": "go_signbit", "Ldexp": "go_ldexp",
}

// bitsFunctions are the functions of package math/bits: {T} is the type of the argument {x}, {W} its width, {k} a count.
var bitsFunctions = map[string]string{
	"LeadingZeros":  "((long)clz(({T})({x})))",
	"Len":           "({W} - (long)clz(({T})({x})))",
	"OnesCount":     "((long)popcount(({T})({x})))",
	"TrailingZeros": "({W} - (long)clz(({T})(~({x}) & (({x}) - 1))))",
	"RotateLeft":    "rotate(({T})({x}), ({T})({k}))",
}
