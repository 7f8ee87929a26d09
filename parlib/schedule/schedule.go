// Package schedule decides which worker does which indices of a parallel loop.
//
// Static gives every worker its indices beforehand, Dynamic hands out chunks to whoever asks, Guided does so with chunks
// that get smaller, and Stealing gives every worker a share of which others take when they have done theirs. What is best
// depends on the loop: equal work wants Static, as nothing is cheaper; work that differs from index to index wants one of
// the others. A program can bring its own, by a type with the method of [Schedule].
package schedule

// Schedule splits loops.
type Schedule interface {
	// Split returns how the indices 0 to n-1 are given to workers numbered from 0; there is at least one of each. What an
	// earlier Split, perhaps of another schedule, returned and nobody uses any more is old, or nil: Split may reset and
	// return it, so that a loop costs no allocation.
	Split(n, workers int, old Ranges) Ranges
}

// Ranges hands out the indices of one loop: each exactly once, whichever workers ask how often.
type Ranges interface {
	// Next returns the next range for a worker, from lo up to but without hi, or ok false when there are no more for it.
	// Several workers ask at once, each with its own number.
	Next(worker int) (lo, hi int, ok bool)
}

// lineSize keeps what workers write apart: a cache line and its neighbour, which the hardware fetches along.
const lineSize = 128

// reuse gives old where it is a *R, and else a new one.
func reuse[R any](old Ranges) *R {
	if r, ok := old.(interface{ self() *R }); ok {
		return r.self()
	}
	return new(R)
}
