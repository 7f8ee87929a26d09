package observe

import (
	"fmt"
	"slices"

	"github.com/warren-go/warren/internal/figure"
	"github.com/warren-go/warren/parlib/bench"
)

// chart is the timeline as it is drawn.
func (t Timeline) chart() figure.Gantt {
	g := figure.Gantt{Title: t.Title, Subtitle: t.subtitle(), Who: "worker", Names: t.names(), Total: t.Total}
	for i, lane := range t.Lanes {
		g.Lanes = append(g.Lanes, figure.Lane{Name: laneName(i), Pieces: lane.pieces(g.Names)})
	}
	return g
}

// pieces gives the spans their colours. Chunks, which have no names, alternate between two blues, so that their bounds are
// seen.
func (l Lane) pieces(names []string) []figure.Piece {
	var pieces []figure.Piece
	for i, s := range l.Spans {
		colour := figure.Palette[0]
		switch at := slices.Index(names, s.Name); {
		case at >= 0:
			colour = figure.Colour(at)
		case i%2 == 1:
			colour = figure.Palette[5]
		}
		pieces = append(pieces, figure.Piece{Begin: s.Begin, End: s.End, Colour: colour, Tip: s.String()})
	}
	return pieces
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
func (t Timeline) SVG() string { return t.chart().Draw().SVG() }

// PNG draws the chart as an image, with two pixels for one of the drawing in each direction.
func (t Timeline) PNG() []byte { return t.chart().Draw().PNG() }

// Render gives the chart as Vega-Lite, as SVG, as PNG for front ends that draw neither, and the table as text.
func (t Timeline) Render() bench.Bundle { return t.chart().Bundle(t.String()) }

// VegaLite is the chart as a specification for Vega-Lite 5.
func (t Timeline) VegaLite() map[string]any { return t.chart().VegaLite() }

func laneName(i int) string { return fmt.Sprintf("worker %d", i) }
