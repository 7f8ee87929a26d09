package markup

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Table is shown as HTML or as text in columns.
type Table struct {
	Columns []Column
	Rows    [][]Cell
}

// Column is a table's column. Number columns are set to the right, Code in a fixed-width font; Wide ones may break lines.
type Column struct {
	Title              string
	Number, Code, Wide bool
}

// Cell is one entry of a table.
type Cell struct {
	Text string
	// Bar, from 0 to 1, draws a bar behind the text.
	Bar float64
	// Swatch puts a square of that colour before the text.
	Swatch string
	// Hint is a tooltip.
	Hint string
}

// HTML renders the table as an element.
func (t Table) HTML() string {
	var b strings.Builder
	b.WriteString("<table><thead><tr>")
	for _, c := range t.Columns {
		c.Code = false
		fmt.Fprintf(&b, "<th%s>%s</th>", c.class(), Escape(c.Title))
	}
	b.WriteString("</tr></thead><tbody>")
	for _, row := range t.Rows {
		b.WriteString("<tr>")
		for i, cell := range row {
			cell.html(&b, t.Columns[i])
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</tbody></table>")
	return b.String()
}

func (c Column) class() string {
	var names []string
	for _, n := range []struct {
		on   bool
		name string
	}{{c.Number, "wp-num"}, {c.Code, "wp-code"}, {c.Wide, "wp-wide"}} {
		if n.on {
			names = append(names, n.name)
		}
	}
	if names == nil {
		return ""
	}
	return ` class="` + strings.Join(names, " ") + `"`
}

func (c Cell) html(b *strings.Builder, col Column) {
	b.WriteString("<td" + col.class())
	if c.Hint != "" {
		fmt.Fprintf(b, ` title="%s"`, Escape(c.Hint))
	}
	if c.Bar > 0 {
		fmt.Fprintf(b, ` style="background:linear-gradient(90deg,rgba(240,110,40,.38) %.1f%%,transparent 0)"`, 100*min(c.Bar, 1))
	}
	b.WriteString(">")
	if c.Swatch != "" {
		b.WriteString(Swatch(c.Swatch))
	}
	b.WriteString(Escape(c.Text) + "</td>")
}

// Text renders the table for a terminal, with a line below the titles.
func (t Table) Text() string {
	widths := make([]int, len(t.Columns))
	rule := make([]Cell, len(t.Columns))
	head := make([]Cell, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = utf8.RuneCountInString(c.Title)
		head[i].Text = c.Title
		for _, row := range t.Rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i].Text))
		}
		rule[i].Text = strings.Repeat("─", widths[i])
	}
	var b strings.Builder
	for _, row := range append([][]Cell{head, rule}, t.Rows...) {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell.Text))
			if t.Columns[i].Number {
				line.WriteString(pad + cell.Text + "  ")
			} else {
				line.WriteString(cell.Text + pad + "  ")
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
