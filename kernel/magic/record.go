package magic

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/profile"
)

// views say how each recording is shown.
var views = map[string]func(io.Reader, profile.Options) (display.Data, error){"cpu": profile.CPU, "trace": profile.Trace}

// record runs a statement or a cell under a recorder of the worker and shows what it recorded, also when the code failed or
// was interrupted. Compiling is not part of it.
func record(kind string) func(*call) error {
	return func(c *call) error {
		var recordings [][]byte
		var failed error
		inner := *c.execution
		inner.measure = func() func() {
			stop, err := c.engine.Record(c.ctx, kind)
			if err != nil {
				failed = errors.Join(failed, err)
				return func() {}
			}
			return func() {
				blob, err := stop()
				failed = errors.Join(failed, err)
				recordings = append(recordings, blob)
			}
		}
		err := c.body(&inner)
		for _, blob := range recordings {
			if len(blob) == 0 {
				continue
			}
			d, err := views[kind](bytes.NewReader(blob), c.profileOptions())
			if err != nil {
				return err
			}
			c.out.Display(d)
		}
		if err != nil {
			return err
		}
		return failed
	}
}

// profileOptions tell the displays of package profile about the cell.
func (c *execution) profileOptions() profile.Options {
	return profile.Options{
		Cell: fmt.Sprintf("cell[%d]", c.count), Name: engine.PlainName, Hide: plumbing, Source: c.engine.Line,
	}
}

// plumbing tells whether a function is the kernel's own. Package main is that of the worker: those of cells have other
// paths.
func plumbing(name string) bool {
	const module = "github.com/warren-go/warren/kernel/"
	return strings.HasPrefix(name, "main.") || strings.HasPrefix(name, module+"rt.") || strings.HasPrefix(name, module+"worker.")
}
