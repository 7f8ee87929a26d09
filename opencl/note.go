package opencl

import (
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"

	"github.com/warren-go/warren/opencl/internal/driver"
	"github.com/warren-go/warren/opencl/trace"
)

// notes is where launches are noted for a process that watches this one; nil where none does.
var notes = sync.OnceValue(func() *trace.Log {
	path := os.Getenv(trace.Variable)
	if path == "" {
		return nil
	}
	l, err := trace.Open(path)
	if err != nil {
		return nil // notes are a help after a crash; kernels run without
	}
	return l
})

// noted is a launch that was noted, and has perhaps not ended.
type noted struct {
	note  trace.Note
	event driver.Event
}

// watch notes a launch, before it is given to the queue. The caller holds context.commands.
func (q *Queue) watch(k *Kernel, r Range, launch func() (driver.Event, error)) (driver.Event, error) {
	log := notes()
	if log == nil {
		return launch()
	}
	q.forgetEnded()
	file, line := caller()
	note := log.Begin(trace.Launch{Kernel: k.Name(), Range: r.String(), File: file, Line: line})
	e, err := launch()
	if err != nil {
		note.End()
		return nil, err
	}
	q.running = append(q.running, noted{note, e})
	return e, nil
}

// forgetEnded ends the notes of launches that have ended. They end in their order. The caller holds context.commands.
func (q *Queue) forgetEnded() {
	for len(q.running) > 0 {
		if ended, err := q.running[0].event.Ended(); !ended && err == nil {
			return
		}
		q.running[0].note.End()
		q.running = q.running[1:]
	}
}

// noteEnd ends the notes of what has ended, after a wait.
func (q *Queue) noteEnd() {
	if notes() == nil {
		return
	}
	q.context.commands.Lock()
	defer q.context.commands.Unlock()
	q.forgetEnded()
}

// caller is the place outside this package that called it. A function that only runs a kernel of a [Source] counts as this
// package's: the place is where that is called.
func caller() (file string, line int) {
	own := reflect.TypeFor[Kernel]().PkgPath() + "."
	callers := make([]uintptr, 16)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	wrapped := false
	for {
		f, more := frames.Next()
		switch {
		case strings.HasPrefix(f.Function, own) && !strings.HasSuffix(f.File, "_test.go"):
			wrapped = strings.HasPrefix(f.Function, own+"Source.Run")
		case wrapped && more:
			wrapped = false
		default:
			return f.File, f.Line
		}
		if !more {
			return "", 0
		}
	}
}
