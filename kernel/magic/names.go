package magic

import (
	"fmt"
	"go/types"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/warren-go/warren/kernel/cell"
	"github.com/warren-go/warren/kernel/display"
)

// who lists the names of the session, by kind.
func who(c *call) error {
	kinds := []struct {
		kind cell.Kind
		name string
	}{{cell.Var, "variables"}, {cell.Func, "functions"}, {cell.Type, "types"}, {cell.Const, "constants"}}
	s := c.engine.Session()
	empty := true
	for _, k := range kinds {
		var names []string
		for _, e := range s.Entities() {
			if e.Kind == k.kind {
				names = append(names, e.Name)
			}
		}
		if len(names) > 0 {
			empty = false
			c.print("%-10s %s\n", k.name+":", strings.Join(names, "  "))
		}
	}
	if empty {
		c.print("The session declares nothing yet.\n")
	}
	return nil
}

// valueWidth is how much of a value %whos shows.
const valueWidth = 80

// whos shows the variables with their types and values.
func whos(c *call) error {
	var names []string
	s := c.engine.Session()
	for _, e := range s.Entities() {
		if e.Kind == cell.Var {
			names = append(names, e.Name)
		}
	}
	if len(names) == 0 {
		c.print("The session has no variables.\n")
		return nil
	}
	values, err := c.engine.Values(c.until, names...)
	if err != nil {
		return err
	}
	t := grid{header: []string{"variable", "type", "value"}, code: true}
	for _, n := range names {
		t.rows = append(t.rows, []string{n, typeText(s.Lookup(n).Obj.Type()), clip(values[n].Text, valueWidth)})
	}
	c.out.Display(t.data())
	return nil
}

// forget takes names out of the session: the way back to what a declaration hides, such as len after len := 3.
func forget(c *call) error {
	names := strings.FieldsFunc(c.Args, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	if len(names) == 0 {
		return fmt.Errorf("name what to forget: %s x", title(c.Segment))
	}
	return c.engine.Forget(names...)
}

// typeText writes a type as a cell would.
func typeText(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == "main" {
			return ""
		}
		return p.Name()
	})
}

// clip cuts text to one line of some characters.
func clip(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// grid is a table of text. Unlike those of package display it leaves out no row, and its text may be selected as code.
type grid struct {
	header []string
	rows   [][]string
	code   bool // cells are code
}

func (g grid) data() display.Data {
	return display.Data{Data: display.MIMEMap{"text/plain": g.text(), "text/html": g.html()}}
}

func (g grid) text() string {
	widths := make([]int, len(g.header))
	all := append([][]string{g.header}, g.rows...)
	for _, r := range all {
		for i, s := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(s))
		}
	}
	var b strings.Builder
	for i, r := range all {
		line := ""
		for j, s := range r {
			line += s + strings.Repeat(" ", widths[j]-utf8.RuneCountInString(s)+2)
		}
		b.WriteString(strings.TrimRight(line, " "))
		if i < len(all)-1 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func (g grid) html() string {
	var b strings.Builder
	b.WriteString(`<table style="font-size:12px;border-collapse:collapse"><thead><tr>`)
	for _, h := range g.header {
		fmt.Fprintf(&b, `<th style="text-align:left;padding:2px 12px 2px 4px">%s</th>`, html.EscapeString(h))
	}
	b.WriteString("</tr></thead><tbody>")
	for _, r := range g.rows {
		b.WriteString("<tr>")
		for i, s := range r {
			text := html.EscapeString(s)
			if g.code || i == 0 {
				text = `<code style="white-space:nowrap">` + text + "</code>"
			}
			fmt.Fprintf(&b, `<td style="text-align:left;vertical-align:top;padding:2px 12px 2px 4px">%s</td>`, text)
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</tbody></table>")
	return b.String()
}
