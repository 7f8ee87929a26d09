package rt

import (
	"fmt"
	"log"
	"runtime"
	"runtime/debug"
	"strings"
)

// Late receives the failures of goroutines whose run is over. The worker sets it.
var Late = func(Failure) {}

// Guard is deferred at the start of every goroutine that a cell starts, so that its panic is reported instead of
// ending the process.
func Guard() {
	if v := recover(); v != nil {
		report(v)
	}
}

// GuardCall is deferred in functions that a cell hands to a library which may call them in a goroutine of its own.
// Below a guarded goroutine it does nothing: the panic goes its way.
func GuardCall() {
	if guarded() {
		return
	}
	if v := recover(); v != nil {
		report(v)
	}
}

func report(v any) {
	if _, ok := v.(Interrupted); ok {
		return
	}
	f := Failure{Value: v, Stack: debug.Stack()}
	r := current()
	if r == nil {
		Late(f)
		return
	}
	select {
	case r.failed <- f:
	default: // the first failure ends the run
	}
}

// guarded tells whether the goroutine is the run's first or one that has Guard at its root: both have a frame of this
// module or of a wrapped go statement at the end of their stack.
func guarded() bool {
	var pcs [64]uintptr
	depth := 0
	for {
		n := runtime.Callers(depth, pcs[:])
		if n < len(pcs) {
			return guardedRoot(pcs[:n])
		}
		depth += n - 1
	}
}

// guardedRoot looks at the outermost frames: runtime.goexit, below it the function the goroutine was started with.
func guardedRoot(pcs []uintptr) bool {
	frames := runtime.CallersFrames(pcs)
	root := ""
	for {
		f, more := frames.Next()
		if f.Function != "runtime.goexit" && f.Function != "" {
			root = f.Function
		}
		if !more {
			break
		}
	}
	return strings.HasPrefix(root, cellPath) || strings.HasPrefix(root, workerPath) || strings.HasPrefix(root, "main.")
}

// The functions of cells, and those of the worker, have these prefixes.
const (
	cellPath   = "warren.cell/"
	workerPath = "github.com/warren-go/warren/kernel/worker."
)

// OSExit stands for os.Exit in cells: it ends the run.
func OSExit(code int) { panic(Exit{Code: code}) }

// Fatal, Fatalf and Fatalln stand for those of package log, LoggerFatal… for the methods of log.Logger.
func Fatal(v ...any) { LoggerFatal(log.Default(), v...) }

func Fatalf(format string, v ...any) { LoggerFatalf(log.Default(), format, v...) }

func Fatalln(v ...any) { LoggerFatalln(log.Default(), v...) }

func LoggerFatal(l *log.Logger, v ...any) { fatal(l, fmt.Sprint(v...)) }

func LoggerFatalf(l *log.Logger, format string, v ...any) { fatal(l, fmt.Sprintf(format, v...)) }

func LoggerFatalln(l *log.Logger, v ...any) { fatal(l, strings.TrimSuffix(fmt.Sprintln(v...), "\n")) }

func fatal(l *log.Logger, text string) {
	if l.Writer() != log.Writer() { // a logger of the user's own, to a file perhaps: its line belongs there
		l.Output(3, text)
	}
	panic(Exit{Code: 1, Message: text})
}

// Guarded returns f with GuardCall around it.
func Guarded(f func()) func() {
	return func() {
		defer GuardCall()
		f()
	}
}
