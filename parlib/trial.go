package parlib

import (
	"math/bits"
	"sync/atomic"
	"time"
	"unsafe"
)

// Whether a small loop is faster on all workers or in the caller alone depends on what its body costs and on how long the
// machine takes to fork, and nobody but a clock knows either. So loops that leave the choice to parlib are timed now and
// then, on all workers and alone, by body and by the order of magnitude of n; the faster way is taken. Runs alone are
// always timed, as the same body may cost more another time.

const (
	neverAlone = 20 * time.Microsecond // what takes longer on all workers is not tried alone: a fork takes far less
	tries      = 2                     // timings of each way before one is taken
	timeEvery  = 16                    // runs between timings of the way taken
	tryEvery   = 256                   // runs between timings of the other way
	holdFor    = 1000                  // runs on all workers, after one alone that took too long
)

// way is how a loop is run.
type way int

const (
	forked way = iota
	alone
)

func (w way) other() way { return 1 - w }

// trial is what is known about runs of a body.
type trial struct {
	key  atomic.Uint64
	runs atomic.Uint32
	hold atomic.Uint32   // runs before this one are on all workers
	took [2]atomic.Int64 // estimates in ns, by way; 0: not timed
}

// trials are found by key; two that want the same place push each other out, and begin anew.
var trials [256]trial

// keyOf tells loops apart by operation, body and order of magnitude of n.
func keyOf(op string, each func(int), span func(lo, hi int), n int) uint64 {
	code := *(**uintptr)(unsafe.Pointer(&span))
	if each != nil {
		code = *(**uintptr)(unsafe.Pointer(&each))
	}
	name := uintptr(unsafe.Pointer(unsafe.StringData(op))) // reductions have bodies in common
	return seal(int(*code)) ^ seal(int(name)) + uint64(bits.Len(uint(n)))
}

// trialOf returns the trial of loops with a key.
func trialOf(key uint64) *trial {
	t := &trials[key%uint64(len(trials))]
	if old := t.key.Load(); old != key && t.key.CompareAndSwap(old, key) {
		t.reset(0)
	}
	return t
}

// reset begins anew, with a number of runs on all workers first.
func (t *trial) reset(hold uint32) {
	t.runs.Store(0)
	t.hold.Store(hold)
	t.took[forked].Store(0)
	t.took[alone].Store(0)
}

// choose returns how to run the loop this time, and whether to time it.
func (t *trial) choose() (w way, timed bool) {
	run := t.runs.Add(1) - 1
	hold := t.hold.Load()
	if run < hold {
		return forked, false
	}
	run -= hold
	f, a := time.Duration(t.took[forked].Load()), time.Duration(t.took[alone].Load())
	switch {
	case run < tries || f == 0:
		return forked, true
	case f >= neverAlone:
		return forked, run%timeEvery == 0
	case run < 2*tries || a == 0:
		return alone, true
	}
	best := forked
	if a < f {
		best = alone
	}
	if run%tryEvery == 0 {
		best = best.other()
	}
	return best, best == alone || run%timeEvery == 0
}

// record counts a timing. An estimate falls at once and rises slowly: what makes a run faster than it should be is not
// known, but what makes it slower is, other programs.
func (t *trial) record(w way, took time.Duration) {
	if w == alone && took >= neverAlone {
		t.reset(holdFor)
		return
	}
	old := t.took[w].Load()
	estimate := max(1, took.Nanoseconds())
	if old > 0 && estimate > old {
		estimate = old + (min(estimate, 4*old)-old+3)/4
	}
	t.took[w].Store(estimate)
}
