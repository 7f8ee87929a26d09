package wire

import (
	"bytes"
	"encoding/json"
	"iter"
)

// Fields gives the names and values of a JSON object in their order, without reading the values: much faster than to decode all
// when only one of them matters. Names are as they are written, between the quotes. What is no JSON gives some of them, or none.
func Fields(object []byte) iter.Seq2[[]byte, json.RawMessage] {
	return func(yield func([]byte, json.RawMessage) bool) {
		rest, ok := after(object, '{')
		for ok {
			var name, value []byte
			if name, rest = cutValue(rest); len(name) < 2 || name[0] != '"' {
				return
			}
			if rest, ok = after(rest, ':'); !ok {
				return
			}
			if value, rest = cutValue(rest); len(value) == 0 || !yield(name[1:len(name)-1], value) {
				return
			}
			rest, ok = after(rest, ',')
		}
	}
}

// Text is the value of a field if that is a string, else "".
func Text(value json.RawMessage) string {
	if len(value) < 2 || value[0] != '"' {
		return ""
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1])
	}
	var s string
	_ = json.Unmarshal(value, &s) // what is no string stays empty
	return s
}

// after is what follows a character, if that comes first.
func after(text []byte, c byte) ([]byte, bool) {
	if text = trimSpace(text); len(text) == 0 || text[0] != c {
		return nil, false
	}
	return text[1:], true
}

func trimSpace(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\n' || text[0] == '\t' || text[0] == '\r') {
		text = text[1:]
	}
	return text
}

// cutValue cuts off the value that text begins with; none is nil.
func cutValue(text []byte) (value, rest []byte) {
	text = trimSpace(text)
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			n := stringLength(text[i:])
			if n == 0 {
				return nil, nil
			}
			i += n - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 { // the end of what the value is in
				return text[:i], text[i:]
			}
			depth--
		case ',', ':', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return text[:i], text[i:]
			}
			continue
		default:
			continue // part of a number or a word
		}
		if depth == 0 {
			return text[:i+1], text[i+1:]
		}
	}
	return nil, nil
}

// stringLength is the length of the string that text begins with, its quotes included; 0 when it does not end.
func stringLength(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}
