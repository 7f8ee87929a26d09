package cell

import (
	"fmt"
	"strings"
)

// Error is one complaint about a cell's source. File is the placeholder of the cell's name (see Placeholder).
type Error struct {
	File      string
	Line, Col int
	Message   string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Message) }

// Errors is everything that is wrong with a cell, in order.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

func errorAt(text, file string, offset int, message string) error {
	line, col := lineCol(text, min(offset, len(text)))
	return Errors{{File: file, Line: line, Col: col, Message: message}}
}
