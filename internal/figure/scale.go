package figure

import (
	"fmt"
	"math"
)

// Scale maps the values of an axis to pixels. Make it with NewScale, Include values, Finish it, and set From and To.
type Scale struct {
	Log      bool
	Whole    bool    // every value is a whole number, so ticks are too
	Low, Top float64 // ends of the axis; their logarithms to base 10 where it is logarithmic
	From, To float64 // pixels of the ends
}

// NewScale begins an axis. A linear one begins at 0.
func NewScale(log bool) Scale {
	s := Scale{Log: log}
	if log {
		s.Low, s.Top = math.Inf(1), math.Inf(-1)
	}
	return s
}

func (s *Scale) value(v float64) float64 {
	if s.Log {
		return math.Log10(v)
	}
	return v
}

// Include makes the axis long enough for a value, if it can be drawn.
func (s *Scale) Include(v float64) {
	if at := s.value(v); Finite(at) {
		s.Low, s.Top = min(s.Low, at), max(s.Top, at)
	}
}

// Finish gives an axis without extent one, and lets it go on for a margin, a part of its length.
func (s *Scale) Finish(margin float64) {
	switch {
	case s.Top > s.Low:
	case s.Log && Finite(s.Low):
		s.Low, s.Top = s.Low-0.5, s.Low+0.5
	default:
		s.Low, s.Top = 0, 1
	}
	s.Top += margin * (s.Top - s.Low)
}

// Holds tells whether a value lies on the axis.
func (s *Scale) Holds(v float64) bool {
	at := s.value(v)
	return Finite(at) && at >= s.Low && at <= s.Top
}

// At is the pixel of a value.
func (s *Scale) At(v float64) float64 {
	return s.From + (s.To-s.From)*(s.value(v)-s.Low)/(s.Top-s.Low)
}

// Upper tells whether a value lies in the upper half of the axis.
func (s *Scale) Upper(v float64) bool { return s.value(v) > (s.Low+s.Top)/2 }

// Ticks are round numbers; on a logarithmic axis powers of ten, with twos and fives between where there are few.
func (s *Scale) Ticks() []float64 {
	if !s.Log {
		least := 0.0
		if s.Whole {
			least = 1
		}
		return ticks(s.Low, s.Top, least)
	}
	for _, factors := range [][]float64{{1}, {1, 2, 5}} {
		if found := s.powers(factors); len(found) > 2 || len(factors) > 1 {
			return found
		}
	}
	return nil
}

// powers are the factors times powers of ten that lie on the axis; where that are too many, one of several.
func (s *Scale) powers(factors []float64) []float64 {
	const most = 10
	step := 1 + int(s.Top-s.Low)/most
	var out []float64
	for e := int(math.Floor(s.Low)); float64(e) <= s.Top; e++ {
		if e%step != 0 {
			continue
		}
		for _, f := range factors {
			if v := f * math.Pow10(e); math.Log10(v) >= s.Low-1e-9 && math.Log10(v) <= s.Top {
				out = append(out, v)
			}
		}
	}
	return out
}

// ticks gives at most nine round numbers from lo to hi: multiples of 1, 2 or 5 times a power of ten, at least so far apart.
func ticks(lo, hi, least float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/8)))
	for _, factor := range []float64{1, 2, 5, 10} {
		if (hi-lo)/(step*factor) <= 8 {
			step *= factor
			break
		}
	}
	step = max(step, least)
	var out []float64
	for i := math.Ceil(lo / step); i*step <= hi; i++ {
		out = append(out, i*step)
	}
	return out
}

// TickLabel writes a number as Vega-Lite's format ~s does, 20k and 1M, but small ones without a prefix.
func TickLabel(v float64) string {
	for _, prefix := range []struct {
		size   float64
		letter string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= prefix.size {
			return fmt.Sprintf("%.6g%s", v/prefix.size, prefix.letter)
		}
	}
	return fmt.Sprintf("%.6g", v)
}

// VegaAxis are the axis and the scale of an encoding in Vega-Lite, with the ticks and labels of the drawing.
func (s *Scale) VegaAxis() (axis, scale map[string]any) {
	axis = map[string]any{"labelExpr": "format(datum.value, datum.value >= 1000 ? '~s' : '~r')"} // as TickLabel
	scale = map[string]any{"zero": !s.Log}
	if s.Log {
		scale["type"] = "log"
	}
	if ticks := s.Ticks(); len(ticks) > 1 {
		axis["values"] = ticks
	}
	return axis, scale
}

// Finite tells whether a number can be drawn.
func Finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
