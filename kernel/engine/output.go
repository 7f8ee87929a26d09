package engine

import (
	"context"
	"sync"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/display/comm"
)

// Output receives what a running cell shows, in the order in which it shows it. Calls never overlap, but for Input: what
// goroutines print while the user types is shown.
// Goroutines that outlive their cell go on writing to the Output of the cell that ran last.
type Output interface {
	// Stream passes text written to "stdout" or "stderr".
	Stream(name, text string)
	// Display shows data, Update replaces what was shown under the same display id, Clear empties the cell's output
	// (at once, or when the next output comes).
	Display(d display.Data)
	Update(d display.Data)
	Clear(wait bool)
	// Result is the value of the cell's last expression.
	Result(d display.Data)
	// Page shows d in the front end's pager; SetNextInput proposes text for the next cell, or replaces this one's.
	Page(d display.Data)
	SetNextInput(text string, replace bool)
	// Input asks the user for a line. It fails at once where the front end allows no input.
	Input(ctx context.Context, prompt string, password bool) (string, error)
	// Comm passes a message of a comm, such as a widget's, to the front end.
	Comm(m CommMessage)
}

// orderly keeps the calls of an Output apart: stdout, stderr and displays come by several goroutines.
type orderly struct {
	Output
	mu sync.Mutex
}

func (o *orderly) Stream(name, text string) { o.one(func() { o.Output.Stream(name, text) }) }
func (o *orderly) Display(d display.Data)   { o.one(func() { o.Output.Display(d) }) }
func (o *orderly) Update(d display.Data)    { o.one(func() { o.Output.Update(d) }) }
func (o *orderly) Clear(wait bool)          { o.one(func() { o.Output.Clear(wait) }) }
func (o *orderly) Result(d display.Data)    { o.one(func() { o.Output.Result(d) }) }
func (o *orderly) Page(d display.Data)      { o.one(func() { o.Output.Page(d) }) }
func (o *orderly) Comm(m CommMessage)       { o.one(func() { o.Output.Comm(m) }) }
func (o *orderly) SetNextInput(text string, replace bool) {
	o.one(func() { o.Output.SetNextInput(text, replace) })
}

func (o *orderly) one(call func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	call()
}

// CommMessage is one message of a comm, in either direction. Kind is "open", "msg" or "close".
type CommMessage = comm.Packet

// CellError says how a cell failed. Name is the kind ("compile error", "panic", "interrupted"…), Value one line, and
// Traceback the whole report, line by line, which may hold ANSI colours. Message is what a panic said, all of it.
type CellError struct {
	Name      string
	Value     string
	Traceback []string
	Message   string
}

func (e *CellError) Error() string { return e.Name + ": " + e.Value }
