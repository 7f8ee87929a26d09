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
