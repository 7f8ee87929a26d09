package bind

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

func TestSignaturesHaveGosTypes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"kernel void f() {}", "func f(r opencl.Range) *opencl.Event"},
		{"kernel void f(global const float *a, global float *b, int n, float x) {}",
			"func f(r opencl.Range, a, b opencl.MemoryOf[float32], n int32, x float32) *opencl.Event"},
		{"kernel void f(local double *t, constant uchar *c, global half *h) {}",
			"func f(r opencl.Range, t opencl.LocalMemory, c opencl.MemoryOf[uint8], h opencl.MemoryOf[uint16]) *opencl.Event"},
		{"kernel void f(global float4 *v, float4 x, int3 y, ulong2 z) {}", "func f(r opencl.Range, v opencl.Memory, x [4]float32, y [4]int32, z [2]uint64) *opencl.Event"},
		{"kernel void f(int type, int range, int r) {}", "func f(r_ opencl.Range, type_, range_, r int32) *opencl.Event"},
		{"kernel void f(int func, int func_, char r, char r_) {}", "func f(r__ opencl.Range, func_, func__ int32, r, r_ int8) *opencl.Event"},
	} {
		b, err := New(c.text, Options{})
		if err != nil || b.Functions[0].Signature != c.want {
			t.Errorf("%s becomes %+v, %v; want %s", c.text, b, err, c.want)
		}
	}
}

func TestDeclarationsAreGoInTheLinesOfTheKernels(t *testing.T) {
	const text = "\n\n// a `quoted` word\nkernel void first(int n) {}\n\nkernel void second(\n  global float *x)\n{\n}\n"
	b, err := New(text, Options{Build: `-D X="1"`})
	if err != nil {
		t.Fatal(err)
	}
	code := b.Declarations() + "func _() { " + b.Build() + " }\n"
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", "package p;"+code, 0)
	if err != nil {
		t.Fatalf("%v in\n%s", err, code)
	}
	at := map[string]int{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			at[f.Name.Name] = files.Position(f.Pos()).Line
		}
	}
	if at["first"] != 4 || at["second"] != 6 {
		t.Errorf("functions stand in lines %v of\n%s", at, code)
	}
	for _, want := range []string{`return firstSource.Run("first", "-D X=\"1\"", r, n)`, `return firstSource.Run("second", "-D X=\"1\"", r, x)`, "firstSource.Must("} {
		if !strings.Contains(code, want) {
			t.Errorf("%s is not in\n%s", want, code)
		}
	}
}

func TestTextsThatGiveNoFunctionsAreRefusedWithThePlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "1:1: there is no kernel here"},
		{"\n\nfloat f(float x) { return x; }", "3:1: there is no kernel here"},
		{"kernel void range(int n) {}", "1:13: kernel range cannot be a function of Go, where range is a keyword"},
		{"\nkernel void main() {}", "2:13: kernel main cannot be"},
		{"kernel void opencl() {}", "is the package that runs it"},
		{"kernel void f(struct P p) {}", "1:15: parameter p: struct P"},
	} {
		_, err := New(c.text, Options{})
		var at *Error
		if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v; want %s", c.text, err, c.want)
		}
	}
}

func ExampleNew() {
	b, err := New("kernel void scale(global float *x, float a, int n) { int i = get_global_id(0); if (i < n) x[i] *= a; }", Options{})
	fmt.Println(b.Functions[0].Signature, err)
	// Output: func scale(r opencl.Range, x opencl.MemoryOf[float32], a float32, n int32) *opencl.Event <nil>
}

func FuzzNew(f *testing.F) {
	f.Add("kernel void f(global float *r, int type, float4 v) {}\nkernel void g(local int *a) {}", "-D X=1")
	f.Add("`\r\n kernel void f(int r, int r_) {}", "`")
	f.Fuzz(func(t *testing.T, text, options string) {
		b, err := New(text, Options{Build: options})
		if err != nil {
			return
		}
		for _, declared := range b.Functions {
			if !token.IsIdentifier(declared.Name) {
				return // a letter that OpenCL C takes no more than Go
			}
		}
		code := "package p;" + b.Declarations() + "func _() { " + b.Build() + " }"
		if _, err := parser.ParseFile(token.NewFileSet(), "", code, 0); err != nil && !strings.ContainsFunc(text, func(r rune) bool { return r > 127 || r == 0 }) {
			t.Fatalf("%v in\n%s", err, code)
		}
	})
}
