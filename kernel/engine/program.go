package engine

import (
	"context"
	"regexp"

	"github.com/warren-go/warren/kernel/cell"
	"github.com/warren-go/warren/kernel/stack"
)

// Program makes a program of its own of a cell, for other processes, and returns the executable. known are packages that the cell
// knows beside the usual; main writes the file that calls cell.RunName. Nothing of it becomes part of the session. The error is a
// *CellError.
func (e *Engine) Program(ctx context.Context, r Request, known map[string]string, main func(*cell.Program) string) (string, error) {
	if err := e.wait(ctx); err != nil {
		return "", e.explain(err)
	}
	e.mu.Lock()
	e.name(r.Code, r.Count)
	if r.Source != "" {
		e.sources[e.labels[cell.Placeholder(r.Code)]] = r.Source
	}
	s := e.session
	e.mu.Unlock()
	p, err := e.compiler.Program(s, r.Code, known)
	if err != nil {
		return "", e.explain(err)
	}
	file, err := e.ws.Program(ctx, map[string]string{"cell.go": p.Source, "main.go": main(p)})
	if err != nil {
		return "", e.explain(err)
	}
	return file, nil
}

// ProgramFailure is the error of a process that ran a Program: what it is called, its message, and the goroutine dump that the
// process printed, "" for none.
func (e *Engine) ProgramFailure(name, message, dump string) *CellError {
	err := &CellError{Name: name, Value: firstLine(e.Relabel(message)), Message: message}
	err.Traceback = e.traceback(stack.Cause{Kind: name, Message: message}, dump)
	return err
}

// inFolder matches the file of a cell where the go command compiled it.
var inFolder = regexp.MustCompile(`[^\s"]*/(cell\[[0-9a-f]{10}\])`)

// Relabel puts the names of cells, cell[7], where a program has the places of its files.
func (e *Engine) Relabel(text string) string { return e.relabel(inFolder.ReplaceAllString(text, "$1")) }
