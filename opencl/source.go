package opencl

import (
	"os"
	"reflect"
	"sync"
)

// Memory is memory of a device, as a kernel takes it for a parameter that points to global or constant memory: a *[Buffer] or an
// *[Array] whose elements lie side by side from the start of its buffer.
type Memory interface{ memoryArgument }

// MemoryOf is [Memory] that holds elements of type T.
type MemoryOf[T any] interface {
	Memory
	holds(T)
}

func (b *Buffer[T]) holds(T) {}

func (a *Array[T]) holds(T) {}

// Source is OpenCL C that is built for a context when the first of its kernels runs there, and once. It is what functions are
// made of that run kernels as if these were Go: those of package bind, and of the cells of a notebook that hold OpenCL C.
type Source string

// sources are the programs that a context has of sources.
type sources struct {
	mu       sync.Mutex
	programs map[sourceKey]*Program
}

type sourceKey struct {
	source  Source
	options string
}

// Build builds the source for a context, nil being the default one, with options as in "-D N=16 -cl-fast-relaxed-math". What was
// built before is found again.
func (s Source) Build(c *Context, options string) (*Program, error) {
	c, err := c.orDefault()
	if err != nil {
		return nil, err
	}
	c.sources.mu.Lock()
	defer c.sources.mu.Unlock()
	key := sourceKey{s, options}
	if p := c.sources.programs[key]; p != nil && !p.isClosed() {
		return p, nil
	}
	p, err := c.Build(string(s), options)
	if err != nil {
		return nil, err
	}
	if c.sources.programs == nil {
		c.sources.programs = map[sourceKey]*Program{}
	}
	c.sources.programs[key] = p
	return p, nil
}

// Must is Build for the default context that panics with the error, so that a notebook shows it where it belongs.
func (s Source) Must(options string) {
	if _, err := s.Build(nil, options); err != nil {
		panic(err)
	}
}

// Run runs a kernel of the source, built with options, once for each work-item of a range, and returns when it has run; the event
// tells the times. It runs on the context of its arguments, or, where none is memory, on the default one. The error, if
// there is one, is a panic: the caller of a function that looks like Go's own is not to overlook it.
func (s Source) Run(kernel, options string, r Range, args ...any) *Event {
	e, err := s.run(kernel, options, r, args, nil)
	if err != nil {
		panic(err)
	}
	return e
}

// run is Run with a look at the launch before, which may refuse it.
func (s Source) run(kernel, options string, r Range, args []any, before func(*Kernel) error) (*Event, error) {
	p, err := s.Build(contextOf(args), options)
	if err != nil {
		return nil, err
	}
	k, err := p.Kernel(kernel)
	if err != nil {
		return nil, err
	}
	if before != nil {
		if err := before(k); err != nil {
			return nil, err
		}
	}
	e, err := k.Launch(nil, r, args...)
	if err != nil {
		return nil, err
	}
	return e, e.Wait()
}

// contextOf is the context of the first argument that is memory; nil where none is.
func contextOf(args []any) *Context {
	for _, a := range args {
		if m, ok := a.(memoryArgument); ok && !reflect.ValueOf(m).IsNil() {
			if s := m.memory(); s != nil {
				return s.context
			}
		}
	}
	return nil
}

func (p *Program) isClosed() bool {
	p.context.commands.Lock()
	defer p.context.commands.Unlock()
	return p.closed || p.context.closed
}

// RunChecked is Run that first has the launch simulated, as [Kernel.Check] does. What that finds is printed to standard error. It
// panics, and the kernel does not run, where memory was used that is not the kernel's, and where there is no Oclgrind.
func (s Source) RunChecked(kernel, options string, r Range, args ...any) *Event {
	e, err := s.run(kernel, options, r, args, func(k *Kernel) error {
		report, err := k.Check(r, args...)
		if err != nil {
			return err
		}
		return report.tell(os.Stderr)
	})
	if err != nil {
		panic(err)
	}
	return e
}
