package schedule

import (
	"fmt"
	"math"
	"sync/atomic"
)

// chunksPerShare is in how many chunks a worker does its share. With 8, a worker that is late by a whole chunk costs at
// most an eighth of its share.
const chunksPerShare = 8

// Stealing gives every worker an equal share, which it does in chunks from the front; a worker that is through takes half of
// what another has left, from the back. So neighbours mostly stay together and workers out of each other's way, as with
// Static, and yet nobody waits for a worker that is slow or late. Chunks have at least the size given; one below 1 counts
// as 1.
func Stealing(smallest int) Schedule { return stealing{max(1, smallest)} }

type stealing struct{ smallest int }

func (s stealing) String() string { return fmt.Sprintf("stealing, chunks of at least %d", s.smallest) }

func (s stealing) Split(n, workers int, old Ranges) Ranges {
	r := reuse[shares](old)
	r.n = n
	r.unit = s.smallest
	if most := math.MaxInt32; n/r.unit >= most {
		r.unit = n/most + 1
	}
	units := (n-1)/r.unit + 1
	r.chunk = uint32(max(1, units/workers/chunksPerShare))
	if cap(r.left) < workers {
		r.left = make([]span, workers)
	}
	r.left = r.left[:workers]
	for w := range r.left {
		lo, hi := Share(units, workers, w)
		r.left[w].set(uint32(lo), uint32(hi))
	}
	return r
}

// shares is how a stealing schedule splits a loop. It counts in units of indices, so that both bounds of a span fit into
// one word that can be changed at once.
type shares struct {
	n, unit int
	chunk   uint32 // units
	left    []span // of each worker's share
}

// span is a range of units.
type span struct {
	bounds atomic.Uint64
	_      [lineSize - 8]byte
}

func (s *span) set(lo, hi uint32) { s.bounds.Store(pack(lo, hi)) }

func pack(lo, hi uint32) uint64            { return uint64(lo)<<32 | uint64(hi) }
func unpack(bounds uint64) (lo, hi uint32) { return uint32(bounds >> 32), uint32(bounds) }

// front takes at most a chunk from the front.
func (s *span) front(chunk uint32) (lo, hi uint32, ok bool) {
	for {
		old := s.bounds.Load()
		lo, hi = unpack(old)
		if lo >= hi {
			return 0, 0, false
		}
		end := lo + min(chunk, hi-lo)
		if s.bounds.CompareAndSwap(old, pack(end, hi)) {
			return lo, end, true
		}
	}
}

// back takes half of what is there, from the back.
func (s *span) back() (lo, hi uint32, ok bool) {
	for {
		old := s.bounds.Load()
		lo, hi = unpack(old)
		if lo >= hi {
			return 0, 0, false
		}
		middle := lo + (hi-lo)/2
		if s.bounds.CompareAndSwap(old, pack(lo, middle)) {
			return middle, hi, true
		}
	}
}

func (r *shares) self() *shares { return r }

func (r *shares) Next(worker int) (lo, hi int, ok bool) {
	first, end, ok := r.left[worker].front(r.chunk)
	if !ok {
		first, end, ok = r.steal(worker)
	}
	if !ok {
		return 0, 0, false
	}
	lo = int(first) * r.unit
	return lo, lo + min(int(end-first)*r.unit, r.n-lo), true
}

// steal takes from another what it returns, and puts what is more than a chunk where others can steal it again.
func (r *shares) steal(worker int) (lo, hi uint32, ok bool) {
	for i := 1; i < len(r.left); i++ {
		victim := &r.left[(worker+i)%len(r.left)]
		lo, hi, ok := victim.back()
		if !ok {
			continue
		}
		end := lo + min(r.chunk, hi-lo)
		if end < hi {
			r.left[worker].set(end, hi)
		}
		return lo, end, true
	}
	return 0, 0, false
}
