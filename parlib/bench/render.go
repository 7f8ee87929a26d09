package bench

import (
	"fmt"
	"html"
	"math"
	"strings"
	"text/tabwriter"
	"time"
)

// Bundle is a value by MIME type, with the metadata of the Jupyter message it travels in. It is the kernel's display.Data,
// spelt out, so that this package needs no kernel.
type Bundle = struct {
	Data      map[string]any
	Metadata  map[string]any
	Transient map[string]any
}

// column is one column of a result's table.
type column struct {
	head, explain string
	cell          func(Row) string
}

var columns = []column{
	{"workers", "goroutines that share the work", func(r Row) string { return fmt.Sprint(r.Workers) }},
	{"fastest", "shortest time", func(r Row) string { return short(r.Min) }},
	{"median", "middle time", func(r Row) string { return short(r.Median) }},
	{"interval", "confidence interval of the median", func(r Row) string {
		return fmt.Sprintf("%s … %s", short(r.Interval.Low), short(r.Interval.High))
	}},
	{"speed-up", "median on one worker / median on p", func(r Row) string { return fmt.Sprintf("%.2f", r.Speedup) }},
	{"efficiency", "speed-up / p", func(r Row) string { return fmt.Sprintf("%.0f%%", 100*r.Efficiency) }},
	{"Karp–Flatt", "serial fraction that the speed-up shows", func(r Row) string { return number(r.KarpFlatt) }},
	{"", "times that scatter by more than 10%, or are too few", func(r Row) string {
		if r.Noisy {
			return "noisy"
		}
		return ""
	}},
}

// Table is the result as text, in aligned columns, with the verdict below.
func (r Result) Table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%v\n\n", r.Title, r.Host)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, c := range columns {
		fmt.Fprintf(w, "%s\t", c.head)
	}
	fmt.Fprintln(w)
	for _, row := range r.Rows() {
		for _, c := range columns {
			fmt.Fprintf(w, "%s\t", c.cell(row))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	fmt.Fprintf(&b, "\n%s\n", r.summary())
	return b.String()
}

func (r Result) String() string { return r.Table() }

// HTML is the table and, below it, the plot as a drawing that needs no script.
func (r Result) HTML() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<div><b>%s</b><br/><small>%s</small>\n<table>\n<tr>", html.EscapeString(r.Title), html.EscapeString(r.Host.String()))
	for _, c := range columns {
		fmt.Fprintf(&b, `<th title="%s">%s</th>`, html.EscapeString(c.explain), html.EscapeString(c.head))
	}
	b.WriteString("</tr>\n")
	for _, row := range r.Rows() {
		b.WriteString("<tr>")
		for _, c := range columns {
			fmt.Fprintf(&b, `<td style="text-align:right">%s</td>`, html.EscapeString(c.cell(row)))
		}
		b.WriteString("</tr>\n")
	}
	plot := r.Chart()
	plot.Title, plot.Subtitle = "", "" // both stand above it already
	fmt.Fprintf(&b, "</table>\n<p>%s</p>\n%s</div>", html.EscapeString(r.summary()), plot.SVG())
	return b.String()
}

// Render shows the result in a notebook.
func (r Result) Render() Bundle {
	return Bundle{Data: map[string]any{"text/html": r.HTML(), "text/plain": r.Table()}}
}

// summary is the verdict and, where the times are good enough, what Amdahl's law makes of the times.
func (r Result) summary() string {
	verdict := r.Verdict()
	text := sentence(verdict.Text)
	law, ok := r.Amdahl()
	switch {
	case !ok || verdict.Noisy || !verdict.Conclusive: // a law fitted to noise says nothing
		return text
	case law.Serial == 0:
		return text + " Amdahl's law fits with no serial part."
	}
	return fmt.Sprintf("%s Amdahl's law fits with a serial part of %s: at most %.3g times as fast on any number of processors.",
		text, number(law.Serial), law.Limit())
}

// Chart plots speed-up against workers: measured with confidence bars, ideal, and as Amdahl's law fits. A vertical mark
// stands at the number of processors to use, where the ideal line ends its climb.
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
		Marks:  []Mark{{X: usable, Label: plural(r.Host.Usable(), "processor")}},
	}
	if law, ok := r.Amdahl(); ok {
		c.Series = append(c.Series, Series{Name: "Amdahl", Style: Line, Points: curve(1, usable, law.Speedup)})
	}
	c.Series = append(c.Series, measured)
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
	parts := []string{plural(h.Usable(), "processor") + " to use", fmt.Sprintf("%d logical", h.Logical)}
	if h.Physical > 0 {
		parts = append(parts, fmt.Sprintf("%s with %s each", plural(h.Physical, "physical core"), plural(h.ThreadsPerCore, "hardware thread")))
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

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// number shows a fraction with three digits, and none as a dash.
func number(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return fmt.Sprintf("%.3f", x)
}

// short shows a time with three digits.
func short(d time.Duration) string {
	for _, u := range []struct {
		size time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d >= u.size {
			x := float64(d) / float64(u.size)
			return fmt.Sprintf("%.*f %s", max(0, 2-int(math.Log10(x))), x, u.name)
		}
	}
	return fmt.Sprintf("%d ns", d.Nanoseconds())
}
