package source

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// show writes signatures in a short form.
func show(ks []Kernel) string {
	var lines []string
	for _, k := range ks {
		params := make([]string, len(k.Parameters))
		for i, p := range k.Parameters {
			params[i] = p.String()
		}
		lines = append(lines, fmt.Sprintf("%s(%s)", k.Name, strings.Join(params, ", ")))
	}
	return strings.Join(lines, "; ")
}

func TestSignaturesAreRead(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "__kernel void f(__global float *x, const int n) { x[0] = n; }", "f(global float *x, int n)"},
		{"no parameters", "kernel void f() {} kernel void g(void) {}", "f(); g()"},
		{"several lines", "kernel\nvoid\nadd(\n  global const float4 * restrict a, // the first\n  global /* , */ float4 *b\n)\n{\n}\n", "add(global const float4 *a, global float4 *b)"},
		{"const behind the type", "kernel void f(float const global *x, global float * const y, constant uchar16 *z) {}", "f(global const float *x, global float *y, constant uchar16 *z)"},
		{"local memory", "kernel void f(local float *t, __local int u[], volatile local uint *v) {}", "f(local float *t, local int *u, local uint *v)"},
		{"C's words for numbers", "kernel void f(unsigned a, long unsigned int b, signed char c, short int d, uint32_t e, unsigned char f1) {}",
			"f(uint a, ulong b, char c, short d, uint e, uchar f1)"},
		{"vectors by value", "kernel void f(float3 a, int2 b, ulong8 c) {}", "f(float3 a, int2 b, ulong8 c)"},
		{"half by pointer", "kernel void f(global half *h) {}", "f(global half *h)"},
		{"attributes", "__attribute__((noinline)) __kernel __attribute__((reqd_work_group_size(8, 8, 1))) void f(global float *x __attribute__((aligned(16)))) __attribute__((x)) {}", "f(global float *x)"},
		{"prototype", "kernel void f(int n); kernel void f(int n) {}", "f(int n)"},
		{"other functions", "float g(float x) { return x; } kernel void f(int n) { if (n) { g(1); } } constant float w[2] = {1, 2}; struct P { int a; };", "f(int n)"},
		{"comment and string", "// kernel void a() {}\n/* kernel void b() {} */ constant char *s = \"kernel void c() {}\"; kernel void d() {}", "d()"},
		{"spliced lines", "ker\\\nnel void f(gl\\\r\nobal int *x) {} // \\\n kernel void g() {}", "f(global int *x)"},
		{"macro for a type", "#define real float\n#define KERNEL __kernel void\nKERNEL f(global real *x) {}", "f(global float *x)"},
		{"macro of macros", "#define A B\n#define B A\n#define T U\n#define U int\nkernel void f(T A) {}", "f(int A)"},
		{"undefined", "#define T float\n#undef T\n#define T int\nkernel void f(T x) {}", "f(int x)"},
		{"condition", "#define N 3\n#if N > 2 && defined(N) && !defined M\nkernel void a() {}\n#elif 1\nkernel void b() {}\n#else\nkernel void c() {}\n#endif", "a()"},
		{"else", "#ifdef NO\n#if 1\nkernel void a() {}\n#endif\n#else\nkernel void b() {}\n#endif\n#if 0\nkernel int nonsense\n#endif", "b()"},
		{"version", "#if __OPENCL_C_VERSION__ >= 120\nkernel void a() {}\n#endif", "a()"},
		{"typedef", "typedef float real; typedef real scalar; typedef unsigned int u32; typedef const float4 v;\nkernel void f(global scalar *x, u32 n, global v *y) {}",
			"f(global float *x, uint n, global float4 *y)"},
		{"pragma", "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\nkernel void f(global double *x) {}", "f(global double *x)"},
		{"a macro called before", "#define MAKE(x) float x(float v) { return v; }\nMAKE(g)\nkernel void f(int n) {}", "f(int n)"},
		{"apostrophes", "#if 0\nisn't C\n#error it can't\n#endif\nkernel void f(int n) {}", "f(int n)"},
		{"nothing", "", ""},
	} {
		got, err := Kernels(c.text)
		if err != nil || show(got) != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, show(got), err, c.want)
		}
	}
}

func TestOptionsDefineMacros(t *testing.T) {
	const text = "#ifdef WIDE\nkernel void f(T4 x) {}\n#else\nkernel void f(T x) {}\n#endif"
	for _, c := range []struct {
		options []string
		want    string
	}{
		{[]string{"-DT=float"}, "f(float x)"},
		{[]string{"-cl-fast-relaxed-math -D T=int"}, "f(int x)"},
		{[]string{"-DWIDE", "-D", "T4=double4"}, "f(double4 x)"},
		{[]string{"-DWIDE -UWIDE -DT=char"}, "f(char x)"},
	} {
		if got, err := Kernels(text, c.options...); err != nil || show(got) != c.want {
			t.Errorf("%q: %s, %v; want %s", c.options, show(got), err, c.want)
		}
	}
}

func TestPositionsAreThoseOfTheText(t *testing.T) {
	got, err := Kernels("\n/* a\n*/ kernel void f(int a,\n\tglobal \\\n float *b) {}\n")
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	k := got[0]
	if k.Line != 3 || k.Column != 16 || k.Parameters[0].Line != 3 || k.Parameters[0].Column != 18 || k.Parameters[1].Line != 4 || k.Parameters[1].Column != 2 {
		t.Errorf("positions are %+v", k)
	}
}

func TestWhatCannotBeReadIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"kernel void f(struct P p) {}", "1:15: parameter p: struct P is no type that can be passed"},
		{"typedef struct { int a; } P;\nkernel void f(global P *p) {}", "2:22: parameter p: P is no type that can be passed"},
		{"typedef float v4 __attribute__((ext_vector_type(4)));\nkernel void f(v4 x) {}", "2:15: parameter x: v4 is made with attributes"},
		{"typedef float *fp;\nkernel void f(fp x) {}", "2:15: parameter x: fp is no type that is known here"},
		{"kernel void f(foo x) {}", "1:15: parameter x: foo is no type that is known here"},
		{"kernel void f(float *x) {}", "1:15: parameter x is a pointer without an address space: write global float *x"},
		{"kernel void f(global float x) {}", "1:15: parameter x is no pointer, so it is in no address space"},
		{"kernel void f(global float **x) {}", "1:15: parameter x points to pointers"},
		{"kernel void f(size_t n) {}", "1:15: parameter n: size_t has no fixed size"},
		{"kernel void f(bool b) {}", "parameter b: bool has no fixed size"},
		{"kernel void f(half h) {}", "a half is passed by pointer only"},
		{"kernel void f(global void *p) {}", "void is no type of values"},
		{"kernel void f(read_only image2d_t im) {}", "parameter im: images and pipes cannot be passed"},
		{"kernel void f(image2d_t im, sampler_t s) {}", "images and pipes"},
		{"kernel void f(int) {}", "1:15: this parameter has no name"},
		{"kernel void f(long long n) {}", "long long is no type"},
		{"kernel void f(int a, int a) {}", "two parameters have the name a"},
		{"kernel void f(int a,) {}", "parameter 2 is empty"},
		{"kernel void f(int a b) {}", `1:21: "b" is not understood`},
		{"kernel void f() {} kernel void f() {}", "1:32: kernel f is defined already, in line 1"},
		{"kernel int f() {}", "1:12: kernel f must return void"},
		{"void kernel f() {}", "1:13: kernel f must return void"},

		{"kernel void f() {", "1:17: this { is never closed"},
		{"kernel void f(", "1:14: this ( is never closed"},
		{"\n  /* open", "2:3: this comment is never closed"},
		{"#define K(n) kernel void n() {}\nK(f)", "1:14: the kernels that macro K makes are not read"},
		{"#if 1\n", "1:2: this #if has no #endif"},
		{"#endif\n", "#endif without #if"},
		{"#if 1 +\n#endif", "this condition is not complete"},
		{"#if (1\n#endif", "a ) is missing"},
		{"#if 1.5\n#endif", "1.5 is no integer"},
		{"#define F(x) x\n#if F(1)\n#endif", "macro F has parameters"},
		{"#if " + strings.Repeat("(", 1000) + "\n#endif", "nests more than"},
		{"#define a b b\n#define b c c\n#define c d d d d d d d d d d d d d d d d\n#define d e e e e e e e e e e e e e e e e\n#define e f f f f f f f f f f f f f f f f\n" +
			"#define f g g g g g g g g g g g g g g g g\n#define g h h h h h h h h h h h h h h h h\n#define h 1 1 1 1\na\n", "macros grow"},
	} {
		_, err := Kernels(c.text)
		var at *Error
		if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: %v; want %s", c.text, err, c.want)
		}
	}
}

func TestConditionsAreEvaluatedAsInC(t *testing.T) {
	for condition, want := range map[string]bool{
		"1 + 2 * 3 == 7": true, "(1 + 2) * 3 == 9": true, "1 || 1 / 0": true, "0 && 1 / 0": false, "!0": true, "-1 < 0": true, "~0 == -1": true,
		"0x10 == 16u": true, "1 << 3 == 8": true, "5 % 3 == 2": true, "UNKNOWN": false, "3 & 1 | 4 ^ 4": true, "2 > 1 == 1": true, "7 >> 1 != 3": false,
		"10 - 3 - 2 == 5": true,
	} {
		got, err := Kernels("#if " + condition + "\nkernel void f() {}\n#endif")
		if err != nil || (len(got) == 1) != want {
			t.Errorf("%s: %v, %v; want %v", condition, len(got) == 1, err, want)
		}
	}
}

func TestListsOfParameters(t *testing.T) {
	got, err := Parameters("global float *x, const int n, local uint *scratch")
	if err != nil || show([]Kernel{{Parameters: got}}) != "(global float *x, int n, local uint *scratch)" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := Parameters("float *x"); err == nil {
		t.Error("a pointer without a space was taken")
	}
	if got, err := Parameters("  "); got != nil || err != nil {
		t.Errorf("an empty list gives %v, %v", got, err)
	}
}

func TestSizesAreOpenCLs(t *testing.T) {
	for name, want := range map[string]int{"char": 1, "float": 4, "float3": 16, "float4": 16, "double2": 16, "ulong16": 128, "half8": 16} {
		if typ, ok := builtIn(name); !ok || typ.Size() != want {
			t.Errorf("%s takes %d bytes, want %d", name, typ.Size(), want)
		}
	}
}

func FuzzKernels(f *testing.F) {
	for _, text := range []string{
		"kernel void f(global float4 *x, int n) {}", "#if defined(A) && 1\n#define T float\n#else\n#endif\nkernel void f(T x) {}",
		"typedef struct { int a; } P; /* */ // \\\n", "__attribute__((x(1))) kernel void f(local int x[]) { \"}\" }", "#define A(x) x\nA(1)", "'\\''",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ks, err := Kernels(text)
		if err != nil {
			var at *Error
			if !errors.As(err, &at) || at.Line < 1 || at.Column < 1 || at.Message == "" {
				t.Fatalf("the error has no place: %#v", err)
			}
			return
		}
		for _, k := range ks {
			if k.Name == "" || k.Line < 1 || k.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("%+v is not in %q", k, text)
			}
			list := make([]string, len(k.Parameters))
			for i, p := range k.Parameters {
				list[i] = p.String()
				if p.Name == "" || p.Type.Size() == 0 {
					t.Fatalf("%+v in %q", p, text)
				}
			}
			// What is read, written and read again is the same.
			again, err := Kernels("kernel void f(" + strings.Join(list, ", ") + ") {}")
			if err != nil || show([]Kernel{{Parameters: again[0].Parameters}}) != show([]Kernel{{Parameters: k.Parameters}}) {
				t.Fatalf("%s became %v, %v", show(ks), again, err)
			}
		}
	})
}
