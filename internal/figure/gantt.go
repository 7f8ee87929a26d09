package figure

import (
	"fmt"
	"time"
)

// Sizes of a Gantt chart, in pixels.
const (
	GanttWidth          = 560.0 // of the part that shows time
	laneHeight, laneGap = 18.0, 6.0
	laneLeft            = 80.0
	laneRight           = 30.0
)

// mixedColour is that of pieces of several colours, too narrow to be told apart.
const mixedColour = "#5A8FB8"

// Gantt is a chart of who did what when: a lane for each, with boxes from begin to end.
type Gantt struct {
	Title, Subtitle string
	Who             string // what lanes are, as "worker"
	Lanes           []Lane
	Names           []string // that the legend explains; the i-th has Colour(i)
	Total           time.Duration
}

// Lane is a row of a Gantt chart. Its pieces are in the order of their beginnings.
type Lane struct {
	Name   string
	Pieces []Piece
}

// Piece is some work. Times are counted from the beginning of the chart.
type Piece struct {
	Begin, End time.Duration
	Colour     string
	Tip        string // what the work was
	count      int    // of neighbours that were joined; 0 for a piece alone
}

// joined are the pieces as they are drawn: neighbours that are too narrow to be seen apart are one.
func (g Gantt) joined(pieces []Piece) []Piece {
	pixel := time.Duration(float64(g.Total) / GanttWidth)
	var out []Piece
	for _, p := range pieces {
		p.count = 1
		if last := len(out) - 1; last >= 0 && p.End-p.Begin < 2*pixel && out[last].End-out[last].Begin < 2*pixel && p.Begin-out[last].End < pixel/2 {
			out[last].join(p)
			continue
		}
		p.Tip = fmt.Sprintf("%s: %s", p.Tip, Short(p.End-p.Begin))
		out = append(out, p)
	}
	return out
}

// join makes one piece of two neighbours.
func (p *Piece) join(next Piece) {
	p.End, p.count = max(p.End, next.End), p.count+next.count
	if p.Colour != next.Colour {
		p.Colour = mixedColour
	}
	p.Tip = fmt.Sprintf("%d pieces: %s", p.count, Short(p.End-p.Begin))
}

func (g Gantt) scale() (Scale, Unit) {
	unit := UnitOf(g.Total)
	s := NewScale(false)
	s.Include(unit.Of(g.Total))
	s.Finish(0)
	s.From, s.To = g.left(), g.left()+GanttWidth
	return s, unit
}

// left is where time begins: names of lanes stand before it.
func (g Gantt) left() float64 {
	left := laneLeft
	for _, lane := range g.Lanes {
		left = max(left, Font{}.Width(lane.Name)+20)
	}
	return left
}

// Draw draws the chart.
func (g Gantt) Draw() *Canvas {
	heading := append(Lines(g.Title), Lines(g.Subtitle)...)
	top := LineHeight * float64(len(heading)+1)
	if len(g.Names) > 0 {
		top += LineHeight
	}
	bottom := top + float64(len(g.Lanes))*(laneHeight+laneGap) + laneGap
	x, unit := g.scale()
	c := NewCanvas(x.To+laneRight, bottom+3*LineHeight)
	c.Heading(x.From, heading)
	if len(g.Names) > 0 {
		c.Legend(x.From, top-0.6*LineHeight, g.Names)
	}
	for _, v := range x.Ticks() {
		c.Segment(x.At(v), top, x.At(v), bottom, Stroke{Colour: GridColour, Width: 1})
		c.Text(x.At(v), bottom+LineHeight, TickLabel(v), Font{Colour: TextColour, Anchor: Middle})
	}
	for i, lane := range g.Lanes {
		y := top + laneGap + float64(i)*(laneHeight+laneGap)
		c.Text(x.From-8, y+0.72*laneHeight, lane.Name, Font{Colour: TextColour, Anchor: End})
		for _, p := range g.joined(lane.Pieces) {
			from, to := x.At(unit.Of(p.Begin)), x.At(unit.Of(p.End))
			c.Box(from, y, max(0.5, to-from), laneHeight, p.Colour, p.Tip)
		}
	}
	c.Line([]Point{{X: x.From, Y: top}, {X: x.From, Y: bottom}, {X: x.To, Y: bottom}}, Stroke{Colour: AxisColour, Width: 1})
	c.Text(x.From+GanttWidth/2, bottom+2.3*LineHeight, "time ("+unit.Name+")", Font{Colour: TextColour, Anchor: Middle})
	return c
}

// Bundle is the chart in all forms, with a text for where it cannot be drawn.
func (g Gantt) Bundle(text string) Bundle { return g.Draw().Bundle(g.VegaLite(), text) }

// VegaLite is the chart as a specification for Vega-Lite 5.
func (g Gantt) VegaLite() map[string]any {
	x, unit := g.scale()
	axis, scale := x.VegaAxis()
	scale["nice"] = false
	lanes := make([]string, len(g.Lanes))
	values := []any{}
	for i, lane := range g.Lanes {
		lanes[i] = lane.Name
		for _, p := range g.joined(lane.Pieces) {
			values = append(values, map[string]any{g.Who: lane.Name, "begin": unit.Of(p.Begin), "end": unit.Of(p.End), "colour": p.Colour, "what": p.Tip})
		}
	}
	colour := map[string]any{"field": "colour", "type": "nominal", "scale": nil, "legend": nil}
	encoding := map[string]any{
		"x":  map[string]any{"field": "begin", "type": "quantitative", "title": "time (" + unit.Name + ")", "axis": axis, "scale": scale},
		"x2": map[string]any{"field": "end"},
		"y":  map[string]any{"field": g.Who, "type": "nominal", "title": nil, "scale": map[string]any{"domain": lanes}},
		"tooltip": []any{
			map[string]any{"field": g.Who, "type": "nominal"},
			map[string]any{"field": "what", "type": "nominal"},
			map[string]any{"field": "begin", "type": "quantitative", "format": ".4~g", "title": "begin (" + unit.Name + ")"},
		},
		"color": colour,
	}
	layers := []any{map[string]any{"data": map[string]any{"values": values}, "mark": map[string]any{"type": "bar", "height": laneHeight}, "encoding": encoding}}
	if len(g.Names) > 0 {
		layers = append(layers, legendLayer(g.Names))
	}
	return map[string]any{
		"$schema": Schema,
		"title":   map[string]any{"text": g.Title, "subtitle": Lines(g.Subtitle), "anchor": "start"},
		"width":   GanttWidth, "height": map[string]any{"step": laneHeight + laneGap}, "layer": layers,
		"resolve": map[string]any{"scale": map[string]any{"color": "independent"}},
	}
}

// legendLayer draws nothing but the legend of the names' colours: the boxes bring theirs with them.
func legendLayer(names []string) map[string]any {
	rows := make([]any, len(names))
	colours := make([]string, len(names))
	for i, name := range names {
		rows[i], colours[i] = map[string]any{"name": name}, Colour(i)
	}
	return map[string]any{
		"data": map[string]any{"values": rows}, "mark": map[string]any{"type": "square", "opacity": 0, "size": 0},
		"encoding": map[string]any{"color": map[string]any{"field": "name", "type": "nominal", "title": nil, "sort": nil,
			"scale":  map[string]any{"domain": names, "range": colours},
			"legend": map[string]any{"orient": "top", "symbolOpacity": 1, "symbolType": "square"}}},
	}
}
