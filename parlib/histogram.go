package parlib

import (
	"fmt"
	"math"
	"sync"
)

// Real is a number on a line.
type Real interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// Counts is how many values fell where.
type Counts struct {
	Bins              []int   // by bin
	Low, High         float64 // the bounds of all bins
	Below, Above, NaN int     // values in no bin
}

// Bounds returns the bounds of a bin. A value on a bound is in the bin above, but for High, which is in the last bin.
func (c *Counts) Bounds(bin int) (low, high float64) {
	return c.bound(bin), c.bound(bin + 1)
}

func (c *Counts) bound(i int) float64 {
	if i == len(c.Bins) {
		return c.High
	}
	width, bins := c.High-c.Low, float64(len(c.Bins))
	if scaled := width * float64(i); !math.IsInf(scaled, 0) {
		return c.Low + scaled/bins
	}
	return c.Low + width*(float64(i)/bins)
}

// maxBins bounds a histogram, of which each worker has a table.
const maxBins = 1 << 24

// Histogram counts how many values of x fall into each of a number of bins of equal width between low and high. Both
// bounds must be finite, and low below high. There may be 16,777,216 bins.
func Histogram[T Real](x []T, bins int, low, high float64, options ...Option) (*Counts, error) {
	switch width := high - low; {
	case bins < 1 || bins > maxBins:
		return nil, fmt.Errorf("parlib: Histogram: number of bins is %d; it must be between 1 and %d", bins, maxBins)
	case !(width > 0) || math.IsInf(width, 0):
		return nil, fmt.Errorf("parlib: Histogram: the bounds are %g and %g; both must be finite, and the first below the second", low, high)
	}
	total := &Counts{Bins: make([]int, bins), Low: low, High: high}
	var mu sync.Mutex
	// Counts are summed in any order: integers do not care. A range that is not worth a table of its own stays with others.
	options = append([]Option{Grain(max(reduceBlock, bins))}, options...)
	count := func(lo, hi int) {
		part := &Counts{Bins: make([]int, bins), Low: low, High: high}
		tally(part, x[lo:hi])
		mu.Lock()
		defer mu.Unlock()
		total.add(part)
	}
	if err := run(work{op: "Histogram", n: len(x), span: count}, 0, options); err != nil {
		return nil, err
	}
	return total, nil
}

func (c *Counts) add(other *Counts) {
	for i, n := range other.Bins {
		c.Bins[i] += n
	}
	c.Below += other.Below
	c.Above += other.Above
	c.NaN += other.NaN
}

// tally adds values to the counts.
func tally[T Real](c *Counts, x []T) {
	last := len(c.Bins) - 1
	width, bins, up := c.High-c.Low, float64(len(c.Bins)), 1.0
	if math.IsInf(bins/width, 0) {
		up = 0x1p512 // a tiny width has no reciprocal
	}
	scale := bins / (width * up)
	for _, v := range x {
		f := float64(v)
		switch {
		case f != f:
			c.NaN++
		case f < c.Low:
			c.Below++
		case f > c.High:
			c.Above++
		default:
			c.Bins[c.settle(f, min(last, int((f-c.Low)*up*scale)))]++
		}
	}
}

// settle moves a value by a bin where rounding put it on the wrong side of a bound.
func (c *Counts) settle(f float64, bin int) int {
	switch {
	case f < c.bound(bin):
		return bin - 1
	case bin < len(c.Bins)-1 && f >= c.bound(bin+1):
		return bin + 1
	}
	return bin
}
