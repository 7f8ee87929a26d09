package display

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func specOf(t *testing.T, c *Chart) string {
	t.Helper()
	b, ok := Render(c).Data[MIMETypeVegaLite].(json.RawMessage)
	if !ok {
		t.Fatal(Render(c).Data[MIMETypeText])
	}
	return string(b)
}

func TestChartSpecification(t *testing.T) {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		chart *Chart
		want  string
	}{
		"version":     {Line(nil, []int{1}), `vega-lite/v5.json`},
		"NaN":         {Line([]float64{1, 2}, []float64{3, math.NaN()}), `{"x":2,"y":null}`},
		"infinity":    {Line([]float64{1, 2}, []float64{3, math.Inf(1)}), `{"x":2,"y":null}`},
		"no xs":       {Line(nil, []uint8{7, 8}), `"values":[{"x":0,"y":7},{"x":1,"y":8}]`},
		"array":       {Line([2]int{1, 2}, []float32{1, 0.5}), `{"x":2,"y":0.5}`},
		"any":         {Line(nil, []any{1, nil, 2.5}), `{"x":1,"y":null},{"x":2,"y":2.5}`},
		"categories":  {Bar([]string{"b", "a"}, []int{1, 2}), `"sort":null,"title":"x","type":"nominal"`},
		"number bars": {Bar([]int{1, 8}, []int{1, 2}), `{"x":"8","y":2}`},
		"durations":   {Line(nil, []time.Duration{1500 * time.Millisecond}), `{"x":0,"y":1.5}`},
		"times":       {Line([]time.Time{noon}, []int{1}), `{"x":"2026-01-01T12:00:00Z","y":1}`},
		"log":         {Line([]int{0, 10}, []int{1, 2}).LogX(), `{"x":null,"y":1},{"x":10,"y":2}`},
		"log scale":   {Line(nil, []int{1}).LogY(), `"scale":{"type":"log"}`},
		"size":        {Line(nil, []int{1}).Size(30, 20), `"height":20`},
		"labels":      {Line(nil, []int{1}).Title("T").XLabel("X").YLabel("Y"), `"title":"Y"`},
		"histogram":   {Histogram([]int{0, 1, 1, 4}, 2), `[{"x":0,"x2":2,"y":3},{"x":2,"x2":4,"y":1}]`},
		"one value":   {Histogram([]float64{3, 3, math.NaN()}, 1), `[{"x":2.5,"x2":3.5,"y":2}]`},
		"equal, many": {Histogram(make([]int, 2000), 0), `[{"x":-0.5,"x2":0.5,"y":2000}]`},
		"equal, bins": {Histogram([]int{7, 7}, 20), `[{"x":6.5,"x2":7.5,"y":2}]`},
		"equal, huge": {Histogram([]float64{1 << 60}, 0), `[{"x":1152921504605798400,"x2":1152921504607895600,"y":1}]`},
		"equal, end":  {Histogram([]float64{math.MaxFloat64}, 0), `"y":1}]`},
		"nothing":     {Histogram([]int{}, 0), `[{"x":0,"x2":1,"y":0}]`},
		"two ranges":  {NewChart("").Histogram("a", []int{0, 4}, 2).Histogram("b", []int{4, 4}, 2), `{"series":"b","x":0,"x2":2,"y":0},{"series":"b","x":2,"x2":4,"y":2}`},
		"series":      {NewChart("").Line("a", nil, []int{1}).Bar("b", nil, []int{2}), `"domain":["a","b"]`},
		"tooltip":     {Scatter(nil, []int{1}), `"tooltip":true`},
		"many points": {Line(nil, make([]int, 10_001)), `series 1: 1 in 3 points drawn`},
		"extremes":    {Histogram([]float64{-math.MaxFloat64, math.MaxFloat64}, 2), `"y":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := specOf(t, c.chart); !strings.Contains(got, c.want) {
				t.Errorf("%.600s\nlacks %s", got, c.want)
			}
		})
	}
}

func TestChartReportsMistakes(t *testing.T) {
	for want, c := range map[string]*Chart{
		"1 x values and 0 y values":           Line([]float64{1}, []float64{}),
		`series 2 "b" of a chart`:             NewChart("").Line("a", nil, []int{1}).Line("b", nil, 7),
		"not int":                             Line(nil, 7),
		"a struct {} is not a number":         Line(nil, []struct{}{{}}),
		"a histogram needs numbers":           Histogram([]string{"a"}, 0),
		"holds both numbers and texts":        Line(nil, []any{1, "a"}),
		`the chart "empty" has no values`:     NewChart("empty"),
		"values must be a slice of numbers":   Bar([]string{"a"}, nil),
		`series 1 "first" of a chart: values`: NewChart("").Line("first", nil, 1).Line("second", nil, 2),
	} {
		d := Render(c)
		if got := fmt.Sprint(d.Data[MIMETypeText]); !strings.Contains(got, want) || len(d.Data) != 1 {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

func TestChartTextSumsUp(t *testing.T) {
	c := NewChart("Speed").Line("a", []int{1, 2}, []float64{3, math.NaN()}).XLabel("workers").YLabel("seconds")
	want := "chart \"Speed\" of seconds against workers\na: line, 2 values, seconds 3 to 3"
	if got := Render(c).Data[MIMETypeText]; got != want {
		t.Errorf("%q", got)
	}
}

func TestChartKeepsItsOwnValues(t *testing.T) {
	ys := []float64{1}
	c := Line(nil, ys)
	ys[0] = 2
	if got := specOf(t, c); !strings.Contains(got, `"y":1}`) {
		t.Error(got)
	}
}

func TestVegaLite(t *testing.T) {
	for name, c := range map[string]struct {
		spec any
		want string
	}{
		"text":  {`{"a": 1}`, `{"a":1}`},
		"bytes": {[]byte(` {"a":1}`), `{"a":1}`},
		"value": {map[string]any{"a": []float64{1, math.NaN()}}, `{"a":[1,null]}`},
	} {
		if got := fmt.Sprintf("%s", Render(VegaLite(c.spec)).Data[MIMETypeVegaLite]); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, bad := range []any{"", "{", "[1]", 7, math.NaN(), nil} {
		if d := VegaLite(bad); len(d.Data) != 1 {
			t.Errorf("%v is taken for a specification", bad)
		}
	}
}
