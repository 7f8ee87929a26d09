// Package stack reads goroutine dumps: the text of runtime.Stack, of debug.PrintStack and of a dying Go program.
//
// The worker uses it to report panics, the engine to say why a worker died and where a deadlocked cell is stuck.
// A dump is plain text made for people, with no grammar promised; Parse follows what runtime/traceback.go,
// runtime/panic.go and runtime/proc.go of Go 1.26 print, and skips lines it does not know. It never fails.
package stack

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Dump is a parsed goroutine dump.
type Dump struct {
	// Cause says why the program stopped; its Kind is empty when the text holds no crash message.
	Cause      Cause
	Goroutines []Goroutine
}

// Cause is the crash message that stands before the goroutines.
type Cause struct {
	// Kind is "panic", "fatal error" or the name of a signal such as "SIGSEGV"; "" if nothing crashed.
	Kind string
	// Message is what follows the kind, without it. It has several lines when the panic value has, or when one panic
	// followed another ("first [recovered]\npanic: second").
	Message string
	// Signal is the bracketed signal line of a panic caused by the hardware, for instance
	// "signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x49e6c6".
	Signal string
}

// String is the message as Go prints it, "panic: …", on as many lines.
func (c Cause) String() string {
	if c.Kind == "" {
		return c.Message
	}
	return c.Kind + ": " + c.Message
}

// Goroutine is one goroutine of a dump.
type Goroutine struct {
	ID int64
	// State is what the goroutine does or waits for: "running", "chan receive", "select (no cases)", "sync.Mutex.Lock"…
	State string
	// Wait is how long it has been blocked. The runtime counts whole minutes and says nothing below one.
	Wait time.Duration
	// Locked is set for a goroutine locked to its thread.
	Locked bool
	// Frames lead from the innermost call outwards.
	Frames []Frame
	// Elided is set where the runtime left out frames of a deep stack.
	Elided bool
	// Created is the go statement that started it, with the function that ran it. Zero for the main goroutine.
	Created Frame
	// Creator is the goroutine that ran that statement, or 0 if the dump does not say.
	Creator int64
}

// Frame is one call: function, and the line it has reached.
type Frame struct {
	// Func is the full name, "example.com/p.(*T).Method" or "main.main.func1", without arguments.
	Func string
	// Args is the text between the parentheses: raw words in hexadecimal, "..." for an inlined call.
	Args string
	// File is as the compiler recorded it: a path, or "cell[7]" by way of a //line directive.
	File string
	Line int
}

// Cell names the notebook cell that the frame's line belongs to ("cell[7]"), and says whether there is one.
func (f Frame) Cell() (string, bool) {
	// The compiler joins the relative name of a //line directive to a directory, unless it was told to trim it.
	base := path.Base(f.File)
	inner, ok := strings.CutPrefix(base, "cell[")
	if !ok || !strings.HasSuffix(inner, "]") || len(inner) < 2 {
		return "", false
	}
	return base, true
}

// Location is "cell[7]:3" for a line of a cell, "path/file.go:12" otherwise, and "" if the frame has no file.
func (f Frame) Location() string {
	if f.File == "" {
		return ""
	}
	file := f.File
	if cell, ok := f.Cell(); ok {
		file = cell
	}
	return file + ":" + strconv.Itoa(f.Line)
}

// FirstCell is the innermost frame that lies in a cell.
func (g Goroutine) FirstCell() (Frame, bool) {
	for _, f := range g.Frames {
		if _, ok := f.Cell(); ok {
			return f, true
		}
	}
	return Frame{}, false
}

// Keep returns the frames for which keep is true, in order.
func (g Goroutine) Keep(keep func(Frame) bool) []Frame {
	var kept []Frame
	for _, f := range g.Frames {
		if keep(f) {
			kept = append(kept, f)
		}
	}
	return kept
}

// InCell is the predicate for Keep that leaves lines of cells only.
func InCell(f Frame) bool {
	_, ok := f.Cell()
	return ok
}

// Where is the line of a goroutine to show first: its innermost line in a cell, else the cell line that started it,
// else its innermost line outside the runtime. It is "" for a goroutine without frames.
func (g Goroutine) Where() string {
	if f, ok := g.FirstCell(); ok {
		return f.Location()
	}
	if InCell(g.Created) {
		return "started at " + g.Created.Location()
	}
	for _, f := range g.Frames {
		if !InRuntime(f) {
			return f.Location()
		}
	}
	if len(g.Frames) > 0 {
		return g.Frames[0].Location()
	}
	return ""
}

// InRuntime reports whether a frame belongs to the Go runtime, or to the machinery of package sync and internal packages
// below which a blocked goroutine disappears.
func InRuntime(f Frame) bool {
	for _, p := range []string{"runtime.", "internal/", "runtime/", "sync.", "panic"} {
		if strings.HasPrefix(f.Func, p) {
			return true
		}
	}
	return false
}

// String is one line: "goroutine 12 [chan receive, 3 minutes]: cell[7]:3".
func (g Goroutine) String() string {
	s := fmt.Sprintf("goroutine %d %s", g.ID, g.bracket())
	if where := g.Where(); where != "" {
		s += ": " + where
	}
	return s
}

// bracket is the state as Go prints it, "[chan receive, 3 minutes]".
func (g Goroutine) bracket() string {
	s := g.State
	if g.Wait > 0 {
		s += fmt.Sprintf(", %d minutes", int(g.Wait/time.Minute))
	}
	if g.Locked {
		s += ", locked to thread"
	}
	return "[" + s + "]"
}

// Summary says where goroutines are, one line for all that are in one state at one place, in the order of their first:
//
//	goroutine 12 [chan receive]: cell[7]:3
//	goroutines 13, 14, 15 and 97 more [sync.Mutex.Lock]: cell[7]:9
func Summary(gs []Goroutine) []string {
	type place struct{ state, where string }
	var order []place
	groups := map[place][]Goroutine{}
	for _, g := range gs {
		p := place{g.bracket(), g.Where()}
		if groups[p] == nil {
			order = append(order, p)
		}
		groups[p] = append(groups[p], g)
	}
	lines := make([]string, 0, len(order))
	for _, p := range order {
		line := ids(groups[p]) + " " + p.state
		if p.where != "" {
			line += ": " + p.where
		}
		lines = append(lines, line)
	}
	return lines
}

// ids lists up to three goroutines by number.
func ids(gs []Goroutine) string {
	const most = 3
	if len(gs) == 1 {
		return fmt.Sprintf("goroutine %d", gs[0].ID)
	}
	var list []string
	for _, g := range gs[:min(most, len(gs))] {
		list = append(list, strconv.FormatInt(g.ID, 10))
	}
	s := "goroutines " + strings.Join(list, ", ")
	if more := len(gs) - most; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

var (
	// goroutine 12 gp=0xc000002380 m=0 mp=0x5b2b40 [chan receive, 3 minutes, locked to thread]:
	headLine = regexp.MustCompile(`^goroutine (\d+)(?: \w+=\w+)* \[([^\]]*)\].*:$`)
	// created by main.main in goroutine 1
	createdLine = regexp.MustCompile(`^created by (.+?)(?: in goroutine (\d+))?$`)
	// <tab>/src/main.go:12 +0x1d fp=0xc00 sp=0xc00 pc=0x49
	placeLine = regexp.MustCompile(`^\s+(.+):(\d+)(?: \+0x[0-9a-f]+)?(?: \w+=\w+)*$`)
	// ...additional frames elided...   ...23 frames elided...
	elidedLine = regexp.MustCompile(`^\.\.\..*frames elided\.\.\.$`)
	waitTime   = regexp.MustCompile(`^(\d+) minutes?$`)
	signalName = regexp.MustCompile(`^(SIG[A-Z]+): (.*)$`)
)

// Parse reads every goroutine and the crash message out of text, which may have other output around them.
func Parse(text string) Dump {
	var p parser
	for line := range strings.Lines(text) {
		p.line(strings.TrimRight(line, "\r\n"))
	}
	p.endGoroutine()
	return p.dump
}

// parser holds what the lines read so far left open.
type parser struct {
	dump    Dump
	current *Goroutine // the goroutine whose frames are being read
	pending *Frame     // a function line that waits for its place line
	created bool       // pending is the go statement, not a call
	message bool       // inside the lines of the crash message
}

func (p *parser) line(s string) {
	if m := headLine.FindStringSubmatch(s); m != nil {
		p.startGoroutine(m[1], m[2])
		return
	}
	if p.current != nil {
		p.frameLine(s)
		return
	}
	p.causeLine(s)
}

func (p *parser) startGoroutine(id, state string) {
	p.endGoroutine()
	p.message = false
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return // a number no runtime prints
	}
	g := &Goroutine{ID: n}
	state, _, _ = strings.Cut(state, " labels:{") // with GODEBUG=tracebacklabels=1
	for i, part := range strings.Split(state, ", ") {
		minutes := waitTime.FindStringSubmatch(part)
		switch {
		case i == 0:
			g.State = part
		case minutes != nil:
			// Atoi fails only for numbers beyond any uptime; the wait is then unknown.
			n, _ := strconv.Atoi(minutes[1])
			g.Wait = time.Duration(n) * time.Minute
		case part == "locked to thread":
			g.Locked = true
		default:
			g.State += ", " + part
		}
	}
	p.current = g
}

func (p *parser) endGoroutine() {
	if p.current != nil {
		p.dump.Goroutines = append(p.dump.Goroutines, *p.current)
	}
	p.current, p.pending, p.created = nil, nil, false
}

// frameLine reads a line below a goroutine's head. A blank line ends the goroutine.
func (p *parser) frameLine(s string) {
	switch {
	case s == "":
		p.endGoroutine()
	case elidedLine.MatchString(s):
		p.current.Elided = true
	case s[0] == '\t' || s[0] == ' ':
		p.placeLine(s)
	default:
		p.funcLine(s)
	}
}

// funcLine remembers a function until the line with its place shows that it was one.
func (p *parser) funcLine(s string) {
	if m := createdLine.FindStringSubmatch(s); m != nil {
		// A missing number leaves the creator unknown, as the field says.
		p.current.Creator, _ = strconv.ParseInt(m[2], 10, 64)
		p.pending, p.created = &Frame{Func: m[1]}, true
		return
	}
	name, args := SplitCall(s)
	p.pending, p.created = &Frame{Func: name, Args: args}, false
}

func (p *parser) placeLine(s string) {
	file, line, ok := Place(s)
	if p.pending == nil || !ok {
		return
	}
	p.pending.File, p.pending.Line = file, line
	if p.created {
		p.current.Created = *p.pending
	} else {
		p.current.Frames = append(p.current.Frames, *p.pending)
	}
	p.pending = nil
}

// SplitCall parts a traceback's function line, "main.(*T).f(0x1, {0x2, ...})", into name and arguments.
func SplitCall(s string) (name, args string) {
	// Arguments hold no parentheses, so the last one opens them; the name of a method may hold some.
	open := strings.LastIndexByte(s, '(')
	if open <= 0 || !strings.HasSuffix(s, ")") {
		return s, ""
	}
	return s[:open], s[open+1 : len(s)-1]
}

// Place reads the indented line below a function, "\t/src/main.go:12 +0x1d"; the race detector prints the same shape.
func Place(s string) (file string, line int, ok bool) {
	m := placeLine.FindStringSubmatch(s)
	if m == nil {
		return "", 0, false
	}
	line, err := strconv.Atoi(m[2])
	if err != nil {
		return "", 0, false
	}
	return m[1], line, true
}

// causeLine reads a line outside goroutines: the first crash message wins, since what follows it is a consequence.
func (p *parser) causeLine(s string) {
	c := &p.dump.Cause
	switch {
	case p.message && s == "":
		p.message = false
	case strings.HasPrefix(s, "[signal "):
		p.message = false
		if c.Kind != "" && c.Signal == "" {
			c.Signal = strings.TrimSuffix(s[1:], "]")
		}
	case p.message:
		// Go 1.18 and later indents the further lines of a message, so that none can pass for another part of the dump.
		c.Message += "\n" + strings.TrimPrefix(s, "\t")
	case c.Kind == "":
		p.startCause(s)
	}
}

func (p *parser) startCause(s string) {
	c := &p.dump.Cause
	for _, kind := range []string{"panic", "fatal error"} {
		if message, ok := strings.CutPrefix(s, kind+": "); ok {
			c.Kind, c.Message, p.message = kind, message, kind == "panic"
			return
		}
	}
	if m := signalName.FindStringSubmatch(s); m != nil {
		c.Kind, c.Message = m[1], m[2]
	}
}
