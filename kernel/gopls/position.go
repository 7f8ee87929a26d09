package gopls

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// position is a place in a text as LSP counts: lines from 0, and UTF-16 code units from 0 within the line.
type position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// span is LSP's Range: from Start up to, but not including, End.
type span struct {
	Start position `json:"start"`
	End   position `json:"end"`
}

// positionAt converts a byte offset. An offset inside a character counts as the start of that character. An invalid byte
// counts as one unit, which is what becomes of it in JSON.
func positionAt(text string, offset int) (position, error) {
	if offset < 0 || offset > len(text) {
		return position{}, fmt.Errorf("offset %d is outside a text of %d bytes", offset, len(text))
	}
	lineStart := strings.LastIndexByte(text[:offset], '\n') + 1
	units := 0
	for i := lineStart; i < offset; {
		r, size := utf8.DecodeRuneInString(text[i:])
		if i += size; i > offset {
			break
		}
		units += utf16.RuneLen(r)
	}
	return position{Line: strings.Count(text[:offset], "\n"), Character: units}, nil
}

// offsetOf converts a position to a byte offset. As LSP asks, a character beyond the end of its line means that end.
func offsetOf(text string, p position) (int, error) {
	offset := 0
	for range p.Line {
		end := strings.IndexByte(text[offset:], '\n')
		if end < 0 {
			return 0, fmt.Errorf("line %d is outside the text", p.Line)
		}
		offset += end + 1
	}
	for units := 0; units < p.Character && offset < len(text) && text[offset] != '\n'; {
		r, size := utf8.DecodeRuneInString(text[offset:])
		units += utf16.RuneLen(r)
		offset += size
	}
	return offset, nil
}

// offsetsOf converts a span to byte offsets, with start <= end.
func offsetsOf(text string, s span) (start, end int, err error) {
	if start, err = offsetOf(text, s.Start); err != nil {
		return 0, 0, err
	}
	if end, err = offsetOf(text, s.End); err != nil {
		return 0, 0, err
	}
	if end < start {
		return 0, 0, fmt.Errorf("range from %v to %v runs backwards", s.Start, s.End)
	}
	return start, end, nil
}
