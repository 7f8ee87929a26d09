package translate

import (
	"errors"
	"strings"
	"testing"
)

// kernelIn returns declarations as they stand in a notebook's cell.
func kernelIn(text string) []File { return []File{{Name: "cell[7]", Line: 1, Text: text}} }

func TestRefusalsSayWhatWhereAndWhatInstead(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string // one for each refusal, in order
	}{
		{"no item", "func k(x []int) {}", []string{"cell[7]:1:6: k does not take an opencl.Item first"}},
		{"result", "func k(it opencl.Item) int { return 1 }", []string{"a kernel returns nothing; write results into a slice"}},
		{"map", "func k(it opencl.Item, x map[int]int) { x[1] = 2 }", []string{"1:24: the type map[int]int: kernels have no maps"}},
		{"map literal", "func k(it opencl.Item) {\n\tx := map[int]int{}\n\t_ = x\n}", []string{"2:7: a literal of type map[int]int"}},
		{"string", `func k(it opencl.Item, s string) {}`, []string{"the type string: kernels have no strings"}},
		{"string literal", `func k(it opencl.Item) { s := "a"; _ = s }`, []string{"1:31: the type string"}},
		{"complex", `func k(it opencl.Item, x []complex128) {}`, []string{"OpenCL C has no complex numbers"}},
		{"channel", "func k(it opencl.Item, c chan int) { c <- 1; <-c }", []string{"the type chan int", "a send", "a receive"}},
		{"go", "func k(it opencl.Item) { go f() }\nfunc f() {}", []string{"1:26: a go statement: kernels start no goroutines; each work-item is one"}},
		{"defer", "func k(it opencl.Item) { defer f() }\nfunc f() {}", []string{"a defer statement"}},
		{"select", "func k(it opencl.Item) { select {} }", []string{"a select statement"}},
		{"goto", "func k(it opencl.Item) {\nl:\n\tgoto l\n}", []string{"3:2: a goto statement"}},
		{"closure", "func k(it opencl.Item) { f := func() {}; f() }", []string{"a function literal: kernels have no closures; declare a function at top level"}},
		{"called literal", "func k(it opencl.Item) { func() {}() }", []string{"which is not a function by name"}},
		{"function value", "func k(it opencl.Item, f func()) { f() }", []string{"1:24: the type func()"}},
		{"append", "func k(it opencl.Item, x []int) { x = append(x, 1) }", []string{"append: kernels cannot allocate memory; pass a slice"}},
		{"make", "func k(it opencl.Item) { x := make([]int, 3); x[0] = 1 }", []string{"make: kernels cannot allocate memory"}},
		{"new", "func k(it opencl.Item) { x := new(int); *x = 1 }", []string{"new: kernels cannot allocate memory"}},
		{"slice literal", "func k(it opencl.Item) { x := []int{1}; x[0] = 1 }", []string{"a literal of type []int"}},
		{"nil slice", "func k(it opencl.Item) { var x []int; _ = len(x) }", []string{"the slice x starts as nil"}},
		{"interface", "func k(it opencl.Item, x any) { _ = x.(int) }", []string{"the type any", "a type assertion"}},
		{"type switch", "func k(it opencl.Item, x any) { switch x.(type) {} }", []string{"the type any", "a type switch"}},
		{"recursion", "func k(it opencl.Item) { f(3) }\nfunc f(n int) { if n > 0 { f(n - 1) } }", []string{"2:28: a call of f within itself: kernels have no stack for recursion; write a loop"}},
		{"recursion by two", "func k(it opencl.Item) { f(3) }\nfunc f(n int) { g(n) }\nfunc g(n int) { f(n) }", []string{"3:17: a call of f within itself"}},
		{"variable", "var n = 3\nfunc k(it opencl.Item, x []int) { x[0] = n }", []string{"2:42: n is a variable of the package, which a kernel cannot reach; pass it as a parameter"}},
		{"pointer", "func k(it opencl.Item, p *int) { *p = 1 }", []string{"the type *int: kernels have pointers only to what opencl.LocalVar returns"}},
		{"address", "func k(it opencl.Item) { x := 1; p := &x; *p = 2 }", []string{"the address of a variable"}},
		{"nil", "func k(it opencl.Item, x []int) { if x == nil { x[0] = 1 } }", []string{"a comparison of values of type []int"}},
		{"method", "type T int\nfunc (t T) Twice() T { return 2 * t }\nfunc k(it opencl.Item, x []T) { x[0] = x[1].Twice() }", []string{"the method x[1].Twice: kernels call functions only; declare it as a function"}},
		{"generic", "func f[T int | int32](x T) T { return x }\nfunc k(it opencl.Item, x []int) { x[0] = f(x[0]) }", []string{"f is generic"}},
		{"generic kernel", "func k[T int | int32](it opencl.Item, x []T) { x[0] = 1 }", []string{"k is generic"}},
		{"variadic", "func f(x ...int) int { return x[0] }\nfunc k(it opencl.Item, x []int) { x[0] = f(1, 2) }", []string{"1:8: a list of arguments"}},
		{"panic", `func k(it opencl.Item) { panic("no") }`, []string{"panic: an item of a kernel cannot end the others"}},
		{"print", `func k(it opencl.Item) { println(3) }`, []string{"println: kernels cannot print"}},
		{"math", "func k(it opencl.Item, x []float64) { x[0] = math.J0(x[1]) }", []string{"math.J0 has no counterpart in OpenCL C"}},
		{"bits", "func k(it opencl.Item, x []uint64) { x[0] = bits.Reverse64(x[1]) }", []string{"math/bits.Reverse64 has no counterpart"}},
		{"cap", "func k(it opencl.Item, x []int) { x[0] = cap(x) }", []string{"cap: slices of kernels have no capacity; use len"}},
		{"copy", "func k(it opencl.Item, x, y []int) { copy(x, y) }", []string{"copy is not available in a kernel; write a loop"}},
		{"full slice", "func k(it opencl.Item, x []int) { y := x[0:1:2]; y[0] = 1 }", []string{"a slice with a capacity"}},
		{"slice of array", "func k(it opencl.Item) { var a [4]int; b := a[:]; b[0] = 1 }", []string{"a slice of a value of type [4]int"}},
		{"slices within", "type s struct{ x []int }\nfunc k(it opencl.Item, v []s) { v[0].x[0] = 1 }", []string{"the type s: not all of its fields"}},
		{"slice of slices", "func k(it opencl.Item, v [][]int) { v[0][0] = 1 }", []string{"the type []int: slices are parameters"}},
		{"empty struct", "func k(it opencl.Item, v struct{}) {}", []string{"OpenCL C has no types of size zero"}},
		{"empty array", "func k(it opencl.Item) { var v [0]int; _ = v }", []string{"OpenCL C has no types of size zero"}},
		{"uintptr", "func k(it opencl.Item, v uintptr) {}", []string{"the type uintptr"}},
		{"range string", `func k(it opencl.Item) { for range "abc" { f() } }` + "\nfunc f() {}", []string{"a range loop over a value of type string"}},
		{"range function", "func k(it opencl.Item) { for range f { f(nil) } }\nfunc f(yield func() bool) {}", []string{"a range loop over a value of type func"}},
		{"item value", "func k(it opencl.Item) { j := it; _ = j.GlobalID(0) }", []string{"1:31: the item is used as a value"}},
		{"LocalVar in a block", "func k(it opencl.Item) {\n\tif true {\n\t\tx := opencl.LocalVar[int32](it)\n\t\t*x = 1\n\t}\n}", []string{"3:8: opencl.LocalVar within a block"}},
		{"LocalVar in a helper", "func k(it opencl.Item) { f(it) }\nfunc f(it opencl.Item) { x := opencl.LocalVar[int32](it); *x = 1 }", []string{"2:31: opencl.LocalVar within a block or a function"}},
		{"LocalVar alone", "func k(it opencl.Item) { *opencl.LocalVar[int32](it) = 1 }", []string{"the value of opencl.LocalVar is used without a variable"}},
		{"LocalVar of a map", "func k(it opencl.Item) { x := opencl.LocalVar[map[int]int](it); _ = x }", []string{"the type *map[int]int"}},
		{"atomic on own", "func k(it opencl.Item) { x := int32(1); opencl.AtomicAdd(&x, 1) }", []string{"an atomic operation on a variable of one item's own"}},
		{"undeclared", "func k(it opencl.Item) { undefined() }", []string{"1:26: undefined: undefined"}},
		{"wrong type", "func k(it opencl.Item, x []int) { x[0] = 1.5 }", []string{"1.5"}},
		{"other package", "func k(it opencl.Item, x []int) { x[0] = os.Getpid() }", []string{"os"}},
		{"several", "var n int\nfunc k(it opencl.Item, s string) {\n\tdefer f()\n\tgo f()\n}\nfunc f() { n++ }", []string{"2:24: the type string", "3:2: a defer", "4:2: a go"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			k, err := Function(kernelIn(test.text), "k", Options{})
			var refusals Refusals
			if !errors.As(err, &refusals) {
				t.Fatalf("%v, %+v", err, k)
			}
			if len(refusals) != len(test.want) {
				t.Fatalf("%d refusals, not %d:\n%v", len(refusals), len(test.want), err)
			}
			for i, r := range refusals {
				if !strings.Contains(r.String(), test.want[i]) {
					t.Errorf("%v\nnot: %s", r, test.want[i])
				}
			}
		})
	}
}

func TestPackagesThatKernelsDoNotKnowAreRefusedByName(t *testing.T) {
	file := File{Name: "k.go", Text: "package p\n\nimport (\n\t\"fmt\"\n\tcl \"" + Package + "\"\n)\n\nfunc k(it cl.Item) {\n\tfmt.Println(3)\n}\n"}
	_, err := Function([]File{file}, "k", Options{})
	if err == nil || err.Error() != "k.go:9:2: fmt.Println: kernels cannot use package fmt; they know math, math/bits and opencl" {
		t.Error(err)
	}
}

func TestWhatAKernelDoesNotNeedMayBeAnything(t *testing.T) {
	files := []File{
		{Name: "k.go", Text: "package p\n\nimport (\n\t\"os\"\n\t\"" + Package + "\"\n)\n\nvar x = os.Args\n\nfunc k(it opencl.Item, y []int) {\n\tx := 3\n\ty[0] = x * two\n}\n\nfunc other() { os.Exit(1) }\n"},
		{Name: "l.go", Text: "package p\n\nimport \"example.com/unknown\"\n\nconst two = 2\n\nvar z = unknown.Thing{}\n"},
	}
	if _, err := Function(files, "k", Options{}); err != nil {
		t.Error(err)
	}
}

func TestUnknownFunctionsAndBrokenSourceAreErrors(t *testing.T) {
	for name, files := range map[string][]File{
		"none":     nil,
		"missing":  kernelIn("func other(it opencl.Item) {}"),
		"variable": kernelIn("var k = 3"),
		"broken":   kernelIn("func k(it opencl.Item) {"),
		"no body":  {{Name: "k.go", Text: "package p\n\nfunc k()\n"}},
	} {
		if k, err := Function(files, "k", Options{}); err == nil {
			t.Errorf("%s: %+v", name, k)
		}
	}
}

func TestWhatAKernelNeedsOfADevice(t *testing.T) {
	for _, test := range []struct {
		name, text             string
		double, atomics, waits bool
	}{
		{"integers", "func k(it opencl.Item, x []int) { x[0]++ }", false, false, false},
		{"float32", "func k(it opencl.Item, x []float32) { x[0] = x[1]*0.5 + float32(math.Sin(float64(x[0]))) }", false, false, false},
		{"constants", "const half = 0.5\nfunc k(it opencl.Item, x []float32) { x[0] *= half * math.Pi }", false, false, false},
		{"float64 parameter", "func k(it opencl.Item, x float64) {}", true, false, false},
		{"float64 within", "func k(it opencl.Item, x []float32) { x[0] = float32(float64(x[0]) * 0.1) }", true, false, false},
		{"math", "func k(it opencl.Item, x []float32) { x[0] = float32(math.Pow(float64(x[0]), 0.1)) }", true, false, false},
		{"atomic int32", "func k(it opencl.Item, x []int32) { opencl.AtomicAdd(&x[0], 1) }", false, false, false},
		{"atomic int", "func k(it opencl.Item, x []int) { opencl.AtomicAdd(&x[0], 1) }", false, true, false},
		{"barrier", "func k(it opencl.Item) { f(it) }\nfunc f(it opencl.Item) { it.Barrier() }", false, false, true},
	} {
		k, err := Function(kernelIn(test.text), "k", Options{})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if k.Float64 != test.double || k.Int64Atomics != test.atomics || k.Barrier != test.waits {
			t.Errorf("%s: %v %v %v\n%s", test.name, k.Float64, k.Int64Atomics, k.Barrier, k.Source)
		}
	}
}

func TestOnlySlicesThatMayChangeCountAsWritten(t *testing.T) {
	k, err := Function(kernelIn(`func k(it opencl.Item, read, write, atomic, passed, part, only []int32) {
	write[0] = read[1] + only[0]
	opencl.AtomicAdd(&atomic[0], 1)
	change(read, passed[1:])
	y := part[1:]
	y[0]++
	look(only)
}
func change(a, b []int32) { b[0] = a[0] }
func look(a []int32) int32 { return a[0] }`), "k", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, true, true, true, true, false} {
		if p := k.Parameters[i]; p.Written != want {
			t.Errorf("%s: written %v", p.Name, p.Written)
		}
	}
}

func TestLinesOfTheSourceLeadBackToGo(t *testing.T) {
	k, err := Function(kernelIn("func k(it opencl.Item, x []int) {\n\tx[0] = 1\n\n\tx[1] = 2\n}"), "k", Options{})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(k.Source, "\n")
	if len(lines) != len(k.Lines)+1 {
		t.Fatalf("%d lines, %d positions", len(lines), len(k.Lines))
	}
	for i, l := range lines {
		for text, line := range map[string]int{"] = 1;": 2, "] = 2;": 4} {
			if strings.HasSuffix(l, text) && k.Lines[i].Line != line {
				t.Errorf("%s: line %d", l, k.Lines[i].Line)
			}
		}
	}
}

func TestFaultsSayWhere(t *testing.T) {
	k, err := Function(kernelIn("func k(it opencl.Item, x []int) {\n\tx[x[1]] = x[0] / x[2] << x[3]\n\t_ = x[1:x[0]]\n}"), "k", Options{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[FaultKind]bool{}
	for _, f := range k.Faults {
		seen[f.Kind] = true
		if f.Pos.Filename != "cell[7]" || f.Pos.Line < 2 || f.Text == "" || f.Message(1, 2) == "" {
			t.Errorf("%+v", f)
		}
	}
	if len(seen) != 4 {
		t.Errorf("kinds of faults: %v", seen)
	}
	if k, _ := Function(kernelIn("func k(it opencl.Item, x []int) { x[0]++ }"), "k", Options{Unchecked: true}); len(k.Faults) > 0 || strings.Contains(k.Source, "go_") {
		t.Errorf("without checks: %s", k.Source)
	}
}

func TestShiftsBeyondTheWidthAreConstants(t *testing.T) {
	for text, want := range map[string]string{
		"x[0] << 8": "(char)0", "x[0] >> 9": ">> 7", "x[0] << 3": "<< 3", "y[0] >> 8": "(uchar)0",
	} {
		k, err := Function(kernelIn("func k(it opencl.Item, x []int8, y []uint8, z []int) { z[0] = int("+text+") }"), "k", Options{Unchecked: true})
		if err != nil || !strings.Contains(k.Source, want) {
			t.Errorf("%s: %v\n%s", text, err, k.Source)
		}
	}
}

func FuzzFunction(f *testing.F) {
	for _, s := range []string{
		"func k(it opencl.Item, x []int) { x[0] = 1 }",
		"type t struct { a [3]int; t2 }\ntype t2 struct{ b bool }\nfunc k(it opencl.Item, x []t, y [2]t) { x[0], y[1].a[2] = y[0], 3 }",
		"func k(it opencl.Item, x []float32) { for i, v := range x[1:] { switch { case v > 1: continue; default: x[i], _ = f(v, 1) } } }\nfunc f(a, b float32) (c, d float32) { return }",
		"const c = iota\nfunc k(it opencl.Item) { l := opencl.LocalVar[[4]int32](it); l[c]++; it.Barrier(); opencl.AtomicAdd(&l[0], 1) }",
		"func k(it opencl.Item, x []int) { a: for { if x[0] == 1 && k2(x) > 2 { break a }; continue a } }\nfunc k2(x []int) int { return min(x[0], max(3, 4)) / x[1] << x[2] }",
		"func k(it opencl.Item, x ...int) { var a, b = 1, x; _, _ = a, b; x[0] += len(x[1:2:3]) }",
		"func k(it opencl.Item, x struct{ _, _ int }) { defer k(it, x); x = x; _ = x == x; goto l; l: }",
		"func (k) k() {}; type k k; func k(it opencl.Item, x [1<<40][1<<40]int) { x[it.GlobalID(1)][2]-- }",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, unchecked := range []bool{false, true} {
			k, err := Function(kernelIn(text), "k", Options{Unchecked: unchecked})
			if err == nil && (k.Source == "" || k.Name == "") {
				t.Error("neither a kernel nor an error")
			}
			if err == nil {
				l := Launch{Global: [3]int64{10, 1, 1}, Arguments: make([]int64, len(k.Parameters))}
				if fast := k.Without(k.Prove(l)); len(fast.Faults) > len(k.Faults) || fast.Name != k.Name {
					t.Errorf("without what was proven: %+v", fast)
				}
			}
		}
	})
}
