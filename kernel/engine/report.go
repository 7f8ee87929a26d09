package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
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
	case errors.As(err, &command) && len(cell.FromCompiler(command.Output)) > 0:
		return e.compileError(cell.FromCompiler(command.Output))
	case errors.As(err, &command):
		text := e.relabel(command.Error())
		return &CellError{Name: "compile error", Value: firstLine(text), Traceback: strings.Split(text, "\n")}
	}
	text := e.relabel(err.Error())
	return &CellError{Name: "kernel error", Value: firstLine(text), Traceback: strings.Split(text, "\n")}
}

// unready is the error of every cell in a session that could not be made ready: no fault of the cell's.
func unready(err error) *CellError {
	name := "workspace error"
	if _, ok := errors.AsType[*build.ToolchainError](err); ok {
		name = "no Go toolchain"
	}
	text := strings.TrimSpace(err.Error())
	lines := strings.Split(red+name+normal+": "+text, "\n")
	return &CellError{Name: name, Value: firstLine(text), Traceback: append(lines, "", bold+unreadyHint+normal)}
}

const unreadyHint = "No cell can run until this is mended. The command warren doctor, in a terminal, tells what this machine lacks; then restart the kernel."

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

// SourceError is the error of a cell in which something else than the Go compiler found mistakes: each is shown with its line
// of the source. The errors' File is not used.
func (e *Engine) SourceError(source string, count int, errs cell.Errors) *CellError {
	label := fmt.Sprintf("cell[%d]", count)
	e.mu.Lock()
	e.sources[label] = source
	e.mu.Unlock()
	named := make(cell.Errors, len(errs))
	for i, one := range errs {
		named[i] = &cell.Error{File: label, Line: one.Line, Col: one.Col, Message: one.Message}
	}
	return e.compileError(named)
}

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
		message := strings.Split(e.relabel(one.Message), "\n")
		lines = append(lines, fmt.Sprintf("%s%s:%d:%d:%s %s", green, label, one.Line, one.Col, normal, message[0]))
		lines = append(lines, message[1:]...)
		if text, ok := e.line(label, one.Line); ok {
			lines = append(lines, "    "+strings.ReplaceAll(text, "\t", "    "), "    "+strings.Repeat(" ", column(text, one.Col))+red+"^"+normal)
		}
	}
	first := errs[0]
	return &CellError{
		Name:      "compile error",
		Value:     fmt.Sprintf("%s:%d:%d: %s", e.label(first.File), first.Line, first.Col, firstLine(e.relabel(first.Message))),
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
	"error":       {"error", ""},
	"interrupted": {"interrupted", "the cell was stopped; variables keep their values"},
	"left":        {"interrupted", "the cell was left where it waits; variables keep their values"},
	"abandoned": {"interrupted", "the cell was left where it could not be stopped, and goes on using a processor; variables keep their values. " +
		"Interrupt again to end it with the worker process, and so with all values"},
	"outlived": {"interrupted", "the cell was stopped, but %s; variables keep their values. " +
		"Interrupt again to end that with the worker process, and so with all values"},
	"deadlock": {"deadlock", "all goroutines wait for each other, and nothing can wake them; the cell was ended, variables keep their values"},
}

// failure describes how a run failed.
func (e *Engine) failure(f *proto.Failure) *CellError {
	title := titles[f.Kind]
	value := f.Value
	switch {
	case value == "":
		value = title.value
	case strings.Contains(title.value, "%s"):
		value = fmt.Sprintf(title.value, value)
	}
	err := &CellError{Name: cmp.Or(f.Name, title.name), Value: firstLine(value), Message: value}
	kind := err.Name
	if f.Goroutine {
		kind += " in a goroutine"
	}
	cause := stack.Cause{Kind: kind, Message: value}
	if gs := ofCells(f.Stack); len(gs) > 1 || f.Kind == "deadlock" {
		err.Traceback = append(e.causeLines(cause), e.places(gs)...)
	} else {
		err.Traceback = e.traceback(cause, f.Stack)
	}
	return err
}

// causeLines is a traceback without calls.
func (e *Engine) causeLines(c stack.Cause) []string {
	return e.lines(stack.Format(c, stack.Goroutine{}, e.style()))
}

// traceback renders the stack of the goroutine that failed.
func (e *Engine) traceback(c stack.Cause, text string) []string {
	d := stack.Parse(text)
	if len(d.Goroutines) == 0 {
		return e.causeLines(c)
	}
	return e.lines(stack.Format(c, plain(d.Goroutines[0]), e.style()))
}

// plain hides what the user has no part in: that the worker started the cell's own goroutine, and its number.
func plain(g stack.Goroutine) stack.Goroutine {
	if !stack.InCell(g.Created) {
		g.ID, g.Created, g.Creator = 0, stack.Frame{}, 0
	}
	return g
}

// ofCells returns the goroutines of a dump that are in a cell, or were started there.
func ofCells(text string) []stack.Goroutine {
	var mine []stack.Goroutine
	for _, g := range stack.Parse(text).Goroutines {
		if inCell(g) || stack.InCell(g.Created) {
			mine = append(mine, g)
		}
	}
	return mine
}

// places says where goroutines are: one line for all at one place, with its source.
func (e *Engine) places(gs []stack.Goroutine) []string {
	var lines []string
	for i, line := range stack.Summary(gs) {
		if i == mostPlaces {
			return append(lines, "…")
		}
		lines = append(lines, e.relabel(line))
		if m := atLine.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[2]) // digits; a number too large names no line
			if text, ok := e.line(m[1], n); ok {
				lines = append(lines, "    "+strings.ReplaceAll(strings.TrimSpace(text), "\t", "    "))
			}
		}
	}
	return lines
}

const mostPlaces = 20

// atLine is the end of a line of stack.Summary.
var atLine = regexp.MustCompile(`(cell\[\d+\]):(\d+)$`)

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
		strings.HasPrefix(f.Func, build.Module+"/opencl.Source.") || strings.HasPrefix(f.Func, build.Module+"/parlib/mpi.guarded") || f.Func == build.Module+"/parlib/mpi.Main" || strings.HasPrefix(f.File, "warren") || f.Func == "panic" || f.Func == "runtime.goexit" || strings.HasPrefix(f.Func, "runtime/debug.")
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

// fates say why the front ended a worker.
var fates = map[fate]string{
	fateClosed:      "the session was closed or restarted",
	fateInterrupted: "it was ended by a second interrupt, since the cell did not stop",
	fateStuck:       "it was ended, since the cell could neither be stopped nor left behind",
}

// hints say what to do about a cause that contains a text.
var hints = []struct{ cause, hint string }{
	{"stack overflow", "A function calls itself without end, or far too deep."},
	{"concurrent map", "Goroutines used a map at the same time: guard it with a sync.Mutex, or use a sync.Map. %race finds such places."},
	{"unlock of unlocked", "A mutex was unlocked that nobody had locked."},
	{"out of memory", "The cell asked for more memory than this machine has."},
	{"cannot allocate memory", "The cell asked for more memory than this machine has."},
	{"SIGSEGV", "C code, or code that uses package unsafe, touched memory that is not its own."},
	{"fault address", "C code, or code that uses package unsafe, touched memory that is not its own."},
	{"SIGABRT", "C code gave up: it called abort, or the C library found its memory damaged."},
	{"SIGFPE", "C code divided by zero."},
	{"netpoll failed", "The cell closed file descriptors that the Go runtime itself uses."},
	{"signal 9", "Most likely the system ran out of memory, or somebody ended it by hand."},
	{"exited with status", "A library called os.Exit, C code called exit, or the cell closed file descriptors it had not opened. In cells os.Exit and log.Fatal end the cell only."},
}

// workerDied is the name of the error of a cell or a call in which the worker died.
const workerDied = "worker died"

// deathReport says why a worker died and what is lost: the values of the variables gone. The caller holds e.mu.
func (e *Engine) deathReport(p *process, gone []string) *CellError {
	d := stack.Parse(p.lastWords())
	cause := fates[p.fate()]
	if cause == "" {
		cause = d.Cause.String()
	}
	if cause == "" {
		cause = exitText(p.status)
	}
	err := &CellError{Name: workerDied, Value: firstLine(cause)}
	err.Traceback = []string{red + err.Name + normal + ": " + cause}
	if p.fate() == 0 {
		ran := e.ranOpenCL(p)
		if len(ran) == 0 {
			ran = hint(cause + " " + d.Cause.Signal)
		}
		err.Traceback = append(err.Traceback, ran...)
		err.Traceback = append(err.Traceback, e.lastPlace(d)...)
	}
	if n := len(err.Traceback); err.Traceback[n-1] != "" {
		err.Traceback = append(err.Traceback, "")
	}
	err.Traceback = append(err.Traceback, bold+loss(gone)+normal)
	return err
}

func hint(cause string) []string {
	for _, h := range hints {
		if strings.Contains(cause, h.cause) {
			return []string{h.hint}
		}
	}
	return nil
}

// lastPlace shows where the first goroutine of a dump was that is in a cell: the runtime prints the one that failed first.
func (e *Engine) lastPlace(d stack.Dump) []string {
	i := slices.IndexFunc(d.Goroutines, inCell)
	if i < 0 || d.Cause.Kind == "" {
		return nil
	}
	style := e.style()
	style.Source, style.Frames = e.lineLocked, 12
	lines := append([]string{""}, stack.Format(stack.Cause{}, plain(d.Goroutines[i]), style)...)
	for i := range lines {
		lines[i] = e.relabelLocked(lines[i])
	}
	return lines
}

// relabelLocked is relabel for callers that hold e.mu.
func (e *Engine) relabelLocked(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(s string) string { return cmp.Or(e.labels[s], s) })
}

// loss says what died with a worker.
func loss(gone []string) string {
	const most = 20
	kept := "A new worker process runs. Functions, types and imports are still there"
	switch n := len(gone); {
	case n == 0:
		return kept + "; there was no variable to lose."
	case n > most:
		gone = append(slices.Clone(gone[:most]), fmt.Sprintf("and %d more", n-most))
	}
	if len(gone) == 1 {
		return kept + "; lost is the value of " + gone[0] + ". Run the cell that makes it again."
	}
	return kept + "; lost are the values of " + strings.Join(gone, ", ") + ". Run the cells that make them again."
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
		return "it exited with status 0"
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled() && status.Signal() == syscall.SIGKILL:
		return "it was killed (signal 9)"
	case ok && status.Signaled():
		return fmt.Sprintf("it was ended by signal %d (%s)", status.Signal(), status.Signal())
	}
	return "it exited with status " + fmt.Sprint(exit.ExitCode())
}
