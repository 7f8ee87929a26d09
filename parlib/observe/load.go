package observe

import (
	"fmt"
	"html"
	"time"

	"github.com/warren-go/warren/internal/figure"
	"github.com/warren-go/warren/parlib/bench"
)

// Load is how much a worker did.
type Load struct {
	Worker int
	Pieces int           // chunks, and whatever else it began
	Items  int           // indices of its chunks
	Busy   time.Duration // time in which it worked on at least one piece
	Idle   time.Duration // the rest of the timeline
	Share  float64       // Busy as a fraction of all workers' busy time
}

// Loads are those of all workers. In a notebook they show themselves as a table.
type Loads []Load

// Loads computes how much each worker did.
func (t Timeline) Loads() Loads {
	loads := make(Loads, len(t.Lanes))
	total := time.Duration(0)
	for i, lane := range t.Lanes {
		loads[i] = lane.load(i)
		loads[i].Idle = max(0, t.Total-loads[i].Busy)
		total += loads[i].Busy
	}
	for i := range loads {
		if total > 0 {
			loads[i].Share = float64(loads[i].Busy) / float64(total)
		}
	}
	return loads
}

// load adds up a lane. Pieces within others count once.
func (l Lane) load(worker int) Load {
	load := l.more
	load.Worker = worker
	var until time.Duration
	for _, s := range l.Spans {
		load.Pieces++
		load.Items += s.Hi - s.Lo
		if s.End > until {
			load.Busy += s.End - max(s.Begin, until)
			until = s.End
		}
	}
	return load
}

// Imbalance is how much longer the busiest worker worked than the mean of all: max/mean - 1. It is 0 where all worked
// equally long, and 1 where one of two did everything.
func (l Loads) Imbalance() float64 {
	var most, total time.Duration
	for _, x := range l {
		most = max(most, x.Busy)
		total += x.Busy
	}
	if total == 0 {
		return 0
	}
	return float64(most)*float64(len(l))/float64(total) - 1
}

// Efficiency is the share of the workers' time in which they worked.
func (l Loads) Efficiency() float64 {
	var busy, all time.Duration
	for _, x := range l {
		busy += x.Busy
		all += x.Busy + x.Idle
	}
	if all == 0 {
		return 0
	}
	return float64(busy) / float64(all)
}

// Imbalance is that of the timeline's loads.
func (t Timeline) Imbalance() float64 { return t.Loads().Imbalance() }

var loadTable = figure.Table[Load]{}.
	Column("worker", "who", func(l Load) string { return fmt.Sprint(l.Worker) }).
	Column("pieces", "chunks of loops, and other things begun", func(l Load) string { return fmt.Sprint(l.Pieces) }).
	Column("items", "indices of loops", func(l Load) string { return fmt.Sprint(l.Items) }).
	Column("busy", "time at work", func(l Load) string { return figure.Short(l.Busy) }).
	Column("idle", "the rest of the time", func(l Load) string { return figure.Short(l.Idle) }).
	Column("share", "of all workers' busy time", func(l Load) string { return fmt.Sprintf("%.0f%%", 100*l.Share) })

func (l Loads) String() string {
	return fmt.Sprintf("%s\n%s\n", loadTable.Text(l), l.summary())
}

// HTML is the table, with the imbalance below.
func (l Loads) HTML() string {
	return fmt.Sprintf("<div>%s<p>%s</p></div>", loadTable.HTML(l), html.EscapeString(l.summary()))
}

// Render shows the loads in a notebook.
func (l Loads) Render() bench.Bundle {
	return bench.Bundle{Data: map[string]any{"text/html": l.HTML(), "text/plain": l.String()}}
}

func (l Loads) summary() string {
	if len(l) == 0 || l[0].Busy+l[0].Idle == 0 {
		return "Nothing was recorded."
	}
	return fmt.Sprintf("%s in %s: busy %.0f%% of the time; imbalance %.2f (the busiest worked %.0f%% longer than the mean).",
		figure.Plural(len(l), "worker"), figure.Short(l[0].Busy+l[0].Idle), 100*l.Efficiency(), l.Imbalance(), 100*l.Imbalance())
}

// Chart has a bar for each worker, of the time busy and the time idle.
func (l Loads) Chart() bench.Bars {
	b := bench.Bars{Title: "How busy each worker was", Subtitle: l.summary(), Parts: []string{"busy", "idle"}}
	var total time.Duration
	for _, x := range l {
		total = max(total, x.Busy+x.Idle)
	}
	unit := figure.UnitOf(total)
	b.XLabel = "time (" + unit.Name + ")"
	for _, x := range l {
		b.Bars = append(b.Bars, bench.Bar{Name: laneName(x.Worker), Values: []float64{unit.Of(x.Busy), unit.Of(x.Idle)}})
	}
	return b
}
