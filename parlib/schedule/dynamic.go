package schedule

import (
	"fmt"
	"sync/atomic"
)

// Dynamic hands out chunks of neighbours, in order, to whichever worker asks. A chunk below 1 counts as 1.
func Dynamic(chunk int) Schedule { return dynamic{max(1, chunk)} }

type dynamic struct{ chunk int }

func (d dynamic) String() string { return fmt.Sprintf("dynamic, chunks of %d", d.chunk) }

func (d dynamic) Split(n, workers int, old Ranges) Ranges {
	r := reuse[queue](old)
	r.n, r.least, r.parts = n, d.chunk, 0
	r.next.Store(0)
	return r
}

// Guided hands out, in order, half of a worker's even share of what is left, but no less than a smallest chunk: large
// chunks at first, which are cheap, and small ones at the end, which even out. A chunk below 1 counts as 1.
func Guided(smallest int) Schedule { return guided{max(1, smallest)} }

type guided struct{ smallest int }

func (g guided) String() string { return fmt.Sprintf("guided, chunks of at least %d", g.smallest) }

func (g guided) Split(n, workers int, old Ranges) Ranges {
	r := reuse[queue](old)
	r.n, r.least, r.parts = n, g.smallest, 2*workers
	r.next.Store(0)
	return r
}

// queue hands out a loop in order.
type queue struct {
	n     int
	least int // smallest chunk
	parts int // a chunk is at least this part of what is left; 0: always the smallest
	_     [lineSize]byte
	next  atomic.Int64 // first index not handed out
	_     [lineSize]byte
}

func (r *queue) self() *queue { return r }

func (r *queue) Next(int) (lo, hi int, ok bool) {
	for {
		at := r.next.Load()
		left := r.n - int(at)
		if left <= 0 {
			return 0, 0, false
		}
		size := r.least
		if r.parts > 0 {
			size = max(size, left/r.parts)
		}
		end := at + int64(min(left, size)) // never beyond n, so it cannot overflow
		if r.next.CompareAndSwap(at, end) {
			return int(at), int(end), true
		}
	}
}
