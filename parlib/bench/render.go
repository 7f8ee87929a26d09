package bench

import (
	"fmt"
	"html"
	"math"
	"strings"

	"github.com/warren-go/warren/internal/figure"
)

// Bundle is a value by MIME type, with the metadata of the Jupyter message it travels in. It is the kernel's display.Data,
// spelt out, so that this package needs no kernel.
type Bundle = figure.Bundle

// page puts a table under its title and above what follows from it.
func page(title string, host Host, table, summary, picture string) string {
	return fmt.Sprintf("<div><b>%s</b><br/><small>%s</small>\n%s<p>%s</p>\n%s</div>",
		html.EscapeString(title), html.EscapeString(host.String()), table, html.EscapeString(summary), picture)
}

func noise(noisy bool) string {
	if noisy {
		return "noisy"
	}
	return ""
}

// table has the columns of a result.
func (r Result) table() figure.Table[Row] {
	t := figure.Table[Row]{}.
		Column("workers", "goroutines that share the work", func(r Row) string { return fmt.Sprint(r.Workers) }).
		Column("fastest", "shortest time", func(r Row) string { return figure.Short(r.Min) }).
		Column("median", "middle time", func(r Row) string { return figure.Short(r.Median) }).
		Column("interval", "confidence interval of the median", func(r Row) string { return r.Interval.String() })
	speedup := func(r Row) string { return fmt.Sprintf("%.2f", r.Speedup) }
	efficiency := func(r Row) string { return fmt.Sprintf("%.0f%%", 100*r.Efficiency) }
	if r.Scaling == Weak {
		t = t.Column("scaled speed-up", "p · median on one worker / median on p", speedup).
			Column("efficiency", "median on one worker / median on p", efficiency).
			Column("serial part", "fraction of the time on p workers that Gustafson's law takes for serial", func(r Row) string { return number(r.Gustafson) })
	} else {
		t = t.Column("speed-up", "median on one worker / median on p", speedup).
			Column("efficiency", "speed-up / p", efficiency).
			Column("Karp–Flatt", "serial fraction that the speed-up shows", func(r Row) string { return number(r.KarpFlatt) })
	}
	return t.Column("", "times that scatter by more than 10%, or are too few", func(r Row) string { return noise(r.Noisy) })
}

// Table is the result as text, in aligned columns, with the verdict below.
func (r Result) Table() string {
	return fmt.Sprintf("%s\n%v\n\n%s\n%s\n", r.Title, r.Host, r.table().Text(r.Rows()), r.summary())
}

func (r Result) String() string { return r.Table() }

// HTML is the table and, below it, the plot as a drawing that needs no script.
func (r Result) HTML() string {
	plot := r.Chart()
	plot.Title, plot.Subtitle = "", "" // both stand above it already
	return page(r.Title, r.Host, r.table().HTML(r.Rows()), r.summary(), plot.SVG())
}

// Render shows the result in a notebook.
func (r Result) Render() Bundle {
	return Bundle{Data: map[string]any{"text/html": r.HTML(), "text/plain": r.Table()}}
}

// summary is the verdict and, where the times are good enough, what the law of the scaling makes of the times.
func (r Result) summary() string {
	verdict := r.Verdict()
	text := figure.Sentence(verdict.Text) + unreliable(r.Noisy(), len(r.Points))
	if verdict.Noisy || !verdict.Conclusive { // a law fitted to noise says nothing
		return text
	}
	if law, ok := r.Amdahl(); ok {
		return text + " The times fit " + law.String()
	}
	if law, ok := r.Gustafson(); ok {
		return text + " The times fit " + law.String()
	}
	return text
}

func (a Amdahl) String() string {
	if a.Serial == 0 {
		return "Amdahl's law with no serial part."
	}
	return fmt.Sprintf("Amdahl's law with a serial part of %s: at most %.3g times as fast on any number of processors.", number(a.Serial), a.Limit())
}

func (g Gustafson) String() string {
	if g.Serial == 0 {
		return "Gustafson's law with no serial part."
	}
	return fmt.Sprintf("Gustafson's law with a serial part of %s: each processor more adds %.3g of one to the work done in the same time.", number(g.Serial), 1-g.Serial)
}

// Chart plots speed-up against workers: measured with confidence bars, ideal, and as Amdahl's law fits, or Gustafson's in
// weak scaling. A vertical mark stands at the number of processors to use, where the ideal line ends its climb.
func (r Result) Chart() Chart {
	usable := float64(r.Host.Usable())
	measured := Series{Name: "measured", Style: Measured}
	most := usable
	for _, row := range r.Rows() {
		p := float64(row.Workers)
		measured.Points = append(measured.Points, XY{X: p, Y: row.Speedup, Low: row.SpeedupLow, High: row.SpeedupHigh})
		most = max(most, p)
	}
	c := Chart{
		Title: r.Title, Subtitle: r.summary(), XLabel: "workers", YLabel: "speed-up",
		Series: []Series{{Name: "ideal", Style: Dashed, Points: []XY{{X: 1, Y: 1}, {X: usable, Y: usable}, {X: most, Y: usable}}}},
		Marks:  []Mark{{X: usable, Label: figure.Plural(r.Host.Usable(), "processor")}},
	}
	if r.Scaling == Weak {
		c.YLabel = "scaled speed-up"
	}
	c.Series = append(c.Series, measured)
	if law, ok := r.Amdahl(); ok { // above what was measured, which on two processors is the same line
		c.Series = append(c.Series, Series{Name: "Amdahl", Style: Dotted, Points: curve(1, usable, law.Speedup)})
	}
	if law, ok := r.Gustafson(); ok {
		c.Series = append(c.Series, Series{Name: "Gustafson", Style: Dotted, Points: curve(1, usable, law.Speedup)})
	}
	return c
}

// curve takes f at 33 places from lo to hi.
func curve(lo, hi float64, f func(float64) float64) []XY {
	const steps = 32
	points := make([]XY, steps+1)
	for i := range points {
		x := lo + (hi-lo)*float64(i)/steps
		points[i] = XY{X: x, Y: f(x)}
	}
	return points
}

func (h Host) String() string {
	parts := []string{figure.Plural(h.Usable(), "processor") + " to use", fmt.Sprintf("%d logical", h.Logical)}
	if h.Physical > 0 {
		parts = append(parts, fmt.Sprintf("%s with %s each", figure.Plural(h.Physical, "physical core"), figure.Plural(h.ThreadsPerCore, "hardware thread")))
	}
	parts = append(parts, fmt.Sprintf("%d allowed to this process", h.Allowed))
	if h.Quota > 0 {
		parts = append(parts, fmt.Sprintf("a quota of %.3g", h.Quota))
	} else {
		parts = append(parts, "no quota")
	}
	parts = append(parts, fmt.Sprintf("GOMAXPROCS %d", h.GOMAXPROCS))
	text := strings.Join(parts, ", ")
	if h.CPU != "" {
		text = h.CPU + ": " + text
	}
	return text
}

// fact is one line of a machine's description.
type fact struct {
	name, explain string
	value         func(Host) string
}

var facts = []fact{
	{"model", "", func(h Host) string { return h.CPU }},
	{"physical cores", "parts of the chip that compute", func(h Host) string { return known(float64(h.Physical), "unknown") }},
	{"hardware threads a core", "programs that a core keeps in hand (SMT)", func(h Host) string { return known(float64(h.ThreadsPerCore), "unknown") }},
	{"logical processors", "cores × hardware threads: what the system counts", func(h Host) string { return known(float64(h.Logical), "unknown") }},
	{"allowed", "logical processors that this process may run on (runtime.NumCPU)", func(h Host) string { return fmt.Sprint(h.Allowed) }},
	{"caches", "memory near the processor; the nearest is the fastest", Host.caches},
	{"quota", "processors' worth of time that the container grants", func(h Host) string { return known(h.Quota, "no limit") }},
	{"GOMAXPROCS", "goroutines that run at the same time at most", func(h Host) string { return fmt.Sprint(h.GOMAXPROCS) }},
	{"to use", "the smallest of these limits", func(h Host) string { return fmt.Sprint(h.Usable()) }},
}

func (h Host) caches() string {
	var all []string
	for _, c := range h.Caches {
		all = append(all, c.String())
	}
	if all == nil {
		return "unknown"
	}
	return strings.Join(all, ", ")
}

func known(x float64, otherwise string) string {
	if x == 0 {
		return otherwise
	}
	return fmt.Sprintf("%.3g", x)
}

// Render shows the machine in a notebook, as a table with a word on every number.
func (h Host) Render() Bundle {
	var b strings.Builder
	b.WriteString("<table>\n")
	for _, f := range facts {
		fmt.Fprintf(&b, `<tr><th style="text-align:left">%s</th><td style="text-align:right">%s</td><td style="text-align:left">%s</td></tr>`+"\n", f.name, html.EscapeString(f.value(h)), html.EscapeString(f.explain))
	}
	b.WriteString("</table>")
	return Bundle{Data: map[string]any{"text/html": b.String(), "text/plain": h.String()}}
}

// number shows a fraction with three digits, and none as a dash.
func number(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	if text := fmt.Sprintf("%.3f", x); text != "-0.000" {
		return text
	}
	return "0.000"
}
