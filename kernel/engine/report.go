package engine

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"

	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/cell"
	"github.com/warren-go/warren/kernel/proto"
	"github.com/warren-go/warren/kernel/stack"
)

// explain turns an error on the way to running a cell into what the user reads.
func (e *Engine) explain(err error) error {
	var known *CellError
	var source cell.Errors
	var command *build.CommandError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &source):
		return e.compileError(source)
	case errors.Is(err, context.Canceled):
		return &CellError{Name: "interrupted", Value: "interrupted while it was compiled", Traceback: []string{"interrupted while it was compiled"}}
	case errors.As(err, &command):
		text := e.relabel(command.Error())
		return &CellError{Name: "compile error", Value: firstLine(text), Traceback: strings.Split(text, "\n")}
	}
	text := e.relabel(err.Error())
	return &CellError{Name: "kernel error", Value: firstLine(text), Traceback: strings.Split(text, "\n")}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// relabel puts the names of cells in place of their placeholders.
func (e *Engine) relabel(text string) string {
	return placeholder.ReplaceAllStringFunc(text, e.label)
}

const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	bold   = "\x1b[1m"
	normal = "\x1b[0m"
)

// compileError shows each complaint with its line.
func (e *Engine) compileError(errs cell.Errors) *CellError {
	const most = 10
	var lines []string
	for i, one := range errs {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d more", len(errs)-most))
			break
		}
		label := e.label(one.File)
		lines = append(lines, fmt.Sprintf("%s%s:%d:%d:%s %s", green, label, one.Line, one.Col, normal, e.relabel(one.Message)))
		if text, ok := e.line(label, one.Line); ok {
			lines = append(lines, "    "+strings.ReplaceAll(text, "\t", "    "), "    "+strings.Repeat(" ", column(text, one.Col))+red+"^"+normal)
		}
	}
	first := errs[0]
	return &CellError{
		Name:      "compile error",
		Value:     fmt.Sprintf("%s:%d:%d: %s", e.label(first.File), first.Line, first.Col, e.relabel(first.Message)),
		Traceback: lines,
	}
}

// column returns how many character cells stand before a byte column, with tabs shown as four.
func column(text string, col int) int {
	before := text[:max(0, min(col-1, len(text)))]
	return len([]rune(strings.ReplaceAll(before, "\t", "    ")))
}

// line returns a line of a cell by the cell's label.
func (e *Engine) line(label string, n int) (string, bool) {
	e.mu.Lock()
	text, ok := e.sources[label]
	e.mu.Unlock()
	lines := strings.Split(text, "\n")
	if !ok || n < 1 || n > len(lines) {
		return "", false
	}
	return lines[n-1], true
}

// titles say in words how a run failed.
var titles = map[string]struct{ name, value string }{
	"panic":       {"panic", ""},
	"exit":        {"exit", ""},
	"interrupted": {"interrupted", "the cell was interrupted; variables keep their values"},
	"abandoned":   {"interrupted", "the cell was interrupted but did not stop: it was left behind and may go on using a processor. Interrupt again to restart the worker"},
	"deadlock":    {"deadlock", "all goroutines of the cell wait for each other, and nothing can wake them"},
}

// failure describes how a run failed.
func (e *Engine) failure(f *proto.Failure) *CellError {
	title := titles[f.Kind]
	value := f.Value
	if value == "" {
		value = title.value
	}
	err := &CellError{Name: title.name, Value: firstLine(value)}
	switch f.Kind {
	case "panic", "exit":
		kind := f.Kind
		if f.Goroutine {
			kind += " in a goroutine"
		}
		err.Traceback = e.traceback(stack.Cause{Kind: kind, Message: value}, f.Stack)
	case "deadlock", "abandoned":
		err.Traceback = append([]string{red + err.Name + normal + ": " + value}, e.whereabouts(f.Stack)...)
	default:
		err.Traceback = []string{red + err.Name + normal + ": " + value}
	}
	return err
}

// traceback renders the stack of the goroutine that failed.
func (e *Engine) traceback(c stack.Cause, text string) []string {
	d := stack.Parse(text)
	if len(d.Goroutines) == 0 {
		return []string{c.String()}
	}
	g := d.Goroutines[0]
	if _, ok := g.Created.Cell(); !ok {
		g.Created, g.Creator = stack.Frame{}, 0
	}
	return e.lines(stack.Format(c, g, e.style()))
}

// whereabouts says where the goroutines of cells are.
func (e *Engine) whereabouts(text string) []string {
	var mine []stack.Goroutine
	for _, g := range stack.Parse(text).Goroutines {
		for _, f := range g.Frames {
			if _, ok := f.Cell(); ok {
				mine = append(mine, g)
				break
			}
		}
	}
	return e.lines(stack.Summary(mine))
}

func (e *Engine) lines(lines []string) []string {
	for i := range lines {
		lines[i] = e.relabel(lines[i])
	}
	return lines
}

func (e *Engine) style() stack.Style {
	return stack.Style{Color: true, Context: 2, Source: e.line, Name: PlainName, Hide: hidden}
}

// hidden tells whether a frame is the kernel's own plumbing.
func hidden(f stack.Frame) bool {
	return strings.HasPrefix(f.Func, build.Module+"/kernel/rt.") || strings.HasPrefix(f.Func, build.Module+"/kernel/worker.") ||
		strings.HasPrefix(f.File, "warren") || f.Func == "panic" || strings.HasPrefix(f.Func, "runtime/debug.")
}

// PlainName gives a function of a cell the name its author knows.
func PlainName(name string) string {
	if rest, ok := strings.CutPrefix(name, "warren.cell/"); ok {
		if i := strings.IndexByte(rest, '.'); i >= 0 {
			name = "main." + rest[i+1:]
		}
	}
	name = strings.ReplaceAll(name, cell.Mark, "")
	name = strings.TrimPrefix(name, "main.")
	if rest, ok := strings.CutPrefix(name, "ꞏrun"); ok {
		name = "cell" + rest
	}
	return strings.ReplaceAll(name, "ꞏ", "")
}

// deathReport says why the worker died and what is lost.
func (e *Engine) deathReport(words string, status error, gone []string, stopped bool) *CellError {
	d := stack.Parse(words)
	cause := d.Cause.String()
	switch {
	case stopped:
		cause = "the worker was ended by a second interrupt"
	case cause == "":
		cause = "the worker process ended: " + exitText(status)
	}
	loss := "Functions, types and imports are still there; no variable had a value to lose."
	if len(gone) > 0 {
		loss = "A new worker runs. Functions, types and imports are still there; lost are the values of " + strings.Join(gone, ", ") + "."
	}
	err := &CellError{Name: "worker died", Value: firstLine(cause)}
	err.Traceback = append(err.Traceback, red+"worker died"+normal+": "+cause)
	if d.Cause.Kind != "" && len(d.Goroutines) > 0 && !stopped {
		for _, g := range d.Goroutines {
			if inCell(g) {
				err.Traceback = append(err.Traceback, stack.Format(stack.Cause{}, g, stack.Style{Color: true, Context: 2, Source: e.lineLocked, Name: PlainName, Hide: hidden})...)
				break
			}
		}
	}
	err.Traceback = append(err.Traceback, "", bold+loss+normal)
	return err
}

func inCell(g stack.Goroutine) bool {
	for _, f := range g.Frames {
		if _, ok := f.Cell(); ok {
			return true
		}
	}
	return false
}

// lineLocked is line for callers that hold e.mu.
func (e *Engine) lineLocked(label string, n int) (string, bool) {
	lines := strings.Split(e.sources[label], "\n")
	if n < 1 || n > len(lines) {
		return "", false
	}
	return lines[n-1], true
}

// exitText says how a process ended.
func exitText(err error) string {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return "it exited by itself"
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled() && status.Signal() == syscall.SIGKILL:
		return "it was killed (signal 9), perhaps by the system because memory ran out"
	case ok && status.Signaled():
		return "it was ended by signal " + status.Signal().String()
	}
	return "it exited with status " + fmt.Sprint(exit.ExitCode())
}
