package translate

import (
	"fmt"
	"strings"
)

// need makes a helper part of the source, and returns its name. The part behind the last "_" of most names is a C type.
func (t *translator) need(name string) string {
	if t.helpers[name] {
		return name
	}
	t.helpers[name] = true
	text, uses := t.helperText(name)
	for _, u := range uses {
		t.need(u)
	}
	t.prelude = append(t.prelude, text)
	return name
}

// helperText returns the source of a helper, and the helpers that it calls.
func (t *translator) helperText(name string) (text string, uses []string) {
	if text, ok := plainHelpers[name]; ok {
		if name != "go_item" && strings.Contains(text, "go_item") {
			uses = []string{"go_item"}
		}
		if name == "go_count" && t.opts.Unchecked {
			return uncheckedHelpers[name], nil
		}
		return text, uses
	}
	if op, ok := strings.CutPrefix(name, "go_atomic_"); ok {
		return atomicHelper(op)
	}
	i := strings.LastIndex(name, "_")
	kind, c := name[:i], name[i+1:]
	text = typedHelpers[kind]
	if t.opts.Unchecked && uncheckedHelpers[kind] != "" {
		text = uncheckedHelpers[kind]
	}
	if kind == "go_min" || kind == "go_max" {
		if c == "float" || c == "double" {
			text = typedHelpers[kind+"_of_floats"]
		}
	}
	if strings.Contains(text, "go_item") {
		uses = []string{"go_item"}
	}
	switch kind {
	case "go_less":
		uses = []string{"go_min_" + c}
	case "go_greater":
		uses = []string{"go_max_" + c}
	}
	signed := !strings.HasPrefix(c, "u")
	beyond := "0"
	if signed {
		beyond = fmt.Sprintf("x >> %d", widths[c]-1)
	}
	smallest := ""
	if signed {
		smallest = "\tif (y == -1) {\n\t\treturn {NEGATED};\n\t}\n"
	}
	u := unsignedText[c]
	text = strings.NewReplacer("{SMALLEST}", smallest).Replace(text)
	negated := fmt.Sprintf("(%s)(0 - (%s)x)", c, u)
	if strings.HasPrefix(kind, "go_remainder") {
		negated = "0"
	}
	return strings.NewReplacer("{T}", c, "{U}", u, "{W}", fmt.Sprint(widths[c]), "{BEYOND}", beyond, "{NEGATED}", negated, "{I}", integerOf[c]).Replace(text), uses
}

var widths = map[string]int{"char": 8, "uchar": 8, "short": 16, "ushort": 16, "int": 32, "uint": 32, "long": 64, "ulong": 64}

// unsignedText are the unsigned types in which arithmetic is done.
var unsignedText = map[string]string{
	"char": "uint", "uchar": "uint", "short": "uint", "ushort": "uint", "int": "uint", "uint": "uint", "long": "ulong", "ulong": "ulong",
}

// integerOf are the integers of the size of a number.
var integerOf = map[string]string{"float": "uint", "double": "ulong", "int": "int", "uint": "uint", "long": "long", "ulong": "ulong"}

// plainHelpers are the helpers that have one form only.
var plainHelpers = map[string]string{
	"go_item": `typedef struct {
	__global int *report;
	int failed;
} go_item;

// go_fail reports a fault, unless another item was first.
static void go_fail(go_item *item, int fault, long a, long b) {
	item->failed = 1;
	if (atomic_cmpxchg((volatile __global int *)item->report, 0, fault + 1) == 0) {
		__global long *numbers = (__global long *)item->report;
		numbers[1] = a;
		numbers[2] = b;
		numbers[3] = get_global_id(0);
		numbers[4] = get_global_id(1);
		numbers[5] = get_global_id(2);
	}
}`,
	"go_index": `static long go_index(go_item *item, long i, long n, int fault) {
	if ((ulong)i < (ulong)n) {
		return i;
	}
	go_fail(item, fault, i, n);
	return 0;
}`,
	"go_bound": `static long go_bound(go_item *item, long i, long n, int fault) {
	if ((ulong)i <= (ulong)n) {
		return i;
	}
	go_fail(item, fault, i, n);
	return 0;
}`,
	"go_count": `static ulong go_count(go_item *item, long count, int fault) {
	if (count < 0) {
		go_fail(item, fault, count, 0);
	}
	return (ulong)count;
}`,
	"go_is_inf": `static uchar go_is_inf(double x, long sign) {
	return sign >= 0 && x == (double)INFINITY || sign <= 0 && x == -(double)INFINITY;
}`,
	"go_inf": `static double go_inf(long sign) {
	return sign >= 0 ? (double)INFINITY : -(double)INFINITY;
}`,
	"go_nan": `static double go_nan(void) {
	return as_double(0x7FF8000000000001UL);
}`,
	"go_signbit": `static uchar go_signbit(double x) {
	return as_ulong(x) >> 63;
}`,
	"go_ldexp": `static double go_ldexp(double x, long e) {
	return ldexp(x, (int)(e > 5000 ? 5000 : e < -5000 ? -5000 : e));
}`,
}

// typedHelpers are the helpers with a form for each type.
var typedHelpers = map[string]string{
	"go_divide": `static {T} go_divide_{T}(go_item *item, {T} x, {T} y, int fault) {
	if (y == 0) {
		go_fail(item, fault, 0, 0);
		return 0;
	}
{SMALLEST}	return x / y;
}`,
	"go_remainder": `static {T} go_remainder_{T}(go_item *item, {T} x, {T} y, int fault) {
	if (y == 0) {
		go_fail(item, fault, 0, 0);
		return 0;
	}
{SMALLEST}	return x % y;
}`,
	"go_divide_safely": `static {T} go_divide_safely_{T}({T} x, {T} y) {
{SMALLEST}	return x / y;
}`,
	"go_remainder_safely": `static {T} go_remainder_safely_{T}({T} x, {T} y) {
{SMALLEST}	return x % y;
}`,
	"go_left": `static {T} go_left_{T}({T} x, ulong count) {
	return count < {W} ? ({T})(({U})x << count) : ({T})0;
}`,
	"go_right": `static {T} go_right_{T}({T} x, ulong count) {
	return count < {W} ? ({T})(x >> count) : ({T})({BEYOND});
}`,
	"go_min": `static {T} go_min_{T}({T} x, {T} y) {
	return y < x ? y : x;
}`,
	"go_max": `static {T} go_max_{T}({T} x, {T} y) {
	return y > x ? y : x;
}`,
	"go_min_of_floats": `static {T} go_min_{T}({T} x, {T} y) {
	if (x != x || y != y) {
		return x + y;
	}
	if (x == y) {
		return as_{T}(as_{I}(x) | as_{I}(y));
	}
	return y < x ? y : x;
}`,
	"go_max_of_floats": `static {T} go_max_{T}({T} x, {T} y) {
	if (x != x || y != y) {
		return x + y;
	}
	if (x == y) {
		return as_{T}(as_{I}(x) & as_{I}(y));
	}
	return y > x ? y : x;
}`,
	"go_less": `static {T} go_less_{T}({T} x, {T} y) {
	return x == -INFINITY || y == -INFINITY ? -({T})INFINITY : go_min_{T}(x, y);
}`,
	"go_greater": `static {T} go_greater_{T}({T} x, {T} y) {
	return x == INFINITY || y == INFINITY ? ({T})INFINITY : go_max_{T}(x, y);
}`,
	"go_dim": `static {T} go_dim_{T}({T} x, {T} y) {
	{T} d = x - y;
	return d <= 0 ? 0 : d;
}`,
}

// uncheckedHelpers are those that differ where faults are not reported.
var uncheckedHelpers = map[string]string{
	"go_divide": `static {T} go_divide_{T}({T} x, {T} y) {
	if (y == 0) {
		return 0;
	}
{SMALLEST}	return x / y;
}`,
	"go_remainder": `static {T} go_remainder_{T}({T} x, {T} y) {
	if (y == 0) {
		return 0;
	}
{SMALLEST}	return x % y;
}`,
	"go_count": `static ulong go_count(long count) {
	return (ulong)count;
}`,
}
