package display

import (
	"fmt"
	"reflect"
	"strings"
)

// matrixEdge is how many rows and columns of a large matrix are shown from its beginning, and how many from its end.
const matrixEdge = 5

// renderMatrix shows a gonum matrix, which is recognised by its methods Dims() (rows, columns int) and At(i, j int) that
// returns a float64 or complex128.
func renderMatrix(v any) (Data, bool) {
	m, ok := v.(interface{ Dims() (rows, columns int) })
	if !ok {
		return Data{}, false
	}
	var at func(i, j int) cell
	switch m := v.(type) {
	case interface{ At(i, j int) float64 }:
		at = func(i, j int) cell { return cell{formatFloat(m.At(i, j), 64), true} }
	case interface{ At(i, j int) complex128 }:
		at = func(i, j int) cell { return cellOf(reflect.ValueOf(m.At(i, j))) }
	default:
		return Data{}, false
	}
	rows, columns := m.Dims()
	if rows <= 0 || columns <= 0 {
		return Data{Data: MIMEMap{MIMETypeText: fmt.Sprintf("matrix %d×%d", rows, columns)}}, true
	}
	g := matrixGrid(rows, columns, at)
	return MakeData3(MIMETypeHTML, matrixText(g), g.html()), true
}

func matrixGrid(rows, columns int, at func(i, j int) cell) *grid {
	g := &grid{}
	across := window(columns, matrixEdge, matrixEdge)
	for _, i := range window(rows, matrixEdge, matrixEdge) {
		row := make([]cell, len(across))
		for k, j := range across {
			row[k] = gapCell
			if i != gap && j != gap {
				row[k] = at(i, j)
			}
		}
		g.rows = append(g.rows, row)
	}
	if max(rows, columns) > 2*matrixEdge {
		g.notes = []string{fmt.Sprintf("matrix %d×%d", rows, columns)}
	}
	return g
}

// matrixText is g between the tall brackets that gonum's mat.Formatted draws.
func matrixText(g *grid) string {
	lines := alignColumns(g.rows, g.numeric())
	for i, l := range lines {
		left, right := "⎢", "⎥"
		switch {
		case len(lines) == 1:
			left, right = "[", "]"
		case i == 0:
			left, right = "⎡", "⎤"
		case i == len(lines)-1:
			left, right = "⎣", "⎦"
		}
		lines[i] = left + l + right
	}
	return strings.Join(append(lines, g.notes...), "\n")
}
