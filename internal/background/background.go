// Package background marks goroutines that serve a library and wake nobody by themselves, as those that read a connection do: they
// deliver what another process sends to whoever waits for that within the library. A worker of notebook cells that looks for deadlocks
// overlooks them; else one open connection would hide every deadlock of a session.
package background

import (
	"context"
	"runtime/pprof"
	"strings"
)

// label is the profiler label of such goroutines. Those that they start inherit it.
const label = "background"

// Run calls f in a goroutine that is marked, and returns when f has. name is the library's. What f starts is marked, too, and belongs
// to no cell, whoever calls Run.
func Run(name string, f func()) {
	done := make(chan struct{})
	Go(name, func() {
		defer close(done)
		f()
	})
	<-done
}

// Go is Run without waiting.
func Go(name string, f func()) {
	go func() {
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels(label, name)))
		f()
	}()
}

// Marked tells whether the first line of a goroutine's stack, as the runtime prints it with GODEBUG=tracebacklabels=1, is that of a
// goroutine that is marked.
func Marked(header string) bool { return strings.Contains(header, `"`+label+`": `) }
