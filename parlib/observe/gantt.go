package observe

import (
	"fmt"
	"slices"
	"time"

	"github.com/warren-go/warren/internal/figure"
	"github.com/warren-go/warren/parlib/bench"
)

// Sizes of the drawing, in pixels.
const (
	ganttWidth          = 560.0
	laneHeight, laneGap = 18.0, 6.0
	marginLeft          = 80.0
	marginRight         = 30.0
)

// mixed is the colour of pieces too narrow to be told apart.
const mixed = "#5A8FB8"

// piece is what is drawn as one box: a span, or neighbours that are too narrow to be seen apart.
type piece struct {
	begin, end time.Duration
	colour     string
	tip        string
	count      int
}

// pieces lays out a lane. Chunks, which have no names, alternate between two blues, so that their bounds are seen.
func (t Timeline) pieces(lane Lane, names []string) []piece {
	pixel := time.Duration(float64(t.Total) / ganttWidth)
	var out []piece
	for i, s := range lane.Spans {
		colour := figure.Palette[0]
		switch at := slices.Index(names, s.Name); {
		case at >= 0:
			colour = figure.Colour(at)
		case i%2 == 1:
			colour = figure.Palette[5]
		}
		p := piece{s.Begin, s.End, colour, fmt.Sprintf("%v: %s", s, figure.Short(s.End-s.Begin)), 1}
		if last := len(out) - 1; last >= 0 && p.end-p.begin < 2*pixel && out[last].end-out[last].begin < 2*pixel && p.begin-out[last].end < pixel/2 {
			out[last].join(p, s)
			continue
		}
		out = append(out, p)
	}
	return out
}

// join makes one box of two neighbours.
func (p *piece) join(next piece, s Span) {
	p.end, p.count = max(p.end, next.end), p.count+next.count
	if p.colour != next.colour && s.Name == "" {
		p.colour = mixed
	}
	p.tip = fmt.Sprintf("%d pieces: %s", p.count, figure.Short(p.end-p.begin))
}

func (t Timeline) scale() (figure.Scale, figure.Unit) {
	unit := figure.UnitOf(t.Total)
	s := figure.NewScale(false)
	s.Include(unit.Of(t.Total))
	s.Finish(0)
	s.From, s.To = marginLeft, marginLeft+ganttWidth
	return s, unit
}

// subtitle is what the timeline comes to, and how much of it is not drawn.
func (t Timeline) subtitle() string {
	lost := 0
	for _, lane := range t.Lanes {
		lost += lane.more.Pieces
	}
	text := t.Loads().summary()
	if lost > 0 {
		text += fmt.Sprintf(" Not drawn: %s.", figure.Plural(lost, "piece"))
	}
	return text
}

// SVG draws the chart.
func (t Timeline) SVG() string { return t.draw().SVG() }

// PNG draws the chart as an image, with two pixels for one of the drawing in each direction.
func (t Timeline) PNG() []byte { return t.draw().PNG() }

func (t Timeline) draw() *figure.Canvas {
	heading := append(figure.Lines(t.Title), figure.Lines(t.subtitle())...)
	names := t.names()
	top := figure.LineHeight * float64(len(heading)+1)
	if len(names) > 0 {
		top += figure.LineHeight
	}
	bottom := top + float64(len(t.Lanes))*(laneHeight+laneGap) + laneGap
	x, unit := t.scale()
	c := figure.NewCanvas(x.To+marginRight, bottom+3*figure.LineHeight)
	c.Heading(marginLeft, heading)
	if len(names) > 0 {
		c.Legend(marginLeft, top-0.6*figure.LineHeight, names)
	}
	for _, v := range x.Ticks() {
		c.Segment(x.At(v), top, x.At(v), bottom, figure.Stroke{Colour: figure.GridColour, Width: 1})
		c.Text(x.At(v), bottom+figure.LineHeight, figure.TickLabel(v), figure.Font{Colour: figure.TextColour, Anchor: figure.Middle})
	}
	for i, lane := range t.Lanes {
		y := top + laneGap + float64(i)*(laneHeight+laneGap)
		c.Text(marginLeft-8, y+0.72*laneHeight, laneName(i), figure.Font{Colour: figure.TextColour, Anchor: figure.End})
		for _, p := range t.pieces(lane, names) {
			from, to := x.At(unit.Of(p.begin)), x.At(unit.Of(p.end))
			c.Box(from, y, max(0.5, to-from), laneHeight, p.colour, p.tip)
		}
	}
	c.Line([]figure.Point{{X: marginLeft, Y: top}, {X: marginLeft, Y: bottom}, {X: x.To, Y: bottom}}, figure.Stroke{Colour: figure.AxisColour, Width: 1})
	c.Text(marginLeft+ganttWidth/2, bottom+2.3*figure.LineHeight, "time ("+unit.Name+")", figure.Font{Colour: figure.TextColour, Anchor: figure.Middle})
	return c
}

func laneName(i int) string { return fmt.Sprintf("worker %d", i) }

// Render gives the chart as Vega-Lite, as SVG, as PNG for front ends that draw neither, and the table as text.
func (t Timeline) Render() bench.Bundle { return t.draw().Bundle(t.VegaLite(), t.String()) }

// VegaLite is the chart as a specification for Vega-Lite 5.
func (t Timeline) VegaLite() map[string]any {
	x, unit := t.scale()
	axis, scale := x.VegaAxis()
	scale["nice"] = false
	names := t.names()
	workers := make([]string, len(t.Lanes))
	values := []any{}
	for i, lane := range t.Lanes {
		workers[i] = laneName(i)
		for _, p := range t.pieces(lane, names) {
			values = append(values, map[string]any{"worker": laneName(i), "begin": unit.Of(p.begin), "end": unit.Of(p.end), "colour": p.colour, "what": p.tip})
		}
	}
	colour := map[string]any{"field": "colour", "type": "nominal", "scale": nil, "legend": nil}
	encoding := map[string]any{
		"x":  map[string]any{"field": "begin", "type": "quantitative", "title": "time (" + unit.Name + ")", "axis": axis, "scale": scale},
		"x2": map[string]any{"field": "end"},
		"y":  map[string]any{"field": "worker", "type": "nominal", "title": nil, "scale": map[string]any{"domain": workers}},
		"tooltip": []any{
			map[string]any{"field": "worker", "type": "nominal"},
			map[string]any{"field": "what", "type": "nominal"},
			map[string]any{"field": "begin", "type": "quantitative", "format": ".4~g", "title": "begin (" + unit.Name + ")"},
		},
		"color": colour,
	}
	layers := []any{map[string]any{"data": map[string]any{"values": values}, "mark": map[string]any{"type": "bar", "height": laneHeight}, "encoding": encoding}}
	if len(names) > 0 {
		layers = append(layers, legendLayer(names))
	}
	return map[string]any{
		"$schema": figure.Schema,
		"title":   map[string]any{"text": t.Title, "subtitle": figure.Lines(t.subtitle()), "anchor": "start"},
		"width":   ganttWidth, "height": map[string]any{"step": laneHeight + laneGap}, "layer": layers,
		"resolve": map[string]any{"scale": map[string]any{"color": "independent"}},
	}
}

// legendLayer draws nothing but the legend of the names' colours: the boxes bring theirs with them.
func legendLayer(names []string) map[string]any {
	rows := make([]any, len(names))
	colours := make([]string, len(names))
	for i, name := range names {
		rows[i], colours[i] = map[string]any{"name": name}, figure.Colour(i)
	}
	return map[string]any{
		"data": map[string]any{"values": rows}, "mark": map[string]any{"type": "square", "opacity": 0, "size": 0},
		"encoding": map[string]any{"color": map[string]any{"field": "name", "type": "nominal", "title": nil, "sort": nil,
			"scale":  map[string]any{"domain": names, "range": colours},
			"legend": map[string]any{"orient": "top", "symbolOpacity": 1, "symbolType": "square"}}},
	}
}
