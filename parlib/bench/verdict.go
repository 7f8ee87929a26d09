package bench

import (
	"fmt"

	"github.com/warren-go/warren/internal/figure"
)

// Verdict says in one sentence what a measurement shows. Noisy is true where the times scatter so much that the ratio is not
// to be relied on. Conclusive is false where not even faster or slower can be told, for noise or for too few times.
type Verdict struct {
	Conclusive, Noisy bool
	Text              string
}

func (v Verdict) String() string { return v.Text }

// contest puts times against others, of work times as much work.
type contest struct {
	before, after Times
	work          float64
}

// ratio is how many times as much work is done in the same time.
func (c contest) ratio() float64 {
	return c.work * float64(c.before.Median()) / float64(c.after.Median())
}

// bounds are the least and the greatest ratio that the confidence intervals of both medians allow.
func (c contest) bounds() (low, high float64) {
	b, a := c.before.Interval(), c.after.Interval()
	return c.work * float64(b.Low) / float64(a.High), c.work * float64(b.High) / float64(a.Low)
}

// verdict judges; finding says what the ratio is one of, with a place for the number.
func (c contest) verdict(finding string) Verdict {
	low, high := c.bounds()
	v := Verdict{Conclusive: true, Noisy: c.before.Noisy() || c.after.Noisy()}
	few := min(c.before.Interval().Level, c.after.Interval().Level) < level
	same := low <= 1 && high >= 1
	switch {
	case few:
		v.Conclusive = false
		v.Text = fmt.Sprintf("inconclusive, since %d repeats are too few for 95%% confidence", min(len(c.before), len(c.after)))
	case v.Noisy && same:
		v.Conclusive = false
		v.Text = "inconclusive, since the machine was noisy"
	case same:
		v.Text = "no difference to be seen"
	case c.ratio() < 1:
		v.Text = "slower"
	default:
		v.Text = "faster"
	}
	if v.Conclusive && v.Noisy {
		v.Text += ", but by how much is not sure, since the machine was noisy"
	}
	v.Text += fmt.Sprintf(": "+finding+", between %s and %s", figure.Digits(c.ratio()), figure.Digits(low), figure.Digits(high))
	return v
}
