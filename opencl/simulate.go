package opencl

import (
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/warren-go/warren/parlib/team"
)

// Simulate runs a kernel written in Go on the CPU, as ordinary Go: for each work-item of the range it calls the function, which
// takes an [Item] and then args. It returns when all have ended. What a kernel does there, it does on a device (see [Compile]),
// so Simulate is the kernel's test, and, with a debugger, prints or the race detector (%race in notebooks), its microscope.
//
// Each item that waits at a barrier, and under the race detector each item, is a goroutine of its own; several groups run at the
// same time. Local memory starts with bytes 0xFF (NaN, -1), not 0. Where r.Local is nil, groups have up to 64 items of the first
// dimension.
//
// The arguments are Go values of exactly the function's types. The error is an *[ItemError] when an item panics, or waits at a
// barrier that others of its group do not reach; the other items then end as soon as they can.
func Simulate(r Range, kernel any, args ...any) error {
	fn, err := kernelFunction("Simulate", kernel)
	if err != nil {
		return err
	}
	op := "Simulate: " + fn.name
	if err := r.check(); err != nil {
		return failed(op, err)
	}
	in, err := fn.goArguments(args)
	if err != nil {
		return failed(op, err)
	}
	if r.empty() {
		return nil
	}
	s := &simulation{name: fn.name, fn: fn.value, args: in, shape: shapeOf(r)}
	return failed(op, s.run())
}

// ItemError says which work-item of a kernel failed, and how.
type ItemError struct {
	Kernel string
	Global [3]int // the item's global ids
	Value  any    // what it panicked with, or a text
	Pos    string // where in the Go source, as far as it is known
	Stack  []byte // of its goroutine, if it ran on the CPU
}

func (e *ItemError) Error() string {
	text := fmt.Sprintf("work-item (%d, %d, %d) of %s: %v", e.Global[0], e.Global[1], e.Global[2], e.Kernel, e.Value)
	if e.Pos != "" {
		text = e.Pos + ": " + text
	}
	return text
}

// Unwrap returns what the item panicked with, if that is an error.
func (e *ItemError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// shape is a range in three dimensions.
type shape struct {
	global, local, offset [3]int
	dims                  int
}

func shapeOf(r Range) *shape {
	s := &shape{global: [3]int{1, 1, 1}, local: [3]int{1, 1, 1}, dims: len(r.Global)}
	copy(s.global[:], r.Global)
	copy(s.offset[:], r.Offset)
	if r.Local != nil {
		copy(s.local[:], r.Local)
		return s
	}
	for n := min(64, s.global[0]); n > 1; n-- {
		if s.global[0]%n == 0 {
			s.local[0] = n
			break
		}
	}
	return s
}

// groups is the number of work-groups in a dimension.
func (s *shape) groups(dim int) int { return s.global[dim] / s.local[dim] }

// simulation is one run of a kernel on the CPU.
type simulation struct {
	name  string
	fn    reflect.Value
	args  []reflect.Value // without the item
	shape *shape
	next  atomic.Int64 // group
	stop  atomic.Bool

	mu  sync.Mutex
	err *ItemError
}

// run runs the groups, as many at a time as there are processors.
func (s *simulation) run() error {
	total := int64(s.shape.groups(0)) * int64(s.shape.groups(1)) * int64(s.shape.groups(2))
	var workers sync.WaitGroup
	for range min(int64(runtime.GOMAXPROCS(0)), total) {
		workers.Go(func() {
			for !s.stop.Load() {
				n := s.next.Add(1) - 1
				if n >= total {
					return
				}
				newGroup(s, int(n)).run()
			}
		})
	}
	workers.Wait()
	team.Check() // the goroutine of a cell that was interrupted ends here: that an item did is no failure of the kernel
	if s.err != nil {
		return s.err
	}
	return nil
}

// fail keeps the first failure, and stops what has not begun.
func (s *simulation) fail(e *ItemError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		e.Kernel = s.name
		s.err = e
	}
	s.stop.Store(true)
}
