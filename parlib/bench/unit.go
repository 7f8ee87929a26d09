package bench

import (
	"fmt"
	"math"
	"time"
)

// unit is one that times are written in.
type unit struct {
	size time.Duration
	name string
}

var units = []unit{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}, {time.Nanosecond, "ns"}}

// unitOf is the largest unit of which d has at least one.
func unitOf(d time.Duration) unit {
	for _, u := range units {
		if d >= u.size {
			return u
		}
	}
	return units[len(units)-1]
}

// of is how many units d has.
func (u unit) of(d time.Duration) float64 { return float64(d) / float64(u.size) }

// short shows a time with three digits.
func short(d time.Duration) string {
	u := unitOf(d)
	if u.size == time.Nanosecond {
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	}
	x := u.of(d)
	return fmt.Sprintf("%.*f %s", max(0, 2-int(math.Log10(x))), x, u.name)
}
