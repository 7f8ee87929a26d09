package opencl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// Program is built OpenCL C.
type Program struct {
	context *Context
	driver  driver.Program
	kernels []*Kernel
	source  string
	options []string
	closed  bool // guarded by context.commands
}

// BuildError says why a program was not built.
type BuildError struct {
	Device string      // that it was built for
	Log    string      // all that the compiler wrote
	Lines  []BuildLine // what it wrote about lines of the source
}

// BuildLine is a message of the compiler about a line of the source.
type BuildLine struct {
	Line, Column int    // from 1 on; column 0 where it is not known
	Kind         string // "error", "warning", "note"
	Message      string
	Text         string // the line of the source
}

func (e *BuildError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the source does not compile for %s", e.Device)
	for _, l := range e.Lines {
		fmt.Fprintf(&b, "\n%d:%d: %s: %s\n\t%s", l.Line, l.Column, l.Kind, l.Message, l.Text)
	}
	if len(e.Lines) == 0 {
		fmt.Fprintf(&b, ":\n%s", e.Log)
	}
	return b.String()
}

// Build compiles OpenCL C for the default context, see [Context.Build].
func Build(source string, options ...string) (*Program, error) {
	c, err := Default()
	if err != nil {
		return nil, err
	}
	return c.Build(source, options...)
}

// Build compiles OpenCL C. Options are those of clBuildProgram, such as "-D", "N=16" or "-cl-fast-relaxed-math". It fails
// with a *BuildError where the source does not compile.
func (c *Context) Build(source string, options ...string) (*Program, error) {
	const op = "Context.Build"
	c, err := c.orDefault()
	if err != nil {
		return nil, err
	}
	if c.isClosed() {
		return nil, refused(op, "the context %w", ErrClosed)
	}
	if at := strings.IndexByte(source, 0); at >= 0 {
		return nil, refused(op, "the source has a zero byte at %d", at)
	}
	flags := buildOptions(options)
	if strings.IndexByte(flags, 0) >= 0 {
		return nil, refused(op, "an option has a zero byte: %q", flags)
	}
	made, err := c.load(source, flags)
	if err != nil {
		return nil, failed(op, err)
	}
	p := &Program{context: c, driver: made, source: source, options: slices.Clone(options)}
	if err := p.findKernels(source, options); err != nil {
		made.Release()
		return nil, failed(op, err)
	}
	return p, nil
}

// buildOptions asks for what Launch checks arguments by.
func buildOptions(options []string) string {
	return strings.Join(append(options[:len(options):len(options)], "-cl-kernel-arg-info"), " ")
}

// findKernels makes the program's kernels.
func (p *Program) findKernels(text string, options []string) error {
	made, err := p.driver.Kernels()
	if err != nil {
		return err
	}
	read := signatures(text, options)
	for _, k := range made {
		info, err := k.Info()
		if err != nil {
			return err
		}
		parameters := merge(info, read[info.Name])
		p.kernels = append(p.kernels, &Kernel{program: p, driver: k, info: info, parameters: parameters})
	}
	return nil
}

// Context is the context that the program was built in.
func (p *Program) Context() *Context { return p.context }

// Kernels lists the program's kernels.
func (p *Program) Kernels() []*Kernel { return append([]*Kernel(nil), p.kernels...) }

// Kernel gives the kernel of a name.
func (p *Program) Kernel(name string) (*Kernel, error) {
	if p == nil {
		return nil, refused("Program.Kernel", "the program is nil: look at the error of Build")
	}
	var names []string
	for _, k := range p.kernels {
		if k.Name() == name {
			return k, nil
		}
		names = append(names, k.Name())
	}
	if len(names) == 0 {
		return nil, refused("Program.Kernel", "there is no kernel %q: the program has none (kernels are functions that begin with __kernel void)", name)
	}
	return nil, refused("Program.Kernel", "there is no kernel %q, but %s", name, strings.Join(names, ", "))
}

// Close gives up the program. Kernels that run end well. To Close twice does nothing.
func (p *Program) Close() error {
	p.context.commands.Lock()
	defer p.context.commands.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	for _, k := range p.kernels {
		k.driver.Release()
	}
	p.driver.Release()
	return nil
}
