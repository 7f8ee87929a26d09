package observe

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/warren-go/warren/parlib/bench"
	"github.com/warren-go/warren/parlib/team"
)

// quickly are the options of probes, before those of the caller.
func quickly(options []bench.Option) []bench.Option {
	return append([]bench.Option{bench.Budget(3 * time.Second)}, options...)
}

// increments is how often each worker counts in one run: long against the microseconds in which workers wake up.
const increments = 200_000

// apart is at least two cache lines: many processors fetch a line's neighbour along.
const apart = 128

type paddedCounter struct {
	atomic.Int64
	_ [apart - 8]byte
}

// FalseSharing measures what it costs that workers count in variables of their own which lie in one cache line: ns for an
// atomic increment, with counters next to each other and with counters kept apart. A line can be in the cache of one
// processor only while it is written, so neighbours take it from each other all the time, though they share no variable.
// workers are the numbers of workers to try, nil for some up to twice the number of processors.
func FalseSharing(workers []int, options ...bench.Option) (Probe, error) {
	if workers == nil {
		workers = numbersOfWorkers()
	}
	adjacent, padded := Curve{Name: "next to each other"}, Curve{Name: fmt.Sprintf("%d bytes apart", apart)}
	if err := checkAll("number of workers", workers, 1); err != nil {
		return Probe{}, fmt.Errorf("observe: FalseSharing: %w", err)
	}
	perOp := func(d time.Duration) float64 { return float64(d) / increments }
	for _, p := range workers {
		times, err := countBoth(p, options)
		if err != nil {
			return Probe{}, fmt.Errorf("observe: FalseSharing: %w", err)
		}
		adjacent.Readings = append(adjacent.Readings, reading(float64(p), times.Before, perOp))
		padded.Readings = append(padded.Readings, reading(float64(p), times.After, perOp))
	}
	probe := Probe{
		Title: "False sharing", Host: bench.Machine(), XLabel: "workers", YLabel: "time for an increment", Unit: "ns",
		Curves: []Curve{adjacent, padded},
	}
	probe.Marks = []bench.Mark{processorsMark(probe.Host)}
	probe.Note = sharingNote(adjacent, padded)
	return probe, nil
}

// sharingNote compares the curves where they are farthest apart. One worker alone shares nothing.
func sharingNote(adjacent, padded Curve) string {
	worst, at := 0.0, 0
	for i, r := range adjacent.Readings {
		if ratio := r.Value / padded.Readings[i].Value; r.X > 1 && ratio > worst {
			worst, at = ratio, i
		}
	}
	if worst == 0 {
		return "One worker alone shares its cache line with nobody."
	}
	return fmt.Sprintf("Counters in one cache line took up to %.1f times as long as counters apart (on %.0f workers).", worst, adjacent.Readings[at].X)
}

// countBoth has p workers count, each in a counter of its own.
func countBoth(p int, options []bench.Option) (c bench.Comparison, err error) {
	t, err := team.New(p)
	if err != nil {
		return c, err
	}
	defer func() {
		t.Close()
		err = errors.Join(err, t.Join())
	}()
	near, far := make([]atomic.Int64, max(8, p)), make([]paddedCounter, p) // at least a cache line, so that it begins with one
	run := func(counter func(worker int) *atomic.Int64) func() {
		return func() {
			err = errors.Join(err, t.Together(p, team.Func(func(worker int) {
				for n := counter(worker); n.Add(1)%increments != 0; {
				}
			})))
		}
	}
	c, failed := bench.Compare(
		run(func(w int) *atomic.Int64 { return &near[w] }),
		run(func(w int) *atomic.Int64 { return &far[w].Int64 }), quickly(options)...)
	return c, errors.Join(err, failed)
}
