package engine

import "github.com/warren-go/warren/opencl/gosource"

// declarations returns what the session declares, for code that reads the source of functions: with the positions that they have in
// messages, and what the session imports.
func (e *Engine) declarations() []gosource.File {
	s := e.Session()
	imports := s.Imports()
	var files []gosource.File
	for _, d := range s.Declarations() {
		files = append(files, gosource.File{Name: e.label(d.Cell), Line: d.Line, Text: d.Text, Imports: imports})
	}
	return files
}
