package opencl

import (
	"fmt"
	"html"
	"slices"
	"time"

	"github.com/warren-go/warren/internal/figure"
)

// table has the columns of a profile. Those that would be empty are left out.
func (t *Trace) table(rows []Summary) figure.Table[Summary] {
	table := figure.Table[Summary]{}.
		Column("command", "the kernel's name, or what else it was", func(s Summary) string { return s.Name }).
		Column("count", "how many there were", func(s Summary) string { return fmt.Sprint(s.Count) }).
		Column("total", "time of the device", func(s Summary) string { return figure.Short(s.Elapsed) }).
		Column("mean", "time of one", func(s Summary) string { return figure.Short(s.Mean()) }).
		Column("shortest", "time of the fastest", func(s Summary) string { return figure.Short(s.Shortest) }).
		Column("waited", "from launch to start, on average", func(s Summary) string { return figure.Short(max(0, s.Waited) / time.Duration(s.Count)) })
	if slices.ContainsFunc(rows, func(s Summary) bool { return s.Work.Bytes > 0 }) {
		table = table.Column("GB/s", "bytes read and written in a nanosecond", func(s Summary) string { return rate(s.Bandwidth()) })
	}
	if slices.ContainsFunc(rows, func(s Summary) bool { return s.Work.Flops > 0 }) {
		table = table.Column("GFLOPS", "operations on floating-point numbers in a nanosecond", func(s Summary) string { return rate(s.FLOPS()) })
	}
	if t.Bandwidth > 0 || t.Peak > 0 {
		table = table.Column("of ceiling", "share of what the device's memory or arithmetic, measured, gives; the larger of the two", t.ofCeiling)
	}
	return table
}

func rate(x float64) string {
	if x == 0 {
		return ""
	}
	return figure.Digits(x)
}

// ofCeiling is how near a kernel comes to what the device can do.
func (t *Trace) ofCeiling(s Summary) string {
	var share float64
	if t.Bandwidth > 0 {
		share = s.Bandwidth() / t.Bandwidth
	}
	if t.Peak > 0 {
		share = max(share, s.FLOPS()/t.Peak)
	}
	if share == 0 || s.Kind != KernelCommand {
		return ""
	}
	return fmt.Sprintf("%.0f%%", 100*share)
}

func (t *Trace) String() string {
	rows := t.Summaries()
	return fmt.Sprintf("%s\n%s\n", t.table(rows).Text(rows), t.summary())
}

// HTML is the table, what it comes to, and the timeline.
func (t *Trace) HTML() string {
	rows := t.Summaries()
	return fmt.Sprintf("<div>%s<p>%s</p>\n%s</div>", t.table(rows).HTML(rows), html.EscapeString(t.summary()), t.SVG())
}

// SVG is the timeline: for each queue a lane for kernels and a lane for everything else.
func (t *Trace) SVG() string { return t.timeline().Draw().SVG() }

// PNG is the timeline as an image.
func (t *Trace) PNG() []byte { return t.timeline().Draw().PNG() }

// Render shows the trace in a notebook.
func (t *Trace) Render() figure.Bundle {
	return figure.Bundle{Data: map[string]any{"text/html": t.HTML(), "text/plain": t.String()}}
}

// lane is one of the timeline.
type lane struct {
	queue     int
	transfers bool
}

func (l lane) String() string {
	if l.transfers {
		return fmt.Sprintf("queue %d: transfers", l.queue)
	}
	return fmt.Sprintf("queue %d: kernels", l.queue)
}

// timeline is the trace as it is drawn.
func (t *Trace) timeline() figure.Gantt {
	g := figure.Gantt{Title: "What the device did", Who: "lane", Names: t.legend()}
	at := map[lane]int{}
	for _, c := range t.Commands {
		if c.Kind == BarrierCommand {
			continue
		}
		l := lane{c.Queue, c.Kind != KernelCommand}
		i, ok := at[l]
		if !ok {
			i = len(g.Lanes)
			at[l] = i
			g.Lanes = append(g.Lanes, figure.Lane{Name: l.String()})
		}
		g.Lanes[i].Pieces = append(g.Lanes[i].Pieces, c.piece(g.Names))
		g.Total = max(g.Total, c.Ended)
	}
	return g
}

// legend has the names of the commands that took longest, as many as there are colours.
func (t *Trace) legend() []string {
	var names []string
	for _, s := range t.Summaries() {
		if s.Kind != BarrierCommand && len(names) < len(figure.Palette) {
			names = append(names, s.Name)
		}
	}
	return names
}

// piece is the command as it is drawn. Those that the legend does not explain are grey.
func (c Command) piece(names []string) figure.Piece {
	p := figure.Piece{Begin: max(0, c.Started), End: max(0, c.Ended), Colour: figure.MarkColour, Tip: c.Name}
	if i := slices.Index(names, c.Name); i >= 0 {
		p.Colour = figure.Colour(i)
	}
	if c.Range != "" {
		p.Tip += " " + c.Range
	}
	if c.Work.Bytes > 0 {
		p.Tip += ", " + byteCount(c.Work.Bytes)
	}
	return p
}
