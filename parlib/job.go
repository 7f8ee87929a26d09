package parlib

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// chunksPerWorker is how many chunks automatic chunking makes for each worker. With 8, one worker that is late by a whole
// chunk costs at most an eighth of its share.
const chunksPerWorker = 8

// body does the indices lo to hi-1, in order, and stops at the first error. It keeps *at at the index in hand, so that a
// panic can be laid at its door.
type body func(lo, hi int, at *int) error

// job is one call of a parallel function: the indices 0 to n-1, handed out in chunks, in order.
type job struct {
	op      string // the function called, for messages
	ctx     context.Context
	n, size int
	grain   int // chunks are multiples of it; 0 stands for 1
	body    body
	item    func(i int) string // describes item i for messages; nil where there are only indices
	ranged  bool               // body is called for a whole chunk: a failure belongs to all of it

	next    atomic.Int64 // first index not handed out
	done    atomic.Int64 // indices completed
	stopped atomic.Bool  // no more chunks: a failure, or ctx is over
	helpers sync.WaitGroup

	mu    sync.Mutex
	first *ItemError // the failure with the lowest index
}

// each runs body over n indices on p. It is what every parallel function calls; j holds all but n and size.
func (j *job) each(p *Pool, n int) error {
	if p == nil || p.core == nil {
		return fmt.Errorf("parlib: %s: the pool is nil; make one with NewPool", j.op)
	}
	if n < 0 {
		return fmt.Errorf("parlib: %s: number of indices is %d; it must not be negative", j.op, n)
	}
	j.n, j.size = n, roundUp(chunkSize(n, p.core.workers, p.core.chunk), max(1, j.grain))
	err := p.core.run(j)
	runtime.KeepAlive(p) // a pool that is collected closes itself; not before this call is on its list
	if err != nil {
		return fmt.Errorf("parlib: %s on %d items: %w", j.op, n, err)
	}
	return j.err()
}

// chunkSize is the number of indices a chunk for n indices on a number of workers; fixed wins if it is not 0.
func chunkSize(n, workers, fixed int) int {
	if fixed > 0 {
		return fixed
	}
	if workers == 1 {
		return max(1, n)
	}
	return max(1, n/workers/chunksPerWorker)
}

// roundUp gives the smallest multiple of grain that is at least size, or size itself where that multiple is beyond an int.
func roundUp(size, grain int) int {
	if over := size % grain; over > 0 && size <= math.MaxInt-grain {
		return size - over + grain
	}
	return size
}

func (j *job) chunks() int {
	if j.n == 0 {
		return 0
	}
	return (j.n-1)/j.size + 1
}

func (j *job) open() bool {
	return !j.stopped.Load() && j.next.Load() < int64(j.n)
}

// take hands out the next chunk. Chunks go out in order and every chunk handed out is worked on, which is why the failure
// with the lowest index is always found.
func (j *job) take() (lo, hi int, ok bool) {
	if j.ctx != nil && j.ctx.Err() != nil {
		j.stopped.Store(true)
	}
	for j.open() {
		at := j.next.Load()
		left := int64(j.n) - at
		if left <= 0 {
			break
		}
		end := at + min(left, int64(j.size)) // never beyond n, so it cannot overflow
		if j.next.CompareAndSwap(at, end) {
			return int(at), int(end), true
		}
	}
	return 0, 0, false
}

// do works on one chunk and reports whether all of it succeeded. It turns a panic, or the end of the goroutine, into the
// item's failure.
func (j *job) do(lo, hi int) (succeeded bool) {
	at, returned := lo, false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			j.fail(at, hi, newPanicError(v))
			return
		}
		j.fail(at, hi, errGoexit) // the goroutine goes on ending after this
	}()
	err := j.body(lo, hi, &at)
	returned = true
	switch {
	case err == errStopped:
		j.done.Add(int64(at - lo))
	case err != nil:
		j.fail(at, hi, err)
	default:
		j.done.Add(int64(hi - lo))
	}
	return err == nil
}

func (j *job) fail(at, hi int, err error) {
	j.stopped.Store(true)
	e := &ItemError{Op: j.op, Index: at, Count: 1, Err: err}
	if j.ranged {
		e.Count = hi - at
	}
	if j.item != nil {
		e.Item = j.item(at)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.first == nil || at < j.first.Index {
		j.first = e
	}
}

// err is the job's outcome, once nobody works on it any more.
func (j *job) err() error {
	if j.first != nil {
		return j.first
	}
	if done := int(j.done.Load()); done < j.n {
		return fmt.Errorf("parlib: %s: stopped after %d of %d items: %w", j.op, done, j.n, context.Cause(j.ctx))
	}
	return nil
}
