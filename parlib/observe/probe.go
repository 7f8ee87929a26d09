package observe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/warren-go/warren/internal/figure"
	"github.com/warren-go/warren/parlib/bench"
)

// Probe is what was measured of a machine: curves of one quantity against another. It shows itself in a notebook as a
// chart.
type Probe struct {
	Title  string
	Note   string // what the measurement says, in a sentence or two
	Host   bench.Host
	XLabel string // with the unit, as Unit
	Unit   string // of the values: "ns", "GB/s"
	YLabel string
	Curves []Curve
	Marks  []bench.Mark // places on the x axis worth knowing

	logX, logY bool
}

// Curve is one line of a probe.
type Curve struct {
	Name     string
	Readings []Reading
}

// Reading is a value at a place. Value is of the median time, between Low and High with 95% confidence, and Best of the
// shortest; Noisy says that the times scattered too much, or were too few, to be relied on.
type Reading struct {
	X                      float64
	Value, Low, High, Best float64
	Noisy                  bool
}

// reading turns times into values.
func reading(x float64, times bench.Times, value func(time.Duration) float64) Reading {
	i := times.Interval()
	low, high := value(i.Low), value(i.High)
	return Reading{x, value(times.Median()), min(low, high), max(low, high), value(times.Min()), times.Noisy()}
}

// Curve gives the curve of a name; ok is false where there is none.
func (p Probe) Curve(name string) (c Curve, ok bool) {
	i := slices.IndexFunc(p.Curves, func(c Curve) bool { return c.Name == name })
	if i < 0 {
		return Curve{}, false
	}
	return p.Curves[i], true
}

// Chart plots the curves, with a bar at each reading for how sure it is.
func (p Probe) Chart() bench.Chart {
	c := bench.Chart{Title: p.Title, Subtitle: p.summary(), XLabel: p.XLabel, YLabel: p.YLabel + " (" + p.Unit + ")", LogX: p.logX, LogY: p.logY}
	low, high := p.ends()
	for _, m := range p.Marks {
		if m.X >= low && m.X <= high {
			c.Marks = append(c.Marks, m)
		}
	}
	for _, curve := range p.Curves {
		s := bench.Series{Name: curve.Name}
		for _, r := range curve.Readings {
			s.Points = append(s.Points, bench.XY{X: r.X, Y: r.Value, Low: r.Low, High: r.High})
		}
		c.Series = append(c.Series, s)
	}
	return c
}

// ends are the least and the greatest place of a reading.
func (p Probe) ends() (low, high float64) {
	for i, c := range p.Curves {
		for j, r := range c.Readings {
			if i == 0 && j == 0 {
				low, high = r.X, r.X
			}
			low, high = min(low, r.X), max(high, r.X)
		}
	}
	return low, high
}

// Render shows the chart in a notebook.
func (p Probe) Render() bench.Bundle {
	b := p.Chart().Render()
	b.Data["text/plain"] = p.String()
	return b
}

// String is a table of all readings.
func (p Probe) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%v\n", p.Title, p.Host)
	for _, c := range p.Curves {
		fmt.Fprintf(&b, "\n%s\n", c.Name)
		value := func(v float64) string { return figure.Digits(v) + " " + p.Unit }
		b.WriteString(figure.Table[Reading]{}.
			Column(p.XLabel, "", func(r Reading) string { return fmt.Sprintf("%.6g", r.X) }).
			Column("best", "", func(r Reading) string { return value(r.Best) }).
			Column("median", "", func(r Reading) string { return value(r.Value) }).
			Column("interval", "", func(r Reading) string { return figure.Digits(r.Low) + " … " + value(r.High) }).
			Column("", "", func(r Reading) string { return map[bool]string{true: "noisy"}[r.Noisy] }).
			Text(c.Readings))
	}
	fmt.Fprintf(&b, "\n%s\n", p.summary())
	return b.String()
}

// summary is the note, with a warning where it is not to be relied on.
func (p Probe) summary() string {
	noisy, all := 0, 0
	for _, c := range p.Curves {
		for _, r := range c.Readings {
			all++
			if r.Noisy {
				noisy++
			}
		}
	}
	if noisy == 0 {
		return p.Note
	}
	return fmt.Sprintf("%s Not to be relied on, since the machine was noisy: %d of %d readings.", p.Note, noisy, all)
}

// processorsMark stands at the number of processors to use.
func processorsMark(h bench.Host) bench.Mark {
	return bench.Mark{X: float64(h.Usable()), Label: figure.Plural(h.Usable(), "processor")}
}

// numbersOfWorkers are those to try where the caller names none: up to four on to the number of processors, and twice as many.
func numbersOfWorkers() []int {
	n := bench.Machine().Usable()
	list := []int{1, 2}
	for _, part := range []int{4, 2} {
		list = append(list, max(1, n/part))
	}
	list = append(list, n, 2*n)
	slices.Sort(list)
	return slices.Compact(list)
}

// checkAll refuses lists with a value below the least.
func checkAll(what string, list []int, least int) error {
	if len(list) == 0 {
		return fmt.Errorf("there is no %s to measure", what)
	}
	for _, v := range list {
		if v < least {
			return fmt.Errorf("a %s is %d; it must be at least %d", what, v, least)
		}
	}
	return nil
}
