package cell

import (
	"cmp"
	"go/scanner"
	"regexp"
	"slices"
	"strings"
)

// syntaxErrors puts the parser's errors into the user's terms. Around the cell stands generated text; what the parser
// finds wrong there is that the cell ends too early, if it is not what follows from an error before it.
func (a *analysis) syntaxErrors(list scanner.ErrorList) Errors {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(x, y *scanner.Error) int { return cmp.Compare(x.Pos.Offset, y.Pos.Offset) })
	var all Errors
	for _, e := range list {
		if e.Pos.Filename != generated {
			all = append(all, a.place(e.Pos, syntaxMessage(e.Msg)))
		} else if len(all) == 0 {
			all = append(all, a.endsEarly(e))
		}
	}
	return dedupe(all)
}

// found is the end of a message of the parser.
var found = regexp.MustCompile(`, found .*$`)

// endsEarly places an error at the end of the user's text before it.
func (a *analysis) endsEarly(e *scanner.Error) *Error {
	message := found.ReplaceAllString(e.Msg, ", found the end")
	for _, s := range slices.Backward(a.spans) {
		if s.end > e.Pos.Offset {
			continue
		}
		text := strings.TrimRight(s.chunk.text, " \t\r\n")
		line, col := lineCol(text, len(text))
		if line == 1 {
			col += s.chunk.col - 1
		}
		return &Error{File: s.chunk.file, Line: s.chunk.line + line - 1, Col: col, Message: message}
	}
	return a.place(e.Pos, message)
}

// wordings are messages of Go's parser and scanner that say little to those who learn Go, and what is said instead.
var wordings = []struct {
	message *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`^expected ';', found (.*)$`), "unexpected $1 at the end of a statement"},
	{regexp.MustCompile(`^expected 1 expression$`), "expected 1 expression, not a list: a cell shows the value of one; print several, or put them into one slice or struct"},
	{regexp.MustCompile(`^illegal rune literal$`), `illegal rune literal: single quotes hold one character; a string stands in double quotes: "…"`},
	{regexp.MustCompile(`^expected '\{', found newline$`), "expected '{', found newline: the { stands on the line that needs it"},
}

func syntaxMessage(message string) string {
	for _, w := range wordings {
		if w.message.MatchString(message) {
			return w.message.ReplaceAllString(message, w.instead)
		}
	}
	return message
}
