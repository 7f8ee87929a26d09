package opencl_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/warren-go/warren/opencl"
)

func saxpy(it opencl.Item, a float32, x, y []float32) {
	if i := it.GlobalID(0); i < len(y) {
		y[i] += a * x[i]
	}
}

type number interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~int | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uint | ~float32 | ~float64
}

// ramp gives numbers of both signs, if the type has them, that differ.
func ramp[T number](n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(i) - T(n/3)
	}
	return x
}

func divergesByReturn(it opencl.Item, x []int32) {
	if it.LocalID(0) == 3 {
		return
	}
	it.Barrier()
	x[it.GlobalID(0)] = 1
}

func divergesLate(it opencl.Item, x []int32) {
	if it.LocalID(0) == 3 {
		it.Barrier()
	}
}

func divergesBySite(it opencl.Item, x []int32) {
	if it.LocalID(0)%2 == 0 {
		it.Barrier()
	} else {
		it.Barrier()
	}
}

func failsAtBarrier(it opencl.Item, x []int32) {
	if it.GlobalID(0) == 9 {
		x[len(x)] = 1
	}
	it.Barrier()
}

func exits(it opencl.Item, x []int32) {
	if it.GlobalID(0) == 5 {
		runtime.Goexit()
	}
	it.Barrier()
}

var errItem = errors.New("an item's own error")

func panics(it opencl.Item, x []int32) {
	if it.GlobalID(0) == 2 {
		panic(errItem)
	}
}

func localsDiffer(it opencl.Item, x []int32) {
	if it.LocalID(0) == 0 {
		opencl.LocalVar[[4]int32](it)
	} else {
		opencl.LocalVar[[5]int32](it)
	}
}

func TestSimulateNamesTheItemThatFails(t *testing.T) {
	for _, test := range []struct {
		name   string
		kernel any
		want   []string
	}{
		{"return before a barrier", divergesByReturn, []string{"all of a group reach a barrier, or none"}},
		{"barrier of one", divergesLate, []string{"all of a group reach a barrier, or none"}},
		{"barriers at two places", divergesBySite, []string{"it is at a barrier, while others", "simulate_test.go:"}},
		{"panic", failsAtBarrier, []string{"work-item (9, 0, 0) of failsAtBarrier", "index out of range [32] with length 32"}},
		{"Goexit", exits, []string{"work-item (5, 0, 0)", "Goexit"}},
		{"own error", panics, []string{"work-item (2, 0, 0)", "an item's own error"}},
		{"locals", localsDiffer, []string{"LocalVar: variable 1 of the group is a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := opencl.Simulate(opencl.Global(32).Groups(8), test.kernel, make([]int32, 32))
			var item *opencl.ItemError
			if !errors.As(err, &item) {
				t.Fatalf("%v", err)
			}
			for _, w := range test.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%v\nnot: %s", err, w)
				}
			}
			if test.name == "own error" && (!errors.Is(err, errItem) || len(item.Stack) == 0) {
				t.Errorf("%v, stack %s", err, item.Stack)
			}
		})
	}
}

var alive, most atomic.Int32

func countsItems(it opencl.Item) {
	n := alive.Add(1)
	for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
	}
	it.Barrier()
	alive.Add(-1)
	it.Barrier()
}

func TestAllItemsOfAGroupMeetAtABarrier(t *testing.T) {
	if err := opencl.Simulate(opencl.Global(1000).Groups(100), countsItems); err != nil {
		t.Fatal(err)
	}
	if alive.Load() != 0 || most.Load() < 100 {
		t.Errorf("at most %d items at once, %d left", most.Load(), alive.Load())
	}
}

func TestSimulateRefusesWhatIsNoKernelOrNoArgument(t *testing.T) {
	x := make([]float32, 4)
	for _, test := range []struct {
		name   string
		r      opencl.Range
		kernel any
		args   []any
		want   string
	}{
		{"no function", opencl.Global(1), 3, nil, "a int is no kernel"},
		{"nil", opencl.Global(1), nil, nil, "is no kernel"},
		{"nil function", opencl.Global(1), (func(opencl.Item))(nil), nil, "is no kernel"},
		{"no item", opencl.Global(1), func([]float32) {}, nil, "the first parameter of a kernel is an opencl.Item"},
		{"result", opencl.Global(1), func(opencl.Item) int { return 0 }, nil, "a kernel returns nothing"},
		{"list", opencl.Global(1), func(opencl.Item, ...int) {}, nil, "takes no list of arguments"},
		{"too few", opencl.Global(1), saxpy, []any{float32(1), x}, "2 arguments; saxpy takes 3 besides the item"},
		{"type", opencl.Global(1), saxpy, []any{2, x, x}, "argument 0 is a int, the parameter of saxpy is a float32; convert it: float32(…)"},
		{"slice type", opencl.Global(1), saxpy, []any{float32(2), []float64{}, x}, "argument 1 is a []float64, the parameter of saxpy is a []float32"},
		{"nil argument", opencl.Global(1), saxpy, []any{nil, x, x}, "argument 0 is a <nil>"},
		{"range", opencl.Global(), saxpy, []any{float32(2), x, x}, "the range has 0 dimensions"},
		{"groups", opencl.Global(10).Groups(4), saxpy, []any{float32(2), x, x}, "work-groups of 4 do not divide"},
	} {
		err := opencl.Simulate(test.r, test.kernel, test.args...)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "opencl: Simulate") {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestSimulateOfNothingDoesNothing(t *testing.T) {
	if err := opencl.Simulate(opencl.Global(0), panics, []int32{}); err != nil {
		t.Error(err)
	}
}

func reslices(it opencl.Item, x []int32) { _ = x[:cap(x)] }

func TestSimulatedSlicesEndAtTheirLength(t *testing.T) {
	x := make([]int32, 2, 10)
	if err := opencl.Simulate(opencl.Global(1), func(it opencl.Item, x []int32) { x[:3][0] = 1 }, x); err == nil {
		t.Error("a slice reached beyond its length, which it cannot on a device")
	}
	if err := opencl.Simulate(opencl.Global(1), reslices, x); err != nil {
		t.Error(err)
	}
}

func readsLocal(it opencl.Item, ints []int32, floats []float32) {
	v := opencl.LocalVar[struct {
		A int32
		B float32
	}](it)
	ints[0], floats[0] = v.A, v.B
}

func TestLocalMemoryDoesNotStartAsZero(t *testing.T) {
	ints, floats := []int32{5}, []float32{5}
	if err := opencl.Simulate(opencl.Global(1), readsLocal, ints, floats); err != nil {
		t.Fatal(err)
	}
	if ints[0] != -1 || floats[0] == floats[0] {
		t.Error(ints, floats)
	}
}

func TestSimulateComputesTheSameInAnyGroups(t *testing.T) {
	var want string
	for _, local := range []int{1, 2, 3, 60, 300} {
		x, y := ramp[float32](300), ramp[float32](300)
		if err := opencl.Simulate(opencl.Global(300).Groups(local), saxpy, float32(3), x, y); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(y); want == "" {
			want = got
		} else if got != want {
			t.Errorf("groups of %d: %s", local, got)
		}
	}
}
