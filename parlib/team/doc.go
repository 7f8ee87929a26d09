// Package team keeps goroutines ready, so that work can be forked to them and joined again in about a hundred
// nanoseconds.
//
// A [Team] is the goroutine that calls it and n-1 workers. [Team.Run] splits work in numbered parts over the caller and
// the workers that are idle at that moment:
//
//	t, err := team.New(4)
//	err = t.Run(4, team.Func(func(part int) { fill(quarter(x, part)) }))
//
// # How a fork is fast
//
// A worker that has finished a part goes on looking for the next one for some tens of microseconds before it goes to
// sleep, so that loops in close succession find it awake. Caller and worker speak through two cache lines: one that only
// the caller writes, and one that only the worker writes. A fork writes the first and a join waits for the second;
// neither allocates.
//
// # How a fork is safe
//
// Any number of goroutines may use a team at once, and parts may use the team they run on: each call takes the workers
// that are idle, if there are any, and nobody ever waits for a worker to become free. A part whose worker has not begun
// it when the caller has finished its own is taken back and done by the caller, so that a worker that is asleep, or that
// the operating system keeps off its processor, delays nobody.
//
// A panic in a part does not end the program but becomes an error. Workers carry the profiler labels of the goroutine
// that they work for.
package team
