package cluster

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/engine"
	"github.com/warren-go/warren/internal/shm"
)

// executor runs the calls of an engine that is a Go program.
type executor struct {
	variables      function.Values
	stdout, stderr *tap
	store          *shm.Store // shared memory, or nil
}

// newExecutor takes over standard output and standard error. log is what standard error was.
func newExecutor() (x *executor, log *os.File, err error) {
	fd, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, nil, err
	}
	log = os.NewFile(uintptr(fd), "log")
	if err := debug.SetCrashOutput(log, debug.CrashOptions{}); err != nil { // what it says last, it cannot say by a tap
		return nil, nil, err
	}
	x = &executor{}
	x.store, _ = shm.Open("") // without it everything is sent
	if x.stdout, err = newTap(1, log); err != nil {
		return nil, nil, err
	}
	if x.stderr, err = newTap(2, log); err != nil {
		return nil, nil, err
	}
	return x, log, nil
}

// Execute refuses code: there is no compiler here.
func (x *executor) Execute(context.Context, string, *engine.Output) (*engine.Result, error) {
	return nil, &engine.Failure{Name: "NotImplementedError", Value: "this engine is a compiled Go program (" + os.Args[0] +
		"), which runs no code: call its functions, or use engines of notebooks (warren engine)"}
}

// Apply runs a call.
func (x *executor) Apply(ctx context.Context, buffers [][]byte, out *engine.Output) ([][]byte, error) {
	if !function.IsMessage(buffers) {
		return nil, &engine.Failure{Name: "NotImplementedError", Value: "this engine is a compiled Go program (" + os.Args[0] +
			"), which runs calls from programs of the same build only: use engines of notebooks (warren engine) from Python"}
	}
	x.stdout.to(out.Stdout())
	x.stderr.to(out.Stderr())
	results, err := function.Run(ctx, buffers, function.WithVariables(&x.variables), function.WithStore(storeOf(x.store)))
	x.stdout.to(nil)
	x.stderr.to(nil)
	if e, ok := errors.AsType[*function.Error](err); ok {
		return nil, &engine.Failure{Name: e.Name, Value: e.Text, Traceback: strings.SplitAfter(e.Stack, "\n")}
	}
	return results, err
}

// Clear forgets all variables.
func (x *executor) Clear(context.Context) error {
	x.variables.Clear()
	return nil
}

// close gives back shared memory.
func (x *executor) close() {
	if x.store != nil {
		_ = x.store.Close()
	}
}
