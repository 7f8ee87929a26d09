package cell

import "strings"

// Source returns the text that declares e, with the comments before it and, for a type, its methods. Variables have none:
// they live on when the cell that made them changes.
func (e *Entity) Source() string {
	if e.item == nil {
		return ""
	}
	var parts []string
	for _, c := range e.item.chunks() {
		parts = append(parts, strings.Trim(c.text, "\n"))
	}
	return strings.Join(parts, "\n")
}

// Declarations returns a cell with all but its declarations of functions, methods, types, constants and imports blanked
// out; lines keep their numbers. An error of the cell's source is an Errors.
func Declarations(text string) (string, error) {
	chunks, err := split(text, Placeholder(text))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, ch := range chunks {
		if ch.kind == stmtChunk {
			b.WriteString(strings.Repeat("\n", strings.Count(ch.text, "\n")))
		} else {
			b.WriteString(ch.text)
		}
	}
	return b.String(), nil
}
