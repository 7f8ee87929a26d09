package figure

import (
	"fmt"
	"strings"
)

// LineHeight is how far lines of a heading are apart.
const LineHeight = 16.0

// Colours of what every figure has.
const (
	GridColour = "#e4e4e4"
	AxisColour = "#444444"
	TextColour = "#222222"
	MarkColour = "#777777"
)

// Palette holds colours that colour-blind people can tell apart (Okabe and Ito).
var Palette = []string{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"}

// Colour is the palette's colour for the i-th thing of a figure; after the last comes the first again.
func Colour(i int) string { return Palette[i%len(Palette)] }

// Lines breaks text at spaces so that no line is much longer than a figure is wide.
func Lines(text string) []string {
	const longest = 90
	if text == "" {
		return nil
	}
	var out []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > longest {
			out, line = append(out, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(out, line)
}

// Heading writes lines from the upper edge on, the first one large.
func (c *Canvas) Heading(left float64, lines []string) {
	for i, line := range lines {
		font := Font{Size: 11}
		if i == 0 {
			font = Font{Size: 14, Bold: true}
		}
		c.Text(left, LineHeight*float64(i+1), line, font)
	}
}

// Legend says which colour of the palette stands for what, in one line.
func (c *Canvas) Legend(x, y float64, names []string) {
	for i, name := range names {
		c.Box(x, y-9, 10, 10, Colour(i), "")
		c.Text(x+15, y, name, Font{Colour: TextColour})
		x += 32 + Font{}.Width(name)
	}
}

// Plural counts things.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Sentence makes words one.
func Sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }
