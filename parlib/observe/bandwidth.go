package observe

import (
	"errors"
	"fmt"
	"time"

	"github.com/warren-go/warren/internal/figure"
	"github.com/warren-go/warren/parlib/bench"
	"github.com/warren-go/warren/parlib/internal/simd"
	"github.com/warren-go/warren/parlib/team"
)

// bandwidthBytes is the size of the array that is read: beyond what the caches of most machines hold.
const bandwidthBytes = 256 << 20

// Bandwidth measures how many GB (10⁹ bytes) a second workers read together from an array of 256 MiB, each a part of its
// own. Where the curve is flat, more workers do not help a program that reads more than it computes. workers are the
// numbers of workers to try, which must hold 1; nil for some up to twice the number of processors.
func Bandwidth(workers []int, options ...bench.Option) (Probe, error) {
	probe, err := bandwidth(bandwidthBytes, workers, options)
	if err != nil {
		return Probe{}, fmt.Errorf("observe: Bandwidth: %w", err)
	}
	return probe, nil
}

func bandwidth(bytes int, workers []int, options []bench.Option) (Probe, error) {
	if workers == nil {
		workers = numbersOfWorkers()
	}
	if err := checkAll("number of workers", workers, 1); err != nil {
		return Probe{}, err
	}
	most := 1
	for _, p := range workers {
		most = max(most, p)
	}
	t, err := team.New(most)
	if err != nil {
		return Probe{}, err
	}
	x := make([]float64, bytes/8)
	for i := range x { // memory that was never written is one page of zeros, read again and again
		x[i] = 1
	}
	var failed error
	result, err := bench.Sweep(workers, func(p int) { failed = errors.Join(failed, readAll(t, p, x)) }, quickly(options)...)
	t.Close()
	if err := errors.Join(err, failed, t.Join()); err != nil {
		return Probe{}, err
	}
	curve := Curve{Name: "reading"}
	best := Reading{}
	for _, p := range result.Points {
		r := reading(float64(p.Workers), p.Times, func(d time.Duration) float64 { return float64(bytes) / float64(d.Nanoseconds()) })
		curve.Readings = append(curve.Readings, r)
		if r.Value > best.Value {
			best = r
		}
	}
	probe := Probe{
		Title: "Memory bandwidth", Host: result.Host, XLabel: "workers", YLabel: "data read", Unit: "GB/s", Curves: []Curve{curve},
		Marks: []bench.Mark{processorsMark(result.Host)},
	}
	probe.Note = fmt.Sprintf("One worker reads %s GB/s of an array of %s; at most %s GB/s were read, by %.0f.",
		figure.Digits(curve.Readings[0].Value), bench.Bytes(bytes), figure.Digits(best.Value), best.X)
	return probe, nil
}

// readAll has p workers add up a part each, which with vector instructions takes no longer than to read it.
func readAll(t *team.Team, p int, x []float64) error {
	sums := make([]struct {
		sum float64
		_   [apart - 8]byte
	}, p)
	err := t.Run(p, team.Func(func(worker int) {
		sums[worker].sum = simd.Sum(x[worker*len(x)/p : (worker+1)*len(x)/p])
	}))
	total := 0.0
	for _, s := range sums {
		total += s.sum
	}
	if err == nil && total != float64(len(x)) {
		err = fmt.Errorf("the sum of %d ones came out as %g", len(x), total)
	}
	return err
}
