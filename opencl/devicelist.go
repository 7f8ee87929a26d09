package opencl

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
	"text/tabwriter"
)

// DeviceList is a list of devices. It shows itself as a table.
type DeviceList []*Device

// deviceColumns are the columns of the table: a head, and what stands below it.
var deviceColumns = []struct {
	head string
	cell func(*Device) string
}{
	{"id", (*Device).ID},
	{"device", (*Device).Name},
	{"platform", (*Device).Platform},
	{"type", func(d *Device) string { return d.Type().String() }},
	{"compute units", func(d *Device) string { return fmt.Sprint(d.ComputeUnits()) }},
	{"memory", func(d *Device) string { return byteCount(d.GlobalMemory()) }},
	{"local memory", func(d *Device) string { return byteCount(d.LocalMemory()) }},
	{"work-group", func(d *Device) string { return fmt.Sprint(d.MaxWorkGroup()) }},
	{"float64", func(d *Device) string { return map[bool]string{true: "yes", false: "no"}[d.HasFloat64()] }},
	{"version", (*Device).Version},
}

func (l DeviceList) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, c := range deviceColumns {
		fmt.Fprintf(w, "%s\t", c.head)
	}
	fmt.Fprintln(w)
	for _, d := range l {
		for _, c := range deviceColumns {
			fmt.Fprintf(w, "%s\t", c.cell(d))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.String()
}

// HTML is the table.
func (l DeviceList) HTML() string {
	var b strings.Builder
	b.WriteString("<table>\n<tr>")
	for _, c := range deviceColumns {
		fmt.Fprintf(&b, `<th style="text-align:left">%s</th>`, html.EscapeString(c.head))
	}
	b.WriteString("</tr>\n")
	for _, d := range l {
		b.WriteString("<tr>")
		for _, c := range deviceColumns {
			fmt.Fprintf(&b, `<td style="text-align:left">%s</td>`, html.EscapeString(c.cell(d)))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
	return b.String()
}

// best is the device to be taken where none is named: a GPU before an accelerator before a CPU, then the one that can do
// more at once.
func (l DeviceList) best() *Device {
	return slices.MaxFunc(l, func(a, b *Device) int {
		return cmp.Or(
			cmp.Compare(a.Type(), b.Type()),
			cmp.Compare(a.ComputeUnits()*max(1, a.Clock()), b.ComputeUnits()*max(1, b.Clock())),
			cmp.Compare(a.GlobalMemory(), b.GlobalMemory()),
		)
	})
}

// find gives the first device that a text of the form platform:device means. Both parts are numbers or parts of names, and
// either may be missing.
func (l DeviceList) find(text string) (*Device, error) {
	platform, device, split := strings.Cut(text, ":")
	if !split {
		platform, device = "", text
		if isNumber(text) {
			platform, device = text, ""
		}
	}
	var fit DeviceList
	for _, d := range l {
		p, n, _ := strings.Cut(d.id, ":")
		if means(platform, p, d.Platform()) && means(device, n, d.Name()) {
			fit = append(fit, d)
		}
	}
	if len(fit) == 0 {
		return nil, fmt.Errorf("%w: %q; write platform:device, as numbers or parts of names; there are:\n%s", ErrNoDevice, text, l.lines())
	}
	return fit.best(), nil
}

func (l DeviceList) lines() string {
	var lines []string
	for _, d := range l {
		lines = append(lines, "  "+d.String())
	}
	return strings.Join(lines, "\n")
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// means tells whether a text means something that has a number and a name.
func means(text, number, name string) bool {
	text = strings.TrimSpace(text)
	if isNumber(text) {
		return text == number
	}
	return strings.Contains(strings.ToLower(name), strings.ToLower(text))
}

// byteCount writes a number of bytes in the largest unit that fits.
func byteCount(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	x, unit := float64(n), 0
	for ; x >= 1024 && unit < len(units)-1; unit++ {
		x /= 1024
	}
	return fmt.Sprintf("%.4g %s", x, units[unit])
}
