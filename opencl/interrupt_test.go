package opencl

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/warren-go/warren/parlib/team"
)

var errInterrupt = errors.New("interrupted by the test")

// interruptAfter runs f, and has it interrupted when it has looked n times for that. It returns what f panicked with, which must
// have come through the caller's goroutine.
func interruptAfter(t *testing.T, n int, f func()) (value any) {
	t.Helper()
	looks := make(chan struct{}, n)
	team.SetCheck(func() {
		select {
		case looks <- struct{}{}:
		default:
			panic(errInterrupt)
		}
	})
	defer team.SetCheck(nil)
	defer func() {
		value = recover()
		if err, ok := value.(error); !ok || !errors.Is(err, errInterrupt) {
			t.Fatalf("it ended with %v, not by the interrupt", value)
		}
	}()
	f()
	return nil
}

// busy is a kernel that takes a while.
const busy = `kernel void busy(global int *x, int rounds) {
	volatile int n = 0;
	while (n < rounds)
		n++;
	x[get_global_id(0)]++;
}`

func TestAnInterruptEndsTheWaitForTheDevice(t *testing.T) {
	c := newContext(t)
	k := build(t, c, busy)
	const rounds = 200_000_000
	launched := func() (*Buffer[int32], *Event) {
		x := bufferOf[int32](t, c, 0)
		e, err := k.Launch(nil, Global(1), x, rounds)
		if err != nil {
			t.Fatal(err)
		}
		return x, e
	}
	to := make([]int32, 1)
	for name, wait := range map[string]func(*Buffer[int32], *Event){
		"Wait":   func(_ *Buffer[int32], e *Event) { e.Wait() },
		"Times":  func(_ *Buffer[int32], e *Event) { e.Times() },
		"Read":   func(x *Buffer[int32], _ *Event) { x.Read(to, 0) },
		"Finish": func(*Buffer[int32], *Event) { c.Queue().Finish() },
	} {
		x, e := launched()
		value := interruptAfter(t, 1, func() { wait(x, e) })
		var left interface{ GoesOn() string }
		if err, _ := value.(error); !errors.As(err, &left) || !strings.Contains(left.GoesOn(), "the device goes on") {
			t.Errorf("%s: %v does not say that the device goes on", name, value)
		}
		if err := e.Wait(); err != nil {
			t.Error(err)
		}
		if got := read(t, x)[0]; got != 1 {
			t.Errorf("%s: the interrupted kernel left %d", name, got)
		}
	}
	if to[0] != 1 {
		t.Errorf("the interrupted Read left %d", to[0])
	}
}

func TestAnInterruptedCloseCanBeRepeated(t *testing.T) {
	c := newContext(t)
	k := build(t, c, busy)
	q := must(c.NewQueue())(t)
	x := bufferOf[int32](t, c, 0)
	must(k.Launch(q, Global(1), x, 100_000_000))(t)
	interruptAfter(t, 1, func() { q.Close() })
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnInterruptEndsSimulations(t *testing.T) {
	for name, f := range map[string]func(Item){
		"no loop":  func(Item) {},
		"barriers": func(it Item) { it.Barrier() },
	} {
		t.Run(name, func(t *testing.T) {
			interruptAfter(t, 1000, func() { t.Error(Simulate(Global(1<<40).Groups(16), f)) })
		})
	}
}

func TestAnInterruptEndsTheSimulator(t *testing.T) {
	if _, err := exec.LookPath("oclgrind-kernel"); err != nil {
		t.Skip("Oclgrind is not installed")
	}
	c := newContext(t)
	k := build(t, c, busy)
	x := bufferOf[int32](t, c, 0)
	interruptAfter(t, 2, func() {
		_, err := k.Check(Global(1), x, 1<<30)
		t.Error(err)
	})
}
