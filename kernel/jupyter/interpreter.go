package jupyter

import (
	"context"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
)

// Interpreter is the language behind the protocol. The kernel calls Execute for one cell at a time; every other method
// may be called while a cell runs.
type Interpreter interface {
	// Info describes language and kernel for kernel_info_reply.
	Info() Info
	// Execute runs a cell. An error is a *engine.CellError, or something that went wrong in the kernel itself.
	Execute(ctx context.Context, c Cell, out engine.Output) error
	// Evaluate renders an expression (user_expressions) without touching history or output.
	Evaluate(ctx context.Context, expression string) (display.Data, error)
	// Ahead names the cells that wait in the queue, in order, so that they can be compiled while another runs.
	Ahead(queued []Cell)
	// Interrupt stops the running cell, or without one the handler of a comm message, and keeps the session.
	Interrupt()
	// Complete, Inspect and IsComplete answer for code with the cursor at a byte offset.
	Complete(ctx context.Context, code string, cursor int) (Completion, error)
	Inspect(ctx context.Context, code string, cursor, detail int) (d display.Data, found bool, err error)
	IsComplete(code string) (status, indent string)
	// Comm has the session handle a front end's comm message, one at a time; what its handler shows goes to out. The error
	// engine.ErrNoComm says that nobody takes it: the comm is closed. Others are as those of Execute.
	Comm(ctx context.Context, m engine.CommMessage, out engine.Output) error
	// Close ends the session and every process it started.
	Close() error
}

// Info is what a kernel says of itself.
type Info struct {
	Implementation, ImplementationVersion, Banner string
	LanguageVersion                               string
	HelpLinks                                     []HelpLink
}

// HelpLink is an entry of JupyterLab's Help menu.
type HelpLink struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// Cell is one execute_request. Count is its execution count, shown as cell[Count] in errors.
type Cell struct {
	Code         string
	Count        int
	Silent       bool
	StoreHistory bool
}

// Completion is the answer to complete_request; Start and End are byte offsets of what the matches replace.
// Types holds, for each match, its kind ("function", "instance", "module"…) or "".
type Completion struct {
	Matches    []string
	Types      []string
	Signatures []string
	Start, End int
}
