// Package profile turns the raw diagnostics of a cell into displays for a notebook: CPU profiles into flame graphs,
// execution traces into timelines, race reports into pairs of cell lines.
//
// A display holds self-contained HTML and SVG without scripts, which follow the colours of the page they are on, and the
// same facts as plain text for front ends without either. JupyterLab strips SVG from the HTML of notebooks that the user
// has neither run nor trusted; of a picture, only its words remain there.
package profile

import (
	"path"
	"strings"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/stack"
)

// Options tell a display about the cell and its names. The zero Options are usable.
type Options struct {
	// Cell names what was measured, for instance "cell[7]"; "" reads "the cell".
	Cell string
	// Name gives a function's name as the user wrote it; nil drops the directory of its import path.
	Name func(string) string
	// Hide reports whether a function is the kernel's own plumbing, to be folded away; nil hides nothing but the
	// runtime's first frames, below which every goroutine runs.
	Hide func(name string) bool
	// Line names a line of a cell ("cell[7]:3") and is "" for other files; nil knows the files that //line directives
	// name "cell[7]".
	Line func(file string, line int) string
	// Source returns the text of a line; nil knows none.
	Source func(file string, line int) (string, bool)
}

func (o Options) cell() string {
	if o.Cell == "" {
		return "the cell"
	}
	return o.Cell
}

func (o Options) name(full string) string {
	if o.Name != nil {
		full = o.Name(full)
	}
	return shortName(full)
}

// shortName drops the directories of an import path, "gonum.org/v1/gonum/mat.(*Dense).Mul" to "mat.(*Dense).Mul",
// but leaves those among type arguments. Of these it drops the compiler's mark, "go.shape.".
func shortName(full string) string {
	end := strings.IndexByte(full, '[')
	if end < 0 {
		end = len(full)
	}
	return strings.ReplaceAll(full[strings.LastIndexByte(full[:end], '/')+1:], "go.shape.", "")
}

// beneath holds the runtime functions at the bottom of every stack.
var beneath = map[string]bool{"runtime.goexit": true, "runtime.main": true, "runtime.goexit0": true}

func (o Options) hide(name string) bool {
	return beneath[name] || o.Hide != nil && o.Hide(name)
}

func (o Options) line(file string, line int) string {
	if o.Line != nil {
		return o.Line(file, line)
	}
	f := stack.Frame{File: file, Line: line}
	if stack.InCell(f) {
		return f.Location()
	}
	return ""
}

// place is the cell line, or for other files the file's last name with the line.
func (o Options) place(file string, line int) string {
	if cell := o.line(file, line); cell != "" {
		return cell
	}
	return stack.Frame{File: path.Base(file), Line: line}.Location()
}

func (o Options) source(file string, line int) string {
	if o.Source == nil {
		return ""
	}
	text, ok := o.Source(file, line)
	if !ok {
		return ""
	}
	return strings.TrimSpace(text)
}

// bundle makes a display of its forms; empty ones are left out.
func bundle(text, html, svg string) display.Data {
	d := display.Data{Data: display.MIMEMap{"text/plain": text}}
	if html != "" {
		d.Data["text/html"] = html
	}
	if svg != "" {
		d.Data["image/svg+xml"] = svg
	}
	return d
}
