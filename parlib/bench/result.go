package bench

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Point is what was measured on one number of workers.
type Point struct {
	Workers int
	Times   Times
}

// Result is an operation timed on several numbers of workers, in rising order beginning with 1. It shows itself in a
// notebook as a table with a plot.
type Result struct {
	Title  string
	Host   Host
	Points []Point
}

// NewResult makes a result of times measured elsewhere: by another program, or on another machine.
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
	KarpFlatt                        float64 // NaN for one worker
	Noisy                            bool
}

// Rows computes the table.
func (r Result) Rows() []Row {
	rows := make([]Row, len(r.Points))
	for i, p := range r.Points {
		c := Comparison{Before: r.Points[0].Times, After: p.Times}
		low, high := c.Bounds()
		s := c.Ratio()
		if i == 0 {
			low, high = 1, 1 // by definition, whatever the noise
		}
		rows[i] = Row{
			Workers: p.Workers, Min: p.Times.Min(), Median: p.Times.Median(), Interval: p.Times.Interval(),
			Speedup: s, SpeedupLow: low, SpeedupHigh: high,
			Efficiency: Efficiency(s, p.Workers), KarpFlatt: KarpFlatt(s, p.Workers), Noisy: p.Times.Noisy(),
		}
	}
	return rows
}

// Amdahl fits Amdahl's law to the speed-ups on up to as many workers as there are processors to use: beyond, workers
// share processors and the law says nothing. ok is false where that leaves nothing to fit.
func (r Result) Amdahl() (law Amdahl, ok bool) {
	return fitAmdahl(slices.DeleteFunc(r.Rows(), func(row Row) bool { return row.Workers > r.Host.Usable() }))
}

// Verdict says in one sentence what a measurement shows. Noisy is true where the times scatter so much that the ratio is not
// to be relied on. Conclusive is false where not even faster or slower can be told, for noise or for too few times.
type Verdict struct {
	Conclusive, Noisy bool
	Text              string
}

func (v Verdict) String() string { return v.Text }

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
	c := Comparison{Before: r.Points[0].Times, After: r.Points[best].Times}
	return c.verdict(fmt.Sprintf("%d workers", rows[best].Workers), "one worker")
}

// Comparison is two ways of doing the same thing, timed in turn.
type Comparison struct {
	Before, After Times
}

// Ratio is how many times as fast After is: the median of Before over the median of After.
func (c Comparison) Ratio() float64 { return float64(c.Before.Median()) / float64(c.After.Median()) }

// Bounds are the least and the greatest ratio that the confidence intervals of both medians allow.
func (c Comparison) Bounds() (low, high float64) {
	b, a := c.Before.Interval(), c.After.Interval()
	return float64(b.Low) / float64(a.High), float64(b.High) / float64(a.Low)
}

// Verdict says how many times as fast After is, or why that cannot be told.
func (c Comparison) Verdict() Verdict { return c.verdict("the second way", "the first") }

func (c Comparison) String() string {
	return fmt.Sprintf("%v before, %v after: %v", short(c.Before.Median()), short(c.After.Median()), c.Verdict())
}

func (c Comparison) verdict(after, before string) Verdict {
	low, high := c.Bounds()
	v := Verdict{Conclusive: true, Noisy: c.Before.Noisy() || c.After.Noisy()}
	few := min(c.Before.Interval().Level, c.After.Interval().Level) < level
	same := low <= 1 && high >= 1
	switch {
	case few:
		v.Conclusive = false
		v.Text = fmt.Sprintf("inconclusive, since %d repeats are too few for 95%% confidence", min(len(c.Before), len(c.After)))
	case v.Noisy && same:
		v.Conclusive = false
		v.Text = "inconclusive, since the machine was noisy"
	case same:
		v.Text = "no difference to be seen"
	case c.Ratio() < 1:
		v.Text = "slower"
	default:
		v.Text = "faster"
	}
	if v.Conclusive && v.Noisy {
		v.Text += ", but by how much is not sure, since the machine was noisy"
	}
	v.Text += fmt.Sprintf(": %s came out %.3g times as fast as %s, between %.3g and %.3g", after, c.Ratio(), before, low, high)
	return v
}
