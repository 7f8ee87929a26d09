package profile

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/profile/internal/markup"
	"github.com/warren-go/warren/kernel/stack"
)

// topRows is the number of functions in the table below a flame graph.
const topRows = 15

// CPU shows a CPU profile, as runtime/pprof writes it, as a flame graph with a table of the functions that took most
// time. The error says what is wrong with the profile's data.
func CPU(r io.Reader, o Options) (display.Data, error) {
	data, err := profile.Parse(r)
	if err != nil {
		return display.Data{}, fmt.Errorf("read CPU profile: %w", err)
	}
	p, err := newCPUProfile(data, o)
	if err != nil {
		return display.Data{}, err
	}
	if p.total == 0 {
		return bundle(p.nothing(), "", ""), nil
	}
	table := p.top()
	flame := drawFlame(p)
	html := markup.Page(`<p class="wp-head"><strong>CPU profile of ` + markup.Escape(o.cell()) + `</strong> · ` +
		markup.Escape(p.headline()) + `</p>` + markup.Inline(flameWidth, flame.height, flame.label, flame.elements) +
		flameKey() + table.HTML())
	svg := markup.Standalone(flameWidth, flame.height, flame.label, flame.elements)
	text := "CPU profile of " + o.cell() + ": " + p.headline() + "\n\n" + table.Text()
	return bundle(text, html, svg), nil
}

// cpuProfile is a CPU profile as a tree of calls and as a list of functions. Times are in nanoseconds.
type cpuProfile struct {
	options Options
	total   int64 // time of all samples in the tree
	kernel  int64 // time of samples that lay in hidden functions only
	samples int64
	wall    time.Duration
	period  time.Duration
	root    *call
	funcs   map[string]*function
}

// call is a node of the tree: a function reached by one path of calls.
type call struct {
	fn       *function
	time     int64
	self     int64 // time in the function itself
	deepest  int   // levels of direct recursion folded into this node
	children map[*function]*call
}

// function is what a profile says of one function over all its calls.
type function struct {
	full, name string
	flat, cum  int64 // time in itself; time until it returned
	places     map[place]int64
}

type place struct {
	file string
	line int
}

func newCPUProfile(data *profile.Profile, o Options) (*cpuProfile, error) {
	timeIndex, countIndex := -1, -1
	for i, t := range data.SampleType {
		switch {
		case t.Type == "cpu" && t.Unit == "nanoseconds":
			timeIndex = i
		case t.Unit == "count":
			countIndex = i
		}
	}
	if timeIndex < 0 {
		return nil, fmt.Errorf("not a CPU profile: it has no sample type cpu/nanoseconds")
	}
	p := &cpuProfile{options: o, funcs: map[string]*function{}, wall: time.Duration(data.DurationNanos), period: time.Duration(data.Period)}
	p.root = &call{children: map[*function]*call{}}
	for _, s := range data.Sample {
		count := int64(0)
		if countIndex >= 0 {
			count = s.Value[countIndex]
		}
		p.add(s, s.Value[timeIndex], count)
	}
	return p, nil
}

// add puts one sample into the tree. A function counts once per sample in its cumulated time, however often it recurs.
func (p *cpuProfile) add(s *profile.Sample, nanos, count int64) {
	path := p.shown(s)
	if len(path) == 0 {
		p.kernel += nanos
		return
	}
	p.total += nanos
	p.samples += count
	p.root.time += nanos
	at, recursion := p.root, 1
	seen, been := map[*function]bool{}, map[place]bool{}
	for _, line := range path {
		fn := p.function(line.Function.Name)
		if at.fn == fn {
			recursion++
		} else {
			at, recursion = at.child(fn), 1
			at.time += nanos
		}
		at.deepest = max(at.deepest, recursion)
		if !seen[fn] {
			seen[fn] = true
			fn.cum += nanos
		}
		if here := (place{line.Function.Filename, int(line.Line)}); !been[here] {
			been[here] = true
			fn.places[here] += nanos
		}
	}
	at.self += nanos
	at.fn.flat += nanos
}

// shown returns the frames of a sample that are shown, from the outermost inwards. A goroutine that began in a hidden
// function is hidden whole until it comes to a cell. Further in, what a hidden function has the runtime do is its own work.
func (p *cpuProfile) shown(s *profile.Sample) []profile.Line {
	var path []profile.Line
	outermost, hidden := true, false
	for _, loc := range slices.Backward(s.Location) {
		// Inlined calls share a location; the innermost stands first.
		for _, line := range slices.Backward(loc.Line) {
			if line.Function == nil || beneath[line.Function.Name] {
				continue
			}
			switch f := (stack.Frame{Func: line.Function.Name, File: line.Function.Filename, Line: int(line.Line)}); {
			case p.options.hide(f.Func):
				hidden = true
			case !hidden, p.options.line(f.File, f.Line) != "", !outermost && !support(f):
				outermost, hidden = false, false
				path = append(path, line)
			}
		}
	}
	return path
}

// support tells whether a frame is of the runtime or of what is next to it.
func support(f stack.Frame) bool {
	return stack.InRuntime(f) || strings.HasPrefix(f.Func, "sync/atomic.") || strings.HasPrefix(f.Func, "time.")
}

func (p *cpuProfile) function(full string) *function {
	fn := p.funcs[full]
	if fn == nil {
		fn = &function{full: full, name: p.options.name(full), places: map[place]int64{}}
		p.funcs[full] = fn
	}
	return fn
}

func (c *call) child(fn *function) *call {
	next := c.children[fn]
	if next == nil {
		next = &call{fn: fn, children: map[*function]*call{}}
		c.children[fn] = next
	}
	return next
}

// sorted returns the calls a node made, the longest first.
func (c *call) sorted() []*call {
	return slices.SortedFunc(maps.Values(c.children), func(a, b *call) int {
		return cmp.Or(cmp.Compare(b.time, a.time), cmp.Compare(a.fn.full, b.fn.full))
	})
}

// hottest is the line of the function on which most time was spent, calls included.
func (f *function) hottest() place {
	var best place
	for _, at := range slices.SortedFunc(maps.Keys(f.places), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	}) {
		if best == (place{}) || f.places[at] > f.places[best] {
			best = at
		}
	}
	return best
}

// notes explain functions of the runtime that show up in students' profiles.
var notes = map[string]string{
	"runtime.gcBgMarkWorker":       "garbage collection, in the background",
	"runtime.gcAssistAlloc":        "garbage collection, done by a goroutine that allocates",
	"runtime.mallocgc":             "allocation of memory",
	"runtime.growslice":            "append that had to move its slice",
	"runtime.memmove":              "copying of memory",
	"runtime.memclrNoHeapPointers": "zeroing of fresh memory",
	"runtime.mcall":                "scheduler: a goroutine stopped, another was chosen",
	"runtime.mstart":               "scheduler: a thread started",
	"runtime.schedule":             "scheduler: choosing the next goroutine",
	"runtime.findRunnable":         "scheduler: a processor without work looks for some",
	"runtime.futex":                "threads put to sleep and woken",
	"runtime.asyncPreempt":         "the scheduler interrupted a long-running goroutine",
	"runtime.chansend1":            "send on a channel",
	"runtime.chanrecv1":            "receive from a channel",
	"runtime.selectgo":             "select statement",
	"runtime.lock2":                "runtime lock, contended",
	"runtime.procyield":            "spinning for a lock",
	"runtime.morestack":            "a goroutine's stack grew",
	"runtime.newproc":              "go statement",
	"runtime.mapassign":            "assignment to a map",
	"sync.(*Mutex).lockSlow":       "contended mutex",
}

func (p *cpuProfile) headline() string {
	parts := []string{markup.Duration(time.Duration(p.total)) + " of processor time"}
	if p.wall > 0 {
		parts = append(parts, fmt.Sprintf("%s elapsed · processors busy: %.2g", markup.Duration(p.wall), float64(p.total)/float64(p.wall)))
	}
	if p.samples > 0 {
		parts = append(parts, markup.Plural(p.samples, "sample"))
	}
	if p.kernel > 0 {
		parts = append(parts, markup.Duration(time.Duration(p.kernel))+" of the kernel itself left out")
	}
	return strings.Join(parts, " · ")
}

// nothing explains an empty profile.
func (p *cpuProfile) nothing() string {
	period := p.period
	if period <= 0 {
		period = 10 * time.Millisecond
	}
	return fmt.Sprintf("No profile of %s: it used the processor for less than the sampling period of %s, so no sample was taken.\n"+
		"Give it more work: a larger input, or a loop that repeats it for a second. For short code, %%timeit measures better.\n",
		p.options.cell(), markup.Duration(period))
}

// top is the table of the functions that took most time themselves.
func (p *cpuProfile) top() markup.Table {
	t := markup.Table{Columns: []markup.Column{
		{Title: "flat", Number: true}, {Title: "flat%", Number: true}, {Title: "cum", Number: true}, {Title: "cum%", Number: true},
		{Title: "function", Code: true}, {Title: "line", Code: true}, {Title: "", Wide: true},
	}}
	funcs := slices.SortedFunc(maps.Values(p.funcs), func(a, b *function) int {
		return cmp.Or(cmp.Compare(b.flat, a.flat), cmp.Compare(b.cum, a.cum), cmp.Compare(a.full, b.full))
	})
	for _, f := range funcs[:min(topRows, len(funcs))] {
		at := f.hottest()
		t.Rows = append(t.Rows, []markup.Cell{
			{Text: markup.Duration(time.Duration(f.flat))},
			{Text: markup.Percent(f.flat, p.total), Bar: markup.Share(f.flat, p.total)},
			{Text: markup.Duration(time.Duration(f.cum))},
			{Text: markup.Percent(f.cum, p.total)},
			{Text: markup.Fit(f.name, 60), Hint: f.full},
			{Text: p.options.place(at.file, at.line), Hint: p.options.source(at.file, at.line)},
			{Text: notes[f.full]},
		})
	}
	return t
}
