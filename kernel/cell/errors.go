package cell

import (
	"fmt"
	"regexp"
	"strconv"
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

// complaint is a line of a compiler of Go or C about a cell.
var complaint = regexp.MustCompile(`(?m)^(?:.*/)?(cell\[[0-9a-f]{10}\]):(\d+):(\d+): (?:(?:fatal )?error: )?(.*)$`)

// generatedName is what generated code puts before the user's names.
var generatedName = regexp.MustCompile(Mark + `|ꞏ\d+\.`)

// FromCompiler returns what compilers that ran over a cell's package complained about, in the user's terms: of C code,
// mostly, as errors in Go are found before the Go compiler runs.
func FromCompiler(output string) Errors {
	var all Errors
	for _, m := range complaint.FindAllStringSubmatch(output, -1) {
		if strings.HasPrefix(m[4], "note: ") || strings.HasPrefix(m[4], "warning: ") {
			continue
		}
		line, _ := strconv.Atoi(m[2])
		col, _ := strconv.Atoi(m[3])
		all = append(all, &Error{File: m[1], Line: line, Col: col, Message: generatedName.ReplaceAllString(m[4], "")})
	}
	return all
}

func errorAt(text, file string, offset int, message string) error {
	line, col := lineCol(text, min(offset, len(text)))
	return Errors{{File: file, Line: line, Col: col, Message: message}}
}
