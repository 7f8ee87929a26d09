// Package goroutine knows of the goroutine that calls it what the language does not tell: its profiler labels and its
// number.
package goroutine

import (
	"bytes"
	"runtime"
	"strconv"
	"unsafe"
)

// Labels are what a profiler, and who else follows goroutines, knows a goroutine by. They are inherited by goroutines that
// it starts, but a pool's worker was started by someone else: so it takes on the caller's as long as it works for the
// caller. runtime/pprof has no function to read them; the runtime keeps these two names for packages that must.
type Labels unsafe.Pointer

//go:linkname getLabels runtime/pprof.runtime_getProfLabel
func getLabels() unsafe.Pointer

//go:linkname setLabels runtime/pprof.runtime_setProfLabel
func setLabels(labels unsafe.Pointer)

// GetLabels returns the labels of the calling goroutine; nil stands for none.
func GetLabels() Labels { return Labels(getLabels()) }

// SetLabels gives the calling goroutine labels that GetLabels returned.
func SetLabels(l Labels) { setLabels(unsafe.Pointer(l)) }

// ID is the number of the calling goroutine, by which traces name it. It takes about a microsecond.
func ID() uint64 {
	// "goroutine 17 [running]:…" is the only place where the runtime tells it.
	buf := make([]byte, 64)
	fields := bytes.Fields(buf[:runtime.Stack(buf, false)])
	if len(fields) < 2 {
		return 0
	}
	id, _ := strconv.ParseUint(string(fields[1]), 10, 64)
	return id
}
