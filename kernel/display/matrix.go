package display

import "strings"

// matrix is what is needed of a gonum mat.Matrix, which is recognised by its methods.
type matrix interface {
	Dims() (rows, columns int)
	At(i, j int) float64
}

// matrixHTML shows the upper left part of m.
func matrixHTML(m matrix) string {
	rows, columns := m.Dims()
	var b strings.Builder
	b.WriteString("<table>")
	for i := range min(rows, maxRows) {
		var cells []string
		for j := range min(columns, maxColumns) {
			cells = append(cells, formatFloat(m.At(i, j), 64))
		}
		row(&b, "td", cells)
	}
	return b.String() + "</table>" + note(rows, maxRows, "rows") + note(columns, maxColumns, "columns")
}
