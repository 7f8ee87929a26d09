package opencl

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/warren-go/warren/opencl/internal/driver"
	"github.com/warren-go/warren/opencl/internal/generate"
)

// GeneratorOption says how the kernels of a generator are built: On, Preamble, BuildOptions, or Struct.
type GeneratorOption interface{ configure(*generator) error }

func (p Place) configure(g *generator) error {
	g.context = p.context
	return nil
}

// Preamble is OpenCL C that is put before a generated kernel: functions, macros and types that its expressions use.
type Preamble string

func (p Preamble) configure(g *generator) error {
	g.preamble += string(p) + "\n"
	return nil
}

// BuildOptions are passed on to [Context.Build], such as "-cl-fast-relaxed-math".
type BuildOptions []string

func (b BuildOptions) configure(g *generator) error {
	g.build = append(g.build, b...)
	return nil
}

type structOption struct{ t reflect.Type }

// Struct declares a struct of Go to the expressions and arguments of a generated kernel, under its name and with its fields.
// What C would lay out in another way than Go is an error.
func Struct[T any]() GeneratorOption { return structOption{reflect.TypeFor[T]()} }

func (s structOption) configure(g *generator) error { return g.declare(s.t) }

// generator is what all generators of kernels have: the arguments that their users give, and what they were built for.
type generator struct {
	name      string
	arguments []generate.Argument
	byIndex   []bool // which arguments the expressions index by i alone
	context   *Context
	preamble  string
	types     []string // structs that preamble declares
	build     []string

	mu    sync.Mutex
	built map[variant][]*Kernel
}

// variant is a way in which a generator's kernels are built.
type variant struct {
	context *Context
	strided bool // see generate.Kernel
	stepped bool // see generate.Elementwise
}

// newGenerator reads the arguments of a generator and its options.
func newGenerator(name, list string, opts []GeneratorOption, declare ...reflect.Type) (*generator, error) {
	g := &generator{name: name, built: map[variant][]*Kernel{}}
	if !generate.IsIdentifier(name) {
		return nil, fmt.Errorf("the name %q is none for a kernel, which has the letters a to z, digits and _", name)
	}
	for _, t := range declare {
		if err := g.declare(t); err != nil {
			return nil, err
		}
	}
	for _, o := range opts {
		if o == nil {
			return nil, fmt.Errorf("a nil option")
		}
		if err := o.configure(g); err != nil {
			return nil, err
		}
	}
	if g.context == nil {
		c, err := Default()
		if err != nil {
			return nil, err
		}
		g.context = c
	}
	var err error
	g.arguments, err = generate.Arguments(list, g.types)
	return g, err
}

// declare writes a struct to the preamble.
func (g *generator) declare(t reflect.Type) error {
	ct, err := generate.TypeOf(t)
	if err != nil || ct.Declare == "" || slices.Contains(g.types, ct.Name) {
		return err
	}
	g.types = append(g.types, ct.Name)
	g.preamble += ct.Declare
	return nil
}

// expressions notes which arguments a generator's expressions index by i.
func (g *generator) expressions(texts ...string) {
	g.byIndex = generate.IndexedByI(strings.Join(texts, "\n"), g.arguments)
}

// kernels gives the kernels of a variant, which are built on first use.
func (g *generator) kernels(v variant, build func(variant) ([]*Kernel, error)) ([]*Kernel, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if k := g.built[v]; k != nil {
		return k, nil
	}
	k, err := build(v)
	if err == nil {
		g.built[v] = k
	}
	return k, err
}

// buildAll builds a text and gives the kernels of some names.
func (g *generator) buildAll(c *Context, text string, names ...string) ([]*Kernel, error) {
	p, err := c.Build(text, g.build...)
	if err != nil {
		return nil, err
	}
	kernels := make([]*Kernel, len(names))
	for i, name := range names {
		if kernels[i], err = p.Kernel(name); err != nil {
			return nil, err
		}
	}
	return kernels, nil
}

// call is a generator's kernels with the arguments of one call.
type call struct {
	arguments
	options
	context *Context
	queue   *Queue
	strided bool
	n       int // how long the arrays are that the expressions index by i
}

// bind checks the arguments of a call. Those that are options are taken out.
func (g *generator) bind(op string, o options, args []any) (*call, error) {
	c := &call{options: o}
	var given []any
	for _, a := range args {
		if option, ok := a.(Option); ok {
			option.set(&c.options)
			continue
		}
		given = append(given, a)
	}
	if len(given) != len(g.arguments) {
		return nil, refused(op, "%d arguments; it takes %d (%s)", len(given), len(g.arguments), generate.List(g.arguments))
	}
	c.n = -1
	for i, a := range g.arguments {
		if err := c.add(a, g.byIndex[i], given[i]); err != nil {
			return nil, fmt.Errorf("opencl: %s: argument %d (%v): %w", op, i, a, err)
		}
	}
	return c, g.place(op, c)
}

// place decides where and for how many indices the call runs.
func (g *generator) place(op string, c *call) error {
	if c.options.queue != nil {
		c.queue = c.options.queue
	}
	if c.queue == nil {
		c.queue = g.context.queue
	}
	if c.context == nil {
		c.context = c.queue.context
	}
	if c.queue.context != c.context {
		return refused(op, "arrays and queue belong to different contexts (%s, %s)", c.context.device, c.queue.context.device)
	}
	if c.n < 0 && c.over == nil {
		return refused(op, "no array says how many indices there are: none is indexed by [i]; give the option Over")
	}
	if c.over != nil {
		n := c.n
		if n < 0 {
			n = max(c.over.Start, c.over.Stop) + 1
		}
		if err := c.over.check(n); err != nil {
			return failed(op, err)
		}
		c.n = max(c.n, 0)
	}
	return c.options.wait(c.queue)
}

// add takes the argument for a.
func (c *call) add(a generate.Argument, byIndex bool, given any) error {
	if a.Array {
		return c.addArray(a, byIndex, given)
	}
	if given == nil {
		return fmt.Errorf("nil; it takes a value")
	}
	if _, ok := given.(memoryArgument); ok {
		return fmt.Errorf("a %T; it takes a value: an array is *%s in the arguments", given, a.Name)
	}
	if t, err := generate.TypeOf(reflect.TypeOf(given)); err == nil && t.Name == a.Type {
		c.values = append(c.values, pointTo(reflect.ValueOf(given)))
		return nil
	}
	p := Parameter{Name: a.Name, Type: a.Type}
	if _, known := p.element(); !known {
		return fmt.Errorf("a %T; it takes a struct %s", given, a.Type)
	}
	value, err := valueFor(p, given)
	c.values = append(c.values, value)
	return err
}

// addArray takes an array with the place of its first element and the distance between two.
func (c *call) addArray(a generate.Argument, byIndex bool, given any) error {
	array, ok := given.(arrayArgument)
	if !ok {
		return fmt.Errorf("a %T; it takes an array or buffer", given)
	}
	if reflect.ValueOf(given).IsNil() || array.memory() == nil || array.memory().context == nil {
		return fmt.Errorf("a %T that holds nothing", given)
	}
	v := array.view()
	if t := cName(v.element); t != a.Type {
		return fmt.Errorf("elements of type %v, which is %s", v.element, t)
	}
	if c.context == nil {
		c.context, c.queue = v.context, v.queue
	}
	if v.context != c.context {
		return fmt.Errorf("an array of another context (on %s) than those before (on %s)", v.context.device, c.context.device)
	}
	if byIndex {
		if c.n >= 0 && v.count != c.n {
			return fmt.Errorf("%d elements; an array before it has %d, and both are indexed by i", v.count, c.n)
		}
		c.n = v.count
	}
	c.strided = c.strided || v.step != 1
	c.buffers, c.at = append(c.buffers, v.storage), append(c.at, len(c.values))
	c.values = append(c.values, driver.Argument{}, longValue(v.first), longValue(v.step))
	return nil
}

// with is the call's arguments followed by others: numbers, and buffers.
func (c *call) with(more ...any) *arguments {
	a := &arguments{values: slices.Clone(c.values), buffers: slices.Clone(c.buffers), at: slices.Clone(c.at)}
	return a.append(more...)
}

// append adds numbers (as long) and buffers.
func (a *arguments) append(more ...any) *arguments {
	for _, m := range more {
		switch m := m.(type) {
		case int:
			a.values = append(a.values, longValue(m))
		case memoryArgument:
			a.buffers, a.at = append(a.buffers, m.memory()), append(a.at, len(a.values))
			a.values = append(a.values, driver.Argument{})
		}
	}
	return a
}

// longValue is a number for a parameter of type long.
func longValue(n int) driver.Argument {
	v := int64(n)
	return driver.Argument{Size: 8, Value: ptr(&v)}
}

// indices are the start, step and number of the indices.
func (c *call) indices() (start, step, count int) {
	if c.over != nil {
		return c.over.Start, c.over.Step, c.over.count()
	}
	return 0, 1, c.n
}

// cName is a type's name in OpenCL C; for types that have none it says so.
func cName(t reflect.Type) string {
	ct, err := generate.TypeOf(t)
	if err != nil {
		return "no type of OpenCL C"
	}
	return ct.Name
}

// operationKey names an operation of arrays: its elements' types, and what else the kernel depends on.
type operationKey struct {
	op   string
	x, y reflect.Type
}

// operation gives a context's generator for an operation; it is made on first use.
func operation[G any](c *Context, key operationKey, make func() (G, error)) (G, error) {
	if g, ok := c.operations.get(key); ok {
		return g.(G), nil
	}
	g, err := make()
	if err != nil {
		return g, err
	}
	return c.operations.keep(key, g).(G), nil
}

// operations are the generators of a context, by what they do. (A sync.Map would be compiled anew in each package that names a
// generic type of this one.)
type operations struct {
	mu   sync.Mutex
	made map[operationKey]any
}

func (o *operations) get(key operationKey) (any, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	g, ok := o.made[key]
	return g, ok
}

// keep keeps a generator, unless another goroutine was faster, whose generator it is then.
func (o *operations) keep(key operationKey, g any) any {
	o.mu.Lock()
	defer o.mu.Unlock()
	if kept, ok := o.made[key]; ok {
		return kept
	}
	if o.made == nil {
		o.made = map[operationKey]any{}
	}
	o.made[key] = g
	return g
}
