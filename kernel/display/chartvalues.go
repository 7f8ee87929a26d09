package display

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"
)

// kind is the type that Vega-Lite gives the values of an axis.
type kind string

const (
	quantitative kind = "quantitative"
	nominal      kind = "nominal"
	temporal     kind = "temporal"
)

// values are the coordinates of a series on one axis.
type values struct {
	kind    kind
	numbers []float64 // if quantitative
	texts   []string  // if not: categories, or times in RFC 3339
}

func (v values) len() int { return max(len(v.numbers), len(v.texts)) }

// json is the i-th value as one of an axis of kind k; null is a gap.
func (v values) json(i int, k kind, log bool) any {
	if v.kind != quantitative {
		return v.texts[i]
	}
	x := v.numbers[i]
	if k == nominal {
		return formatFloat(x, 64)
	}
	if log && x <= 0 {
		return nil
	}
	return finite(x)
}

// counted is 0, 1 … n-1.
func counted(n int) values {
	v := values{kind: quantitative, numbers: make([]float64, n)}
	for i := range v.numbers {
		v.numbers[i] = float64(i)
	}
	return v
}

// readValues reads a slice or array of numbers, durations, times or strings.
func readValues(a any) (values, error) {
	if f, ok := a.([]float64); ok {
		return values{kind: quantitative, numbers: slices.Clone(f)}, nil
	}
	rv := reflect.ValueOf(a)
	if k := rv.Kind(); k != reflect.Slice && k != reflect.Array {
		return values{}, fmt.Errorf("values must be a slice of numbers, strings or times, not %T", a)
	}
	v := values{kind: quantitative}
	for i := range rv.Len() {
		if err := v.append(rv.Index(i)); err != nil {
			return values{}, fmt.Errorf("value %d of a %T: %w", i, a, err)
		}
	}
	if len(v.texts) > 0 && len(v.numbers) > 0 {
		return values{}, fmt.Errorf("a %T holds both numbers and texts", a)
	}
	return v, nil
}

func (v *values) append(x reflect.Value) error {
	if x.Kind() == reflect.Interface {
		x = x.Elem()
	}
	if !x.IsValid() {
		v.numbers = append(v.numbers, math.NaN())
		return nil
	}
	if d, ok := x.Interface().(time.Duration); ok {
		v.numbers = append(v.numbers, d.Seconds())
		return nil
	}
	if t, ok := x.Interface().(time.Time); ok {
		v.kind, v.texts = temporal, append(v.texts, t.Format(time.RFC3339Nano))
		return nil
	}
	switch {
	case x.CanInt():
		v.numbers = append(v.numbers, float64(x.Int()))
	case x.CanUint():
		v.numbers = append(v.numbers, float64(x.Uint()))
	case x.CanFloat():
		v.numbers = append(v.numbers, x.Float())
	case x.Kind() == reflect.String:
		v.kind, v.texts = nominal, append(v.texts, clip(x.String(), maxCell, "…"))
	default:
		return fmt.Errorf("a %s is not a number, string or time", x.Type())
	}
	return nil
}

// maxBins is the largest number of bars of a histogram.
const maxBins = 1000

// histogram counts the finite numbers in bins intervals of equal width between low and high, or in the square root of how
// many numbers there are, at most 50, if bins is not positive. The last interval includes its end. It returns where the
// intervals begin and end, and the counts.
func histogram(numbers []float64, bins int, low, high float64) (from, to, counted values) {
	if low > high {
		low, high = 0, 1
	}
	if low == high { // one bar around the value, which must be wider than nothing where numbers are far apart
		half := max(0.5, math.Abs(low)*0x1p-40)
		low, high, bins = max(low-half, -math.MaxFloat64), min(high+half, math.MaxFloat64), 1
	}
	if bins <= 0 {
		bins = min(int(math.Ceil(math.Sqrt(float64(len(numbers))))), 50)
	}
	bins = min(max(bins, 1), maxBins)
	counts := make([]float64, bins)
	for _, x := range numbers {
		if finite(x) != nil {
			// Halves, because high-low can be more than the largest number.
			part := (x/2 - low/2) / (high/2 - low/2)
			counts[min(max(int(part*float64(bins)), 0), bins-1)]++
		}
	}
	edges := make([]float64, bins+1)
	for i := range edges {
		part := float64(i) / float64(bins)
		edges[i] = low*(1-part) + high*part
	}
	of := func(n []float64) values { return values{kind: quantitative, numbers: n} }
	return of(edges[:bins]), of(edges[1:]), of(counts)
}
