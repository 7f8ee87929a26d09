// Package observe shows what a parallel program does: who works when, who waits for what, and what the memory gives.
//
// A [Recorder] notes which worker did what when. Its [Timeline] draws that with a bar for each piece of work, and says how
// even the load was:
//
//	var recorder observe.Recorder
//	parlib.For(n, body, parlib.Observe(&recorder))
//	recorder.Timeline() // in a notebook: the chart
//
// Calls on pools take parlib.Observed(&recorder), and a program's own goroutines report by Recorder.Begin.
//
// Probes measure on the spot what a machine's memory does to programs: [FalseSharing], [Bandwidth], [Latency] and [Stride].
//
// A [Guard] ends the wait for a function that is deadlocked, and [Watch] reports goroutines that wait too long; both say
// where each of them waits.
//
// Values show themselves in a notebook, as those of package bench do.
package observe
