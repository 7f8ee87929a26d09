// Package bench answers the question of a parallel program: how much faster is it, on how many workers, and is that sure?
//
// Sweep times one operation on growing numbers of workers:
//
//	result, err := bench.Sweep([]int{1, 2, 4, 8}, func(workers int) { … })
//
// In a notebook the last expression result shows a table, a speed-up plot and a verdict; result.Chart() is the plot alone,
// which JupyterLab draws interactively. Nothing here needs to be imported for that, and the package imports only the
// standard library: values show themselves through methods that the kernel's display recognises.
//
// # Honest timings
//
// Every number of workers is warmed up once and then timed in turn, round after round, so that a slow spell of the machine
// hits all of them alike. A time is given as its median with a confidence interval that assumes nothing about how times
// are distributed; where intervals are wide the verdict is "inconclusive" instead of a number.
package bench
