package parlib

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/warren-go/warren/parlib/team"
)

// chunksPerWorker is how many chunks automatic chunking makes for each worker. With 8, one worker that is late by a whole
// chunk costs at most an eighth of its share.
const chunksPerWorker = 8

// body does the indices lo to hi-1, in order, and stops at the first error, or with errStopped where the job is stopped. It
// keeps *at at the index in hand, so that a panic can be laid at its door.
type body func(lo, hi int, at *int) error

// job is one call of a parallel function: the indices 0 to n-1, handed out in chunks, in order.
type job struct {
	call
	config
	stats *counters

	op      string // the function called, for messages
	ctx     context.Context
	n, size int
	grain   int // chunks are multiples of it; 0 stands for 1
	body    body
	item    func(i int) string      // describes item i for messages; nil where there are only indices
	cancel  context.CancelCauseFunc // of the context that functions get; may be nil
	done    func(err error)         // called with the outcome of a job that nobody waits for

	next  atomic.Int64 // first index not handed out
	bound atomic.Int64 // no index from here on is begun: the lowest failure, or 0 when the job was halted
	well  atomic.Int64 // indices completed without failure
	idle  sync.WaitGroup

	mu       sync.Mutex
	failures ItemErrors // in no order; only the lowest unless finishAll
	cause    error      // for which the job was halted

	reporting sync.Mutex
	through   int   // indices reported as progress
	mistake   error // a panic of the progress function
}

// each runs body over n indices on p, waits for the end and returns the outcome. It is what every parallel function calls
// that waits; j holds op, body and what else the function wants.
func (j *job) each(p *Pool, n int, options ...PoolOption) error {
	if err := j.run(p, n, options); err != nil {
		return err
	}
	return j.err()
}

// run is each without the outcome.
func (j *job) run(p *Pool, n int, options []PoolOption) error {
	c, err := j.prepare(p, n, options)
	if err != nil {
		return err
	}
	j.limit = c.crew.size - 1 // the calling goroutine is the n-th worker
	j.idle.Add(1)
	err = c.crew.add(&j.call, j.chunks()-1)
	runtime.KeepAlive(p) // a pool that is collected closes itself; not before this call is on its list
	if err != nil {
		return j.refused(err)
	}
	// Deferred, so that the workers are waited for even if the job's function ends this goroutine.
	defer j.idle.Wait()
	defer j.call.release()
	defer c.crew.remove(&j.call)
	j.work()
	return nil
}

// begin runs body over n indices in the background, and calls j.done with the outcome.
func (j *job) begin(p *Pool, n int, options []PoolOption) error {
	c, err := j.prepare(p, n, options)
	if err != nil {
		return err
	}
	j.limit = c.crew.size
	err = c.crew.add(&j.call, j.chunks())
	runtime.KeepAlive(p)
	if err != nil {
		return j.refused(err)
	}
	if n == 0 {
		c.crew.remove(&j.call)
	}
	j.call.release()
	return nil
}

func (j *job) prepare(p *Pool, n int, options []PoolOption) (*core, error) {
	c, err := p.check(j.op)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		return nil, fmt.Errorf("parlib: %s: number of indices is %d; it must not be negative", j.op, n)
	}
	if j.config, err = c.config.with(options); err != nil {
		return nil, fmt.Errorf("parlib: %s on %d items: %w", j.op, n, err)
	}
	j.task, j.stats = j, &c.stats
	j.n, j.size = n, roundUp(chunkSize(n, c.crew.size, j.chunk), max(1, j.grain))
	j.bound.Store(int64(n))
	j.watch = j.watch.workers(c.crew.size)
	if err := j.watch.mistake(); err != nil {
		return nil, fmt.Errorf("parlib: %s on %d items: %w", j.op, n, err)
	}
	c.stats.calls.Add(1)
	return c, nil
}

func (j *job) refused(err error) error {
	j.stats.calls.Add(-1)
	return fmt.Errorf("parlib: %s on %d items: %w", j.op, j.n, err)
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

func (j *job) open() bool { return j.next.Load() < j.bound.Load() }

// stops reports whether index i is not to be done any more.
func (j *job) stops(i int) bool { return int64(i) >= j.bound.Load() }

// goesOn reports whether index i is still to be done. It panics where the program's check does.
func (j *job) goesOn(i int) bool {
	if j.stops(i) {
		return false
	}
	team.Check()
	return true
}

func (j *job) work() {
	var at int // of this worker
	worker := j.watch.sit()
	defer j.watch.stand(worker)
	for lo, hi, ok := j.take(); ok; lo, hi, ok = j.take() {
		j.stats.chunks.Add(1)
		begin := j.watch.begin()
		j.do(lo, hi, &at)
		j.watch.end(worker, lo, hi, begin)
		if err := j.watch.mistake(); err != nil {
			j.halt(err)
		}
	}
}

// take hands out the next chunk. Chunks go out in order, and only indices above a failure are left out, which is why the
// failure with the lowest index is always found.
func (j *job) take() (lo, hi int, ok bool) {
	if j.ctx != nil && j.ctx.Err() != nil {
		j.halt(context.Cause(j.ctx))
	}
	for {
		at, bound := j.next.Load(), j.bound.Load()
		if at >= bound {
			return 0, 0, false
		}
		end := at + min(int64(j.n)-at, int64(j.size)) // never beyond n, so it cannot overflow
		if j.next.CompareAndSwap(at, end) {
			return int(at), int(end), true
		}
	}
}

// do works on one chunk. Where the job is to finish all, it goes on after a failure.
func (j *job) do(lo, hi int, at *int) {
	for from := lo; from < hi; from = *at + 1 {
		failed := j.attempt(from, hi, at)
		j.count(*at - from)
		if !failed || !j.finishAll {
			break
		}
	}
	j.report(hi - lo)
}

func (j *job) count(well int) {
	j.well.Add(int64(well))
	j.stats.items.Add(int64(well))
}

// attempt works from lo on until all is done, which leaves *at at the end, or an index failed, which leaves it there. It
// turns a panic, or the end of the goroutine, into the item's failure.
func (j *job) attempt(lo, hi int, at *int) (failed bool) {
	returned := false
	*at = lo
	defer func() {
		if returned {
			return
		}
		failed = true
		if v := recover(); v != nil {
			j.fail(*at, team.NewPanicError(v))
			return
		}
		j.exited(lo, *at, hi)
	}()
	err := j.body(lo, hi, at)
	returned = true
	switch err {
	case nil:
		*at = hi
	case errStopped:
	default:
		j.fail(*at, err)
		return true
	}
	return false
}

// exited accounts for a chunk whose function ended the goroutine at an index: the rest of the chunk is lost with it.
func (j *job) exited(lo, at, hi int) {
	j.count(at - lo)
	j.fail(at, errGoexit)
	for i := at + 1; i < hi && j.finishAll; i++ {
		j.fail(i, errLost)
	}
}

func (j *job) fail(at int, err error) {
	e := &ItemError{Op: j.op, Index: at, Count: 1, Err: err}
	if j.item != nil {
		e.Item = j.item(at)
	}
	if j.finishAll {
		j.heedCheck()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.finishAll {
		j.failures.add(e)
		return
	}
	if len(j.failures.Errs) == 0 || at < j.failures.Errs[0].Index {
		j.failures.Errs = append(j.failures.Errs[:0], e)
		j.bound.Store(min(j.bound.Load(), int64(at)))
	}
}

// heedCheck stops a job that would go on after a failure if the program's check is what failed: the other items would, too.
func (j *job) heedCheck() {
	if err := failingCheck(); err != nil {
		j.halt(err)
	}
}

// failingCheck is what the program's check panics with now, if it does.
func failingCheck() (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = team.NewPanicError(v)
		}
	}()
	team.Check()
	return nil
}

// halt stops the job: no index is begun any more.
func (j *job) halt(cause error) {
	j.mu.Lock()
	if j.cause == nil {
		j.cause = cause
	}
	j.bound.Store(0)
	j.mu.Unlock()
	if j.cancel != nil {
		j.cancel(cause)
	}
}

// report tells of progress.
func (j *job) report(indices int) {
	if j.progress == nil {
		return
	}
	j.reporting.Lock()
	defer j.reporting.Unlock()
	j.through += indices
	defer func() {
		if v := recover(); v != nil {
			j.mistake = fmt.Errorf("the progress function: %w", team.NewPanicError(v))
			j.halt(j.mistake)
		}
	}()
	j.progress(j.through, j.n)
}

// finish is called when nobody works on the job any more.
func (j *job) finish() {
	if j.done != nil {
		j.done(j.err())
		return
	}
	j.idle.Done()
}

// err is the job's outcome, once nobody works on it any more.
func (j *job) err() error {
	well, failed := int(j.well.Load()), j.failures.Failed
	var stopped error
	if j.mistake != nil || j.watch.mistake() != nil || j.cause != nil && well+failed < j.n {
		stopped = fmt.Errorf("parlib: %s: stopped after %d of %d items: %w", j.op, well+failed, j.n, j.cause)
	}
	switch {
	case len(j.failures.Errs) == 0:
		return stopped
	case !j.finishAll:
		return j.failures.Errs[0]
	case stopped == nil:
		return j.failures.sorted(j.op, j.n)
	default:
		return errors.Join(stopped, j.failures.sorted(j.op, j.n))
	}
}
