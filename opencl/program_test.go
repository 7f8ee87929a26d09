package opencl

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/warren-go/warren/opencl/internal/binaries"
	"github.com/warren-go/warren/opencl/internal/cltest"
	"github.com/warren-go/warren/opencl/internal/driver"
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

// What a compiler writes to standard error, a notebook would show beside the error.
func TestFailedBuildsWriteNothingToStandardError(t *testing.T) {
	cltest.NeedDevice(t)
	const source = "__kernel void add(__global float *x) { int unused; x[0] = y; }"
	if os.Getenv("FAILED_BUILD") != "" {
		if _, err := newContext(t).Build(source); err == nil {
			t.Error("it was built")
		}
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), "FAILED_BUILD=1")
	var output, stderr strings.Builder
	child.Stdout, child.Stderr = &output, &stderr
	if err := child.Run(); err != nil {
		t.Fatal(err, output.String())
	}
	if stderr.Len() > 0 {
		t.Errorf("%q", &stderr)
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

// A type of the program's own stands for what the source says.
func TestParametersOfNamedTypesAreKnown(t *testing.T) {
	c := newContext(t)
	k := build(t, c, "typedef float real;\n#define N int\n__kernel void half_of(__global real *x, N n, real f) { x[n] *= f; }")
	want := []Parameter{{"x", "float*", GlobalSpace, false}, {"n", "int", Value, false}, {"f", "float", Value, false}}
	if got := k.Parameters(); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	x := bufferOf(t, c, float32(3))
	launch(t, k, Global(1), x, 0, 0.5)
	if got := read(t, x)[0]; got != 1.5 {
		t.Error(got)
	}
}

func TestParametersWithoutTheDriver(t *testing.T) {
	read := signatures(manyParameters, nil)
	got := merge(driver.KernelInfo{Arguments: 7}, read["many"])
	if len(got) != 7 || got[0].String() != "__global float* x" || got[3].String() != "__local float* l" || got[6].String() != "float4 f4" {
		t.Errorf("%v", got)
	}
	unknown := merge(driver.KernelInfo{Arguments: 2}, nil)
	if len(unknown) != 2 || unknown[0].Space != unknownSpace {
		t.Errorf("%+v", unknown)
	}
}

// useStore has built programs kept in a folder of the test's own.
func useStore(t *testing.T) string {
	t.Helper()
	dir, before := t.TempDir(), built
	built = sync.OnceValue(func() *binaries.Store { return storeFor(dir) })
	t.Cleanup(func() { built = before })
	return dir
}

func TestBuiltProgramsAreKept(t *testing.T) {
	dir := useStore(t)
	source := fmt.Sprintf("// %s\n__kernel void put(__global int *x, int n) { x[0] = n + N; }", t.Name())
	for i, n := range []int32{1, 2, 1, 2} {
		c := newContext(t)
		k := build(t, c, source, fmt.Sprintf("-DN=%d", n))
		x := bufferOf(t, c, int32(0))
		launch(t, k, Global(1), x, 40)
		if got := read(t, x)[0]; got != 40+n {
			t.Errorf("build %d gives %d", i, got)
		}
		if k.Parameters()[1].Type != "int" {
			t.Errorf("build %d: parameters %v", i, k.Parameters())
		}
	}
	if files := list(t, dir); len(files) != 2 {
		t.Errorf("kept: %v", files)
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestDamagedProgramsAreBuiltAgain(t *testing.T) {
	dir := useStore(t)
	const source = "__kernel void put(__global int *x) { x[0] = 42; }"
	c := newContext(t)
	build(t, c, source)
	for _, file := range list(t, dir) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 0xff
		if err := os.WriteFile(file, b[:len(b)-100], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	x := bufferOf(t, c, int32(0))
	launch(t, build(t, c, source), Global(1), x)
	if got := read(t, x)[0]; got != 42 {
		t.Error(got)
	}
}

func TestSourcesThatIncludeAreNotKept(t *testing.T) {
	dir, include := useStore(t), t.TempDir()
	c := newContext(t)
	for n := range 2 {
		text := fmt.Sprintf("#define N %d\n", n)
		if err := os.WriteFile(filepath.Join(include, "n.h"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		build(t, c, "#include \"n.h\"\n__kernel void put(__global int *x) { x[0] = N; }", "-I", include)
	}
	if files := list(t, dir); len(files) != 0 {
		t.Errorf("kept: %v", files)
	}
}

func TestProgramAfterClose(t *testing.T) {
	c := newContext(t)
	k := build(t, c, "__kernel void one() {}")
	for range 2 {
		if err := k.Program().Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Launch(nil, Global(1)); !errors.Is(err, ErrClosed) || err.Error() != "opencl: Kernel.Launch: one: the program is closed" {
		t.Error(err)
	}
	c.Close()
	if _, err := c.Build("__kernel void one() {}"); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestBuildRefusesAZeroByte(t *testing.T) {
	c := newContext(t)
	if _, err := c.Build("__kernel void one() {}\x00garbage"); err == nil || !strings.Contains(err.Error(), "a zero byte at 22") {
		t.Error(err)
	}
	if _, err := c.Build("__kernel void one() {}", "-D\x00X"); err == nil {
		t.Error("an option with a zero byte is taken")
	}
}
