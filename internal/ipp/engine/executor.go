// Package engine is an engine of IPython Parallel, versions 8 and 9: it registers with a controller, its own or Python's, and
// hands what clients ask for to an Executor, one request after the other. What the requests mean is the executor's affair.
package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/warren-go/warren/internal/ipp/protocol"
)

// Executor does what clients ask an engine for. Its methods are called one at a time. They should return soon after ctx ends,
// which says that the request was aborted or interrupted, or that the engine ends; until then the engine does nothing else.
// An error becomes the client's exception: a *Failure as it is, others under the name "Error". A panic becomes one, too.
type Executor interface {
	// Execute runs code. A nil result means that the code has no value.
	Execute(ctx context.Context, code string, out *Output) (*Result, error)
	// Apply calls a function. The buffers say which, and hold the arguments, and those returned hold the results, in any
	// encoding that the client shares. The controller never looks into them.
	Apply(ctx context.Context, buffers [][]byte, out *Output) ([][]byte, error)
	// Clear forgets all that earlier requests have left.
	Clear(ctx context.Context) error
}

// Evaluator is an Executor that can give the value of an expression without showing anything. Without it, what clients want to
// know with a reply (user_expressions) are errors.
type Evaluator interface {
	Evaluate(ctx context.Context, expression string) (*Result, error)
}

// Result is the value of code by media types, such as "text/plain", and what is said about them.
type Result struct {
	Data     map[string]any
	Metadata map[string]any
}

// Failure is an error with the parts that clients show. Name is that of an exception's type.
type Failure struct {
	Name, Value string
	Traceback   []string
}

func (f *Failure) Error() string { return f.Name + ": " + f.Value }

// ErrUnmetDependency makes the scheduler try the task on another engine, since something that it needs is not on this one.
var ErrUnmetDependency error = &Failure{Name: unmet, Value: "something that the task needs is not on this engine"}

const unmet = "UnmetDependency"

// Why the context of a request ended; see context.Cause.
var (
	ErrAborted     = errors.New("the request was aborted")
	ErrInterrupted = errors.New("the engine was interrupted")
)

// failure gives the parts of any error.
func failure(err error) protocol.Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return protocol.Failure{Name: f.Name, Value: f.Value, Traceback: append([]string{}, f.Traceback...)}
	}
	return protocol.Failure{Name: "Error", Value: err.Error(), Traceback: []string{err.Error()}}
}

// guard calls f and makes an error of its panic.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Failure{Name: "panic", Value: fmt.Sprint(r), Traceback: strings.SplitAfter(string(debug.Stack()), "\n")}
		}
	}()
	return f()
}
