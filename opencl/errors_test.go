package opencl

import (
	"errors"
	"strings"
	"testing"
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
