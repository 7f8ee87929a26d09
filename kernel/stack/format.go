package stack

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Style says how Format draws. The zero Style is plain text with full names and no source.
type Style struct {
	// Color adds ANSI colours.
	Color bool
	// Name shortens a function's full name; nil leaves it.
	Name func(string) string
	// Hide leaves out frames of the kernel's own plumbing; nil hides none. Frames of the runtime above the line that
	// failed are always left out.
	Hide func(Frame) bool
	// Source returns a line's text, for as many lines around a cell frame as Context says; nil shows none.
	Source func(file string, line int) (string, bool)
	// Context is the number of source lines shown before and after the line that failed.
	Context int
	// Frames is the most frames shown, 0 for 32; of longer stacks the middle is left out.
	Frames int
}

// ANSI colours of the parts of a traceback, the ones IPython uses.
const (
	reset  = "\x1b[0m"
	red    = "\x1b[1;31m"
	green  = "\x1b[0;32m"
	cyan   = "\x1b[0;36m"
	yellow = "\x1b[0;33m"
	dim    = "\x1b[2m"
)

const framesShown = 32

// Format renders a crash as a traceback, one element a line, in the manner of IPython: the message, then the calls from
// the innermost outwards. Lines of cells come with their source, lines of libraries dimmed and without. The message may
// be the zero Cause for a goroutine that is only stuck.
//
//	panic: runtime error: index out of range [5] with length 3
//
//	cell[7]:3 in pick
//	      2 |     a := []int{1, 2, 3}
//	----> 3 |     return a[i]
//	      4 | }
//
//	goroutine 8 [running], started by goroutine 1 at cell[8]:1
func Format(c Cause, g Goroutine, s Style) []string {
	w := writer{style: s}
	if c.Kind != "" || c.Message != "" {
		w.message(c)
	}
	for _, f := range w.visible(g.Frames) {
		w.frame(f)
	}
	w.goroutine(g)
	return w.lines
}

// writer collects the lines of one traceback.
type writer struct {
	style Style
	lines []string
}

func (w *writer) add(line string) { w.lines = append(w.lines, line) }

// paint puts a colour around text, if the style has colours.
func (w *writer) paint(color, text string) string {
	if !w.style.Color || text == "" {
		return text
	}
	return color + text + reset
}

func (w *writer) message(c Cause) {
	for i, line := range strings.Split(c.Message, "\n") {
		// Front ends draw each line for itself, so a colour must not run over a line's end.
		if i == 0 && c.Kind != "" {
			line = w.paint(red, c.Kind) + ": " + line
		}
		w.add(line)
	}
	if c.Signal != "" {
		w.add(w.paint(dim, c.Signal))
	}
	w.add("")
}

// call is a frame to show, or with no function a note on frames left out.
type call struct {
	Frame
	note string
}

// visible drops the runtime's frames above the failing line, what the style hides, the repetitions of a recursion, and
// the middle of what is still long.
func (w *writer) visible(frames []Frame) []call {
	var kept []Frame
	for _, f := range w.trimPanic(frames) {
		if !w.hidden(f) {
			kept = append(kept, f)
		}
	}
	calls := fold(kept)
	most := w.style.Frames
	if most <= 0 {
		most = framesShown
	}
	if len(calls) <= most {
		return calls
	}
	head, tail := (most+1)/2, most/2
	left := 0
	for _, c := range calls[head : len(calls)-tail] {
		if c.note == "" {
			left++
		}
	}
	short := append([]call{}, calls[:head]...)
	short = append(short, call{note: fmt.Sprintf("… %d more frames …", left)})
	return append(short, calls[len(calls)-tail:]...)
}

// A recursion goes round through up to cycle functions; it is folded when it does so more than twice.
const cycle, rounds = 4, 3

// fold replaces what is repeated in a recursion by a note.
func fold(frames []Frame) []call {
	var calls []call
	for len(frames) > 0 {
		period, n := repeats(frames)
		for _, f := range frames[:period] {
			calls = append(calls, call{Frame: f})
		}
		switch {
		case n > 1 && period == 1:
			calls = append(calls, call{note: fmt.Sprintf("… and the same call %d more times …", n-1)})
		case n > 1:
			calls = append(calls, call{note: fmt.Sprintf("… and the same %d calls %d more times …", period, n-1)})
		}
		frames = frames[period*n:]
	}
	return calls
}

// repeats returns how many frames at the start are repeated how often; 1 and 1 when none are.
func repeats(frames []Frame) (period, n int) {
	same := func(a, b Frame) bool { return a.Func == b.Func && a.File == b.File && a.Line == b.Line }
	for period = 1; period <= cycle; period++ {
		n = 1
		for (n+1)*period <= len(frames) && slices.EqualFunc(frames[:period], frames[n*period:(n+1)*period], same) {
			n++
		}
		if n >= rounds {
			return period, n
		}
	}
	return 1, 1
}

// trimPanic removes what lies on top of the line that failed. A dump taken in a deferred call begins with that call (it
// is the runtime's or hidden) down to the innermost panic; below it come the runtime functions that raised the panic.
// The dump of a dying program begins at the failing line, and a panic further out is the one that came before.
func (w *writer) trimPanic(frames []Frame) []Frame {
	first := 0
	if len(frames) > 0 && (InRuntime(frames[0]) || w.hidden(frames[0])) {
		first = 1 + slices.IndexFunc(frames, func(f Frame) bool { return raises[f.Func] })
	}
	for first < len(frames) && InRuntime(frames[first]) {
		first++
	}
	if first == len(frames) {
		return frames
	}
	return frames[first:]
}

func (w *writer) hidden(f Frame) bool { return w.style.Hide != nil && w.style.Hide(f) }

// raises holds the runtime's functions that begin a crash.
var raises = map[string]bool{"panic": true, "runtime.gopanic": true, "runtime.throw": true, "runtime.fatal": true}

func (w *writer) frame(f call) {
	if f.note != "" {
		w.add(w.paint(dim, f.note))
		w.add("")
		return
	}
	name := f.Func
	if w.style.Name != nil {
		name = w.style.Name(name)
	}
	if !InCell(f.Frame) {
		w.add(w.paint(dim, f.Location()+" in "+name))
		return
	}
	// A cell frame stands apart from the one-line library frames above it.
	if n := len(w.lines); n > 0 && w.lines[n-1] != "" {
		w.add("")
	}
	w.add(w.paint(green, f.Location()) + " in " + w.paint(cyan, name))
	w.source(f.Frame)
	w.add("")
}

// source shows the lines around a frame, the frame's own with an arrow.
func (w *writer) source(f Frame) {
	if w.style.Source == nil {
		return
	}
	for n := max(1, f.Line-w.style.Context); n <= f.Line+w.style.Context; n++ {
		text, ok := w.style.Source(f.File, n)
		if !ok {
			continue
		}
		text = strings.TrimRight(strings.ReplaceAll(text, "\t", "    "), " \r\n")
		if n == f.Line {
			number := strconv.Itoa(n)
			arrow := strings.Repeat("-", max(1, 5-len(number))) + "> " + number
			w.add(w.paint(yellow, arrow) + " | " + text)
			continue
		}
		w.add(w.paint(dim, fmt.Sprintf("%7d |", n)) + " " + text)
	}
}

// goroutine closes the traceback with the goroutine and where it came from.
func (w *writer) goroutine(g Goroutine) {
	if g.ID == 0 {
		return
	}
	if n := len(w.lines); n > 0 && w.lines[n-1] != "" {
		w.add("")
	}
	line := fmt.Sprintf("goroutine %d %s", g.ID, g.bracket())
	if g.Created.Func != "" {
		line += ", started"
		if g.Creator != 0 {
			line += fmt.Sprintf(" by goroutine %d", g.Creator)
		}
		line += " at " + g.Created.Location()
	}
	w.add(w.paint(dim, line))
}
