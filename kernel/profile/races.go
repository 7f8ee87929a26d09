package profile

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/profile/internal/markup"
	"github.com/warren-go/warren/kernel/stack"
)

// Race is a data race: two accesses to the same memory, at least one of them a write, that nothing puts in an order.
type Race struct {
	// Accesses are the one at which the detector noticed the race, and the one before it. The second is empty where the
	// detector no longer knew it.
	Accesses [2]Access
	// Count is how many reports named the same two lines.
	Count int
}

// Access is one side of a race.
type Access struct {
	// Kind is "read" or "write".
	Kind    string
	Address uint64
	// Goroutine is the detector's number, which is not that of the runtime; 0 is the main goroutine.
	Goroutine int64
	// Stack leads from the access outwards. It is empty where the detector could not restore it.
	Stack []stack.Frame
	// Created leads from the go statement that started the goroutine outwards; Finished says that it had ended.
	Created  []stack.Frame
	Finished bool
}

// Races finds the race detector's reports in what a program wrote to stderr and shows each race, once per pair of lines,
// with the two lines of the cells. Without a race the display says so.
func Races(text string, o Options) ([]Race, display.Data) {
	all, _ := ParseRaces(text)
	races := o.distinct(all)
	if len(races) == 0 {
		return nil, bundle("No data race was seen while "+o.cell()+" ran. The detector sees only what happens: "+
			"code that did not run, or not at the same time, may still hold one.\n", "", "")
	}
	var plain, html strings.Builder
	title := markup.Plural(int64(len(races)), "data race") + " in " + o.cell()
	plain.WriteString(title + "\n")
	html.WriteString(`<p class="wp-head"><strong>` + markup.Escape(title) + `</strong></p>`)
	for i, r := range races {
		o.raceText(&plain, i+1, r)
		o.raceHTML(&html, i+1, r)
	}
	plain.WriteString("\n" + raceAdvice + "\n")
	html.WriteString(`<p class="wp-note">` + markup.Escape(raceAdvice) + `</p>`)
	return races, bundle(plain.String(), markup.Page(html.String()), "")
}

const raceAdvice = "A data race: two goroutines use the same memory, at least one of them writes, and nothing makes one wait for the " +
	"other, so that the result depends on chance. Guard both places with one sync.Mutex, hand the value over a channel, use " +
	"sync/atomic, or give each goroutine memory of its own."

var (
	accessLine  = regexp.MustCompile(`^(?:Previous )?([Rr]ead|[Ww]rite) at 0x([0-9a-f]+) by (?:main goroutine|goroutine (\d+)):$`)
	startedLine = regexp.MustCompile(`^Goroutine (\d+) \((\w+)\) created at:$`)
	// otherLine opens sections of a report that are not shown.
	otherLine = regexp.MustCompile(`^(?:Heap block|Global var|Location|Mutex) .*`)
	// countLine is the detector's last word when the program ends.
	countLine = regexp.MustCompile(`^Found \d+ data race\(s\)$`)
)

const (
	raceHead = "WARNING: DATA RACE"
	raceRule = "=================="
)

// ParseRaces reads every report out of text, repeated ones included, and returns what is left of the text without them.
// The grammar is that of tsan_report.cpp in LLVM's ThreadSanitizer, as built for Go.
func ParseRaces(text string) (races []Race, rest string) {
	var p raceParser
	for line := range strings.Lines(text) {
		if !p.line(strings.TrimRight(line, "\r\n")) {
			p.rest.WriteString(line)
		}
	}
	p.end()
	return p.races, p.rest.String()
}

// raceParser holds the report being read.
type raceParser struct {
	races   []Race
	rest    strings.Builder
	report  bool // inside a report
	race    Race
	sides   int            // accesses read
	frames  *[]stack.Frame // where the section's frames go; nil between sections
	started []*Access      // further accesses of the goroutine whose start is read
	pending string         // a function that waits for its place
}

// line reads a line and says whether it was one of the detector's.
func (p *raceParser) line(s string) bool {
	switch {
	case s == raceHead:
		p.end()
		p.report = true
	case s == raceRule:
		p.end()
	case countLine.MatchString(s):
	case !p.report:
		return false
	default:
		return p.section(s)
	}
	return true
}

// section reads a line inside a report.
func (p *raceParser) section(s string) bool {
	if m := accessLine.FindStringSubmatch(s); m != nil {
		p.access(strings.ToLower(m[1]), m[2], m[3])
		return true
	}
	if m := startedLine.FindStringSubmatch(s); m != nil {
		p.start(m[1], m[2] == "finished")
		return true
	}
	switch {
	case s == "":
		p.endSection()
	case otherLine.MatchString(s):
		p.endSection()
		p.frames = new([]stack.Frame)
	case p.frames != nil && strings.HasPrefix(s, "  "):
		p.frame(s)
	default:
		return false // the program's own output, in between
	}
	return true
}

func (p *raceParser) access(kind, address, goroutine string) {
	p.endSection()
	if p.sides == len(p.race.Accesses) {
		p.frames = new([]stack.Frame)
		return
	}
	a := &p.race.Accesses[p.sides]
	p.sides++
	a.Kind = kind
	// Both were digits; numbers too large for the types are ones no detector prints.
	a.Address, _ = strconv.ParseUint(address, 16, 64)
	a.Goroutine, _ = strconv.ParseInt(goroutine, 10, 64)
	p.frames = &a.Stack
}

// start opens the section on where a goroutine was started. It counts for each access of that goroutine.
func (p *raceParser) start(goroutine string, finished bool) {
	p.endSection()
	id, _ := strconv.ParseInt(goroutine, 10, 64) // as in access
	p.frames = new([]stack.Frame)
	for i := range p.race.Accesses[:p.sides] {
		if a := &p.race.Accesses[i]; a.Goroutine == id {
			a.Finished = finished
			p.started = append(p.started, a)
		}
	}
}

func (p *raceParser) frame(s string) {
	if file, line, ok := stack.Place(s); ok && p.pending != "" {
		*p.frames = append(*p.frames, stack.Frame{Func: p.pending, File: file, Line: line})
		p.pending = ""
		return
	}
	// A note such as "[failed to restore the stack]" stays pending and is dropped.
	p.pending, _ = stack.SplitCall(strings.TrimSpace(s))
}

func (p *raceParser) endSection() {
	for _, a := range p.started {
		a.Created = *p.frames
	}
	p.frames, p.started, p.pending = nil, nil, ""
}

func (p *raceParser) end() {
	p.endSection()
	if p.sides > 0 {
		p.race.Count = 1
		p.races = append(p.races, p.race)
	}
	p.report, p.race, p.sides = false, Race{}, 0
}

// distinct joins the races between the same two lines. The first report of each stays.
func (o Options) distinct(all []Race) []Race {
	index := map[[2]string]int{}
	var races []Race
	for _, r := range all {
		key := [2]string{o.accessPlace(r.Accesses[0]), o.accessPlace(r.Accesses[1])}
		if key[0] > key[1] {
			key[0], key[1] = key[1], key[0]
		}
		if i, known := index[key]; known {
			races[i].Count += r.Count
			continue
		}
		index[key] = len(races)
		races = append(races, r)
	}
	return races
}

// pick is the frame of a stack to show: the innermost in a cell, else the innermost outside runtime and kernel.
func (o Options) pick(frames []stack.Frame) (f stack.Frame, inCell bool) {
	for _, f := range frames {
		if o.line(f.File, f.Line) != "" {
			return f, true
		}
	}
	for _, f := range frames {
		if !stack.InRuntime(f) && !o.hide(f.Func) {
			return f, false
		}
	}
	return stack.Frame{}, false
}

// accessPlace names the line of an access.
func (o Options) accessPlace(a Access) string {
	f, _ := o.pick(a.Stack)
	if f.Func == "" {
		return "an unknown line"
	}
	return o.place(f.File, f.Line)
}

// deeds explain an access that the runtime did for a statement of the cell, by the beginning of the runtime's function.
var deeds = []struct{ prefix, deed string }{
	{"runtime.mapassign", "assigns to a map"},
	{"runtime.mapaccess", "looks up in a map"},
	{"runtime.mapdelete", "deletes from a map"},
	{"runtime.mapIter", "ranges over a map"},
	{"runtime.mapiter", "ranges over a map"},
	{"runtime.mapclear", "clears a map"},
	{"runtime.growslice", "appends to a slice"},
	{"runtime.slicecopy", "copies a slice"},
	{"runtime.chansend", "sends on a channel"},
	{"runtime.closechan", "closes a channel"},
	{"runtime.slicebytetostring", "makes a string of bytes"},
}

// deed says what the access does beyond reading or writing; "" for plain memory.
func (a Access) deed() string {
	if len(a.Stack) == 0 {
		return ""
	}
	for _, d := range deeds {
		if strings.HasPrefix(a.Stack[0].Func, d.prefix) {
			return d.deed
		}
	}
	return ""
}

// who names the goroutine of an access and where it was started.
func (o Options) who(a Access) string {
	if a.Goroutine == 0 {
		return "the main goroutine"
	}
	name := fmt.Sprintf("goroutine %d", a.Goroutine)
	if a.Finished {
		name += ", which has ended"
	}
	if len(a.Created) == 0 {
		return name
	}
	f, inCell := o.pick(a.Created)
	switch starter := a.Created[0].Func; {
	case f.Func == "" && o.hide(starter):
		return "the goroutine of " + o.cell() + " itself"
	case f.Func == "":
		return name + ", started by " + o.name(starter)
	case strings.HasPrefix(starter, "sync."): // whose calls the detector does not record: f called what called it
		return name + ", started by " + o.name(starter) + " in a function called at " + o.place(f.File, f.Line)
	}
	name += ", started at " + o.place(f.File, f.Line)
	if source := o.source(f.File, f.Line); inCell && source != "" {
		name += "  " + source
	}
	return name
}

// path lists the calls within cells that led to an access, from its own function outwards.
func (o Options) path(a Access) string {
	var calls []string
	for _, f := range a.Stack {
		line := o.line(f.File, f.Line)
		switch {
		case line == "":
		case len(calls) == 0:
			calls = append(calls, "in "+o.name(f.Func))
		default:
			calls = append(calls, "called at "+line)
		}
	}
	if calls == nil {
		if f, _ := o.pick(a.Stack); f.Func != "" {
			calls = append(calls, "in "+o.name(f.Func))
		}
	}
	if deed := a.deed(); deed != "" {
		calls = append(calls, deed)
	}
	return strings.Join(calls, ", ")
}

func (o Options) raceTitle(r Race) string {
	first, second := o.accessPlace(r.Accesses[0]), o.accessPlace(r.Accesses[1])
	title := first + " and " + second
	if first == second {
		title = first + " in two goroutines"
	}
	if r.Count > 1 {
		title += fmt.Sprintf(", seen %d times", r.Count)
	}
	return title
}

func (o Options) raceText(b *strings.Builder, number int, r Race) {
	fmt.Fprintf(b, "\n%d. %s\n", number, o.raceTitle(r))
	for _, a := range r.Accesses {
		if a.Kind == "" {
			continue
		}
		fmt.Fprintf(b, "   %-5s  %s", a.Kind, o.accessPlace(a))
		if path := o.path(a); path != "" {
			b.WriteString("  " + path)
		}
		b.WriteString("\n")
		if f, _ := o.pick(a.Stack); o.source(f.File, f.Line) != "" {
			b.WriteString("              " + o.source(f.File, f.Line) + "\n")
		}
		b.WriteString("          by " + o.who(a) + "\n")
	}
}

// kindColors mark what an access does.
var kindColors = map[string]string{"read": "#2f74c0", "write": "#c8322b"}

func (o Options) raceHTML(b *strings.Builder, number int, r Race) {
	fmt.Fprintf(b, `<div class="wp-race"><h4>%d. %s</h4>`, number, markup.Escape(o.raceTitle(r)))
	for _, a := range r.Accesses {
		if a.Kind == "" {
			continue
		}
		fmt.Fprintf(b, `<div class="wp-access"><span class="wp-kind" style="background:%s">%s</span><code><strong>%s</strong></code> <span class="wp-by">%s</span>`,
			kindColors[a.Kind], a.Kind, markup.Escape(o.accessPlace(a)), markup.Escape(o.path(a)))
		f, _ := o.pick(a.Stack)
		if source := o.source(f.File, f.Line); source != "" {
			fmt.Fprintf(b, `<code class="wp-line">%s</code>`, markup.Escape(source))
		}
		fmt.Fprintf(b, `<div class="wp-by">by %s</div></div>`, markup.Escape(o.who(a)))
	}
	b.WriteString("</div>")
}
