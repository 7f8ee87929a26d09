package team

import "unsafe"

// Labels are what a profiler, and who else follows goroutines, knows a goroutine by. They are inherited by goroutines that
// it starts, but a worker was started by someone else: so it takes on the caller's as long as it works for the caller.
// runtime/pprof has no function to read them; the runtime keeps these two names for packages that must.

//go:linkname getLabels runtime/pprof.runtime_getProfLabel
func getLabels() unsafe.Pointer

//go:linkname setLabels runtime/pprof.runtime_setProfLabel
func setLabels(labels unsafe.Pointer)
