package magic

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/shell"
)

// goCommand runs the go command: get and mod for the module of this session, all else in the folder of cells.
func goCommand(c *call) error {
	args, err := shell.Split(c.Args)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return errors.New("write what the go command is to do: %go get module@version")
	}
	ws, err := c.engine.Workspace(c.until)
	if err != nil {
		return err
	}
	p := program{args: append([]string{ws.Go}, args...)}
	switch args[0] {
	case "get":
		return c.goGet(ws, args[1:])
	case "mod", "list":
		return c.goMod(ws, p)
	}
	return c.tolerant(c.exec(p, c.out.Stream))
}

func (c *call) goGet(ws *build.Workspace, args []string) error {
	if len(args) == 0 {
		return errors.New("name a module: %go get golang.org/x/text@latest")
	}
	said, err := ws.AddModules(c.until, args...)
	if err != nil {
		return err
	}
	if said == "" {
		said = "nothing to add: the session has it already\n"
	}
	c.print("%s", said)
	return nil
}

// goMod runs a command on the session's go.mod.
func (c *call) goMod(ws *build.Workspace, p program) error {
	if len(p.args) > 2 && p.args[1] == "mod" && p.args[2] == "tidy" {
		c.print("Nothing to tidy: what cells import is known to the session only, so all modules stay.\n")
		return nil
	}
	file, err := ws.ModFile()
	if err != nil {
		return err
	}
	for i, a := range p.args {
		p.args[i] = c.absoluteReplace(a)
	}
	p.dir, p.env = ws.Dir, []string{"GOFLAGS=-mod=mod -modfile=" + file}
	return c.tolerant(ws.ChangeModules(c.until, func() error { return c.exec(p, c.out.Stream) }))
}

// absoluteReplace makes the folder in -replace=module=./folder absolute: the command runs elsewhere.
func (c *call) absoluteReplace(arg string) string {
	flag, replace, _ := strings.Cut(arg, "=")
	module, folder, ok := strings.Cut(replace, "=")
	if !ok || strings.TrimLeft(flag, "-") != "replace" || !strings.HasPrefix(folder, ".") {
		return arg
	}
	return fmt.Sprintf("%s=%s=%s", flag, module, filepath.Join(c.engine.Dir(), folder))
}
