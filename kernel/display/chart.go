package display

import (
	"fmt"
	"math"
	"strings"
)

// Chart is a Vega-Lite chart of one or several series, which JupyterLab draws with tooltips. It is shown when it is a
// cell's last expression, or by [Display]. Its methods change it and return it.
//
// Values, both xs and ys, are slices or arrays of any numeric type, of time.Duration (in seconds), of time.Time, or of
// string (categories). With nil for xs the values are numbered from 0. NaN and infinite values leave a gap. Mistakes,
// such as lengths that differ, are reported where the chart would be.
type Chart struct {
	title, x, y   string
	logX, logY    bool
	width, height int // pixels
	series        []series
	bins          bool // a histogram is among the series
	err           error
}

type series struct {
	mark, name string
	xs, ys     values
	ends       values    // for histograms, where the bars that start at xs end
	counted    []float64 // for histograms, the values
	bins       int       // for histograms, their number; 0 or less: to be chosen
}

// NewChart starts an empty chart; title may be "".
func NewChart(title string) *Chart {
	return &Chart{title: title, x: "x", y: "y", width: 480, height: 300}
}

// Line makes a chart of one series, joined by lines in the order of the values.
func Line(xs, ys any) *Chart { return NewChart("").Line("", xs, ys) }

// Scatter makes a chart of one series of points.
func Scatter(xs, ys any) *Chart { return NewChart("").Scatter("", xs, ys) }

// Bar makes a chart of one series of bars, one for each of xs, which may be strings.
func Bar(xs, ys any) *Chart { return NewChart("").Bar("", xs, ys) }

// Histogram makes a chart of how many of the values are in each of a number of intervals of equal width; 0 chooses it. Values
// that are all equal make one bar.
func Histogram(values any, bins int) *Chart { return NewChart("").Histogram("", values, bins) }

// Line adds a series; its name is shown in the legend.
func (c *Chart) Line(name string, xs, ys any) *Chart { return c.add("line", name, xs, ys) }

// Scatter adds a series of points.
func (c *Chart) Scatter(name string, xs, ys any) *Chart { return c.add("point", name, xs, ys) }

// Bar adds a series of bars. Those of several series with the same x stand side by side.
func (c *Chart) Bar(name string, xs, ys any) *Chart { return c.add("bar", name, xs, ys) }

// Histogram adds a histogram, see the function [Histogram]. Those of a chart divide the same range, that of all their values,
// so that their bars can be compared.
func (c *Chart) Histogram(name string, values any, bins int) *Chart {
	v, err := readValues(values)
	if err == nil && v.kind != quantitative {
		err = fmt.Errorf("a histogram needs numbers, not %T", values)
	}
	if err != nil {
		return c.fail(name, err)
	}
	c.series = append(c.series, series{mark: "bar", name: name, counted: append([]float64{}, v.numbers...), bins: bins})
	c.bins, c.y = true, "count"
	c.countBins()
	return c
}

// countBins gives the histograms of the chart their bars.
func (c *Chart) countBins() {
	var all []float64
	for _, s := range c.series {
		all = append(all, s.counted...)
	}
	low, high := extent(all)
	for i := range c.series {
		if s := &c.series[i]; s.counted != nil {
			s.xs, s.ends, s.ys = histogram(s.counted, s.bins, low, high)
		}
	}
}

// Title, XLabel and YLabel set the texts above the chart and beside its axes.
func (c *Chart) Title(s string) *Chart  { c.title = s; return c }
func (c *Chart) XLabel(s string) *Chart { c.x = s; return c }
func (c *Chart) YLabel(s string) *Chart { c.y = s; return c }

// LogX and LogY make an axis logarithmic. Values that are not positive leave a gap.
func (c *Chart) LogX() *Chart { c.logX = true; return c }
func (c *Chart) LogY() *Chart { c.logY = true; return c }

// Size sets width and height of the area between the axes, in pixels.
func (c *Chart) Size(width, height int) *Chart {
	c.width, c.height = max(width, 1), max(height, 1)
	return c
}

// maxPoints is the number of points of a series that are drawn. A notebook keeps them all as text.
const maxPoints = 5000

func (c *Chart) add(mark, name string, xs, ys any) *Chart {
	y, err := readValues(ys)
	if err != nil {
		return c.fail(name, err)
	}
	x := counted(y.len())
	if xs != nil {
		if x, err = readValues(xs); err != nil {
			return c.fail(name, err)
		}
	}
	if x.len() != y.len() {
		return c.fail(name, fmt.Errorf("%d x values and %d y values", x.len(), y.len()))
	}
	c.series = append(c.series, series{mark: mark, name: name, xs: x, ys: y})
	return c
}

func (c *Chart) fail(name string, err error) *Chart {
	if c.err == nil {
		c.err = fmt.Errorf("display: series %d %q of a chart: %w", len(c.series)+1, name, err)
	}
	return c
}

// Render gives the chart as Vega-Lite, in colours that read on light and dark ground, and a line of text.
func (c *Chart) Render() Data {
	if c.err != nil {
		return errorData(c.err)
	}
	layers := c.layers()
	if len(layers) == 0 {
		return errorData(fmt.Errorf("display: the chart %q has no values; add some with Line, Scatter, Bar or Histogram", c.title))
	}
	d := VegaLite(c.spec(layers))
	d.Data[MIMETypeText] = c.summary()
	return d
}

// summary is the chart for front ends that draw none.
func (c *Chart) summary() string {
	text := "chart"
	if c.title != "" {
		text += fmt.Sprintf(" %q", c.title)
	}
	text += fmt.Sprintf(" of %s against %s", c.y, c.x)
	for i, s := range c.series {
		text += fmt.Sprintf("\n%s: %s, %d values", s.label(i), s.mark, s.ys.len())
		if low, high := extent(s.ys.numbers); low <= high {
			text += fmt.Sprintf(", %s %s to %s", c.y, formatFloat(low, 64), formatFloat(high, 64))
		}
	}
	return text
}

// label names the i-th series.
func (s *series) label(i int) string {
	if s.name != "" {
		return s.name
	}
	return fmt.Sprintf("series %d", i+1)
}

// extent is the smallest and largest of the finite values; low is above high when there is none.
func extent(values []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if finite(v) != nil {
			low, high = min(low, v), max(high, v)
		}
	}
	return low, high
}

// thinned says which series are not drawn completely.
func (c *Chart) thinned() string {
	var notes []string
	for i, s := range c.series {
		if k := s.step(); k > 1 {
			notes = append(notes, fmt.Sprintf("%s: 1 in %d points drawn", s.label(i), k))
		}
	}
	return strings.Join(notes, "; ")
}

// step is the distance between the points that are drawn.
func (s *series) step() int { return (s.ys.len()-1)/maxPoints + 1 }
