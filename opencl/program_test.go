package opencl

import (
	"errors"
	"strings"
	"testing"
)

func TestBuildSaysWhereTheSourceIsWrong(t *testing.T) {
	c := newContext(t)
	_, err := c.Build("__kernel void add(__global float *x) {\n\tx[0] = y;\n}\n")
	var wrong *BuildError
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	if len(wrong.Lines) == 0 || wrong.Lines[0].Line != 2 || wrong.Lines[0].Kind != "error" || wrong.Lines[0].Text != "\tx[0] = y;" {
		t.Errorf("%+v\n%s", wrong.Lines, wrong.Log)
	}
	if !strings.Contains(err.Error(), "2:9: error: use of undeclared identifier 'y'") || strings.Contains(err.Error(), "\x00") {
		t.Errorf("%q", err)
	}
}

func TestKernelNamesWhatThereIs(t *testing.T) {
	c := newContext(t)
	p, err := c.Build("__kernel void one() {} __kernel void two() {}")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Kernel("two"); err != nil {
		t.Error(err)
	}
	if _, err := p.Kernel("three"); err == nil || !strings.Contains(err.Error(), `there is no kernel "three", but one, two`) {
		t.Error(err)
	}
	none, err := c.Build("int f() { return 1; }")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Kernel("f"); err == nil || !strings.Contains(err.Error(), "the program has none") {
		t.Error(err)
	}
}

func TestBuildTakesOptions(t *testing.T) {
	c := newContext(t)
	k := build(t, c, "__kernel void put(__global int *x) { x[0] = N; }", "-D", "N=7")
	x := bufferOf(t, c, int32(0))
	launch(t, k, Global(1), x)
	if got := read(t, x)[0]; got != 7 {
		t.Error(got)
	}
}
