package linalg

import (
	"runtime"

	"github.com/warren-go/warren/parlib"
)

// crew says who works on a routine: so many workers, by the options of a call.
type crew struct {
	workers int
	options []parlib.Option
}

// everyone is the crew of a call through gonum, where nothing can be said about workers.
func everyone() crew { return crew{workers: runtime.GOMAXPROCS(0)} }

func crewFor(options []parlib.Option) (crew, error) {
	workers, err := parlib.WorkersFor(options...)
	return crew{workers, options}, err
}

// share calls do for the parts 0 to n-1, several at once. It fails only when a context among the options ends.
func (c crew) share(n int, do func(part int)) error {
	if n == 1 && c.options == nil {
		do(0)
		return nil
	}
	return parlib.For(n, do, c.options...)
}

// must is for calls through gonum, which have no context that could end. What fails there is a kernel.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
