package bench

import (
	"fmt"
	"math"
)

// scale maps the values of an axis to pixels.
type scale struct {
	log      bool
	whole    bool    // every value measured is a whole number, so ticks are too
	low, top float64 // ends of the axis; their logarithms to base 10 where it is logarithmic
	from, to float64 // pixels of the ends
}

// xScale and yScale find the ends of the axes. Speed-ups and sizes are not negative, so linear axes begin at 0.
func (c Chart) xScale(series []Series) scale {
	s := newScale(c.LogX)
	for _, line := range series {
		for _, p := range line.Points {
			s.whole = s.whole && (line.Style != Measured || p.X == math.Trunc(p.X))
			s.include(p.X)
		}
	}
	s.finish()
	s.top += 0.04 * (s.top - s.low)
	return s
}

func (c Chart) yScale(series []Series) scale {
	s := newScale(c.LogY)
	s.whole = false
	for _, line := range series {
		for _, p := range line.Points {
			s.include(p.Y)
			if p.bar() {
				s.include(p.Low)
				s.include(p.High)
			}
		}
	}
	s.finish()
	s.top += 0.08 * (s.top - s.low)
	return s
}

func newScale(log bool) scale {
	s := scale{log: log, whole: true}
	if log {
		s.low, s.top = math.Inf(1), math.Inf(-1)
	}
	return s
}

func (s *scale) value(v float64) float64 {
	if s.log {
		return math.Log10(v)
	}
	return v
}

func (s *scale) include(v float64) {
	if at := s.value(v); finite(at) {
		s.low, s.top = min(s.low, at), max(s.top, at)
	}
}

// finish gives an axis without extent one.
func (s *scale) finish() {
	switch {
	case s.top > s.low:
	case s.log && finite(s.low):
		s.low, s.top = s.low-0.5, s.low+0.5
	default:
		s.low, s.top = 0, 1
	}
}

// holds tells whether a value lies on the axis.
func (s *scale) holds(v float64) bool {
	at := s.value(v)
	return finite(at) && at >= s.low && at <= s.top
}

// at is the pixel of a value.
func (s *scale) at(v float64) float64 {
	return s.from + (s.to-s.from)*(s.value(v)-s.low)/(s.top-s.low)
}

// upper tells whether a value lies in the upper half of the axis.
func (s *scale) upper(v float64) bool { return s.value(v) > (s.low+s.top)/2 }

// ticks are round numbers; on a logarithmic axis powers of ten, with twos and fives between where there are few.
func (s *scale) ticks() []float64 {
	if !s.log {
		least := 0.0
		if s.whole {
			least = 1
		}
		return ticks(s.low, s.top, least)
	}
	for _, factors := range [][]float64{{1}, {1, 2, 5}} {
		if found := s.powers(factors); len(found) > 2 || len(factors) > 1 {
			return found
		}
	}
	return nil
}

// powers are the factors times powers of ten that lie on the axis; where that are too many, one of several.
func (s *scale) powers(factors []float64) []float64 {
	const most = 10
	step := 1 + int(s.top-s.low)/most
	var out []float64
	for e := int(math.Floor(s.low)); float64(e) <= s.top; e++ {
		if e%step != 0 {
			continue
		}
		for _, f := range factors {
			if v := f * math.Pow10(e); math.Log10(v) >= s.low-1e-9 && math.Log10(v) <= s.top {
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

// tickLabel writes a number as Vega-Lite's format ~s does, 20k and 1M, but small ones without a prefix.
func tickLabel(v float64) string {
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
