package schedule

import "fmt"

// Static gives worker w the w-th of equal shares.
func Static() Schedule { return static{} }

// StaticChunk deals chunks of neighbours to the workers in turn, as cards are dealt. A chunk below 1 counts as 1.
func StaticChunk(chunk int) Schedule { return static{max(1, chunk)} }

type static struct {
	chunk int // 0: one for each worker
}

func (s static) String() string {
	if s.chunk == 0 {
		return "static"
	}
	return fmt.Sprintf("static, chunks of %d", s.chunk)
}

func (s static) Split(n, workers int, old Ranges) Ranges {
	r := reuse[dealt](old)
	r.n, r.workers, r.chunk = n, workers, s.chunk
	if cap(r.dealt) < workers {
		r.dealt = make([]padded, workers)
	}
	r.dealt = r.dealt[:workers]
	for i := range r.dealt {
		r.dealt[i].n = 0
	}
	return r
}

// dealt is how a static schedule splits a loop.
type dealt struct {
	n, workers, chunk int
	dealt             []padded // chunks that each worker has had
}

type padded struct {
	n int
	_ [lineSize - 8]byte
}

func (r *dealt) self() *dealt { return r }

func (r *dealt) Next(worker int) (lo, hi int, ok bool) {
	had := &r.dealt[worker].n
	if r.chunk == 0 {
		lo, hi = Share(r.n, r.workers, worker)
		ok = *had == 0 && lo < hi
		*had = 1
		return lo, hi, ok
	}
	chunk := *had*r.workers + worker
	if chunk > (r.n-1)/r.chunk { // before chunk*r.chunk could overflow
		return 0, 0, false
	}
	*had++
	lo = chunk * r.chunk
	return lo, lo + min(r.chunk, r.n-lo), true
}

// Share returns the bounds of the i-th of a number of shares of the indices 0 to n-1, which differ in size by at most 1: the
// first is share 0. A number of shares below 1 counts as 1, and a share that there is not is empty.
func Share(n, shares, i int) (lo, hi int) {
	shares = max(1, shares)
	if n < 0 || i < 0 || i >= shares {
		return 0, 0
	}
	size, more := n/shares, n%shares
	lo = i*size + min(i, more)
	hi = lo + size
	if i < more {
		hi++
	}
	return lo, hi
}
