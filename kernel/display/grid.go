package display

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a table, in rows and columns shown: so many from its beginning, and so many from its end.
const (
	headRows, tailRows       = 50, 10
	headColumns, tailColumns = 15, 5
)

// grid is the part of a table that is shown.
type grid struct {
	header []string // empty for a table without a header
	rows   [][]cell
	notes  []string // what is not shown, one line each
	headed bool     // the first column names the rows
}

const gap = -1 // in a window, what is left out

// gapCell stands for left out rows and columns; it does not count as text.
var gapCell = cell{"…", true}

// window lists the indices of 0 to n-1 that are shown, with a gap between head and tail if that leaves any out.
func window(n, head, tail int) []int {
	cut := n > head+tail
	if !cut {
		head = n
	}
	indices := make([]int, 0, head+tail+1)
	for i := range head {
		indices = append(indices, i)
	}
	if cut {
		indices = append(indices, gap)
		for i := n - tail; i < n; i++ {
			indices = append(indices, i)
		}
	}
	return indices
}

// note says that of n rows or columns only shown are there.
func (g *grid) note(n, shown int, what string) {
	if n > shown {
		g.notes = append(g.notes, fmt.Sprintf("%d of %d %s shown", shown, n, what))
	}
}

func (g *grid) columns() int {
	n := len(g.header)
	for _, r := range g.rows {
		n = max(n, len(r))
	}
	return n
}

// numeric tells for each column whether all of it is numbers.
func (g *grid) numeric() []bool {
	numeric := slices.Repeat([]bool{true}, g.columns())
	for _, r := range g.rows {
		for j, c := range r {
			numeric[j] = numeric[j] && (c.number || c.text == "")
		}
	}
	return numeric
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// html is the table with all text escaped.
func (g *grid) html() string {
	var b strings.Builder
	numeric := g.numeric()
	b.WriteString("<table>")
	if len(g.header) > 0 {
		b.WriteString("<thead><tr>")
		for j, h := range g.header {
			htmlCell(&b, "th", h, numeric[j])
		}
		b.WriteString("</tr></thead>")
	}
	b.WriteString("<tbody>")
	for _, r := range g.rows {
		b.WriteString("<tr>")
		for j, c := range r {
			tag := "td"
			if j == 0 && g.headed {
				tag = "th"
			}
			htmlCell(&b, tag, c.text, numeric[j])
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</tbody></table>")
	for _, n := range g.notes {
		b.WriteString("<p>" + escaper.Replace(n) + "</p>")
	}
	return b.String()
}

func htmlCell(b *strings.Builder, tag, text string, number bool) {
	align := "left"
	if number {
		align = "right"
	}
	fmt.Fprintf(b, `<%s style="text-align:%s">%s</%s>`, tag, align, escaper.Replace(text), tag)
}

// text is the table in columns of equal width, two spaces apart.
func (g *grid) text() string {
	rows := g.rows
	if len(g.header) > 0 {
		header := make([]cell, len(g.header))
		for j, h := range g.header {
			header[j].text = h
		}
		rows = append([][]cell{header}, rows...)
	}
	lines := append(alignColumns(rows, g.numeric()), g.notes...)
	return strings.Join(lines, "\n")
}

// alignColumns writes each row as a line; the columns named by right are aligned to the right. Line breaks in a cell
// become spaces.
func alignColumns(rows [][]cell, right []bool) []string {
	widths := make([]int, len(right))
	for _, r := range rows {
		for j, c := range r {
			widths[j] = max(widths[j], utf8.RuneCountInString(c.text))
		}
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		var b strings.Builder
		for j, c := range r {
			if j > 0 {
				b.WriteString("  ")
			}
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(c.text))
			text := strings.Map(unbroken, c.text)
			if right[j] {
				text = pad + text
			} else {
				text += pad
			}
			b.WriteString(text)
		}
		lines[i] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

func unbroken(r rune) rune {
	if r == '\n' || r == '\r' || r == '\t' {
		return ' '
	}
	return r
}
