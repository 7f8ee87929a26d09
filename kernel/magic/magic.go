// Package magic runs cells that hold more than Go: %time, %%writefile, !ls, fmt.Println? and their like. It stands between
// a front end, which hands it the text of a cell, and the engine, which runs Go.
//
// Every magic is a row of one table (see table): its name, how it is used, what it does. Completion, %lsmagic and %help
// read that table too, so a new magic is a new row and its function.
//
// The package knows no Jupyter.
package magic

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	compiler "github.com/warren-go/warren/kernel/cell"
	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/history"
	"github.com/warren-go/warren/kernel/shell"
)

// Options configure an Interpreter. All may be left out; a magic that needs what is missing says so.
type Options struct {
	// RaceEngine makes an engine whose cells are built for the race detector, for %race.
	RaceEngine func() (*engine.Engine, error)
	// History holds the cells of this and of earlier sessions, for %history.
	History *history.History
	// Version is what %version prints of Warren.
	Version string
}

// MagicInfo describes a magic. Name is as it is typed, with its % or %%; Cell tells that it takes the whole cell.
type MagicInfo struct {
	Name, Usage, About string
	Cell               bool
}

// Interpreter runs cells of one session. Execute runs one at a time; the other methods may be called meanwhile.
type Interpreter struct {
	engine *engine.Engine
	opts   Options
	magics []magic
	races  racer
	px     pxState

	mu     sync.Mutex
	cancel context.CancelFunc // ends what a magic of the cell under way does
	ran    []ran              // in order: %race repeats what it needs of it
}

// New returns an interpreter over e, which stays the caller's to close.
func New(e *engine.Engine, opts Options) *Interpreter {
	return &Interpreter{engine: e, opts: opts, magics: table()}
}

// Close ends what the interpreter itself started.
func (m *Interpreter) Close() error { return m.races.close() }

// Names lists all magics, in the order of %lsmagic.
func (m *Interpreter) Names() []MagicInfo {
	var all []MagicInfo
	for _, g := range m.magics {
		all = append(all, g.infos()...)
	}
	return all
}

// Help describes the magic with a name, which may have its % or %%.
func (m *Interpreter) Help(name string) (text string, ok bool) {
	g := m.find(bare(name))
	if g == nil {
		return "", false
	}
	for _, i := range g.infos() {
		text += i.Usage + "\n"
	}
	return text + "\n" + g.about + ".\n", true
}

// bare takes the percent signs off a magic's name, but leaves the names that are nothing else.
func bare(name string) string {
	if b := strings.TrimLeft(name, "%"); b != "" {
		return b
	}
	return name
}

func (m *Interpreter) find(name string) *magic {
	for i := range m.magics {
		if m.magics[i].name == name {
			return &m.magics[i]
		}
	}
	return nil
}

// Interrupt ends what the cell under way does, be it Go or a magic, and keeps the session.
func (m *Interpreter) Interrupt() {
	m.mu.Lock()
	cancel := m.cancel
	m.mu.Unlock()
	m.engine.Interrupt()
	m.races.interrupt()
	if cancel != nil {
		cancel()
	}
}

// Execute runs a cell: its magics and its Go code. count numbers it in messages. The error, if any, is an
// *engine.CellError.
func (m *Interpreter) Execute(ctx context.Context, code string, count int, out engine.Output) error {
	until, stop := context.WithCancel(ctx)
	m.setCancel(stop)
	defer func() {
		m.setCancel(nil)
		stop()
	}()
	c := &execution{Interpreter: m, ctx: ctx, until: until, out: &lockedOutput{out: out}, source: code, count: count}
	err := c.anywhere(code)
	for _, f := range c.atEnd {
		err = errors.Join(err, f())
	}
	return c.failure(err)
}

func (m *Interpreter) setCancel(cancel context.CancelFunc) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cancel = cancel
}

// execution is one run of a cell.
type execution struct {
	*Interpreter
	ctx    context.Context // the cell's own; ended when the kernel ends
	until  context.Context // ended by an interrupt as well
	out    engine.Output
	source string // what the user wrote
	count  int
	// execute runs Go code; nil is the session's engine. %race puts another in its place.
	execute func(engine.Request) error
	// measure is called around all Go code of the cell, see engine.Request.
	measure func() (done func())
	atEnd   []func() error
}

// failure makes every error a CellError.
func (c *execution) failure(err error) error {
	var known *engine.CellError
	var parse *shell.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.As(err, &parse):
		return newError("magic error", fmt.Sprintf("cell[%d]:%d: %s", c.count, parse.Line, parse.Message))
	case c.until.Err() != nil:
		return newError("interrupted", "the cell was interrupted; variables keep their values")
	}
	return newError("magic error", err.Error())
}

func newError(name, text string) *engine.CellError {
	first, _, _ := strings.Cut(text, "\n")
	lines := strings.Split("\x1b[31m"+name+"\x1b[0m: "+text, "\n")
	return &engine.CellError{Name: name, Value: first, Traceback: lines}
}

// run runs text that is the cell, or a part of it with its line numbers kept.
func (c *execution) run(text string) error {
	parsed, err := shell.Parse(text)
	if err != nil {
		return err
	}
	first := true
	for _, s := range parsed.Segments {
		if s.Kind == shell.Go {
			if err := c.goSegment(s, parsed.Code, first); err != nil {
				return err
			}
			first = false
			continue
		}
		g, err := c.lookup(s)
		if err != nil {
			return err
		}
		if below := after(text, s); s.Kind == shell.LineMagic && s.Args == "" && g.rest && strings.TrimSpace(below) != "" {
			return c.call(g, shell.Segment{Kind: shell.CellMagic, Name: s.Name, Text: below, Line: s.Line})
		}
		if err := c.call(g, s); err != nil {
			return err
		}
	}
	return nil
}

// goSegment runs a part of a cell's Go code. Where magics stand between parts, the first part gets the declarations of all,
// as a cell's declarations see each other wherever they stand, unless they need what a later part makes.
func (c *execution) goSegment(s shell.Segment, whole string, first bool) error {
	part := engine.Request{Code: strings.Repeat("\n", s.Line-1) + s.Text}
	below := after(whole, shell.Segment{Line: strings.Count(part.Code, "\n")})
	if !first || strings.TrimSpace(below) == "" {
		return c.goCode(part)
	}
	declared, err := compiler.Declarations(below)
	if err == nil && strings.TrimSpace(declared) != "" {
		if err := c.goCode(engine.Request{Code: part.Code + declared}); !isCompileError(err) {
			return err
		}
	}
	return c.goCode(part)
}

// after returns the lines of a text below a line magic.
func after(text string, s shell.Segment) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[min(len(lines), s.Line):], "")
}

// lookup finds the magic of a segment.
func (c *execution) lookup(s shell.Segment) (*magic, error) {
	g := c.find(s.Name)
	sign := "%"
	if s.Kind == shell.CellMagic {
		sign = "%%"
	}
	switch {
	case g == nil:
		return nil, &shell.Error{Line: s.Line, Message: c.unknown(sign, s.Name)}
	case s.Kind == shell.CellMagic && g.cell == "":
		return nil, &shell.Error{Line: s.Line, Message: fmt.Sprintf("%%%%%s takes no cell: write %s", s.Name, g.line)}
	case s.Kind == shell.LineMagic && g.line == "":
		return nil, &shell.Error{Line: s.Line, Message: fmt.Sprintf("%%%s takes a whole cell: write %%%%%s on its first line", s.Name, s.Name)}
	}
	return g, nil
}

func (c *execution) unknown(sign, name string) string {
	var known []string
	for _, g := range c.magics {
		known = append(known, g.name)
	}
	if near := shell.Nearest(name, known); near != "" {
		return fmt.Sprintf("no magic %s%s: did you mean %s%s?", sign, name, sign, near)
	}
	return fmt.Sprintf("no magic %s%s; %%lsmagic lists all", sign, name)
}

func (c *execution) call(g *magic, s shell.Segment) error {
	err := g.do(&call{execution: c, Segment: s})
	var known *engine.CellError
	if err == nil || errors.As(err, &known) || c.until.Err() != nil {
		return err
	}
	var at *shell.Error
	if errors.As(err, &at) {
		return err
	}
	return &shell.Error{Line: s.Line, Message: title(s) + ": " + err.Error()}
}

// title is a magic's name as the user wrote it.
func title(s shell.Segment) string {
	switch {
	case s.Kind == shell.CellMagic:
		return "%%" + s.Name
	case strings.ContainsAny(s.Name, "!$?%"):
		return s.Name
	}
	return "%" + s.Name
}

// call is one use of a magic.
type call struct {
	*execution
	shell.Segment
}

// goCode runs Go code of the cell.
func (c *execution) goCode(r engine.Request) error {
	r.Count, r.Source = c.count, c.source
	if r.Measure == nil {
		r.Measure = c.measure
	}
	if c.execute != nil {
		return c.execute(r)
	}
	if err := c.engine.Run(c.ctx, r, c.out); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ran = append(c.ran, ran{code: r.Code, source: r.Source, count: r.Count})
	return nil
}

// statement is the argument of a line magic as Go code in its place, so that messages name the right line and column.
func (c *call) statement() (string, error) {
	line := strings.TrimRight(c.Text, "\r\n")
	at := strings.LastIndex(line, c.Args)
	if c.Args == "" {
		return "", fmt.Errorf("write the statement behind it: %s f()", title(c.Segment))
	}
	blank := strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' {
			return r
		}
		return ' '
	}, line[:at])
	args := strings.ReplaceAll(line[at:], "\\\n", " \n")
	return strings.Repeat("\n", c.Line-1) + blank + args, nil
}

// print writes to the cell's stdout.
func (c *execution) print(format string, args ...any) {
	c.out.Stream("stdout", fmt.Sprintf(format, args...))
}

// lockedOutput keeps the calls of magics and those of the engine from overlapping.
type lockedOutput struct {
	mu  sync.Mutex
	out engine.Output
}

func (l *lockedOutput) do(f func(engine.Output)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l.out)
}

func (l *lockedOutput) Stream(name, text string) {
	l.do(func(o engine.Output) { o.Stream(name, text) })
}
func (l *lockedOutput) Display(d display.Data) { l.do(func(o engine.Output) { o.Display(d) }) }
func (l *lockedOutput) Update(d display.Data)  { l.do(func(o engine.Output) { o.Update(d) }) }
func (l *lockedOutput) Clear(wait bool)        { l.do(func(o engine.Output) { o.Clear(wait) }) }
func (l *lockedOutput) Result(d display.Data)  { l.do(func(o engine.Output) { o.Result(d) }) }
func (l *lockedOutput) Page(d display.Data)    { l.do(func(o engine.Output) { o.Page(d) }) }
func (l *lockedOutput) Comm(m engine.CommMessage) {
	l.do(func(o engine.Output) { o.Comm(m) })
}
func (l *lockedOutput) SetNextInput(text string, replace bool) {
	l.do(func(o engine.Output) { o.SetNextInput(text, replace) })
}

// Input waits for the user, so it holds no lock.
func (l *lockedOutput) Input(ctx context.Context, prompt string, password bool) (string, error) {
	return l.out.Input(ctx, prompt, password)
}
