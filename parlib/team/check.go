package team

import "sync/atomic"

var check atomic.Pointer[func()]

// SetCheck has parallel loops call f now and then, in each goroutine that works on them, between two calls of the body. A
// program that has to end loops from outside, as an interactive one, sets an f that panics then; the loop's error holds
// what it panicked with. There is one f for the program; nil is none. It must be fast.
func SetCheck(f func()) {
	if f == nil {
		check.Store(nil)
		return
	}
	check.Store(&f)
}

// Check calls what SetCheck has set.
func Check() {
	if f := check.Load(); f != nil {
		(*f)()
	}
}
