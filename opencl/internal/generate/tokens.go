package generate

import (
	"fmt"
	"strings"
)

// token is a piece of OpenCL C: a word, a number, a literal in quotes, white space with comments, or one other character.
type token struct {
	text string
	kind kind
}

type kind int

const (
	sign kind = iota
	word
	number
	quoted
	blank
)

// tokens cuts an expression or statement into its tokens; together they are the text again.
func tokens(text string) ([]token, error) {
	var all []token
	for rest := text; rest != ""; {
		k, n := next(rest)
		if n < 0 {
			return nil, fmt.Errorf("%q is never closed", rest)
		}
		all = append(all, token{rest[:n], k})
		rest = rest[n:]
	}
	return all, nil
}

// next is the kind and length of the first token of a text, the length -1 where its end is missing.
func next(text string) (kind, int) {
	c := text[0]
	switch {
	case isLetter(c):
		return word, run(text, func(c byte) bool { return isLetter(c) || isDigit(c) })
	case isDigit(c):
		return number, run(text, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '.' })
	case strings.IndexByte(" \t\r\n\v\f", c) >= 0:
		return blank, 1
	case strings.HasPrefix(text, "//"):
		if end := strings.IndexByte(text, '\n'); end >= 0 {
			return blank, end + 1
		}
		return blank, len(text)
	case strings.HasPrefix(text, "/*"):
		if end := strings.Index(text[2:], "*/"); end >= 0 {
			return blank, end + 4
		}
		return blank, -1
	case c == '"' || c == '\'':
		return quoted, literal(text)
	}
	return sign, 1
}

func run(text string, belongs func(byte) bool) int {
	n := 1
	for n < len(text) && belongs(text[n]) {
		n++
	}
	return n
}

// literal is the length of a text in quotes.
func literal(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[0]:
			return i + 1
		}
	}
	return -1
}

// Balanced says what is wrong with the brackets of a user's expression or statement; what is right cannot reach out of the
// place where it is put.
func Balanced(text string) error {
	ts, err := tokens(text)
	if err != nil {
		return err
	}
	var open []string
	for _, t := range ts {
		switch t.text {
		case "(", "[", "{":
			open = append(open, t.text)
		case ")", "]", "}":
			if len(open) == 0 || !strings.Contains("()[]{}", open[len(open)-1]+t.text) {
				return fmt.Errorf("%s without its counterpart in %q", t.text, text)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%s is never closed in %q", open[len(open)-1], text)
	}
	return nil
}

// Uses tells whether a text has a word in it.
func Uses(text, name string) bool {
	ts, err := tokens(text)
	if err != nil {
		return strings.Contains(text, name)
	}
	for _, t := range ts {
		if t.kind == word && t.text == name {
			return true
		}
	}
	return false
}

// OneLine writes an expression without comments and line breaks.
func OneLine(text string) string {
	ts, err := tokens(text)
	if err != nil {
		return text
	}
	var b strings.Builder
	for _, t := range ts {
		if t.kind == blank {
			b.WriteByte(' ')
		} else {
			b.WriteString(t.text)
		}
	}
	return strings.TrimSpace(b.String())
}
