// Package display shows Go values in a notebook: as text, and as HTML, images, tables, formulas and charts where the
// front end can draw them.
//
// It is in scope in every cell without an import. In a cell,
//
//	display.Display(v)                              // shows v now; its handle can change it
//	for i := range display.Progress(n) { … }        // a progress bar
//	display.Line(xs, ys).XLabel("workers")          // a chart, shown when it is the cell's last expression
//	display.Table([]string{"n", "time"}).Row(1, t)  // a table; slices of structs and maps are tables by themselves
//
// Three layers, each of which can be used alone:
//
//   - A value becomes [Data], a bundle that holds it in several MIME types, by [Render], or by a function that says which
//     type is meant ([HTML], [Markdown], [PNG]…). The functions, constants and interfaces of gophernotes are all here, with
//     its signatures.
//   - [Encode] makes any Data safe to send: valid UTF-8, and nothing that encoding/json refuses.
//   - A [Publisher] takes Data to where it is seen. The kernel's worker connects one with [Connect]; in a program that
//     connects none, everything is written as text to standard output.
//
// A type chooses how it is shown by a method, with no need to import this package: HTML() string, SVG() string,
// PNG() []byte, Markdown() string and so on (see [HTMLer]), or several types at once with SimpleRender() map[string]any.
//
// Rendering never panics and never runs away: a panic in a method of the value becomes a note in the output, cycles and
// large values are cut off, with a note that says so. The package imports nothing outside the standard library, because
// it is linked into cells; gonum's plots and matrices are recognised by their methods.
package display
