package bench

import (
	"math"
	"slices"
	"time"

	"github.com/warren-go/warren/internal/figure"
)

// Times are measured durations of one operation, in the order measured.
type Times []time.Duration

// level is the confidence aimed at.
const level = 0.95

// noisy is the relative width of an interval, (High-Low)/Median, above which a time is not to be relied on.
const noisy = 0.10

// Min is the shortest time: for computing that waits for nothing, the one the machine disturbed least. It is 0 of no times.
func (t Times) Min() time.Duration {
	if len(t) == 0 {
		return 0
	}
	return slices.Min(t)
}

// Median is the middle time, or the mean of the middle two. It is 0 of no times.
func (t Times) Median() time.Duration {
	if len(t) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(t))
	low, high := s[(len(s)-1)/2], s[len(s)/2]
	return low + (high-low)/2
}

// Interval is a confidence interval of the median. Level is the probability that such an interval holds the true one.
type Interval struct {
	Low, High time.Duration
	Level     float64
}

func (i Interval) String() string { return figure.Short(i.Low) + " … " + figure.Short(i.High) }

// Interval gives the narrowest pair of times, equally far from both ends in order, that holds the true median with at least
// 95% probability: each time is below it with probability ½, so how many are follows the binomial distribution. Below six
// times there is no such pair; then it is the shortest and the longest time, and Level says what they are worth:
// nothing, of no times.
func (t Times) Interval() Interval {
	if len(t) == 0 {
		return Interval{}
	}
	s := slices.Sorted(slices.Values(t))
	n := len(s)
	cut, outside := 0, math.Ldexp(2, -n) // times left out at each end, probability outside
	for term := outside; ; {
		term *= float64(n-cut) / float64(cut+1) // 2·C(n, cut+1)/2ⁿ
		if 1-(outside+term) < level || n-2*(cut+1) < 1 {
			break
		}
		outside += term
		cut++
	}
	return Interval{Low: s[cut], High: s[n-1-cut], Level: 1 - outside}
}

// Noisy reports that the times scatter too much, or are too few, to be relied on.
func (t Times) Noisy() bool {
	i := t.Interval()
	return i.Level < level || float64(i.High-i.Low) > noisy*float64(t.Median())
}
