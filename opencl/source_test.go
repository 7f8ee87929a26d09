package opencl

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/warren-go/warren/opencl/internal/cltest"
	"github.com/warren-go/warren/opencl/internal/oclgrind"
)

const scale Source = `kernel void scale(global float *x, float a, int n)
{
	int i = get_global_id(0);
	if (i < n BOUND)
		x[i] *= a;
}
`

// panics gives the error that f panics with.
func panics(f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err, _ = v.(error)
		}
	}()
	f()
	return nil
}

func TestKernelsOfASourceRunLikeFunctions(t *testing.T) {
	cltest.NeedDevice(t)
	b, err := BufferOf(nil, []float32{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	e := scale.Run("scale", "-D BOUND=", Global(4), b, float32(2), int32(3))
	got := make([]float32, 4)
	if err := b.Read(got, 0); err != nil || got[2] != 6 || got[3] != 4 {
		t.Errorf("got %v, %v", got, err)
	}
	if times, err := e.Times(); err != nil || times.Elapsed() < 0 {
		t.Errorf("the event tells %v, %v", times, err)
	}
	if text := e.String(); !regexp.MustCompile(`^Kernel\.Launch: scale: \S+ on the device$`).MatchString(text) {
		t.Errorf("the event is shown as %q", text)
	}
	if text := scale.Run("scale", "-D BOUND=", Global(0), b, float32(2), int32(3)).String(); text != "Kernel.Launch: scale: nothing to do" {
		t.Errorf("an event of nothing is shown as %q", text)
	}
}

func TestSourcesAreBuiltOnceForAContext(t *testing.T) {
	cltest.NeedDevice(t)
	c, err := NewContext(nil)
	if err != nil {
		t.Fatal(err)
	}
	first, err := scale.Build(c, "-D BOUND=")
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := scale.Build(c, "-D BOUND="); again != first {
		t.Error("it was built twice")
	}
	if other, _ := scale.Build(c, "-D BOUND=-1"); other == first {
		t.Error("options do not count")
	}
	first.Close()
	if again, err := scale.Build(c, "-D BOUND="); again == first || err != nil {
		t.Errorf("a closed program is found again: %v", err)
	}
	c.Close()
	if _, err := scale.Build(c, "-D BOUND="); !errors.Is(err, ErrClosed) {
		t.Errorf("in a closed context: %v", err)
	}
}

func TestWhatASourceCannotRunIsAPanicWithTheError(t *testing.T) {
	cltest.NeedDevice(t)
	b, err := BufferOf(nil, []float32{1})
	if err != nil {
		t.Fatal(err)
	}
	var build *BuildError
	if err := panics(func() { Source("kernel void f()\n{\n\ty = 1;\n}").Must("") }); !errors.As(err, &build) || len(build.Lines) == 0 || build.Lines[0].Line != 3 {
		t.Errorf("a source that does not compile: %v", err)
	}
	for _, c := range []struct {
		name, kernel string
		args         []any
		want         string
	}{
		{"no such kernel", "sclae", nil, `no kernel "sclae", but scale`},
		{"wrong type", "scale", []any{b, "2", int32(1)}, "argument 1"},
		{"nil buffer", "scale", []any{(*Buffer[float32])(nil), float32(2), int32(1)}, "nil"},
	} {
		if err := panics(func() { scale.Run(c.kernel, "-D BOUND=", Global(1), c.args...) }); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func needOclgrind(t *testing.T) {
	t.Helper()
	cltest.NeedDevice(t)
	if err := oclgrind.Find(); err != nil {
		t.Skip(err)
	}
}

func TestCheckNamesTheElementThatIsNotThere(t *testing.T) {
	needOclgrind(t)
	c, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Build("kernel void f(int n, global int *x, local int *t, global float4 *y)\n{\n\tint i = get_global_id(0);\n\ty[i - 1].x = x[i + n];\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	k, _ := p.Kernel("f")
	x, err := BufferOf(c, []int32{1, 2, 3, 4, 5})
	if err != nil {
		t.Fatal(err)
	}
	y, err := BufferOf(c, make([]float32, 16))
	if err != nil {
		t.Fatal(err)
	}
	report, err := k.Check(Global(4), int32(2), x, Local[int32](4), y)
	if err != nil {
		t.Fatal(err)
	}
	text := report.String()
	for _, want := range []string{"kernel f over [4]: 3 found", "4:13: Invalid write of size 4 in global memory; work-item (0,0,0): y[-1], and y has 4 elements",
		"4:15: Invalid read of size 4 in global memory; work-item (3,0,0): x[5], and x has 5 elements", "\ty[i - 1].x = x[i + n];"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if err := report.Err(); err == nil || !strings.Contains(err.Error(), "was not run") {
		t.Errorf("the error is %v", err)
	}
}

func TestCheckLeavesBuffersAlone(t *testing.T) {
	needOclgrind(t)
	x, err := BufferOf(nil, []float32{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	p, err := scale.Build(nil, "-D BOUND=")
	if err != nil {
		t.Fatal(err)
	}
	k, _ := p.Kernel("scale")
	report, err := k.Check(Global(2).Groups(2), x, float32(3), 2)
	if err != nil || len(report.Findings) > 0 || report.Err() != nil {
		t.Fatalf("found %v, %v", report, err)
	}
	got := make([]float32, 2)
	if err := x.Read(got, 0); err != nil || got[0] != 1 {
		t.Errorf("the buffer holds %v, %v", got, err)
	}
	if _, err := k.Check(Global(2).From(1), x, float32(3), 2); err == nil || !strings.Contains(err.Error(), "offset") {
		t.Errorf("an offset: %v", err)
	}
	if _, err := k.Check(Global(2), x); err == nil || !strings.Contains(err.Error(), "1 arguments") {
		t.Errorf("too few arguments: %v", err)
	}
	if report, err := k.Check(Global(0), x, float32(3), 2); err != nil || len(report.Findings) > 0 {
		t.Errorf("an empty range: %v, %v", report, err)
	}
}

func TestCheckedKernelsDoNotRunWhenTheyWouldWriteElsewhere(t *testing.T) {
	needOclgrind(t)
	x, err := BufferOf(nil, []float32{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	err = panics(func() { scale.RunChecked("scale", "-D BOUND=", Global(4), x, float32(3), int32(4)) })
	if err == nil || !strings.Contains(err.Error(), "x[2], and x has 2 elements") {
		t.Errorf("refused with %v", err)
	}
	got := make([]float32, 2)
	if err := x.Read(got, 0); err != nil || got[0] != 1 {
		t.Errorf("it ran: %v, %v", got, err)
	}
	if scale.RunChecked("scale", "-D BOUND=", Global(2), x, float32(3), int32(2)); x.Read(got, 0) != nil || got[1] != 6 {
		t.Errorf("it did not run: %v", got)
	}
}
