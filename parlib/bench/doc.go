// Package bench answers the question of a parallel program: how much faster is it, on how many workers, and is that sure?
//
// Sweep times one operation on growing numbers of workers:
//
//	result, err := bench.Sweep([]int{1, 2, 4, 8}, func(workers int) { … })
//
// In a notebook the last expression result shows a table, a speed-up plot and a verdict; result.Chart() is the plot alone,
// which JupyterLab draws interactively. Nothing here needs to be imported for that, and the package knows no notebook:
// values show themselves through methods that the kernel's display recognises. Save and WriteCSV give them to other programs.
//
// WeakSweep lets the work grow with the workers, Compare times two ways of doing the same thing, and CompareAll several.
// Machine describes the processors and caches that all of this depends on.
//
// # Honest timings
//
// Every number of workers is warmed up once and then timed in turn, round after round, so that a slow spell of the machine
// hits all of them alike. A time is given as its median with a confidence interval that assumes nothing about how times
// are distributed, beside the shortest; where intervals are wide the verdict is "inconclusive" instead of a number.
package bench
