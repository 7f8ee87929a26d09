package bench

import (
	"errors"
	"fmt"

	"github.com/warren-go/warren/internal/figure"
)

// Compare times two ways of doing the same thing, in turn. If one panics, the error holds a *RunError.
func Compare(before, after func(), options ...Option) (Comparison, error) {
	s, err := newSettings(options)
	if err != nil {
		return Comparison{}, fmt.Errorf("bench: Compare: %w", err)
	}
	if before == nil || after == nil {
		return Comparison{}, errors.New("bench: Compare: a function to time is nil")
	}
	times, err := s.measure([]subject{{"before", before}, {"after", after}})
	if err != nil {
		return Comparison{}, fmt.Errorf("bench: Compare: %w", err)
	}
	return Comparison{Before: times[0], After: times[1]}, nil
}

// Comparison is two ways of doing the same thing, timed in turn.
type Comparison struct {
	Before Times `json:"before_ns"`
	After  Times `json:"after_ns"`
}

func (c Comparison) contest() contest { return contest{c.Before, c.After, 1} }

// Ratio is how many times as fast After is: the median of Before over the median of After.
func (c Comparison) Ratio() float64 { return c.contest().ratio() }

// Bounds are the least and the greatest ratio that the confidence intervals of both medians allow.
func (c Comparison) Bounds() (low, high float64) { return c.contest().bounds() }

// Verdict says how many times as fast After is, or why that cannot be told.
func (c Comparison) Verdict() Verdict {
	return c.contest().verdict("the second way came out %s times as fast as the first")
}

func (c Comparison) String() string {
	return fmt.Sprintf("%s before (at best %s), %s after (at best %s): %v",
		figure.Short(c.Before.Median()), figure.Short(c.Before.Min()), figure.Short(c.After.Median()), figure.Short(c.After.Min()), c.Verdict())
}
