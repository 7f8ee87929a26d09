package opencl

import (
	"slices"
	"strings"
	"testing"
)

func TestBufferKeepsWhatIsWritten(t *testing.T) {
	c := newContext(t)
	for _, n := range []int{0, 1, 255, 256, 257, 1 << 20} {
		x := make([]int32, n)
		for i := range x {
			x[i] = int32(i)
		}
		if got := read(t, bufferOf(t, c, x...)); !slices.Equal(got, x) {
			t.Errorf("%d elements come back different", n)
		}
	}
}

func TestBufferPartsAreCopied(t *testing.T) {
	c := newContext(t)
	a, b := bufferOf[int64](t, c, 1, 2, 3, 4, 5), bufferOf[int64](t, c, 0, 0, 0)
	if err := a.Write([]int64{30, 40}, 2); err != nil {
		t.Fatal(err)
	}
	if err := a.CopyTo(b, 1, 2, 2); err != nil {
		t.Fatal(err)
	}
	two := make([]int64, 2)
	if err := b.Read(two, 1); err != nil || !slices.Equal(two, []int64{30, 40}) {
		t.Error(two, err)
	}
	if err := a.CopyTo(a, 0, 3, 2); err != nil {
		t.Fatal(err)
	}
	if got := read(t, a); !slices.Equal(got, []int64{40, 5, 30, 40, 5}) {
		t.Error(got)
	}
}

func TestFill(t *testing.T) {
	c := newContext(t)
	checkFill(t, c, 1000, int8(-3))
	checkFill(t, c, 1000, 2.5)
	checkFill(t, c, 100, [3]float32{1, 2, 3})
	checkFill(t, c, 100, pair{1, 2})
	checkFill(t, c, 10, [100]int32{99: 1})
	checkFill(t, c, 0, int32(7))
}

func checkFill[T comparable](t *testing.T, c *Context, n int, v T) {
	t.Helper()
	b, err := NewBuffer[T](c, n)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Fill(v); err != nil {
		t.Fatal(err)
	}
	for i, x := range read(t, b) {
		if x != v {
			t.Fatalf("element %d of %v is %v, not %v", i, b, x, v)
		}
	}
}

func TestBufferRefuses(t *testing.T) {
	c, other := newContext(t), newContext(t)
	b, d := bufferOf[int32](t, c, 1, 2, 3), bufferOf[int32](t, c, 1, 2, 3)
	foreign := bufferOf[int32](t, other, 1, 2, 3)
	closed := bufferOf[int32](t, c, 1)
	for range 2 {
		if err := closed.Close(); err != nil {
			t.Error(err)
		}
	}
	made := func(_ any, err error) error { return err }
	for _, test := range []struct {
		name string
		err  error
		says string
	}{
		{"write past the end", b.Write([]int32{1, 2}, 2), "opencl: Buffer.Write: 2 elements from number 2 on are not in a buffer of 3"},
		{"write before the beginning", b.Write([]int32{1}, -1), "from number -1 on"},
		{"read past the end", b.Read(make([]int32, 4), 0), "opencl: Buffer.Read: 4 elements"},
		{"read far away", b.Read(make([]int32, 1), 1<<62), "not in a buffer of 3"},
		{"read nothing far away", b.Read(nil, 4), "not in a buffer of 3"},
		{"write after Close", closed.Write([]int32{1}, 0), "the buffer is closed"},
		{"fill after Close", closed.Fill(1), "the buffer is closed"},
		{"copy to nil", b.CopyTo(nil, 0, 0, 1), "the destination is nil"},
		{"copy elsewhere", b.CopyTo(foreign, 0, 0, 1), "different contexts"},
		{"copy onto itself", b.CopyTo(b, 0, 1, 2), "overlap"},
		{"copy past the end", b.CopyTo(d, 2, 0, 2), "2 elements from number 2 on"},
		{"copy less than nothing", b.CopyTo(d, 0, 0, -1), "-1 elements"},
		{"queue of another context", made(b.WriteAsync(other.Queue(), []int32{1}, 0)), "different contexts"},
		{"negative size", made(NewBuffer[int32](c, -1)), "a buffer of -1 elements"},
		{"too large", made(NewBuffer[float64](c, 1<<60)), "in one piece"},
		{"pointers", made(NewBuffer[*int](c, 1)), "elements of type *int cannot be on a device"},
		{"text in a struct", made(NewBuffer[struct{ Name string }](c, 1)), "field Name"},
		{"bool", made(NewBuffer[bool](c, 1)), "use uint8"},
		{"nothing", made(NewBuffer[struct{}](c, 1)), "have no size"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.says) {
			t.Errorf("%s: %v\ndoes not say %q", test.name, test.err, test.says)
		}
	}
}

// A buffer that nobody made is an error to use, not a crash.
func TestBufferThatWasNotMade(t *testing.T) {
	var b Buffer[int32]
	made := bufferOf[int32](t, newContext(t), 1)
	for name, err := range map[string]error{
		"write": b.Write([]int32{1}, 0), "read": b.Read([]int32{1}, 0), "fill": b.Fill(1), "copy": b.CopyTo(made, 0, 0, 0), "copy to": made.CopyTo(&b, 0, 0, 0),
	} {
		if err == nil || !strings.Contains(err.Error(), "made by") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	_ = b.String()
}
