package goobj

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The linker reads cgo directives from the text header of every Go object (cmd/link/internal/ld/go.go, ldpkg): a line
// "$$  // cgo", a JSON array of arrays of strings, a line "$$". The section must follow an empty line.
const (
	cgoStart = "\n$$  // cgo"
	cgoEnd   = "\n$$"

	importDynamic = "cgo_import_dynamic" // local name, name in the shared library [, library]
	importStatic  = "cgo_import_static"  // name defined by an ELF member
	exportStatic  = "cgo_export_static"  // name [, name in C, ABI]
)

// directives are an object's cgo directives, each a verb and its arguments.
type directives [][]string

func (o *object) directives() (directives, error) {
	_, section, found := strings.Cut(o.header, cgoStart)
	if !found {
		return nil, nil
	}
	text, _, _ := strings.Cut(section, cgoEnd)
	var d directives
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return nil, fmt.Errorf("%w: cgo directives: %v", ErrFormat, err)
	}
	return d, nil
}

// setDirectives replaces the object's directives.
func (o *object) setDirectives(d directives) error {
	head, section, found := strings.Cut(o.header, cgoStart)
	tail := "\n!\n"
	if found {
		_, tail, _ = strings.Cut(section, cgoEnd)
	} else {
		head = strings.TrimSuffix(head, "!\n")
	}
	if len(d) == 0 {
		o.header = head + tail
		return nil
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	o.header = head + "\n" + cgoStart + "\n" + string(text) + "\n" + cgoEnd + "\n" + tail
	return nil
}

// imports returns the names that ELF members define for this object.
func (d directives) imports() []string {
	var names []string
	for _, f := range d {
		if len(f) > 1 && f[0] == importStatic {
			names = append(names, f[1])
		}
	}
	slices.Sort(names)
	return names
}

// isRuntime reports whether these are the directives of runtime/cgo, which alone exports the way from C into Go.
func (d directives) isRuntime() bool {
	return slices.ContainsFunc(d, func(f []string) bool { return len(f) > 1 && f[0] == exportStatic && f[1] == "crosscall2" })
}
