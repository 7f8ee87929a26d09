package display

import "reflect"

// Grid is a table that is built row by row. It is shown when it is a cell's last expression, or by [Display].
type Grid struct {
	header []string
	rows   [][]any
}

// Table starts a table with the names of its columns and, where they are at hand already, its rows:
//
//	t := display.Table([]string{"workers", "seconds"})
//	for … { t.Row(p, elapsed.Seconds()) }
//	t
func Table(header []string, rows ...[]any) *Grid {
	return &Grid{header: header, rows: rows}
}

// Row adds a row. Columns of numbers are aligned to the right.
func (t *Grid) Row(cells ...any) *Grid {
	t.rows = append(t.rows, cells)
	return t
}

// String gives the table as lines of text.
func (t *Grid) String() string { return t.grid().text() }

// Render gives the table as HTML and as text.
func (t *Grid) Render() Data {
	g := t.grid()
	return MakeData3(MIMETypeHTML, g.text(), g.html())
}

func (t *Grid) grid() *grid {
	g := &grid{}
	width := len(t.header)
	for _, r := range t.rows {
		width = max(width, len(r))
	}
	columns := window(width, headColumns, tailColumns)
	if len(t.header) > 0 {
		g.header = pick(t.header, columns, gapCell.text)
	}
	for _, i := range window(len(t.rows), headRows, tailRows) {
		row := make([]cell, len(columns))
		for j := range row {
			row[j] = gapCell
		}
		if i != gap {
			row = pick(cellsOf(t.rows[i]), columns, gapCell)
		}
		g.rows = append(g.rows, row)
	}
	g.note(len(t.rows), headRows+tailRows, "rows")
	g.note(width, headColumns+tailColumns, "columns")
	return g
}

func cellsOf(values []any) []cell {
	cells := make([]cell, len(values))
	for i, v := range values {
		cells[i] = cellOf(reflect.ValueOf(v))
	}
	return cells
}

// pick gives the elements of all at indices; a gap becomes left, and what all does not have is empty.
func pick[T any](all []T, indices []int, left T) []T {
	out := make([]T, len(indices))
	for k, i := range indices {
		switch {
		case i == gap:
			out[k] = left
		case i < len(all):
			out[k] = all[i]
		}
	}
	return out
}
