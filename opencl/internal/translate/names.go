package translate

import (
	"fmt"
	"regexp"
	"strings"
)

// names gives out C identifiers, each once.
type names struct {
	outer *names
	used  map[string]bool
}

func newNames(outer *names) *names { return &names{outer, map[string]bool{}} }

func (n *names) taken(name string) bool {
	return n != nil && (n.used[name] || n.outer.taken(name))
}

// take returns an identifier that looks like the Go name.
func (n *names) take(name string) string {
	name = spelled(name)
	unique := name
	for i := 2; n.taken(unique); i++ {
		unique = fmt.Sprintf("%s_%d", name, i)
	}
	n.used[unique] = true
	return unique
}

// spelled returns a Go identifier in the letters of C, and out of the way of what OpenCL C has a meaning for.
func spelled(name string) string {
	var b strings.Builder
	for _, c := range name {
		if c < 0x80 {
			b.WriteRune(c)
		} else {
			fmt.Fprintf(&b, "_u%x", c)
		}
	}
	name = b.String()
	if reserved[name] || reservedForm.MatchString(name) {
		name += "_"
	}
	return name
}

// reservedForm matches families of names: vector types, macros, builtin functions, what this package itself uses.
var reservedForm = regexp.MustCompile(`^(` + strings.Join([]string{
	`_.*`, `go_.*`, `(u?(char|short|int|long)|u?quad|bool|float|double|half|complex|imaginary)(2|3|4|8|16)?`, `(float|double)\d+x\d+`,
	`(atomic|atom|convert|as|vload|vstore|async|read|write|get|set|native|half|enqueue|work_group|sub_group|intel|cl|memory|barrier|image[123]d|` +
		`queue|clk|ndrange|retain|release|create|capture|commit|reserve|is|arm|amd|nv|khr|to|mad|popcount|any|all|__.*)(_.*|[0-9na].*)?`,
	`(CL|CLK|M|FLT|DBL|HALF|INT|UINT|LONG|ULONG|CHAR|SCHAR|UCHAR|SHRT|USHRT|FP|HUGE|ATOMIC|EVENT|CHAR)_.*`, `is(equal|notequal|greater|greaterequal|less|lessequal|lessgreater|finite|inf|nan|normal|ordered|unordered)`,
}, "|") + `)$`)

// reserved are single names: keywords of C99 and C++, types, builtin functions and macros of OpenCL C, macros that compilers define.
var reserved = wordSet(`
	auto break case char const continue default do double else enum extern float for goto if inline int long register restrict
	return short signed sizeof static struct switch typedef union unsigned void volatile while
	bool true false this class new delete template typename virtual private public protected friend operator namespace using try
	catch throw and or not xor bitand bitor compl constexpr nullptr mutable explicit export asm wchar_t thread_local
	kernel global local constant generic read_only write_only read_write uniform pipe half quad complex imaginary
	size_t ptrdiff_t intptr_t uintptr_t sampler_t event_t clk_event_t queue_t ndrange_t reserve_id_t cl_mem_fence_flags
	uchar ushort uint ulong NULL INFINITY NAN MAXFLOAT HUGE_VAL HUGE_VALF linux unix i386 printf main vec_step offsetof assert
	acos acosh acospi asin asinh asinpi atan atan2 atanh atanpi atan2pi cbrt ceil copysign cos cosh cospi erfc erf exp exp2 exp10
	expm1 fabs fdim floor fma fmax fmin fmod fract frexp hypot ilogb ldexp lgamma lgamma_r log log2 log10 log1p logb mad maxmag
	minmag modf nan nextafter pow pown powr remainder remquo rint rootn round rsqrt sin sincos sinh sinpi sqrt tan tanh tanpi
	tgamma trunc abs abs_diff add_sat hadd rhadd clamp clz ctz mad_hi mad_sat max min mul_hi rotate sub_sat upsample popcount
	mad24 mul24 degrees mix radians step smoothstep sign cross dot distance length normalize fast_distance fast_length
	fast_normalize select bitselect signbit any all shuffle shuffle2 prefetch mem_fence read_mem_fence write_mem_fence barrier
	wait_group_events isequal reqd_work_group_size vec_type_hint work_group_size_hint
`)

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}
