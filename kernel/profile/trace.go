package profile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/exp/trace"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/profile/internal/markup"
)

// Trace shows an execution trace, as runtime/trace writes it, as a timeline: a lane per processor with the goroutines that
// ran on it, the garbage collector's work, and a table of what each group of goroutines did with its time. Of a trace that
// breaks off it shows what was read; the error is for one that cannot be read at all.
func Trace(r io.Reader, o Options) (display.Data, error) {
	t, err := readTimeline(r, o)
	if err != nil {
		return display.Data{}, err
	}
	picture := drawTimeline(t)
	table := t.table()
	html := markup.Page(`<p class="wp-head"><strong>Execution trace of ` + markup.Escape(o.cell()) + `</strong> · ` +
		markup.Escape(t.headline()) + `</p>` + markup.Inline(timelineWidth, picture.height, picture.label, picture.elements) +
		t.key() + table.HTML() + t.warning())
	svg := markup.Standalone(timelineWidth, picture.height, picture.label, picture.elements)
	text := "Execution trace of " + o.cell() + ": " + t.headline() + "\n\n" + t.bars() + "\n" + table.Text()
	if t.broken != nil {
		text += "\n" + t.brokenNote() + "\n"
	}
	return bundle(text, html, svg), nil
}

// timeline is an execution trace by processor and by goroutine. Its times are nanoseconds of the trace's own clock.
type timeline struct {
	options    Options
	start, end trace.Time
	procs      int // GOMAXPROCS, or more where more processors were seen
	lanes      map[trace.ProcID]*lane
	goroutines map[trace.GoID]*goroutine
	marking    []span                // phases in which the garbage collector marks, beside the program
	pauses     []span                // times in which it stops the program
	ready      []span                // goroutines that could run but had no processor
	open       map[string]trace.Time // the collector's ranges that have begun
	groups     []*group
	broken     error // why the trace ends early
}

// lane is a processor: what ran on it, in order.
type lane struct {
	id    trace.ProcID
	spans []span
	busy  time.Duration
}

// span is an uninterrupted run. The goroutine is nil for the garbage collector's phases.
type span struct {
	from, to trace.Time
	g        *goroutine
}

func (s span) length() time.Duration { return s.to.Sub(s.from) }

// goroutine is what a trace says of one goroutine.
type goroutine struct {
	id    trace.GoID
	state trace.GoState
	since trace.Time
	// reason is what it waits for, while it does; proc is where it runs.
	reason string
	proc   trace.ProcID
	// start is its first function, inCell the outermost of its functions that lies in a cell, and created the cell line
	// of the go statement. Each is empty while unknown.
	start, inCell string
	created       string
	kernel        bool // the kernel started it: it begins in a hidden function
	spent         spent
	group         *group
	number        int // within its group
}

// spent is time by state.
type spent struct {
	running, runnable, waiting, syscall time.Duration
	blocked                             map[string]time.Duration // parts of waiting, by reason
}

// idleReason marks system goroutines that have nothing to do; theirs is no waiting that a reader should see.
const idleReason = "system goroutine wait"

func (s *spent) add(state trace.GoState, reason string, d time.Duration) {
	switch state {
	case trace.GoRunning:
		s.running += d
	case trace.GoRunnable:
		s.runnable += d
	case trace.GoSyscall:
		s.syscall += d
	case trace.GoWaiting:
		if reason == idleReason {
			return
		}
		s.waiting += d
		if s.blocked == nil {
			s.blocked = map[string]time.Duration{}
		}
		s.blocked[reason] += d
	}
}

func (s *spent) join(other spent) {
	s.running += other.running
	s.runnable += other.runnable
	s.waiting += other.waiting
	s.syscall += other.syscall
	for reason, d := range other.blocked {
		if s.blocked == nil {
			s.blocked = map[string]time.Duration{}
		}
		s.blocked[reason] += d
	}
}

func readTimeline(r io.Reader, o Options) (*timeline, error) {
	reader, err := trace.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("read execution trace: %w", err)
	}
	t := &timeline{
		options: o, lanes: map[trace.ProcID]*lane{}, goroutines: map[trace.GoID]*goroutine{}, open: map[string]trace.Time{},
	}
	first := true
	for {
		e, err := reader.ReadEvent()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.broken = err
			break
		}
		if first {
			t.start, first = e.Time(), false
		}
		t.end = max(t.end, e.Time())
		t.event(e)
	}
	t.finish()
	if len(t.lanes) == 0 {
		return nil, fmt.Errorf("read execution trace: no goroutine ran in it: %w", cmp.Or(t.broken, io.ErrUnexpectedEOF))
	}
	return t, nil
}

func (t *timeline) event(e trace.Event) {
	switch e.Kind() {
	case trace.EventMetric:
		if m := e.Metric(); m.Name == "/sched/gomaxprocs:threads" {
			t.procs = max(t.procs, int(m.Value.Uint64()))
		}
	case trace.EventRangeBegin, trace.EventRangeActive:
		if name := e.Range().Name; ofCollector(name) {
			t.open[name] = e.Time()
		}
	case trace.EventRangeEnd:
		t.endRange(e.Range().Name, e.Time())
	case trace.EventStateTransition:
		if st := e.StateTransition(); st.Resource.Kind == trace.ResourceGoroutine {
			t.transition(e, st)
		}
	}
	if g := t.goroutines[e.Goroutine()]; g != nil {
		t.learn(g, e.Stack())
	}
}

const markPhase = "GC concurrent mark phase"

// ofCollector picks the ranges that are drawn: the mark phase, and the pauses before and after it.
func ofCollector(name string) bool {
	return name == markPhase || strings.HasPrefix(name, "stop-the-world (GC ")
}

func (t *timeline) endRange(name string, at trace.Time) {
	from, ok := t.open[name]
	if !ok {
		return
	}
	delete(t.open, name)
	list := &t.pauses
	if name == markPhase {
		list = &t.marking
	}
	*list = append(*list, span{from: from, to: at})
}

// transition moves a goroutine from one state to the next and books the time spent in the old one.
func (t *timeline) transition(e trace.Event, st trace.StateTransition) {
	from, to := st.Goroutine()
	id := st.Resource.Goroutine()
	g := t.goroutines[id]
	switch {
	case g == nil:
		g = &goroutine{id: id, proc: trace.NoProc}
		t.goroutines[id] = g
		g.state, g.since = from, t.start
		if from == trace.GoUndetermined {
			// The trace began while it was in the state that it only now tells.
			g.state, g.reason = to, st.Reason
			g.proc = e.Proc()
		}
		if from == trace.GoNotExist {
			g.since = e.Time()
			g.created = t.cellLine(e.Stack())
		}
	case from == trace.GoNotExist:
		g.created = t.cellLine(e.Stack())
	}
	t.settle(g, e.Time())
	t.learn(g, st.Stack)
	g.state, g.reason = to, st.Reason
	if to == trace.GoRunning {
		g.proc = e.Proc()
	}
}

// settle books the time since the goroutine's last change.
func (t *timeline) settle(g *goroutine, now trace.Time) {
	d := now.Sub(g.since)
	g.spent.add(g.state, g.reason, d)
	if g.state == trace.GoRunning && g.proc != trace.NoProc && d > 0 {
		l := t.lanes[g.proc]
		if l == nil {
			l = &lane{id: g.proc}
			t.lanes[g.proc] = l
		}
		l.spans = append(l.spans, span{g.since, now, g})
		l.busy += d
	}
	if g.state == trace.GoRunnable && d > 0 {
		t.ready = append(t.ready, span{g.since, now, g})
	}
	g.since = now
}

// learn takes the goroutine's names from one of its stacks.
func (t *timeline) learn(g *goroutine, s trace.Stack) {
	if s == trace.NoStack || g.start != "" && g.inCell != "" {
		return
	}
	outermost, inCell, hidden := "", "", false
	for f := range s.Frames() {
		if beneath[f.Func] {
			continue
		}
		if hidden = t.options.hide(f.Func); hidden {
			continue
		}
		outermost = f.Func
		if t.options.line(f.File, int(f.Line)) != "" {
			inCell = f.Func
		}
	}
	g.kernel = g.kernel || hidden
	g.start = cmp.Or(g.start, outermost)
	g.inCell = cmp.Or(g.inCell, inCell)
}

// cellLine is the innermost line of a cell on a stack.
func (t *timeline) cellLine(s trace.Stack) string {
	for f := range s.Frames() {
		if line := t.options.line(f.File, int(f.Line)); line != "" {
			return line
		}
	}
	return ""
}

// finish closes what the end of the trace cut off and groups the goroutines.
func (t *timeline) finish() {
	for _, name := range slices.Sorted(maps.Keys(t.open)) {
		t.endRange(name, t.end)
	}
	groups := map[groupKey]*group{}
	for _, id := range slices.Sorted(maps.Keys(t.goroutines)) {
		g := t.goroutines[id]
		t.settle(g, t.end)
		key := t.classify(g)
		if groups[key] == nil {
			groups[key] = &group{groupKey: key}
		}
		g.group, g.number = groups[key], groups[key].count
		g.group.count++
		g.group.spent.join(g.spent)
	}
	for id, l := range t.lanes {
		slices.SortFunc(l.spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
		t.procs = max(t.procs, int(id)+1)
	}
	t.groups = slices.SortedFunc(maps.Values(groups), func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.family, b.family), cmp.Compare(b.spent.running, a.spent.running), cmp.Compare(a.name+a.created, b.name+b.created))
	})
	for i, g := range t.groups {
		g.hue = hues[i%len(hues)]
	}
}

// group is the goroutines that began with one function at one go statement.
type group struct {
	groupKey
	count int
	spent spent
	hue   float64
}

type groupKey struct {
	family int
	// ofCell is set for functions of a cell and for what a cell started.
	ofCell  bool
	name    string
	created string
}

// shown leaves goroutines out of the table that have nothing to do with the cell: they did not run while it was traced.
func (g *group) shown() bool { return g.ofCell || g.spent.running > 0 }

// Families of groups, in the order of the table.
const (
	userGroup = iota
	collectorGroup
	runtimeGroup
	kernelGroup
)

func (t *timeline) classify(g *goroutine) groupKey {
	switch {
	case g.start == "runtime.gcBgMarkWorker":
		return groupKey{family: collectorGroup, name: "garbage collector"}
	case g.inCell != "":
		return groupKey{ofCell: true, name: t.options.name(g.inCell), created: g.created}
	case g.created != "" && g.start != "":
		return groupKey{ofCell: true, name: t.options.name(g.start), created: g.created}
	case g.start == "" || g.kernel:
		return groupKey{family: kernelGroup, name: "the kernel"}
	case strings.HasPrefix(g.start, "runtime.") || strings.HasPrefix(g.start, "runtime/") || strings.HasPrefix(g.start, "internal/"):
		return groupKey{family: runtimeGroup, name: "Go runtime"}
	}
	return groupKey{name: t.options.name(g.start)}
}

func (t *timeline) elapsed() time.Duration { return t.end.Sub(t.start) }

func (t *timeline) busy() (sum time.Duration) {
	for _, l := range t.lanes {
		sum += l.busy
	}
	return sum
}

// sortedLanes returns the processors that ran something, by number.
func (t *timeline) sortedLanes() []*lane {
	return slices.SortedFunc(maps.Values(t.lanes), func(a, b *lane) int { return cmp.Compare(a.id, b.id) })
}

func (t *timeline) headline() string {
	elapsed, busy := t.elapsed(), t.busy()
	parts := []string{
		markup.Duration(elapsed) + " elapsed",
		fmt.Sprintf("%s, %s busy", processors(t.procs), markup.Percent(int64(busy), int64(elapsed)*int64(t.procs))),
		markup.Plural(int64(len(t.goroutines)), "goroutine"),
	}
	if n := len(t.marking); n > 0 {
		var paused time.Duration
		for _, p := range t.pauses {
			paused += p.length()
		}
		parts = append(parts, markup.Plural(int64(n), "garbage collection")+", "+markup.Duration(paused)+" of pauses")
	}
	if idle := t.procs - len(t.lanes); idle > 0 {
		parts = append(parts, fmt.Sprintf("%s never ran a goroutine", processors(idle)))
	}
	return strings.Join(parts, " · ")
}

func processors(n int) string { return markup.Plural(int64(n), "processor") }

func (t *timeline) brokenNote() string {
	return fmt.Sprintf("The trace breaks off after %s: %v. What was read up to there is shown.", markup.Duration(t.elapsed()), t.broken)
}

func (t *timeline) warning() string {
	if t.broken == nil {
		return ""
	}
	return `<p class="wp-note">` + markup.Escape(t.brokenNote()) + `</p>`
}

// table says what each group of goroutines did with its time. Bystanders are left out.
func (t *timeline) table() markup.Table {
	table := markup.Table{Columns: []markup.Column{
		{Title: "goroutines", Code: true}, {Title: "started at", Code: true}, {Title: "number", Number: true}, {Title: "running", Number: true},
		{Title: "share", Number: true}, {Title: "ready, no processor", Number: true}, {Title: "blocked", Number: true},
		{Title: "system calls", Number: true}, {Title: "blocked on", Wide: true},
	}}
	all := int64(t.busy())
	for _, g := range t.groups {
		if !g.shown() {
			continue
		}
		s := g.spent
		waited, blocked := markup.Duration(s.waiting), reasons(s.blocked)
		if g.family != userGroup {
			waited, blocked = "", "" // the system's goroutines wait for work, which is no loss
		}
		table.Rows = append(table.Rows, []markup.Cell{
			{Text: markup.Fit(g.name, 50), Swatch: g.color(0), Hint: g.name},
			{Text: g.created},
			{Text: fmt.Sprint(g.count)},
			{Text: markup.Duration(s.running)},
			{Text: markup.Percent(int64(s.running), all), Bar: markup.Share(int64(s.running), all)},
			{Text: markup.Duration(s.runnable)},
			{Text: waited},
			{Text: markup.Duration(s.syscall)},
			{Text: blocked},
		})
	}
	return table
}

// reasons lists what goroutines waited for, the longest first.
func reasons(blocked map[string]time.Duration) string {
	const most = 3
	names := slices.SortedFunc(maps.Keys(blocked), func(a, b string) int {
		return cmp.Or(cmp.Compare(blocked[b], blocked[a]), cmp.Compare(a, b))
	})
	var parts []string
	for _, name := range names[:min(most, len(names))] {
		parts = append(parts, cmp.Or(name, "unknown")+" "+markup.Duration(blocked[name]))
	}
	if len(names) > most {
		parts = append(parts, "…")
	}
	return strings.Join(parts, ", ")
}

// bars draws the use of each processor over time with characters, for front ends without pictures.
func (t *timeline) bars() string {
	const columns = 64
	levels := []rune(" ▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, l := range t.sortedLanes() {
		used := l.use(t.start, t.end, columns)
		fmt.Fprintf(&b, "P%-3d │", l.id)
		for _, share := range used {
			level := int(share*float64(len(levels)-1) + .5)
			b.WriteRune(levels[min(level, len(levels)-1)])
		}
		fmt.Fprintf(&b, "│ %6s\n", markup.Percent(int64(l.busy), int64(t.elapsed())))
	}
	return b.String()
}

// use is the busy share, from 0 to 1, of each of equal parts of the time between two moments.
func (l *lane) use(start, end trace.Time, parts int) []float64 {
	return average(l.spans, start, end, parts)
}

// average is the mean number of spans that are under way, in each of equal parts of the time between two moments.
func average(spans []span, start, end trace.Time, parts int) []float64 {
	mean := make([]float64, parts)
	size := float64(end-start) / float64(parts)
	if size <= 0 {
		return mean
	}
	for _, s := range spans {
		from, to := float64(s.from-start)/size, float64(s.to-start)/size
		for i := int(from); i < parts && float64(i) < to; i++ {
			mean[i] += min(to, float64(i+1)) - max(from, float64(i))
		}
	}
	return mean
}
