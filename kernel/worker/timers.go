package worker

import (
	"math"
	_ "unsafe" // for linkname
)

// timeSleepUntil returns when the runtime's next timer fires, or math.MaxInt64 when there is none. It is what the
// runtime's own deadlock check asks; the worker is linked with -checklinkname=0 to be allowed to.
//
//go:linkname timeSleepUntil runtime.timeSleepUntil
func timeSleepUntil() int64

// timersPending tells whether a timer (time.After, a context with a deadline…) may still wake a goroutine.
func timersPending() bool { return timeSleepUntil() != math.MaxInt64 }
