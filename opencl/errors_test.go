package opencl

import (
	"errors"
	"strings"
	"testing"

	"github.com/warren-go/warren/opencl/internal/driver"
	"github.com/warren-go/warren/opencl/internal/translate"
)

func TestErrorsOfPartsNameThePackageOnce(t *testing.T) {
	inner := refused("NewBuffer", "the context %w", ErrClosed)
	err := failed("Array.Sum", failed("reduce", inner))
	if want := "opencl: Array.Sum: reduce: NewBuffer: the context is closed"; err.Error() != want {
		t.Errorf("%v, not %s", err, want)
	}
	if !errors.Is(err, ErrClosed) || !errors.Is(err, inner) {
		t.Error("the error hides what caused it")
	}
}

func TestWhatWasNotBuiltHasNoKernel(t *testing.T) {
	var p *Program
	if _, err := p.Kernel("add"); err == nil || !strings.Contains(err.Error(), "look at the error of Build") {
		t.Error(err)
	}
}

func TestAContextSaysWhatItIs(t *testing.T) {
	c := newContext(t)
	b := bufferOf[float32](t, c, 1, 2)
	if text := c.String(); !strings.Contains(text, c.Device().Name()) || !strings.Contains(text, "1 buffers") {
		t.Error(text)
	}
	b.Close()
	closed := must(NewContext(c.Device()))(t)
	closed.Close()
	if _, err := NewBuffer[float32](closed, 1); !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "the context is closed") {
		t.Error(err)
	}
}

func TestKernelsInGoNeedWhatTheyUse(t *testing.T) {
	c := contextWith(t, func(d *driver.DeviceInfo) { d.Float64, d.Extensions = false, "" })
	for _, test := range []struct {
		kernel translate.Kernel
		want   string
	}{
		{translate.Kernel{Float64: true}, "it uses float64, which"},
		{translate.Kernel{Int64Atomics: true}, "atomic functions on numbers of 64 bits, which"},
	} {
		w := &compilation{context: c}
		if _, err := w.build(&goFunction{name: "k"}, &test.kernel); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v does not say %q", err, test.want)
		}
	}
}

// A generator that is not nil beside an error would be called.
func TestWhatFailsIsNil(t *testing.T) {
	c := newContext(t)
	a, closed := toDevice(t, c, 1, 2, 3), toDevice(t, c, 1, 2, 3)
	closed.Close()
	elementwise, err1 := NewElementwiseKernel("int *x", "x[i] = y", "wrong", On(c))
	reduction, err2 := NewReductionKernel[int]("0", "a+b", "y", "const long *x", On(c))
	scan, err3 := NewScanKernel[int](Scan{Arguments: "const long *x", Input: "y", Reduce: "a+b", Neutral: "0", Output: ";"}, On(c))
	mapped, err4 := Map[int]("a + b", Vars{"a": a})
	sum, err5 := a.Add(closed)
	copied, err6 := closed.Copy()
	for i, test := range []struct {
		isNil bool
		err   error
	}{{elementwise == nil, err1}, {reduction == nil, err2}, {scan == nil, err3}, {mapped == nil, err4}, {sum == nil, err5}, {copied == nil, err6}} {
		if !test.isNil || test.err == nil {
			t.Errorf("%d: nil is %v, the error %v", i+1, test.isNil, test.err)
		}
	}
}
