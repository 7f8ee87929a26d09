package figure

import (
	"fmt"
	"html"
	"strings"
	"text/tabwriter"
)

// Table says what columns a table has whose rows are of type R.
type Table[R any] struct{ columns []column[R] }

type column[R any] struct {
	head, explain string
	cell          func(R) string
}

// Column gives the table one more column: its head, what the head means, and what stands in a row.
func (t Table[R]) Column(head, explain string, cell func(R) string) Table[R] {
	t.columns = append(t.columns[:len(t.columns):len(t.columns)], column[R]{head, explain, cell})
	return t
}

// Text has a line for each row, with its columns aligned.
func (t Table[R]) Text(rows []R) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, c := range t.columns {
		fmt.Fprintf(w, "%s\t", c.head)
	}
	fmt.Fprintln(w)
	for _, row := range rows {
		for _, c := range t.columns {
			fmt.Fprintf(w, "%s\t", c.cell(row))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.String()
}

// HTML explains each column under the pointer.
func (t Table[R]) HTML(rows []R) string {
	var b strings.Builder
	b.WriteString("<table>\n<tr>")
	for _, c := range t.columns {
		fmt.Fprintf(&b, `<th title="%s">%s</th>`, html.EscapeString(c.explain), html.EscapeString(c.head))
	}
	b.WriteString("</tr>\n")
	for _, row := range rows {
		b.WriteString("<tr>")
		for _, c := range t.columns {
			fmt.Fprintf(&b, `<td style="text-align:right;white-space:nowrap">%s</td>`, html.EscapeString(c.cell(row)))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
	return b.String()
}
