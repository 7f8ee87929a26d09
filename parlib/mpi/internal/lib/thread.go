//go:build mpi

package lib

import (
	"runtime"
	"sync"
)

// thread runs functions on one thread of the operating system, one after the other. MPI wants the thread that initialized it to
// finalize it too and, unless it granted more, to make all other calls.
type thread struct {
	work chan func()
	end  sync.Once
}

func newThread() *thread {
	t := &thread{work: make(chan func())}
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this goroutine
		for f := range t.work {
			f()
		}
	}()
	return t
}

// do runs f and returns when it has run.
func (t *thread) do(f func()) {
	done := make(chan struct{})
	t.work <- func() {
		defer close(done)
		f()
	}
	<-done
}

func (t *thread) stop() { t.end.Do(func() { close(t.work) }) }
