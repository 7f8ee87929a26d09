package bench

import (
	"errors"
	"fmt"
	"time"

	"github.com/warren-go/warren/internal/figure"
)

// Alternative is one of several ways of doing the same thing.
type Alternative struct {
	Name string
	Run  func()
}

// CompareAll times several ways of doing the same thing, in turn. The first is the one that the others are compared with.
// If one panics, the error holds a *RunError with its name.
func CompareAll(alternatives []Alternative, options ...Option) (Alternatives, error) {
	s, err := newSettings(append([]Option{Title("Alternatives")}, options...))
	if err == nil {
		err = checkAlternatives(alternatives)
	}
	if err != nil {
		return Alternatives{}, fmt.Errorf("bench: CompareAll: %w", err)
	}
	subjects := make([]subject, len(alternatives))
	for i, a := range alternatives {
		subjects[i] = subject{a.Name, a.Run}
	}
	all, err := s.measure(subjects)
	if err != nil {
		return Alternatives{}, fmt.Errorf("bench: CompareAll: %w", err)
	}
	result := Alternatives{Title: s.title, Host: Machine()}
	for i, times := range all {
		result.Timings = append(result.Timings, Timing{alternatives[i].Name, times})
	}
	return result, nil
}

func checkAlternatives(alternatives []Alternative) error {
	if len(alternatives) == 0 {
		return errors.New("there are no alternatives")
	}
	names := make([]string, len(alternatives))
	for i, a := range alternatives {
		names[i] = a.Name
		if a.Run == nil {
			return fmt.Errorf("the function of alternative %d, %q, is nil", i, a.Name)
		}
	}
	return checkNames(names)
}

// checkNames refuses names by which alternatives could not be told apart.
func checkNames(names []string) error {
	seen := map[string]bool{}
	for i, name := range names {
		if name == "" {
			return fmt.Errorf("alternative %d has no name", i)
		}
		if seen[name] {
			return fmt.Errorf("two alternatives are called %q", name)
		}
		seen[name] = true
	}
	return nil
}

// Timing is an alternative with its times.
type Timing struct {
	Name  string `json:"name"`
	Times Times  `json:"times_ns"`
}

// Alternatives are several ways of doing the same thing, timed in turn. They show themselves in a notebook as a table
// with a chart of bars.
type Alternatives struct {
	Title   string
	Host    Host
	Timings []Timing // the first is what the others are compared with
}

// NewAlternatives makes alternatives of times measured elsewhere: by another program, or on another machine.
func NewAlternatives(title string, host Host, timings ...Timing) (Alternatives, error) {
	names := make([]string, len(timings))
	for i, t := range timings {
		names[i] = t.Name
		if len(t.Times) == 0 || t.Times.Min() <= 0 {
			return Alternatives{}, fmt.Errorf("bench: NewAlternatives: times of %q are %v; there must be some, all above 0", t.Name, t.Times)
		}
	}
	if err := checkNames(names); err != nil {
		return Alternatives{}, fmt.Errorf("bench: NewAlternatives: %w", err)
	}
	return Alternatives{Title: title, Host: host, Timings: timings}, nil
}

// Standing is a line of the table of alternatives. Ratio is how many times as fast as the first one it is, by medians;
// Low and High put the confidence intervals of both against each other.
type Standing struct {
	Name             string
	Min, Median      time.Duration
	Interval         Interval
	Ratio, Low, High float64
	Noisy            bool
}

// Standings computes the table.
func (a Alternatives) Standings() []Standing {
	standings := make([]Standing, len(a.Timings))
	for i, t := range a.Timings {
		c := a.Comparison(i)
		low, high := c.Bounds()
		if i == 0 {
			low, high = 1, 1 // by definition, whatever the noise
		}
		standings[i] = Standing{t.Name, t.Times.Min(), t.Times.Median(), t.Times.Interval(), c.Ratio(), low, high, t.Times.Noisy()}
	}
	return standings
}

// Noisy counts the alternatives whose times scatter too much, or are too few, to be relied on.
func (a Alternatives) Noisy() (n int) {
	for _, t := range a.Timings {
		if t.Times.Noisy() {
			n++
		}
	}
	return n
}

// summary is the verdict, and how much of the measurement is noise.
func (a Alternatives) summary() string {
	return figure.Sentence(a.Verdict().Text) + unreliable(a.Noisy(), len(a.Timings))
}

// Comparison puts alternative i (from 0) against the first.
func (a Alternatives) Comparison(i int) Comparison {
	return Comparison{Before: a.Timings[0].Times, After: a.Timings[i].Times}
}

// Verdict judges the fastest alternative by its median, against the first; or the second where the first is fastest.
func (a Alternatives) Verdict() Verdict {
	if len(a.Timings) < 2 {
		return Verdict{Text: "inconclusive: there are no two alternatives to compare"}
	}
	best := 1
	for i, s := range a.Standings() {
		if i > 1 && s.Ratio > a.Comparison(best).Ratio() {
			best = i
		}
	}
	return a.Comparison(best).contest().verdict(a.Timings[best].Name + " came out %s times as fast as " + a.Timings[0].Name)
}

var standingTable = figure.Table[Standing]{}.
	Column("", "alternative", func(s Standing) string { return s.Name }).
	Column("fastest", "shortest time", func(s Standing) string { return figure.Short(s.Min) }).
	Column("median", "middle time", func(s Standing) string { return figure.Short(s.Median) }).
	Column("interval", "confidence interval of the median", func(s Standing) string { return s.Interval.String() }).
	Column("times as fast", "median of the first / median", func(s Standing) string { return figure.Digits(s.Ratio) }).
	Column("between", "what the confidence intervals allow", func(s Standing) string { return figure.Digits(s.Low) + " … " + figure.Digits(s.High) }).
	Column("", "times that scatter by more than 10%, or are too few", func(s Standing) string { return noise(s.Noisy) })

// Table is the table as text, in aligned columns, with the verdict below.
func (a Alternatives) Table() string {
	return fmt.Sprintf("%s\n%v\n\n%s\n%s\n", a.Title, a.Host, standingTable.Text(a.Standings()), a.summary())
}

func (a Alternatives) String() string { return a.Table() }

// HTML is the table and, below it, the chart as a drawing that needs no script.
func (a Alternatives) HTML() string {
	plot := a.Chart()
	plot.Title, plot.Subtitle = "", "" // both stand above it already
	return page(a.Title, a.Host, standingTable.HTML(a.Standings()), a.summary(), plot.SVG())
}

// Render shows the alternatives in a notebook.
func (a Alternatives) Render() Bundle {
	return Bundle{Data: map[string]any{"text/html": a.HTML(), "text/plain": a.Table()}}
}

// Chart is a bar for the median of each alternative, with its confidence interval.
func (a Alternatives) Chart() Bars {
	b := Bars{Title: a.Title, Subtitle: a.summary()}
	standings := a.Standings()
	longest := time.Duration(0)
	for _, s := range standings {
		longest = max(longest, s.Interval.High)
	}
	unit := figure.UnitOf(longest)
	b.XLabel = "median time (" + unit.Name + ")"
	for _, s := range standings {
		b.Bars = append(b.Bars, Bar{Name: s.Name, Values: []float64{unit.Of(s.Median)}, Low: unit.Of(s.Interval.Low), High: unit.Of(s.Interval.High)})
	}
	return b
}
