package source

import (
	"fmt"
	"strings"
)

// kind of a token.
type kind int

const (
	word    kind = iota // an identifier or keyword
	number              // as the preprocessor has it: 1, 0x1f, 1.0f
	literal             // a string or a character
	sign                // one character of punctuation, or two where the preprocessor needs them: && || == != <= >= << >>
	newline             // only in directives
)

// token is a token of OpenCL C with its place.
type token struct {
	kind         kind
	text         string
	line, column int
	// first tells that only white space is before it on its line: a # there begins a directive.
	first bool
	// hidden are the macros that must not be replaced in it again.
	hidden *hidden
}

func (t token) errorf(format string, args ...any) *Error {
	return &Error{Line: t.line, Column: t.column, Message: fmt.Sprintf(format, args...)}
}

func (t token) is(text string) bool { return t.text == text && (t.kind == word || t.kind == sign) }

// scanner cuts a text into tokens. It counts lines as they stand in the text, also within those that a backslash joins.
type scanner struct {
	text         string
	at           int
	line, column int
}

// tokens returns the tokens of a text, with one of kind newline at the end of each line that holds some.
func tokens(text string) ([]token, error) {
	s := &scanner{text: text, line: 1, column: 1}
	var all []token
	first := true
	for {
		newLine, err := s.skipBlank()
		if err != nil {
			return nil, err
		}
		if newLine && !first {
			all = append(all, token{kind: newline, line: s.line, column: s.column})
			first = true
		}
		if s.at >= len(s.text) {
			return all, nil
		}
		t := s.next()
		t.first, first = first, false
		all = append(all, t)
	}
}

// advance goes n bytes on.
func (s *scanner) advance(n int) {
	for range n {
		if s.text[s.at] == '\n' {
			s.line, s.column = s.line+1, 0
		}
		s.at++
		s.column++
	}
}

// spliced returns the length of a backslash with the end of its line, or 0.
func (s *scanner) spliced() int {
	for _, end := range []string{"\\\n", "\\\r\n"} {
		if strings.HasPrefix(s.text[s.at:], end) {
			return len(end)
		}
	}
	return 0
}

// skipBlank skips white space and comments, and tells whether a line ended there.
func (s *scanner) skipBlank() (newLine bool, err error) {
	for s.at < len(s.text) {
		rest := s.text[s.at:]
		switch n := s.spliced(); {
		case n > 0:
			s.advance(n)
		case rest[0] == '\n':
			newLine = true
			s.advance(1)
		case strings.IndexByte(" \t\r\f\v", rest[0]) >= 0:
			s.advance(1)
		case strings.HasPrefix(rest, "//"):
			s.lineComment()
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return false, &Error{s.line, s.column, "this comment is never closed"}
			}
			s.advance(end + 4)
		default:
			return newLine, nil
		}
	}
	return true, nil
}

func (s *scanner) lineComment() {
	for s.at < len(s.text) && s.text[s.at] != '\n' {
		s.advance(max(1, s.spliced()))
	}
}

func isLetter(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// twoCharacters are the signs that conditions of the preprocessor have, and those that would be taken for them.
var twoCharacters = []string{"&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "##"}

// next reads the token at s.at.
func (s *scanner) next() token {
	t := token{kind: sign, line: s.line, column: s.column}
	switch c := s.text[s.at]; {
	case isLetter(c):
		t.kind = word
		t.text = s.while(func(c, _ byte) bool { return isLetter(c) || isDigit(c) })
		return t
	case isDigit(c) || c == '.' && s.at+1 < len(s.text) && isDigit(s.text[s.at+1]):
		t.kind = number
		t.text = s.while(func(c, before byte) bool {
			return isLetter(c) || isDigit(c) || c == '.' || (c == '+' || c == '-') && strings.IndexByte("eEpP", before) >= 0
		})
		return t
	case c == '"' || c == '\'':
		t.kind, t.text = literal, s.quoted(c)
		return t
	}
	t.text = s.text[s.at : s.at+1]
	for _, two := range twoCharacters {
		if strings.HasPrefix(s.text[s.at:], two) {
			t.text = two
		}
	}
	s.advance(len(t.text))
	return t
}

// while reads as long as characters belong to the token; those that a backslash at the end of a line keeps apart are one.
func (s *scanner) while(belongs func(c, before byte) bool) string {
	var b strings.Builder
	before := byte(0)
	for s.at < len(s.text) {
		if n := s.spliced(); n > 0 {
			s.advance(n)
			continue
		}
		c := s.text[s.at]
		if b.Len() > 0 && !belongs(c, before) {
			break
		}
		b.WriteByte(c)
		before = c
		s.advance(1)
	}
	return b.String()
}

// quoted reads up to the closing quote or the end of the line: an apostrophe in what #if leaves out, or behind #error, is no
// mistake, and others the compiler reports.
func (s *scanner) quoted(quote byte) string {
	start := s.at
	s.advance(1)
	for s.at < len(s.text) && s.text[s.at] != '\n' {
		c := s.text[s.at]
		if n := s.spliced(); n > 0 {
			s.advance(n)
			continue
		}
		if c == '\\' && s.at+1 < len(s.text) {
			s.advance(2)
			continue
		}
		s.advance(1)
		if c == quote {
			break
		}
	}
	return s.text[start:s.at]
}
