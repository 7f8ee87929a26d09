package magic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/shell"
)

// program is a command to run for a cell.
type program struct {
	args  []string
	stdin string
	dir   string // "" is the folder of cells
	env   []string
}

// shellName is the shell of ! and %%bash: bash where there is one.
func shellName() string {
	if path, err := exec.LookPath("bash"); err == nil {
		return path
	}
	return "sh"
}

// command runs !cmd. What the command's exit status says does not fail the cell, as in IPython.
func command(c *call) error {
	if c.Args == "" {
		return errors.New("write the command behind it: !ls")
	}
	return c.tolerant(c.exec(program{args: []string{shellName(), "-c", joined(c.Args)}}, c.out.Stream))
}

// moduleCommand runs !*cmd in the folder of the module that cells are compiled in.
func moduleCommand(c *call) error {
	ws, err := c.engine.Workspace(c.until)
	if err != nil {
		return err
	}
	return c.tolerant(c.exec(program{args: []string{shellName(), "-c", joined(c.Args)}, dir: ws.Dir}, c.out.Stream))
}

// captureCommand runs !!cmd and makes its lines the cell's result.
func captureCommand(c *call) error {
	var text strings.Builder
	err := c.exec(program{args: []string{shellName(), "-c", joined(c.Args)}}, func(name, s string) {
		if name == "stdout" {
			text.WriteString(s)
		} else {
			c.out.Stream(name, s)
		}
	})
	c.out.Result(display.Data{Data: display.MIMEMap{"text/plain": strings.TrimSuffix(text.String(), "\n")}})
	return c.tolerant(err)
}

// joined is a command over several lines, as the shell takes it.
func joined(args string) string { return strings.ReplaceAll(args, "\r\n", "\n") }

// tolerant says on stderr how a command failed instead of failing the cell.
func (c *execution) tolerant(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && c.until.Err() == nil {
		c.out.Stream("stderr", exitText(exit)+"\n")
		return nil
	}
	return err
}

func exitText(e *exec.ExitError) string {
	if s, ok := e.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return "the command was ended by signal " + s.Signal().String()
	}
	return fmt.Sprintf("exit status %d", e.ExitCode())
}

// script runs the body of a cell with the program that the arguments name.
func script(command ...string) func(*call) error {
	return func(c *call) error {
		more, err := shell.Split(c.Args)
		if err != nil {
			return err
		}
		args := append(append([]string(nil), command...), more...)
		if len(args) == 0 {
			return errors.New("name the program that takes the cell: %%script python3")
		}
		err = c.exec(program{args: args, stdin: c.Text}, c.out.Stream)
		var exit *exec.ExitError
		if errors.As(err, &exit) && c.until.Err() == nil {
			return fmt.Errorf("%s: %s", args[0], exitText(exit))
		}
		return err
	}
}

// exec runs a program to its end and passes on what it prints as it comes. An interrupt ends it with all it started.
func (c *execution) exec(p program, stream func(name, text string)) error {
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Dir = p.dir
	if cmd.Dir == "" {
		cmd.Dir = c.engine.Dir()
	}
	cmd.Env = append(append(os.Environ(), c.engine.Env()...), p.env...)
	cmd.Stdin = strings.NewReader(p.stdin)
	stdout, stderr := &textWriter{stream: stream, name: "stdout"}, &textWriter{stream: stream, name: "stderr"}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// A program in the background may hold the pipes open: wait for the command, not for it.
	cmd.WaitDelay = 500 * time.Millisecond
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("cannot start %s: %w", p.args[0], err)
	}
	ended := make(chan struct{})
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		killGroup(c.until, cmd.Process.Pid, ended)
	}()
	err := cmd.Wait()
	close(ended)
	<-killed
	stdout.flush()
	stderr.flush()
	if c.until.Err() != nil {
		return c.until.Err()
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return err
}

// killGroup ends a group of processes when ctx does: first as Ctrl-C would, then for good.
func killGroup(ctx context.Context, pid int, ended <-chan struct{}) {
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	syscall.Kill(-pid, syscall.SIGINT)
	select {
	case <-ended:
	case <-time.After(300 * time.Millisecond):
	}
	syscall.Kill(-pid, syscall.SIGKILL) // also what the command left behind
}

// textWriter passes on text, and keeps back characters that are not yet complete.
type textWriter struct {
	stream func(name, text string)
	name   string
	rest   []byte
}

var _ io.Writer = (*textWriter)(nil)

func (w *textWriter) Write(b []byte) (int, error) {
	text := append(w.rest, b...)
	cut := len(text)
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if utf8.RuneStart(text[len(text)-i]) {
			if !utf8.FullRune(text[len(text)-i:]) {
				cut -= i
			}
			break
		}
	}
	w.rest = append([]byte(nil), text[cut:]...)
	if cut > 0 {
		w.stream(w.name, string(text[:cut]))
	}
	return len(b), nil
}

func (w *textWriter) flush() {
	if len(w.rest) > 0 {
		w.stream(w.name, string(w.rest))
		w.rest = nil
	}
}

// reset starts a new session.
func reset(c *call) error {
	if c.Args != "" && c.Args != "go.mod" {
		return fmt.Errorf("it takes nothing, or go.mod, not %q", c.Args)
	}
	if c.Args == "go.mod" {
		ws, err := c.engine.Workspace(c.until)
		if err != nil {
			return err
		}
		if err := ws.ForgetModules(); err != nil {
			return err
		}
	}
	if err := c.engine.Restart(c.until); err != nil {
		return err
	}
	c.mu.Lock()
	c.ran = nil
	c.mu.Unlock()
	if err := c.races.close(); err != nil {
		return err
	}
	c.print("All variables, functions, types and imports of the session are gone.\n")
	return nil
}
