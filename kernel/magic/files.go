package magic

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/shell"
)

// load puts a file's text in place of the cell.
func load(c *call) error {
	text, err := c.readFile("%load hello.go")
	if err != nil {
		return err
	}
	c.out.SetNextInput("// %load "+c.Args+"\n"+text, true)
	return nil
}

func (c *call) readFile(usage string) (string, error) {
	name, err := c.onePath()
	if err != nil {
		return "", err
	}
	if name == "" {
		return "", errors.New("name the file: " + usage)
	}
	text, err := os.ReadFile(c.path(name))
	return string(text), err
}

// runFile runs a Go file as if its text stood in the cell, or the cells of a notebook one after the other.
func runFile(c *call) error {
	text, err := c.readFile("%run hello.go")
	if err != nil {
		return err
	}
	codes := []string{text}
	if strings.HasSuffix(strings.Trim(c.Args, `"'`), ".ipynb") {
		if codes, err = notebookCells(text); err != nil {
			return fmt.Errorf("%s: %w", c.Args, err)
		}
	}
	for i, code := range codes {
		inner := *c.execution
		inner.source = code
		if err := inner.run(code); err != nil {
			if len(codes) > 1 {
				c.out.Stream("stderr", fmt.Sprintf("%s: code cell %d of %d failed\n", c.Args, i+1, len(codes)))
			}
			return err
		}
	}
	return nil
}

// notebookCells returns the code cells of a notebook in format 4, in which a text is a string or a list of its lines.
func notebookCells(text string) ([]string, error) {
	var notebook struct {
		Cells []struct {
			Kind   string          `json:"cell_type"`
			Source json.RawMessage `json:"source"`
		} `json:"cells"`
	}
	if err := json.Unmarshal([]byte(text), &notebook); err != nil {
		return nil, fmt.Errorf("this is no notebook: %w", err)
	}
	var codes []string
	for _, cell := range notebook.Cells {
		if cell.Kind != "code" {
			continue
		}
		var whole string
		var lines []string
		if json.Unmarshal(cell.Source, &whole) != nil {
			if err := json.Unmarshal(cell.Source, &lines); err != nil {
				return nil, fmt.Errorf("the source of a cell: %w", err)
			}
			whole = strings.Join(lines, "")
		}
		codes = append(codes, whole)
	}
	return codes, nil
}

// capture writes what the rest of the cell prints to a file as well.
func capture(c *call) error {
	args, err := shell.Split(c.Args)
	if err != nil {
		return err
	}
	flags := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if len(args) > 0 && args[0] == "-a" {
		flags, args = os.O_CREATE|os.O_WRONLY|os.O_APPEND, args[1:]
	}
	if len(args) != 1 {
		return errors.New("name the file: %capture [-a] output.txt")
	}
	f, err := os.OpenFile(c.path(args[0]), flags, 0o644)
	if err != nil {
		return err
	}
	c.execution.out = &tee{Output: c.out, file: f}
	c.execution.atEnd = append(c.execution.atEnd, f.Close)
	return nil
}

// tee writes stdout to a file as well, until the file is closed.
type tee struct {
	engine.Output
	file *os.File
}

func (t *tee) Stream(name, text string) {
	if name == "stdout" {
		t.file.WriteString(text)
	}
	t.Output.Stream(name, text)
}

// remove deletes files, not folders.
func remove(c *call) error {
	args, err := shell.Split(c.Args)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return errors.New("name the files: %rm note.txt")
	}
	for _, pattern := range args {
		names, err := filepath.Glob(c.path(pattern))
		if err != nil {
			return err
		}
		if len(names) == 0 {
			return fmt.Errorf("%s: %w", pattern, os.ErrNotExist)
		}
		for _, n := range names {
			if err := os.Remove(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// arguments sets os.Args of cells, and makes the flags of package flag anew: a program that defines its flags and parses
// them may run again.
func arguments(c *call) error {
	args, err := shell.Split(c.Args)
	if err != nil {
		return err
	}
	return c.setArguments(args)
}

func (c *call) setArguments(args []string) error {
	code := fmt.Sprintf(`import (ꞏos "os"; ꞏflag "flag")
ꞏos.Args = append(ꞏos.Args[:1:1], %#v...)
ꞏflag.CommandLine = ꞏflag.NewFlagSet(ꞏos.Args[0], ꞏflag.ContinueOnError)`, args)
	if c.execute != nil {
		return c.goCode(engine.Request{Code: code})
	}
	return c.engine.Run(c.ctx, engine.Request{Code: code, Count: c.count, Source: c.source}, c.out)
}

// mainMark is %% and %main, which begin a main function in GoNB's notebooks: the rest of the cell. Here statements need no function, and the
// variables that they declare stay for later cells.
func mainMark(c *call) error {
	if c.Args == "" {
		return nil
	}
	return arguments(c)
}

// execFunction calls a function of the session with arguments, as GoNB's %exec.
func execFunction(c *call) error {
	args, err := shell.Split(c.Args)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return errors.New("name a function without parameters: %exec f arguments")
	}
	if err := c.setArguments(args[1:]); err != nil {
		return err
	}
	return c.goCode(engine.Request{Code: strings.Repeat("\n", c.Line-1) + args[0] + "()"})
}

// noted accepts a magic of another kernel that has nothing to do here, and says why.
func noted(why string) func(*call) error {
	return func(c *call) error {
		c.out.Stream("stderr", title(c.Segment)+": "+why+"\n")
		return nil
	}
}
