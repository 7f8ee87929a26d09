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
		report(Failure{Value: v, Stack: debug.Stack()})
	}
}

// GuardCall is deferred in functions that a cell hands to a library which may call them in a goroutine of its own.
// In a goroutine that is guarded further out the panic goes its way, as the program expects.
func GuardCall() {
	v := recover()
	if v == nil {
		return
	}
	stack := debug.Stack()
	if guarded(string(stack)) {
		panic(v)
	}
	report(Failure{Value: v, Stack: stack})
}

func report(f Failure) {
	if IsInterrupt(f.Value) {
		return
	}
	if !fail(f) {
		Late(f)
	}
}

// guarded tells by the last lines of a goroutine's stack, which say who started it, whether that was the worker or a go
// statement of a cell: these have a guard at their root. Others were started by a library.
func guarded(stack string) bool {
	_, creator, ok := strings.Cut(stack, "\ncreated by ")
	if !ok {
		return true // the main goroutine
	}
	place, _, _ := strings.Cut(creator[strings.IndexByte(creator, '\n')+1:], "\n")
	return strings.HasPrefix(creator, workerPath) || strings.Contains(place, "cell[")
}

// workerPath begins the names of the worker's functions.
const workerPath = "github.com/warren-go/warren/kernel/worker."

// OSExit stands for os.Exit in cells: it ends the run and the calling goroutine, whose deferred calls run: locks are given
// back. Since it is no panic, nothing recovers it.
func OSExit(code int) { exit(Exit{Code: code}) }

func exit(e Exit) {
	report(Failure{Value: e, Stack: debug.Stack()})
	runtime.Goexit()
}

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
	exit(Exit{Code: 1, Message: text})
}

// Guarded returns f with GuardCall around it.
func Guarded(f func()) func() {
	return func() {
		defer GuardCall()
		f()
	}
}
