// Package source reads OpenCL C: the kernels that a text declares, and the types of their parameters. It needs no OpenCL.
//
// It reads as much of the language as signatures take: comments, lines that a backslash joins, the preprocessor without macros
// that have parameters, typedefs of plain types, attributes and qualifiers. What it cannot read it refuses, with the position;
// it never guesses.
package source

import "fmt"

// Error says what is wrong with a text of OpenCL C. Line and Column count from 1, columns in bytes.
type Error struct {
	Line, Column int
	Message      string
}

func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message) }
