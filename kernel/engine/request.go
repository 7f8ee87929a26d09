package engine

import (
	"time"

	"golang.org/x/sys/unix"
)

// Request is a cell to run.
type Request struct {
	Code  string
	Count int // numbers it in messages
	// Source is what the user wrote, where Code was made from it with its line numbers kept: messages quote it. "" is Code.
	Source string
	// Tentative tells that what the cell declares stays only if it runs without a failure.
	Tentative bool
	// Measure, unless nil, is called when the cell is compiled and loaded, and what it returns when the cell has ended.
	Measure func() (done func())
}

// CPU returns how much processor time, over all its threads, the worker has used since it was started; 0 if that
// cannot be found out.
func (e *Engine) CPU() time.Duration {
	p := e.process()
	if p == nil {
		return 0
	}
	const sched = 2 // CPUCLOCK_SCHED, linux/include/linux/posix-timers.h: nanoseconds, of the whole process
	clock := int32(^p.cmd.Process.Pid)<<3 | sched
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// Line returns a line of a cell by the cell's label, "cell[7]".
func (e *Engine) Line(label string, n int) (string, bool) { return e.line(label, n) }

// Label returns the label of a cell by its placeholder (see package cell).
func (e *Engine) Label(placeholder string) string { return e.label(placeholder) }
