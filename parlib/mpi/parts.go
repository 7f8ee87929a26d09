package mpi

import (
	"fmt"
	"math"
)

// Part returns which of n items are rank's when size ranks share them: from lo up to, without, hi. Ranks differ by at most one
// item, and the first have more.
func Part(n, size, rank int) (lo, hi int) {
	if n < 0 || size < 1 || rank < 0 || rank >= size {
		panic(fmt.Sprintf("mpi: Part: rank %d of %d cannot have a part of %d items", rank, size, n))
	}
	each, more := n/size, n%size
	lo = rank*each + min(rank, more)
	hi = lo + each
	if rank < more {
		hi++
	}
	return lo, hi
}

// Counts returns the length of every rank's Part of n items, for Scatterv, Gatherv and their like.
func Counts(n, size int) []int {
	counts := make([]int, max(size, 0))
	for r := range counts {
		lo, hi := Part(n, size, r)
		counts[r] = hi - lo
	}
	return counts
}

// parts are counts and where each piece begins, as the library takes them.
type parts struct {
	counts, displs []int32
	total          int
}

// partsOf checks counts, one for each rank.
func partsOf(c *Comm, name string, counts []int) (parts, error) {
	if c == nil {
		return parts{}, c.failed(name, nil)
	}
	if len(counts) != c.size {
		return parts{}, c.failedf(name, "%d counts for %d ranks", len(counts), c.size)
	}
	p := parts{counts: make([]int32, len(counts)), displs: make([]int32, len(counts))}
	for r, n := range counts {
		if n < 0 {
			return parts{}, c.failedf(name, "the count of rank %d is %d", r, n)
		}
		if n > math.MaxInt32-p.total {
			return parts{}, c.failedf(name, "the counts up to rank %d are more elements together than MPI counts (%d)", r, math.MaxInt32)
		}
		p.counts[r], p.displs[r] = int32(n), int32(p.total)
		p.total += n
	}
	return p, nil
}

// checkParts checks counts against the length of the slice that is cut up, and this rank's count against the length of its
// piece; -1 is any.
func checkParts(c *Comm, name, slice string, counts []int, length, mine int) (parts, error) {
	p, err := partsOf(c, name, counts)
	switch {
	case err != nil:
		return p, err
	case p.total != length:
		return p, c.failedf(name, "%s has %d elements, the counts are %d together", slice, length, p.total)
	case mine >= 0 && counts[c.rank] != mine:
		return p, c.failedf(name, "this rank's piece has %d elements, its count is %d", mine, counts[c.rank])
	}
	return p, nil
}
