package jupyter

import "unicode/utf8"

// byteOffset turns a cursor position of the protocol, counted in code points, into bytes. Positions beyond the ends are
// moved to them; a missing one is the end.
func byteOffset(code string, position *int) int {
	if position == nil {
		return len(code)
	}
	n := *position
	for offset := range code {
		if n <= 0 {
			return offset
		}
		n--
	}
	return len(code)
}

// codepoints turns a byte offset into a cursor position of the protocol.
func codepoints(code string, offset int) int {
	return utf8.RuneCountInString(code[:min(max(offset, 0), len(code))])
}
