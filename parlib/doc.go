// Package parlib runs Go functions on many items at once: parallel loops and reductions, and pools of workers.
//
// A first program squares three numbers on five workers:
//
//	pool, err := parlib.NewPool(5)
//	squares, err := parlib.Map(pool, []int{1, 2, 3}, func(x int) int { return x * x })
//	// squares is [1 4 9]
//
// # Pools
//
// Map, Map2, StarMap, Filter and MapReduce wait for all results. ApplyAsync and MapAsync return at once, with a [Result] to
// be asked for later. Imap and ImapUnordered take their items from a sequence, which may have no end, and yield results
// while others are worked on. MapLocal gives each worker a value of its own. Functions that can fail, or are to be told to
// stop, go with the variants whose names end in Context.
//
// # How a pool shares work
//
// A call cuts its indices into chunks of neighbours and puts itself on the pool's list. Idle workers, and the goroutine
// that made the call, take chunk after chunk until none is left, so a slow item delays only its own chunk. The calling
// goroutine is one of the pool's n workers: a pool of one runs everything in the caller, at the cost of a plain loop, and
// a call made from inside another call's function always gets on, by its caller's own hands if all workers are busy. Calls
// that do not wait, and streams, are done by n workers of the pool's own.
//
// # Loops
//
// [For], [ForRange], [ForEach] and [Collapse], and reductions such as [Sum] and [Dot], need no pool: they run on a team of
// goroutines that all share and that is kept ready (see package team), so that a loop starts in a fraction of a
// microsecond. Options say otherwise: how many [Workers], which [Schedule].
//
//	err := parlib.For(len(x), func(i int) { x[i] = f(i) })
//
// In loops in loops, and in loops of several goroutines, each takes what workers are idle and goes on alone where none is.
//
// [Region] runs threads at the same time that meet at barriers, single and critical sections and loops they share. [Tasks]
// runs tasks that spawn others and depend on each other.
//
// # Results
//
// Results come in the order of the items. Sums and dot products are cut into blocks whose size does not depend on the
// pool, so a floating-point result is the same, to the last bit, on any number of workers.
//
// # Failures
//
// A function that panics does not end the program: the call returns an [ItemError] that names the item, holding a
// [PanicError] with the panic's value and stack. When several items fail, the error is the one that a serial loop would
// have met first. After a failure no item behind it is begun, items in hand are finished, and pool and team stay usable. With
// [FinishAll] all items are done, and the error, an [ItemErrors], names each that failed.
package parlib
