package shell

import (
	"errors"
	"strings"
)

// Split splits the arguments of a magic as a shell does, and as far as quotes go: '…' keeps everything, "…" keeps all but
// \ before one of $ ` " \ and newline, and \ elsewhere takes the next character as it is. A \ at the end of a line joins it
// with the next. Variables and patterns are not expanded.
func Split(args string) ([]string, error) {
	s := splitter{rest: args}
	for s.rest != "" {
		if err := s.next(); err != nil {
			return nil, err
		}
	}
	s.endWord()
	return s.words, nil
}

type splitter struct {
	rest   string
	words  []string
	word   strings.Builder
	inWord bool // also true of a word that is empty so far: ""
}

// next reads a quoted text, an escaped character or a plain one. All that counts in the syntax is ASCII, so bytes will do.
func (s *splitter) next() error {
	c := s.rest[0]
	s.rest = s.rest[1:]
	switch c {
	case ' ', '\t', '\r', '\n':
		s.endWord()
		return nil
	case '\'':
		return s.single()
	case '"':
		return s.double()
	case '\\':
		return s.escape()
	}
	s.inWord = true
	s.word.WriteByte(c)
	return nil
}

func (s *splitter) endWord() {
	if s.inWord {
		s.words = append(s.words, s.word.String())
		s.word.Reset()
		s.inWord = false
	}
}

func (s *splitter) single() error {
	text, rest, closed := strings.Cut(s.rest, "'")
	if !closed {
		return errors.New("a single quote (') is not closed")
	}
	s.inWord = true
	s.word.WriteString(text)
	s.rest = rest
	return nil
}

func (s *splitter) double() error {
	s.inWord = true
	for s.rest != "" {
		c := s.rest[0]
		s.rest = s.rest[1:]
		switch {
		case c == '"':
			return nil
		case c == '\\' && strings.HasPrefix(s.rest, "\n"):
			s.rest = s.rest[1:]
		case c == '\\' && s.rest != "" && strings.IndexByte("$`\"\\", s.rest[0]) >= 0:
			s.word.WriteByte(s.rest[0])
			s.rest = s.rest[1:]
		default:
			s.word.WriteByte(c)
		}
	}
	return errors.New(`a double quote (") is not closed`)
}

func (s *splitter) escape() error {
	if s.rest == "" {
		return errors.New(`nothing follows the last \`)
	}
	for _, newline := range []string{"\n", "\r\n"} {
		if rest, ok := strings.CutPrefix(s.rest, newline); ok {
			s.rest = rest
			return nil
		}
	}
	s.inWord = true
	s.word.WriteByte(s.rest[0])
	s.rest = s.rest[1:]
	return nil
}
