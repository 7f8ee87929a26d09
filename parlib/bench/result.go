package bench

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Point is what was measured on one number of workers.
type Point struct {
	Workers int   `json:"workers"`
	Times   Times `json:"times_ns"`
}

// Scaling says what happens to the work as workers are added.
type Scaling int

// In strong scaling the work stays the same, and speed-up is the time on one worker over that on p. In weak scaling p
// workers have p times the work of one; there speed-up is scaled: how many times as much work is done in the same time.
const (
	Strong Scaling = iota
	Weak
)

// Result is an operation timed on several numbers of workers, in rising order beginning with 1. It shows itself in a
// notebook as a table with a plot.
type Result struct {
	Title   string
	Host    Host
	Scaling Scaling
	Points  []Point
}

// NewResult makes a result of times measured elsewhere: by another program, or on another machine. Where p workers had p
// times the work, set the result's Scaling to Weak.
func NewResult(title string, host Host, points ...Point) (Result, error) {
	points = slices.SortedFunc(slices.Values(points), func(a, b Point) int { return a.Workers - b.Workers })
	counts := make([]int, len(points))
	for i, p := range points {
		counts[i] = p.Workers
		if len(p.Times) == 0 || p.Times.Min() <= 0 {
			return Result{}, fmt.Errorf("bench: NewResult: times on %d workers are %v; there must be some, all above 0", p.Workers, p.Times)
		}
	}
	if err := checkCounts(counts); err != nil {
		return Result{}, fmt.Errorf("bench: NewResult: %w", err)
	}
	return Result{Title: title, Host: host, Points: points}, nil
}

// checkCounts takes sorted worker counts.
func checkCounts(counts []int) error {
	switch {
	case len(counts) == 0:
		return errors.New("there are no worker counts")
	case counts[0] < 1:
		return fmt.Errorf("a worker count is %d; it must be at least 1", counts[0])
	case counts[0] > 1:
		return fmt.Errorf("the worker counts %v do not hold 1, to which speed-up is relative", counts)
	}
	for i, p := range counts[1:] {
		if p == counts[i] {
			return fmt.Errorf("worker count %d is there twice", p)
		}
	}
	return nil
}

// Row is a line of the table. Speed-ups are ratios of medians; SpeedupLow and SpeedupHigh put the confidence intervals of
// both against each other.
type Row struct {
	Workers                          int
	Min, Median                      time.Duration
	Interval                         Interval
	Speedup, SpeedupLow, SpeedupHigh float64
	Efficiency                       float64
	KarpFlatt                        float64 // serial fraction in strong scaling; NaN for one worker, and in weak scaling
	Gustafson                        float64 // serial fraction in weak scaling; NaN for one worker, and in strong scaling
	Noisy                            bool
}

// Rows computes the table.
func (r Result) Rows() []Row {
	rows := make([]Row, len(r.Points))
	for i, p := range r.Points {
		c := r.against(i)
		low, high := c.bounds()
		s := c.ratio()
		if i == 0 {
			low, high = 1, 1 // by definition, whatever the noise
		}
		rows[i] = Row{
			Workers: p.Workers, Min: p.Times.Min(), Median: p.Times.Median(), Interval: p.Times.Interval(),
			Speedup: s, SpeedupLow: low, SpeedupHigh: high, Efficiency: Efficiency(s, p.Workers),
			KarpFlatt: math.NaN(), Gustafson: math.NaN(), Noisy: p.Times.Noisy(),
		}
		if r.Scaling == Weak {
			rows[i].Gustafson = GustafsonSerial(s, p.Workers)
		} else {
			rows[i].KarpFlatt = KarpFlatt(s, p.Workers)
		}
	}
	return rows
}

// Noisy counts the points whose times scatter too much, or are too few, to be relied on.
func (r Result) Noisy() (n int) {
	for _, p := range r.Points {
		if p.Times.Noisy() {
			n++
		}
	}
	return n
}

// against puts point i against the first.
func (r Result) against(i int) contest {
	work := 1.0
	if r.Scaling == Weak {
		work = float64(r.Points[i].Workers)
	}
	return contest{r.Points[0].Times, r.Points[i].Times, work}
}

// Amdahl fits Amdahl's law to the speed-ups on up to as many workers as there are processors to use: beyond, workers
// share processors and the law says nothing. ok is false where that leaves nothing to fit, and in weak scaling.
func (r Result) Amdahl() (law Amdahl, ok bool) {
	if r.Scaling != Strong {
		return Amdahl{}, false
	}
	return fitAmdahl(r.rowsWithinProcessors())
}

// Gustafson fits Gustafson's law to the scaled speed-ups of weak scaling, as Amdahl does for strong scaling.
func (r Result) Gustafson() (law Gustafson, ok bool) {
	if r.Scaling != Weak {
		return Gustafson{}, false
	}
	return fitGustafson(r.rowsWithinProcessors())
}

func (r Result) rowsWithinProcessors() []Row {
	return slices.DeleteFunc(r.Rows(), func(row Row) bool { return row.Workers > r.Host.Usable() })
}

// Verdict judges the best speed-up on up to as many workers as there are processors to use, or on the fewest workers above
// one where only one is measured there.
func (r Result) Verdict() Verdict {
	rows := r.Rows()
	if len(rows) < 2 {
		return Verdict{Text: "inconclusive: there are no two numbers of workers to compare"}
	}
	best := 1
	for i, row := range rows {
		if i > 1 && row.Workers <= r.Host.Usable() && row.Speedup > rows[best].Speedup {
			best = i
		}
	}
	workers := fmt.Sprintf("%d workers", rows[best].Workers)
	if r.Scaling == Weak {
		return r.against(best).verdict(workers + " did %s times as much in the same time as one worker")
	}
	return r.against(best).verdict(workers + " came out %s times as fast as one worker")
}
