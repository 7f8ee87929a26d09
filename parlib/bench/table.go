package bench

import (
	"fmt"
	"html"
	"strings"
	"text/tabwriter"
)

// column is one column of a table whose rows are of type R.
type column[R any] struct {
	head, explain string
	cell          func(R) string
}

// textTable has a line for each row, with its columns aligned.
func textTable[R any](columns []column[R], rows []R) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, c := range columns {
		fmt.Fprintf(w, "%s\t", c.head)
	}
	fmt.Fprintln(w)
	for _, row := range rows {
		for _, c := range columns {
			fmt.Fprintf(w, "%s\t", c.cell(row))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.String()
}

// htmlTable explains each column under the pointer.
func htmlTable[R any](columns []column[R], rows []R) string {
	var b strings.Builder
	b.WriteString("<table>\n<tr>")
	for _, c := range columns {
		fmt.Fprintf(&b, `<th title="%s">%s</th>`, html.EscapeString(c.explain), html.EscapeString(c.head))
	}
	b.WriteString("</tr>\n")
	for _, row := range rows {
		b.WriteString("<tr>")
		for _, c := range columns {
			fmt.Fprintf(&b, `<td style="text-align:right">%s</td>`, html.EscapeString(c.cell(row)))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
	return b.String()
}

// page puts a table under its title and above what follows from it.
func page(title string, host Host, table, summary, picture string) string {
	return fmt.Sprintf("<div><b>%s</b><br/><small>%s</small>\n%s<p>%s</p>\n%s</div>",
		html.EscapeString(title), html.EscapeString(host.String()), table, html.EscapeString(summary), picture)
}

func noise(noisy bool) string {
	if noisy {
		return "noisy"
	}
	return ""
}
