package opencl_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/warren-go/warren/opencl"
	"github.com/warren-go/warren/opencl/gosource"
	"github.com/warren-go/warren/opencl/internal/cltest"
)

func beyond(it opencl.Item, x []int32) {
	i := it.GlobalID(0)
	x[i+3] = 1
}

func divides(it opencl.Item, x []int32) { i := it.GlobalID(0); x[i] = 1 / x[i] }

func shiftsBack(it opencl.Item, x []int32) { i := it.GlobalID(0); x[i] = 1 << (x[i] - 1) }

func slicesWrongly(it opencl.Item, x []int32) {
	y := x[it.GlobalID(0):2]
	if len(y) > 0 {
		y[0] = 1
	}
}

func searches(it opencl.Item, x []int32) {
	i := 0
	for x[i] == 0 {
		i++
	}
}

func compile(t *testing.T, kernel any, options ...opencl.CompileOption) *opencl.GoKernel {
	t.Helper()
	cltest.NeedDevice(t)
	k, err := opencl.Compile(kernel, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

func TestFaultsOnTheDeviceAreErrorsWithThePosition(t *testing.T) {
	for _, test := range []struct {
		kernel any
		x      []int32
		want   string
	}{
		{beyond, make([]int32, 10), ":2: work-item (7, 0, 0) of beyond: index out of range [10] with length 10 in x[i + 3]"},
		{divides, []int32{1, 2, 0}, "work-item (2, 0, 0) of divides: integer divide by zero in 1 / x[i]"},
		{shiftsBack, []int32{1, 2, 0}, "work-item (2, 0, 0) of shiftsBack: negative shift count -1"},
		{slicesWrongly, []int32{1, 2, 3, 4}, "work-item (3, 0, 0) of slicesWrongly: slice bounds out of range [3] with limit 2"},
		{searches, make([]int32, 1), "index out of range [1] with length 1"},
		{searches, nil, "index out of range [0] with length 0"},
	} {
		k := compile(t, test.kernel)
		n := max(1, min(8, len(test.x)))
		for range 2 { // the report is cleared
			_, err := k.Launch(nil, opencl.Global(n), test.x)
			var item *opencl.ItemError
			if !errors.As(err, &item) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v\nnot: %s", err, test.want)
			}
		}
		if err := k.Simulate(opencl.Global(n), test.x); err == nil {
			t.Errorf("%v: no error on the CPU", k)
		}
	}
}

func TestLaunchGoesOnAfterAFault(t *testing.T) {
	k := compile(t, divides)
	if _, err := k.Launch(nil, opencl.Global(1), []int32{0}); err == nil {
		t.Error("no fault")
	}
	x := []int32{1, 1}
	if _, err := k.Launch(nil, opencl.Global(2), x); err != nil {
		t.Error(err)
	}
}

func writesThrice(it opencl.Item, x []int32, a, b, c int) { x[a], x[b], x[c] = 1, 1, 1 }

func TestLaunchesUseTheBestVariantThatIsBuilt(t *testing.T) {
	k := compile(t, writesThrice)
	for _, l := range []struct{ a, b, c, want int64 }{
		{9, 9, 9, 3}, {0, 9, 9, 2}, {9, 0, 9, 2}, {9, 9, 0, 2}, {0, 1, 9, 1}, // each is built
		{0, 1, 2, 1}, {9, 1, 2, 2}, {9, 9, 9, 3}, {0, 1, 9, 1},
	} {
		if n := k.Checks(opencl.Global(1), 4, l.a, l.b, l.c); n != int(l.want) {
			t.Errorf("%d checks of the indices %d, %d and %d of 4, not %d", n, l.a, l.b, l.c, l.want)
		}
	}
}

func TestProofsThatNeverHelpAreGivenUp(t *testing.T) {
	k := compile(t, writesThrice)
	for n := range int64(8) {
		k.Checks(opencl.Global(1), n, 9, 9, 9)
	}
	if n := k.Checks(opencl.Global(1), 4, 0, 1, 2); n != 3 {
		t.Errorf("%d checks after launches that needed all", n)
	}
	k = compile(t, writesThrice)
	k.Checks(opencl.Global(1), 4, 0, 1, 9)
	for n := range int64(20) {
		k.Checks(opencl.Global(1), n%9, 9, 9, 9)
	}
	if n := k.Checks(opencl.Global(1), 5, 0, 1, 9); n != 1 {
		t.Errorf("%d checks after a proof that helped", n)
	}
}

func TestNoVariantIsBuiltDuringClose(t *testing.T) {
	k := compile(t, saxpy)
	k.CloseVariants()
	if n := k.Checks(opencl.Global(8), 0, 4, 4); n == 0 {
		t.Error("a variant is built that nothing closes")
	}
}

// One that cannot fail comes first, then one that does: it needs the checks again.
func TestLaunchesGoWithoutChecksThatCannotFail(t *testing.T) {
	k := compile(t, saxpy)
	if n := k.Checks(opencl.Global(8), 0, 4, 4); n != 0 {
		t.Errorf("%d checks of indices that a condition keeps in range", n)
	}
	if n := k.Checks(opencl.Global(8), 0, 3, 4); n != 1 {
		t.Errorf("%d checks where x is shorter than y, not 1", n)
	}
	for range 2 {
		y := []float32{1, 1, 1, 1}
		if _, err := k.Launch(nil, opencl.Global(8), float32(2), []float32{1, 2, 3, 4}, y); err != nil || !slices.Equal(y, []float32{3, 5, 7, 9}) {
			t.Error(y, err)
		}
		_, err := k.Launch(nil, opencl.Global(8), float32(2), []float32{1, 2, 3}, y)
		var item *opencl.ItemError
		if !errors.As(err, &item) || item.Global[0] != 3 || !strings.Contains(err.Error(), "index out of range [3] with length 3 in x[i]") {
			t.Error(err)
		}
	}
}

func TestAClosedGoKernelIsNotBuiltAgain(t *testing.T) {
	k := compile(t, saxpy)
	k.Close()
	x := make([]float32, 4)
	if _, err := k.Launch(nil, opencl.Global(4), float32(2), x, x); !errors.Is(err, opencl.ErrClosed) {
		t.Error(err)
	}
}

func TestBuffersStayOnTheDevice(t *testing.T) {
	k := compile(t, saxpy)
	x, err := opencl.BufferOf(k.Kernel().Program().Context(), []float32{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for range 2 {
		if _, err := k.Launch(nil, opencl.Global(4), float32(2), []float32{1, 1, 1}, x); err != nil {
			t.Fatal(err)
		}
	}
	got := make([]float32, 3)
	if err := x.Read(got, 0); err != nil || !slices.Equal(got, []float32{5, 6, 7}) {
		t.Error(got, err)
	}
}

func marks(it opencl.Item, x []int32) {
	for i := range x {
		x[i] = 1
	}
}

func TestKernelsSeeTheLengthOfAnArraysView(t *testing.T) {
	k := compile(t, marks)
	x, err := opencl.ToDevice([]int32{0, 0, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	view, err := x.Slice(0, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Launch(nil, opencl.Global(1), view); err != nil {
		t.Fatal(err)
	}
	if got, err := x.Get(); err != nil || !slices.Equal(got, []int32{1, 1, 0, 0}) {
		t.Error(got, err)
	}
}

func TestSlicesThatOverlap(t *testing.T) {
	k := compile(t, saxpy)
	x := []float32{1, 2, 3, 4}
	if _, err := k.Launch(nil, opencl.Global(4), float32(2), x, x); err != nil || !slices.Equal(x, []float32{3, 6, 9, 12}) {
		t.Error(x, err)
	}
	if _, err := k.Launch(nil, opencl.Global(3), float32(2), x[1:], x[:3]); err == nil || !strings.Contains(err.Error(), "overlaps another") {
		t.Error(err)
	}
}

func TestLaunchOfGoKernelsChecksArguments(t *testing.T) {
	k := compile(t, saxpy)
	x := make([]float32, 4)
	ints, err := opencl.BufferOf(k.Kernel().Program().Context(), make([]int32, 4))
	if err != nil {
		t.Fatal(err)
	}
	defer ints.Close()
	for _, test := range []struct {
		args []any
		want string
	}{
		{[]any{x, x}, "2 arguments; saxpy takes 3 besides the item"},
		{[]any{2, x, x}, "argument 0 is a int, the parameter of saxpy is a float32; convert it: float32(…)"},
		{[]any{float32(2), []int32{1}, x}, "argument 1 is a []int32"},
		{[]any{float32(2), x, nil}, "argument 2 is a <nil>"},
		{[]any{float32(2), x, ints}, "argument 2 has elements of type int32"},
		{[]any{float32(2), x, (*opencl.Buffer[float32])(nil)}, "argument 2 is a *opencl.Buffer[float32]"},
	} {
		if _, err := k.Launch(nil, opencl.Global(4), test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v\nnot: %s", err, test.want)
		}
	}
}

func TestGoroutinesShareAGoKernel(t *testing.T) {
	k := compile(t, saxpy)
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			for range 20 {
				x, y := []float32{float32(g), 2}, []float32{1, 1}
				if _, err := k.Launch(nil, opencl.Global(2), float32(10), x, y); err != nil || y[0] != float32(10*g+1) || y[1] != 21 {
					t.Error(g, y, err)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestWithoutChecksNothingIsReported(t *testing.T) {
	k := compile(t, divides, opencl.WithoutChecks())
	x := []int32{0, 4}
	if _, err := k.Launch(nil, opencl.Global(1), x); err != nil || x[0] != 0 {
		t.Error(x, err)
	}
	if strings.Contains(k.Source(), "report") {
		t.Error(k.Source())
	}
}

type holder struct{}

func (holder) kernel(it opencl.Item, x []int32) {}

func genericKernel[T int | int32](it opencl.Item, x []T) {}

func uses(it opencl.Item, x []int32) {
	defer f()
	go f()
}

func f() {}

func TestCompileRefusesWhatHasNoSource(t *testing.T) {
	for name, test := range map[string]struct {
		kernel any
		want   string
	}{
		"literal":    {func(it opencl.Item) {}, "a function literal or a method is no kernel; declare it as a function at top level"},
		"method":     {holder{}.kernel, "a method is no kernel; declare"},
		"expression": {genericKernel[int], "a generic function is no kernel; declare"},
		"subset":     {uses, "a defer statement"},
		"nil":        {nil, "a <nil> is no kernel"},
	} {
		if _, err := opencl.Translate(test.kernel); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := opencl.Translate(uses)
	var refused *opencl.CompileError
	if !errors.As(err, &refused) || len(refused.Refusals) != 2 || filepath.Base(refused.Refusals[1].File) != "compile_test.go" ||
		refused.Refusals[1].Line != refused.Refusals[0].Line+1 {
		t.Errorf("%+v", refused)
	}
}

func redeclared(it opencl.Item, x []int32) {}

func TestTheSourceMustBeTheFunctionsOwn(t *testing.T) {
	now := "func redeclared(it opencl.Item, x []float64, n int) {}"
	on := true
	defer func() { on = false }()
	gosource.Register(gosource.Lookup{
		Name: func(function, file string) string { return "" },
		Files: func(function, file string) ([]gosource.File, error) {
			if !on {
				return nil, nil
			}
			return []gosource.File{{Name: "cell[9]", Line: 1, Text: now}}, nil
		},
	})
	if _, err := opencl.Translate(redeclared); err == nil || !strings.Contains(err.Error(), "its source now has the parameters (x []float64, n int)") {
		t.Error(err)
	}
	now = "func redeclared(it opencl.Item, y []int32) { y[0] = 5 }"
	if s, err := opencl.Translate(redeclared); err != nil || !strings.Contains(s, "= 5;") {
		t.Error(s, err)
	}
}
