package linalg

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// crew says who works on a routine: at most so many workers, the calling goroutine one of them, until ctx is over.
type crew struct {
	workers int
	ctx     context.Context // nil for no end
}

// everyone is the crew of a call through gonum, where nothing can be said about workers.
func everyone() crew { return crew{workers: runtime.GOMAXPROCS(0)} }

// helping counts the goroutines that help others at the moment. When many goroutines multiply at once, each gets few
// helpers or none, so that there are not more at work than the machine has processors.
var helping atomic.Int64

// share calls do for the parts 0 to n-1, several at once. Idle workers take the next part until none is left or ctx is over.
func (c crew) share(n int, do func(part int)) error {
	var next atomic.Int64
	work := func() {
		for c.err() == nil {
			part := int(next.Add(1)) - 1
			if part >= n {
				return
			}
			do(part)
		}
	}
	var helpers sync.WaitGroup
	for range c.hire(min(c.workers, n) - 1) {
		helpers.Go(func() {
			defer helping.Add(-1)
			work()
		})
	}
	work()
	helpers.Wait()
	if next.Load() < int64(n) {
		return c.err()
	}
	return nil
}

func (c crew) err() error {
	if c.ctx == nil {
		return nil
	}
	return context.Cause(c.ctx)
}

// hire says how many helpers of those wanted there are, and counts them as helping.
func (c crew) hire(wanted int) int {
	most := int64(max(c.workers, runtime.GOMAXPROCS(0)) - 1)
	hired := 0
	for ; hired < wanted; hired++ {
		if helping.Add(1) > most {
			helping.Add(-1)
			break
		}
	}
	return hired
}
