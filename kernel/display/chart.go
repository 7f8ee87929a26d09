package display

import (
	"encoding/json"
	"fmt"
	"math"
)

// VegaLite shows a Vega-Lite specification: anything that encodes to a JSON object, or its text.
func VegaLite(spec any) Data {
	b, err := []byte(nil), error(nil)
	switch s := spec.(type) {
	case string:
		b = []byte(s)
	case []byte:
		b = s
	default:
		b, err = json.Marshal(spec)
	}
	var object map[string]any
	if err == nil {
		err = json.Unmarshal(b, &object)
	}
	if err != nil {
		return errorData(fmt.Errorf("display: a Vega-Lite specification must be a JSON object: %w", err))
	}
	return MakeData3(MIMETypeVegaLite, "Vega-Lite chart", json.RawMessage(b))
}

// Chart is a Vega-Lite chart of numbers against numbers.
type Chart struct {
	title, x, y string
	layers      []any
	err         error
}

// NewChart starts an empty chart; title may be "".
func NewChart(title string) *Chart { return &Chart{title: title, x: "x", y: "y"} }

// Line, Scatter and Bar make a chart of one series.
func Line(xs, ys []float64) *Chart    { return NewChart("").Line("", xs, ys) }
func Scatter(xs, ys []float64) *Chart { return NewChart("").Scatter("", xs, ys) }
func Bar(xs, ys []float64) *Chart     { return NewChart("").Bar("", xs, ys) }

// Line, Scatter and Bar add a series. NaN and infinite values leave a gap.
func (c *Chart) Line(name string, xs, ys []float64) *Chart    { return c.add("line", name, xs, ys) }
func (c *Chart) Scatter(name string, xs, ys []float64) *Chart { return c.add("point", name, xs, ys) }
func (c *Chart) Bar(name string, xs, ys []float64) *Chart     { return c.add("bar", name, xs, ys) }

// XLabel and YLabel title the axes.
func (c *Chart) XLabel(s string) *Chart { c.x = s; return c }
func (c *Chart) YLabel(s string) *Chart { c.y = s; return c }

func (c *Chart) add(mark, name string, xs, ys []float64) *Chart {
	if len(xs) != len(ys) {
		c.err = fmt.Errorf("display: series %q has %d x values and %d y values", name, len(xs), len(ys))
		return c
	}
	values := make([]any, len(xs))
	for i := range xs {
		values[i] = map[string]any{"x": finite(xs[i]), "y": finite(ys[i]), "series": name}
	}
	c.layers = append(c.layers, map[string]any{"data": map[string]any{"values": values}, "mark": map[string]any{"type": mark, "tooltip": true}})
	return c
}

func finite(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}

// Render gives the chart as Vega-Lite, in colours that read on light and dark ground.
func (c *Chart) Render() Data {
	if c.err != nil {
		return errorData(c.err)
	}
	axis := func(field, title string) any {
		return map[string]any{"field": field, "type": "quantitative", "title": title}
	}
	encoding := map[string]any{"x": axis("x", c.x), "y": axis("y", c.y)}
	if len(c.layers) > 1 {
		encoding["color"] = map[string]any{"field": "series", "type": "nominal", "title": nil}
	}
	grey := "#888"
	d := VegaLite(map[string]any{
		"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "title": c.title, "layer": c.layers, "encoding": encoding,
		"background": "transparent", "width": 480, "height": 300,
		"config": map[string]any{
			"title":  map[string]any{"color": grey},
			"axis":   map[string]any{"labelColor": grey, "titleColor": grey, "gridOpacity": 0.25},
			"legend": map[string]any{"labelColor": grey}, "view": map[string]any{"stroke": nil},
		},
	})
	d.Data[MIMETypeText] = fmt.Sprintf("chart %q, %d series", c.title, len(c.layers))
	return d
}
