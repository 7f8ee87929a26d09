package magic

import (
	"cmp"
	"errors"
	"fmt"
	"go/types"
	"os"
	"os/exec"
	"strings"

	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/cell"
	"github.com/warren-go/warren/kernel/display"
)

// describe answers ?name: it shows, in the pager, what is known of a name.
func describe(source bool) func(*call) error {
	return func(c *call) error {
		name := strings.TrimSuffix(strings.TrimSpace(c.Args), "()")
		if name == "" {
			return help(c)
		}
		text, err := c.about(name, source)
		if err != nil {
			return err
		}
		c.out.Page(display.Data{Data: display.MIMEMap{"text/plain": text}})
		return nil
	}
}

// about explains a name: a magic, a name of the session, or what go doc knows.
func (c *call) about(name string, source bool) (string, error) {
	if strings.HasPrefix(name, "%") {
		if text, ok := c.Help(name); ok {
			return text, nil
		}
		return "", errors.New(c.unknown("%", bare(name)))
	}
	first, _, _ := strings.Cut(name, ".")
	s := c.engine.Session()
	if e := s.Lookup(name); e != nil {
		return c.aboutEntity(e, source)
	}
	if e := s.Lookup(first); e != nil {
		return c.aboutMember(e, strings.TrimPrefix(name, first+"."))
	}
	return c.goDoc(name, source)
}

func (c *call) aboutEntity(e *cell.Entity, source bool) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", signature(e.Obj))
	fmt.Fprintf(&b, "\ndeclared at %s:%d\n", c.engine.Label(e.Cell), e.Line)
	if doc := comment(e.Source()); doc != "" {
		fmt.Fprintf(&b, "\n%s\n", doc)
	}
	if e.Kind == cell.Var {
		values, err := c.engine.Values(c.until, e.Name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\nvalue now: %s\n", values[e.Name].Text)
	}
	if t, ok := e.Obj.(*types.TypeName); ok {
		b.WriteString(methodList(t.Type()))
	}
	if text := strings.TrimSpace(e.Source()); source && text != "" {
		fmt.Fprintf(&b, "\n%s\n", text)
	}
	return b.String(), nil
}

// signature writes what an object is, as Go declares it.
func signature(o types.Object) string {
	return types.ObjectString(o, func(p *types.Package) string {
		if p.Path() == "main" {
			return ""
		}
		return p.Name()
	})
}

// comment returns the comment lines that a declaration begins with.
func comment(source string) string {
	var lines []string
	for line := range strings.Lines(strings.TrimSpace(source)) {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "//")
		if !ok {
			break
		}
		lines = append(lines, strings.TrimPrefix(text, " "))
	}
	return strings.Join(lines, "\n")
}

func methodList(t types.Type) string {
	var b strings.Builder
	set := types.NewMethodSet(types.NewPointer(t))
	for i := range set.Len() {
		fmt.Fprintf(&b, "\n%s", signature(set.At(i).Obj()))
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

// aboutMember explains a field or a method of a type or a variable of the session.
func (c *call) aboutMember(e *cell.Entity, member string) (string, error) {
	obj, _, _ := types.LookupFieldOrMethod(e.Obj.Type(), true, e.Obj.Pkg(), member)
	if obj == nil {
		return "", fmt.Errorf("%s %s has no field or method %s", e.Kind, e.Name, member)
	}
	return signature(obj) + "\n", nil
}

// builtin is the package that documents what Go itself declares.
const builtin = "builtin"

// pathOf is the package that cells know by a name, or the name itself.
func (c *call) pathOf(name string, ws *build.Workspace) string {
	if path := c.engine.Session().Imports()[name]; path != "" {
		return path
	}
	if paths := ws.Named(name); len(paths) > 0 {
		return paths[0]
	}
	return name
}

// goDoc asks the go command about a package or a symbol of one.
func (c *call) goDoc(name string, source bool) (string, error) {
	ws, err := c.engine.Workspace(c.until)
	if err != nil {
		return "", err
	}
	file, err := ws.ModFile()
	if err != nil {
		return "", err
	}
	first, symbol, _ := strings.Cut(name, ".")
	path := c.pathOf(first, ws)
	if types.Universe.Lookup(name) != nil {
		first, path, symbol = builtin, builtin, name // other packages are called builtin, too
	}
	args := []string{"doc"}
	if first == builtin {
		args = append(args, "-u") // its names are lower case
	}
	if source && symbol != "" {
		args = append(args, "-src")
	}
	args = append(args, path)
	if symbol != "" {
		args = append(args, symbol)
	}
	cmd := exec.CommandContext(c.until, ws.Go, args...)
	cmd.Dir = ws.Dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod -modfile="+file)
	text, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return string(text), nil
	case first == builtin || path != first: // it is there, so go doc itself failed, or a symbol is not
		return "", fmt.Errorf("go doc knows nothing of %s: %s", name, cmp.Or(strings.TrimSpace(string(text)), err.Error()))
	}
	return "", fmt.Errorf("nothing is known of %s: no name of the session, no package, no magic", name)
}

// listMagics prints the table.
func listMagics(c *call) error {
	t := grid{header: []string{"magic", "what it does"}}
	for _, g := range c.magics {
		var uses []string
		for _, i := range g.infos() {
			uses = append(uses, i.Usage)
		}
		t.rows = append(t.rows, []string{strings.Join(uses, ", "), g.about})
	}
	c.out.Display(t.data())
	return nil
}

// cells explains what a beginner needs to know.
const cells = `A cell holds Go: declarations and statements in any order. Variables, functions, types and imports stay for the cells
below. The last expression is shown; a ; behind it hides it. Packages need no import line. What a name means: name?
Beside the standard library there are parlib (pools, parallel loops), coord (barriers, queues, futures), opencl (GPUs: cells that
begin with %%cl_kernel hold OpenCL C), display (images, tables, charts, progress bars) and comm (messages to and from
widgets): parlib?

`

// help prints what cells are and the table, or one row of it.
func help(c *call) error {
	if c.Args != "" {
		text, ok := c.Help(c.Args)
		if !ok {
			return errors.New(c.unknown("%", bare(c.Args)))
		}
		c.print("%s", text)
		return nil
	}
	c.print("%s", cells)
	return listMagics(c)
}

func version(c *call) error {
	ws, err := c.engine.Workspace(c.until)
	if err != nil {
		return err
	}
	c.print("warren %s, %s in %s\n", c.opts.Version, ws.Version, ws.Root)
	return nil
}
