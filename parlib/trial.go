package parlib

import (
	"math/bits"
	"slices"
	"sync/atomic"
	"time"
	"unsafe"
)

// Whether a small loop is faster on all workers or in the caller alone depends on what its body costs and on how long the
// machine takes to fork, and nobody but a clock knows either. So loops that leave the choice to parlib are timed now and
// then, by body and by the order of magnitude of n: a few runs each way one after the other, so that all meet the same
// machine; the way with the least median is taken until the next time.

const (
	neverAlone  = 50 * time.Microsecond // what takes longer on all workers is tried no other way: a fork takes less
	tries       = 3                     // timings of each way
	trialEvery  = 512                   // runs from one trial to the next, after one that changed the way
	trialSeldom = 8192                  // as many at most, and twice as many after each trial that changed nothing
	watchEvery  = 5                     // runs alone between two that are timed, as the same body may cost more another time
	strikes     = 2                     // of these, how many may not take too long
	holdFor     = 1000                  // runs on all workers, after that
)

// way is how a loop is run.
type way uint32

const (
	forked way = iota // on all workers, who share the work out by stealing
	even              // on all workers, each with an equal share
	alone             // in the caller
	ways
)

// choice is how one run is to be done, and what its time is for.
type choice struct {
	way
	slot int // of the time among those of the way, or watched, or untimed
}

const (
	watched = -1 - iota
	untimed
)

// trial is what is known about runs of a body.
type trial struct {
	key   atomic.Uint64
	runs  atomic.Uint32
	begin atomic.Uint32 // run with which a trial begins; runs before the first are on all workers
	every atomic.Uint32 // runs from that to the next
	best  atomic.Uint32 // the way taken
	slow  atomic.Uint32 // runs alone that took too long, of the last trialEvery
	took  [ways][tries]atomic.Int64
}

// trials are found by key; two that want the same place push each other out, and begin anew.
var trials [256]trial

// keyOf tells loops apart by operation, the code of the body, and order of magnitude of n.
func keyOf(w *work, code uintptr) uint64 {
	name := uintptr(unsafe.Pointer(unsafe.StringData(w.op))) // reductions have bodies in common
	return seal(int(code)) ^ seal(int(name)) + uint64(bits.Len(uint(w.n)))
}

// codeOf is where the code of a function is, which all its closures share; 0 for nil.
func codeOf[F any](f F) uintptr {
	if closure := *(**uintptr)(unsafe.Pointer(&f)); closure != nil {
		return *closure
	}
	return 0
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
	t.begin.Store(hold)
	t.every.Store(trialEvery)
	t.best.Store(uint32(forked))
	t.slow.Store(0)
}

// next says how to run the loop this time.
func (t *trial) next() choice {
	run, begin := t.runs.Add(1)-1, t.begin.Load()
	at := int32(run - begin)
	if at >= int32(t.every.Load()) && t.begin.CompareAndSwap(begin, run) {
		at = 0
	}
	switch {
	case at < 0:
		return choice{forked, untimed}
	case at < int32(ways)*tries:
		return t.try(way(at/tries), int(at%tries))
	case at == int32(ways)*tries:
		t.decide()
	}
	best := way(t.best.Load())
	if best != alone || at%watchEvery != 0 {
		return choice{best, untimed}
	}
	if at%trialEvery < watchEvery {
		t.slow.Store(0) // strikes are counted in some hundreds of runs
	}
	return choice{alone, watched}
}

// try is a run of a trial.
func (t *trial) try(w way, slot int) choice {
	if w != forked && t.median(forked) >= neverAlone {
		return choice{forked, untimed}
	}
	return choice{w, slot}
}

// decide ends a trial.
func (t *trial) decide() {
	best := forked
	if t.median(forked) < neverAlone {
		for w := range ways {
			if t.median(w) < t.median(best) {
				best = w
			}
		}
	}
	every := uint32(trialEvery)
	if t.best.Swap(uint32(best)) == uint32(best) {
		every = min(2*t.every.Load(), trialSeldom)
	}
	t.every.Store(every)
}

// median is the middle one of a way's times, which one run that was held up does not change.
func (t *trial) median(w way) time.Duration {
	var took [tries]int64
	for i := range took {
		took[i] = t.took[w][i].Load()
	}
	slices.Sort(took[:])
	return time.Duration(took[tries/2])
}

// record counts the time of a run that is not untimed.
func (t *trial) record(c choice, took time.Duration) {
	if c.way == alone && took >= neverAlone && t.slow.Add(1) >= strikes {
		t.reset(holdFor)
		return
	}
	if c.slot >= 0 {
		t.took[c.way][c.slot].Store(int64(took))
	}
}

// clock is what runs are timed by: time since the program's start, which costs half of what time.Now does.
func clock() time.Duration { return time.Since(programStart) }

var programStart = time.Now()
