package bench

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/warren-go/warren/internal/figure"
)

// Option changes how times are taken.
type Option func(*settings) error

type settings struct {
	title   string
	warmUps int
	repeats int
	sample  time.Duration
	budget  time.Duration
}

// leastRepeats are done even when the budget is spent: a median needs a middle.
const leastRepeats = 3

func newSettings(options []Option) (settings, error) {
	s := settings{title: "Speed-up", warmUps: 1, repeats: 10, sample: 2 * time.Millisecond, budget: 20 * time.Second}
	for i, o := range options {
		if o == nil {
			return s, fmt.Errorf("option %d is nil", i)
		}
		if err := o(&s); err != nil {
			return s, err
		}
	}
	return s, nil
}

// Title names what is measured, in the table and the plot.
func Title(text string) Option {
	return func(s *settings) error { s.title = text; return nil }
}

// WarmUps sets how many runs go before the timed ones (1): they fault pages in, fill caches and wake processors.
func WarmUps(n int) Option {
	return func(s *settings) error {
		s.warmUps = n
		return atLeast("number of warm-ups", n, 0)
	}
}

// Repeats sets how many times are taken (10). Six are the fewest that give a 95% confidence interval.
func Repeats(n int) Option {
	return func(s *settings) error {
		s.repeats = n
		return atLeast("number of repeats", n, 1)
	}
}

// SampleTime sets how long one timing lasts at least (2 ms): a shorter operation is run many times in it.
func SampleTime(d time.Duration) Option {
	return func(s *settings) error {
		s.sample = d
		return atLeast("sample time", d, 0)
	}
}

// Budget sets after how long no new round of timings begins (20 s), once three are done.
func Budget(d time.Duration) Option {
	return func(s *settings) error {
		s.budget = d
		return atLeast("budget", d, 0)
	}
}

func atLeast[T int | time.Duration](what string, got, least T) error {
	if got < least {
		return fmt.Errorf("%s is %v; it must be at least %v", what, got, least)
	}
	return nil
}

// Sweep times run(p) for every p of workers, which must hold 1: speed-up is the time on one worker over that on p. run
// must do the same work for every p. If it panics, the error holds a *RunError with the number of workers and the repetition.
func Sweep(workers []int, run func(p int), options ...Option) (Result, error) {
	r, err := sweep(workers, run, options)
	if err != nil {
		return Result{}, fmt.Errorf("bench: Sweep: %w", err)
	}
	return r, nil
}

// WeakSweep is a Sweep of work that grows with the workers: run(p) must do p times the work of run(1), on p workers. If
// it takes no longer, p workers are p times as good as one.
func WeakSweep(workers []int, run func(p int), options ...Option) (Result, error) {
	r, err := sweep(workers, run, append([]Option{Title("Scaled speed-up")}, options...))
	if err != nil {
		return Result{}, fmt.Errorf("bench: WeakSweep: %w", err)
	}
	r.Scaling = Weak
	return r, nil
}

func sweep(workers []int, run func(p int), options []Option) (Result, error) {
	s, err := newSettings(options)
	if err != nil {
		return Result{}, err
	}
	if run == nil {
		return Result{}, errors.New("the function to time is nil")
	}
	counts := slices.Compact(slices.Sorted(slices.Values(workers)))
	if err := checkCounts(counts); err != nil {
		return Result{}, err
	}
	subjects := make([]subject, len(counts))
	for i, p := range counts {
		subjects[i] = subject{figure.Plural(p, "worker"), func() { run(p) }}
	}
	all, err := s.measure(subjects)
	if err != nil {
		return Result{}, err
	}
	points := make([]Point, len(counts))
	for i, times := range all {
		points[i] = Point{Workers: counts[i], Times: times}
	}
	return Result{Title: s.title, Host: Machine(), Points: points}, nil
}
