package bench

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"
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

// XY is a point; where Low and High differ, a bar runs from one to the other.
type XY struct {
	X, Y      float64
	Low, High float64
}

// Style is how a series is drawn.
type Style int

// Measured is a line with a dot at every point, and bars; Line and Dashed have neither.
const (
	Measured Style = iota
	Line
	Dashed
)

// Mark is a vertical line with a label.
type Mark struct {
	X     float64
	Label string
}

// palette holds colours that colour-blind people can tell apart (Okabe and Ito).
var palette = []string{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"}

const grey = "#777777"

// Render gives the chart as Vega-Lite, as SVG, as PNG for front ends that draw neither, and as text.
func (c Chart) Render() Bundle {
	picture := c.draw()
	return drawn(picture, c.VegaLite(), c.String())
}

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
	x, y := xs.vega("x", c.XLabel), ys.vega("y", c.YLabel)
	colour := map[string]any{"field": "series", "type": "nominal", "title": nil,
		"scale": map[string]any{"domain": names, "range": colours}}
	if len(series) < 2 {
		colour["legend"] = nil
	}
	var layers []any
	for _, s := range series {
		data := map[string]any{"values": s.values()}
		mark := map[string]any{"type": "line", "tooltip": true, "point": s.Style == Measured}
		if s.Style == Dashed {
			mark["strokeDash"] = []any{6, 4}
		}
		layers = append(layers, map[string]any{"data": data, "mark": mark,
			"encoding": map[string]any{"x": x, "y": y, "color": colour, "order": map[string]any{"field": "order"}}})
		if s.Style == Measured {
			layers = append(layers, map[string]any{"data": data, "mark": "rule", "encoding": map[string]any{
				"x": x, "color": colour, "y2": map[string]any{"field": "high"},
				"y": ys.vega("low", c.YLabel)}})
		}
	}
	for _, m := range c.Marks {
		align, dx := "left", 4
		if xs.upper(m.X) { // to its right the label would leave the plot
			align, dx = "right", -4
		}
		at := map[string]any{"x": x}
		data := map[string]any{"values": []any{map[string]any{"x": m.X, "label": m.Label}}}
		layers = append(layers,
			map[string]any{"data": data, "mark": map[string]any{"type": "rule", "color": grey, "strokeDash": []any{2, 3}}, "encoding": at},
			map[string]any{"data": data, "mark": map[string]any{"type": "text", "align": align, "dx": dx, "color": grey},
				"encoding": map[string]any{"x": x, "y": map[string]any{"value": 8}, "text": map[string]any{"field": "label"}}})
	}
	return map[string]any{
		"$schema": "https://vega.github.io/schema/vega-lite/v5.json",
		"title":   map[string]any{"text": c.Title, "subtitle": lines(c.Subtitle)},
		"width":   480, "height": 300, "layer": layers,
	}
}

// vega is the axis for a field, with the ticks of the drawing.
func (s *scale) vega(field, title string) map[string]any {
	axis := map[string]any{"labelExpr": "format(datum.value, datum.value >= 1000 ? '~s' : '~r')"} // as tickLabel
	scale := map[string]any{"zero": !s.log}
	if s.log {
		scale["type"] = "log"
	}
	if ticks := s.ticks(); len(ticks) > 1 {
		axis["values"] = ticks
	}
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

func (p XY) bar() bool { return p.Low != p.High && finite(p.Low) && finite(p.High) }

// drawable gives the series, coloured, without the points that cannot be drawn, and without series left empty by that.
// Dashed lines are grey, the others take the palette's colours in turn.
func (c Chart) drawable() []Series {
	var series []Series
	next := 0
	for _, s := range c.Series {
		var points []XY
		for _, p := range s.Points {
			if finite(p.X) && finite(p.Y) && (!c.LogX || p.X > 0) && (!c.LogY || p.Y > 0) {
				if c.LogY && p.Low <= 0 {
					p.Low, p.High = p.Y, p.Y
				}
				points = append(points, p)
			}
		}
		if len(points) == 0 {
			continue
		}
		s.Points, s.colour = points, grey
		if s.Style != Dashed {
			s.colour = palette[next%len(palette)]
			next++
		}
		series = append(series, s)
	}
	return series
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// lines breaks text at spaces so that no line is much longer than the plot is wide.
func lines(text string) []string {
	const longest = 90
	if text == "" {
		return nil
	}
	var out []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > longest {
			out, line = append(out, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(out, line)
}
