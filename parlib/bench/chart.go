package bench

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/warren-go/warren/internal/figure"
)

// Chart is a line plot of one quantity against another. In a notebook it shows itself, interactive where the front end
// draws Vega-Lite (JupyterLab does) and as a drawing elsewhere. Points with a value that cannot be drawn (NaN, an infinity,
// or at most 0 on a logarithmic axis) are left out.
type Chart struct {
	Title, Subtitle string
	XLabel, YLabel  string
	LogX, LogY      bool // logarithmic axes
	Series          []Series
	Marks           []Mark
}

// Series is one line of a chart.
type Series struct {
	Name   string
	Style  Style
	Points []XY // in the order in which they are joined

	colour string // given by drawable
}

// XY is a point; where Low and High differ, a bar runs from one to the other. Bars that would make the rest of the chart
// small, beyond twice the highest point, are cut there.
type XY struct {
	X, Y      float64
	Low, High float64
}

// Style is how a series is drawn.
type Style int

// Measured is a line with a dot at every point, and bars; the others have neither. Dotted lets a line that is drawn before it
// be seen below; Dashed lines are grey.
const (
	Measured Style = iota
	Line
	Dashed
	Dotted
)

// dashes are the lengths of dashes and gaps, in pixels.
var dashes = map[Style][]float64{Dashed: {6, 4}, Dotted: {2, 4}}

// Mark is a vertical line with a label.
type Mark struct {
	X     float64
	Label string
}

// Render gives the chart as Vega-Lite, as SVG, as PNG for front ends that draw neither, and as text.
func (c Chart) Render() Bundle { return c.draw().Bundle(c.VegaLite(), c.String()) }

// String lists the points of the series that were measured.
func (c Chart) String() string {
	var b strings.Builder
	fmt.Fprintln(&b, c.Title)
	if c.Subtitle != "" {
		fmt.Fprintln(&b, c.Subtitle)
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, s := range c.drawable() {
		if s.Style != Measured {
			continue
		}
		fmt.Fprintf(w, "%s\t%s\n", c.XLabel, s.Name)
		for _, p := range s.Points {
			fmt.Fprintf(w, "%.6g\t%.3g\n", p.X, p.Y)
		}
	}
	w.Flush()
	return b.String()
}

// VegaLite is the chart as a specification for Vega-Lite 5.
func (c Chart) VegaLite() map[string]any {
	series := c.drawable()
	names, colours := make([]any, len(series)), make([]any, len(series))
	for i, s := range series {
		names[i], colours[i] = s.Name, s.colour
	}
	xs, ys := c.xScale(series), c.yScale(series)
	x, y := encoding(&xs, "x", c.XLabel), encoding(&ys, "y", c.YLabel)
	colour := map[string]any{"field": "series", "type": "nominal", "title": nil,
		"scale": map[string]any{"domain": names, "range": colours}}
	if len(series) < 2 {
		colour["legend"] = nil
	}
	var layers []any
	for _, s := range series {
		data := map[string]any{"values": s.values()}
		mark := map[string]any{"type": "line", "tooltip": true, "point": s.Style == Measured}
		if dash := dashes[s.Style]; dash != nil {
			mark["strokeDash"] = dash
		}
		layers = append(layers, map[string]any{"data": data, "mark": mark,
			"encoding": map[string]any{"x": x, "y": y, "color": colour, "order": map[string]any{"field": "order"}}})
		if s.Style == Measured {
			layers = append(layers, map[string]any{"data": data, "mark": "rule", "encoding": map[string]any{
				"x": x, "color": colour, "y2": map[string]any{"field": "high"},
				"y": encoding(&ys, "low", c.YLabel)}})
		}
	}
	for _, m := range c.Marks {
		align, dx := "left", 4
		if xs.Upper(m.X) { // to its right the label would leave the plot
			align, dx = "right", -4
		}
		at := map[string]any{"x": x}
		data := map[string]any{"values": []any{map[string]any{"x": m.X, "label": m.Label}}}
		layers = append(layers,
			map[string]any{"data": data, "mark": map[string]any{"type": "rule", "color": figure.MarkColour, "strokeDash": []any{2, 3}}, "encoding": at},
			map[string]any{"data": data, "mark": map[string]any{"type": "text", "align": align, "dx": dx, "color": figure.MarkColour},
				"encoding": map[string]any{"x": x, "y": map[string]any{"value": 8}, "text": map[string]any{"field": "label"}}})
	}
	return map[string]any{
		"$schema": figure.Schema,
		"title":   map[string]any{"text": c.Title, "subtitle": figure.Lines(c.Subtitle)},
		"width":   480, "height": 300, "layer": layers,
	}
}

// encoding is an axis for a field.
func encoding(s *figure.Scale, field, title string) map[string]any {
	axis, scale := s.VegaAxis()
	return map[string]any{"field": field, "type": "quantitative", "title": title, "scale": scale, "axis": axis}
}

// values are the series' points as rows of data.
func (s Series) values() []any {
	values := make([]any, len(s.Points))
	for i, p := range s.Points {
		v := map[string]any{"x": p.X, "y": p.Y, "low": p.Y, "high": p.Y, "series": s.Name, "order": i}
		if p.bar() {
			v["low"], v["high"] = p.Low, p.High
		}
		values[i] = v
	}
	return values
}

func (p XY) bar() bool { return p.Low != p.High && figure.Finite(p.Low) && figure.Finite(p.High) }

// drawable gives the series, coloured, without the points that cannot be drawn, and without series left empty by that.
// Dashed lines are figure.MarkColour, the others take the figure.Palette's colours in turn.
func (c Chart) drawable() []Series {
	var series []Series
	next := 0
	for _, s := range c.Series {
		var points []XY
		for _, p := range s.Points {
			if figure.Finite(p.X) && figure.Finite(p.Y) && (!c.LogX || p.X > 0) && (!c.LogY || p.Y > 0) {
				if c.LogY && p.Low <= 0 {
					p.Low, p.High = p.Y, p.Y
				}
				points = append(points, p)
			}
		}
		if len(points) == 0 {
			continue
		}
		s.Points, s.colour = points, figure.MarkColour
		if s.Style != Dashed {
			s.colour = figure.Colour(next)
			next++
		}
		series = append(series, s)
	}
	cutBars(series)
	return series
}

// cutBars cuts bars at twice the highest point of all series, whose points must be the caller's own.
func cutBars(series []Series) {
	highest := math.Inf(-1)
	for _, s := range series {
		for _, p := range s.Points {
			highest = max(highest, p.Y)
		}
	}
	for _, s := range series {
		for i, p := range s.Points {
			if p.bar() && highest > 0 {
				s.Points[i].High = min(p.High, 2*highest)
			}
		}
	}
}

// xScale and yScale find the ends of the axes. Speed-ups and sizes are not negative, so linear axes begin at 0.
func (c Chart) xScale(series []Series) figure.Scale {
	s := figure.NewScale(c.LogX)
	s.Whole = true
	for _, line := range series {
		for _, p := range line.Points {
			s.Whole = s.Whole && (line.Style != Measured || p.X == math.Trunc(p.X))
			s.Include(p.X)
		}
	}
	s.Finish(0.04)
	return s
}

func (c Chart) yScale(series []Series) figure.Scale {
	s := figure.NewScale(c.LogY)
	for _, line := range series {
		for _, p := range line.Points {
			s.Include(p.Y)
			if p.bar() {
				s.Include(p.Low)
				s.Include(p.High)
			}
		}
	}
	s.Finish(0.08)
	return s
}
