package magic

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/warren-go/warren/kernel/engine"
)

// openCL gives the session a device, or skips the test.
func openCL(s *session) {
	s.t.Helper()
	if got := s.run("opencl.Default(); if _, err := opencl.Default(); err != nil { fmt.Print(err) }"); got != "" {
		s.t.Skip(got)
	}
}

const clMust = "func must[T any](x T, err error) T { if err != nil { panic(err) }; return x }\n"

func TestOpenCLKernelsBecomeFunctions(t *testing.T) {
	s := newSession(t)
	openCL(s)
	s.steps([]step{
		{"%%cl_kernel -o \"-D FACTOR=3\"\nkernel void scale(global float *x, int n)\n{\n\tint i = get_global_id(0);\n\tif (i < n) x[i] *= FACTOR;\n}\n\nkernel void iota(global float *x) { x[get_global_id(0)] = get_global_id(0); }",
			`func scale\(r opencl.Range, x opencl.MemoryOf\[float32\], n int32\) \*opencl.Event\nfunc iota\(r opencl.Range, x opencl.MemoryOf\[float32\]\) \*opencl.Event\n`},
		{clMust + "x := must(opencl.NewBuffer[float32](nil, 4))\niota(opencl.Global(4), x)\nscale(opencl.Global(4), x, 3)\nfunc show() { h := make([]float32, 4); x.Read(h, 0); fmt.Println(h) }\nshow()", `\[0 3 6 3\]\n`},

		// Go checks the call.
		{"scale(opencl.Global(4), x)", `ERROR compile error: cell\[4\]:1:.* not enough arguments.*`},
		{"scale(opencl.Global(4), must(opencl.NewBuffer[int32](nil, 4)), 3)", `ERROR compile error: cell\[5\]:1:.*`},

		// What does not compile changes nothing.
		{"%%cl_kernel\n\nkernel void scale(global float *x)\n{\n\tx[0] = y;\n}", `ERROR compile error: cell\[6\]:5:9: use of undeclared identifier 'y'`},
		{"scale(opencl.Global(4), x, 4); show()", `\[0 9 18 9\]\n`},

		// A new definition takes the place of the old one, also for callers.
		{"func twice() { iota(opencl.Global(4), x); iota(opencl.Global(2), x); show() }\ntwice()", `\[0 1 2 3\]\n`},
		{"%%cl_kernel\nkernel void iota(global float *x) { x[get_global_id(0)] += 10; }", `func iota\(.*\n`},
		{"twice()", `\[20 21 12 13\]\n`},

		{"iota(opencl.Global(4).Groups(3), x)", `ERROR panic: opencl: Kernel.Launch: iota: work-groups of 3 do not divide.*`},
		{"?scale", `<page>func scale\(r opencl.Range, .*declared at cell\[2\]:\d\n.*</page>\n`},
	})
}

func TestCellsThatHoldNoKernelSayWhatIsWrong(t *testing.T) {
	s := newSession(t)
	s.steps([]step{
		{"%%cl_kernel", `ERROR magic error: cell\[1\]:1: %%cl_kernel: the cell is empty.*`},
		{"%%cl_kernel\n\nfloat f(float x) { return x; }", `ERROR compile error: cell\[2\]:3:1: there is no kernel here.*`},
		{"%%cl_kernel\nkernel void f(struct P p) {}", `ERROR compile error: cell\[3\]:2:15: parameter p: struct P is no type.*`},
		{"%%cl_kernel\nkernel void f(int n) {", `ERROR compile error: cell\[4\]:2:22: this { is never closed`},
		{"%%cl_kernel -O3\nkernel void f(int n) {}", `ERROR magic error: cell\[5\]:1: %%cl_kernel: -O3 is not understood.*`},
		{"%%cl_kernel -o\nkernel void f(int n) {}", `ERROR .*write the options behind -o.*`},
		{"%cl_kernel", `ERROR .*%cl_kernel takes a whole cell.*`},
	})
	t.Setenv("PATH", t.TempDir())
	if got := s.run("%%cl_kernel -check\nkernel void f(int n) {}"); !strings.Contains(got, "apt-get install oclgrind") {
		t.Errorf("without Oclgrind: %s", got)
	}
}

func TestAKernelThatEndsTheWorkerIsNamed(t *testing.T) {
	s := newSession(t)
	openCL(s)
	s.steps([]step{
		{"%%cl_kernel\nkernel void wild(global float *x, int n) { x[get_global_id(0) + n] = 1; }", `func wild\(.*\n`},
		{clMust + "c := must(opencl.Default())\nif c.Device().Type() != opencl.CPU { panic(\"a GPU survives this\") }\nx := must(opencl.NewBuffer[float32](c, 4))", ""},
	})
	err := s.m.Execute(t.Context(), "\nwild(opencl.Global(4), x, 1<<29)", 3, &recorder{})
	died, ok := errors.AsType[*engine.CellError](err)
	if !ok || died.Name != "worker died" {
		t.Fatalf("ended with %v", err)
	}
	for _, want := range []string{"The OpenCL kernel wild was running over [4], launched at cell[3]:2.", "-check"} {
		if !strings.Contains(strings.Join(died.Traceback, "\n"), want) {
			t.Errorf("%q is not in %q", want, died.Traceback)
		}
	}
	s.count = 3
	s.steps([]step{{clMust + "x := must(opencl.BufferOf(nil, make([]float32, 4)))\nwild(opencl.Global(4), x, 0);", ""}})
}

func TestCheckedKernelsAreSimulatedBeforeTheyRun(t *testing.T) {
	if _, err := exec.LookPath("oclgrind-kernel"); err != nil {
		t.Skip(err)
	}
	s := newSession(t)
	openCL(s)
	s.steps([]step{
		{"%%cl_kernel -check\nkernel void shift(global float *x, int n)\n{\n\tint i = get_global_id(0);\n\tx[i + n] = i;\n\tx[0] = 7;\n}", `func shift\(.*\n`},
		{clMust + "x := must(opencl.BufferOf(nil, []float32{1, 2, 3, 4}))\nfunc show() { h := make([]float32, 4); x.Read(h, 0); fmt.Println(h) }", ""},
		{"shift(opencl.Global(4), x, 1)", `ERROR panic: opencl: Kernel.Check: the kernel was not run: kernel shift over \[4\]: .* found`},
		{"show()", `\[1 2 3 4\]\n`},
		{"shift(opencl.Global(4), x, 0);", `warning: kernel shift over \[4\]: 1 found\n6:7: Write-write data race in global memory; .*x\[0\] = 7;\n`},
		{"show()", `\[7 1 2 3\]\n`},
	})
}
