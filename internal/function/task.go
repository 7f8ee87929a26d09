package function

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Task is a value that travels to another process and runs there. It is sent with its type and all its fields, so it must be
// of a type that the program was compiled with, and hold nothing that cannot travel.
type Task interface {
	// Run returns a result that can travel, or an error. The context ends when nobody waits for the result any more.
	Run(context.Context) (any, error)
}

// Error is how a task failed.
type Error struct {
	Name  string // the type of the error, or "panic"
	Text  string
	Stack string // of the goroutine that panicked, from the panic on; "" for an error that was returned
}

func (e *Error) Error() string {
	if e.Name == panicName {
		return "panic: " + e.Text
	}
	return e.Text
}

const panicName = "panic"

// errGoexit is how a task fails that ends its goroutine.
var errGoexit = &Error{Name: "Goexit", Text: "the function ended its goroutine (runtime.Goexit, or FailNow of a test)"}

// run runs a task in a goroutine of its own, which it may end.
func run(ctx context.Context, t Task) (result any, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = errGoexit
		defer func() {
			if v := recover(); v != nil {
				result, err = nil, panicError(v)
			}
		}()
		result, err = t.Run(ctx)
	}()
	<-done
	return result, failure(err)
}

// failure makes an *Error of an error.
func failure(err error) error {
	switch e := err.(type) {
	case nil:
		return nil
	case *Error:
		return e
	}
	return &Error{Name: strings.TrimPrefix(fmt.Sprintf("%T", err), "*"), Text: err.Error()}
}

// panicError is called by the deferred function that recovered v.
func panicError(v any) *Error {
	return &Error{Name: panicName, Text: panicText(v), Stack: stackOfPanic(string(debug.Stack()))}
}

// panicText is what the runtime would print, without risking a second panic.
func panicText(v any) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("a %T whose Error or String method panics", v)
		}
	}()
	if e, ok := v.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprint(v)
}

// stackOfPanic leaves out what deals with the panic, above it, and what called the function, below it.
func stackOfPanic(stack string) string {
	lines := strings.Split(strings.TrimSpace(stack), "\n") // a line for the goroutine, then two for each frame
	first, last := 1, len(lines)
	for i := 1; i+1 < len(lines); i += 2 {
		if strings.HasPrefix(lines[i], "panic(") {
			first = i + 2
		}
	}
	for i := first; i+1 < last; i += 2 {
		if strings.HasPrefix(lines[i], packagePath) {
			last = i
		}
	}
	for last-2 > first && strings.HasPrefix(lines[last-2], "reflect.Value.") {
		last -= 2
	}
	return strings.Join(append(lines[:1:1], lines[first:last]...), "\n")
}

// packagePath begins the names of this package's functions.
const packagePath = "github.com/warren-go/warren/internal/function."
