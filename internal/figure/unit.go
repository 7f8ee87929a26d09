package figure

import (
	"fmt"
	"math"
	"time"
)

// Unit is one that times are written in.
type Unit struct {
	Size time.Duration
	Name string
}

var units = []Unit{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}, {time.Nanosecond, "ns"}}

// UnitOf is the largest unit of which d has at least one.
func UnitOf(d time.Duration) Unit {
	for _, u := range units {
		if d >= u.Size {
			return u
		}
	}
	return units[len(units)-1]
}

// Of is how many units d has.
func (u Unit) Of(d time.Duration) float64 { return float64(d) / float64(u.Size) }

// Short shows a time with three digits.
func Short(d time.Duration) string {
	u := UnitOf(d)
	if u.Size == time.Nanosecond {
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	}
	x := u.Of(d)
	return fmt.Sprintf("%.*f %s", max(0, 2-int(math.Log10(x))), x, u.Name)
}

// Digits writes a number with three digits, and with all before the point.
func Digits(x float64) string {
	if math.Abs(x) >= 1000 && math.Abs(x) < 1e15 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}
