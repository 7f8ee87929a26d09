// Package shell takes the magics of a notebook cell apart from its Go code: %time, %%writefile, !ls, fmt.Println? and their
// like. It knows how they are written, not what they do, and nothing of the engine that runs them.
package shell

import (
	"fmt"
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
)

// Kind says what a segment holds.
type Kind int

const (
	Go        Kind = iota // Go code
	LineMagic             // one line: %time f(), !ls, ?fmt
	CellMagic             // the first line of a cell, and all lines below as its body: %%bash
)

// Segment is a run of lines of one kind.
type Segment struct {
	Kind Kind
	// Name of the magic, without % for those that have a name, or else the sign itself: "time", "!", "!!", "!*", "$", "?",
	// "??" or, for GoNB's mark of a main function, "%%". Empty for Go.
	Name string
	// Args is the rest of the line without the white space around it, quotes and all: see Split. For help it is what help
	// is asked about, whichever side the question mark is on.
	Args string
	// Text is, for Go and LineMagic, the lines as they stand in the cell; for CellMagic, the body.
	Text string
	// Line is the number in the cell, from 1, of the first line.
	Line int
}

// Body is the body of a cell magic with as many empty lines in front as it takes to keep the line numbers of the cell:
// ready to be parsed in its turn, where the body is Go.
func (s Segment) Body() string { return strings.Repeat("\n", s.Line) + s.Text }

// Cell is a cell taken apart.
type Cell struct {
	// Code is the Go code. Lines that are no Go are empty in it, so that its line numbers are those of the cell.
	Code string
	// Segments are in the order of the cell. Go code that is only white space is left out.
	Segments []Segment
}

// Error says what is wrong with a magic. Line is its line in the cell, from 1.
type Error struct {
	Line    int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// signs are the magics that have no name, the longest first where one begins another. "!*" and "$" are those of GoNB and
// gophernotes for a shell command. Go has a "!" too: an expression statement that starts with it must stand in parentheses.
var signs = []string{"!!", "!*", "!", "$", "??", "?"}

// help is a question mark or two behind a name: fmt.Println?, %time??
var help = regexp.MustCompile(`^(%{0,2}[\pL_][\pL\pN_.]*)(\?\??)$`)

// magicName is the % or %% of a named magic with its name, which ends at white space.
var magicName = regexp.MustCompile(`^%%?([\pL_]\S*)`)

// Parse takes a cell apart. An error is an *Error.
//
// A cell magic stands on the first line that is not empty. A line magic stands where a Go statement may start outside all
// brackets; a line within a string or a comment is Go, whatever it starts with, and so is one that starts with ! in the
// middle of an expression. A backslash at its end carries a line magic on to the next line. IPython's x = !cmd is no magic
// here: in Go, x = !done means something else.
func Parse(code string) (Cell, error) {
	if cell, ok := parseCellMagic(code); ok {
		return cell, nil
	}
	var cell Cell
	var goCode strings.Builder
	src := []byte(code)
	line := 1
	for pos := 0; pos < len(code); {
		start, err := nextMagic(code, src, pos)
		if err != nil {
			return Cell{}, err
		}
		if text := code[pos:start]; text != "" {
			goCode.WriteString(text)
			if strings.TrimSpace(text) != "" {
				cell.Segments = append(cell.Segments, Segment{Kind: Go, Text: text, Line: line})
			}
			line += strings.Count(text, "\n")
		}
		end := magicEnd(code, start)
		if text := code[start:end]; text != "" {
			magic, err := parseLineMagic(text, line)
			if err != nil {
				return Cell{}, err
			}
			cell.Segments = append(cell.Segments, magic)
			newlines := strings.Count(text, "\n")
			goCode.WriteString(strings.Repeat("\n", newlines))
			line += newlines
		}
		pos = end
	}
	cell.Code = goCode.String()
	return cell, nil
}

// parseCellMagic reads a cell whose first line, but for empty ones, is a cell magic.
func parseCellMagic(code string) (Cell, bool) {
	line := 1
	rest := code
	for {
		first, below, more := strings.Cut(rest, "\n")
		text := strings.TrimSpace(first)
		if text == "" && more {
			rest = below
			line++
			continue
		}
		name := magicName.FindStringSubmatch(text)
		if name == nil || !strings.HasPrefix(text, "%%") || help.MatchString(text) {
			return Cell{}, false
		}
		return Cell{
			Code: strings.Repeat("\n", strings.Count(code, "\n")),
			Segments: []Segment{{
				Kind: CellMagic,
				Name: name[1],
				Args: strings.TrimSpace(text[len(name[0]):]),
				Text: below,
				Line: line,
			}},
		}, true
	}
}

// nextMagic returns the offset of the first line at or after pos that is a line magic, or the length of the code. There
// must be no open bracket and no unfinished statement at pos, which must start a line. src holds the same text as code.
func nextMagic(code string, src []byte, pos int) (int, error) {
	// The newline before pos keeps the scanner from skipping a byte order mark, as it does at the start of a file.
	base := max(0, pos-1)
	file := token.NewFileSet().AddFile("", -1, len(src)-base)
	var s scanner.Scanner
	s.Init(file, src[base:], nil, 0)
	at := statements{atStart: true}
	last, lineStart := -1, pos // offsets of the token before and of the line
	for {
		place, tok, literal := s.Scan()
		if tok == token.EOF {
			return len(code), nil
		}
		offset := base + file.Offset(place)
		if newline := strings.LastIndexByte(code[max(last, pos):max(offset, pos)], '\n'); newline >= 0 {
			lineStart = max(last, pos) + newline + 1
		}
		if lineStart > last && tok != token.SEMICOLON && strings.TrimSpace(code[lineStart:offset]) == "" {
			switch {
			case at.atStart && len(at.open) == 0:
				if isMagic(code[offset:]) {
					return lineStart, nil
				}
			case magicName.MatchString(code[offset:]):
				return 0, misplaced(code, offset, at.open)
			}
		}
		at.see(tok, literal, offset)
		last = offset
	}
}

// statements follows the tokens of Go code so far as to know where a statement may start.
type statements struct {
	open     []bracket // the brackets that are open, the innermost last
	atStart  bool      // a statement may start at the next token
	inHeader bool      // outside brackets, between for, if or switch and its {, where a semicolon ends no statement
}

type bracket struct {
	token  token.Token
	offset int
}

func (s *statements) see(tok token.Token, literal string, offset int) {
	outside := len(s.open) == 0
	switch tok {
	case token.LPAREN, token.LBRACK, token.LBRACE:
		s.inHeader = s.inHeader && !(outside && tok == token.LBRACE)
		s.open = append(s.open, bracket{tok, offset})
	case token.RPAREN, token.RBRACK, token.RBRACE:
		s.open = s.open[:max(0, len(s.open)-1)]
	case token.FOR, token.IF, token.SWITCH:
		s.inHeader = s.inHeader || outside
	case token.SEMICOLON:
		s.inHeader = s.inHeader && (literal == ";" || !outside)
	}
	s.atStart = tok == token.SEMICOLON && !s.inHeader
}

// misplaced explains a named magic that is not at the start of a statement. It is no Go either: a % that starts a line is
// an operator without its left side.
func misplaced(code string, offset int, open []bracket) error {
	name := magicName.FindString(code[offset:])
	line := lineOf(code, offset)
	if len(open) == 0 {
		return &Error{line, fmt.Sprintf("%s stands in the middle of a statement that the line before does not finish", name)}
	}
	last := open[len(open)-1]
	return &Error{line, fmt.Sprintf("%s stands inside the %s of line %d; a magic stands outside all brackets (is one left open?)",
		name, last.token, lineOf(code, last.offset))}
}

func lineOf(code string, offset int) int { return 1 + strings.Count(code[:offset], "\n") }

// isMagic tells whether a statement is a line magic.
func isMagic(text string) bool {
	line, _, _ := strings.Cut(text, "\n")
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "%") || help.MatchString(line) {
		return true
	}
	for _, sign := range signs {
		if strings.HasPrefix(line, sign) {
			return true
		}
	}
	return false
}

// magicEnd returns the offset behind the line magic that starts at start, and behind the lines that carry it on.
func magicEnd(code string, start int) int {
	for end := start; ; {
		newline := strings.IndexByte(code[end:], '\n')
		if newline < 0 {
			return len(code)
		}
		line := strings.TrimSuffix(code[end:end+newline], "\r")
		end += newline + 1
		if !strings.HasSuffix(line, `\`) {
			return end
		}
	}
}

// parseLineMagic reads a line for which isMagic holds, with its continuation lines.
func parseLineMagic(text string, line int) (Segment, error) {
	magic := Segment{Kind: LineMagic, Text: text, Line: line}
	trimmed := strings.TrimSpace(text)
	if m := help.FindStringSubmatch(trimmed); m != nil {
		magic.Name, magic.Args = m[2], m[1]
		return magic, nil
	}
	for _, sign := range signs {
		if args, ok := strings.CutPrefix(trimmed, sign); ok {
			magic.Name, magic.Args = sign, strings.TrimSpace(args)
			return magic, nil
		}
	}
	name := magicName.FindStringSubmatch(trimmed)
	if name == nil {
		if args, ok := strings.CutPrefix(trimmed, "%%"); ok && strings.TrimLeft(args, " \t\r\n") != args || args == "" {
			magic.Name, magic.Args = "%%", strings.TrimSpace(args)
			return magic, nil
		}
		return Segment{}, &Error{line, "the name of a magic follows its % directly, as in %time; %lsmagic lists all"}
	}
	if strings.HasPrefix(trimmed, "%%") {
		return Segment{}, &Error{line, fmt.Sprintf("%s takes the whole cell, so it must stand on the first line", name[0])}
	}
	magic.Name, magic.Args = name[1], strings.TrimSpace(trimmed[len(name[0]):])
	return magic, nil
}
