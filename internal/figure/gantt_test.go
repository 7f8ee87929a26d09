package figure

import (
	"strings"
	"testing"
	"time"
)

func TestNarrowNeighboursAreJoined(t *testing.T) {
	g := Gantt{Total: 1000 * time.Microsecond}
	var pieces []Piece
	for i := range 1000 {
		at := time.Duration(i) * time.Microsecond
		pieces = append(pieces, Piece{Begin: at, End: at + time.Microsecond, Colour: Colour(i), Tip: "tiny"})
	}
	pieces = append(pieces, Piece{Begin: 1000 * time.Microsecond, End: 2000 * time.Microsecond, Colour: "#000000", Tip: "long"})
	joined, total := g.joined(pieces), 0
	for _, p := range joined {
		total += p.count
	}
	if len(joined) > GanttWidth || total != len(pieces) {
		t.Errorf("%d boxes of %d pieces", len(joined), total)
	}
	if first, last := joined[0], joined[len(joined)-1]; first.Colour != mixedColour || !strings.Contains(first.Tip, " pieces: ") || last.Tip != "long: 1.00 ms" || last.Colour != "#000000" {
		t.Errorf("%+v … %+v", first, last)
	}
}

func TestGanttMakesRoomForLongNames(t *testing.T) {
	g := Gantt{Title: "Who", Who: "lane", Total: time.Second, Lanes: []Lane{{Name: strings.Repeat("W", 30), Pieces: []Piece{{End: time.Second, Colour: Colour(0), Tip: "all"}}}}}
	if left := g.left(); left < (Font{}).Width(g.Lanes[0].Name) {
		t.Errorf("%v pixels", left)
	}
	if svg := g.Draw().SVG(); !strings.Contains(svg, "all: 1.00 s") || !strings.Contains(svg, "time (s)") {
		t.Error(svg)
	}
	if empty := (Gantt{Who: "lane"}).Bundle("nothing"); empty.Data["text/plain"] != "nothing" {
		t.Error(empty)
	}
}
