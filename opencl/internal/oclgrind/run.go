// Package oclgrind runs a kernel in Oclgrind, a simulator of an OpenCL device that watches every access to memory, and reads what
// it found. Each run is a process of its own, the program oclgrind-kernel.
package oclgrind

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Launch is a kernel with all that it is launched with. Global and Local have three sizes.
type Launch struct {
	Source, Options, Kernel string
	Global, Local           [3]int
	Arguments               []Argument
	LocalMemory             int64 // bytes that the device has for a work-group
	MaxWorkGroup            int   // work-items that it allows in one
}

// Argument is an argument of a kernel: the bytes of a value, or what a buffer holds, or else a number of bytes of local memory.
type Argument struct {
	Data  []byte
	Local int
}

// ErrMissing says that there is no Oclgrind.
var ErrMissing = errors.New("Oclgrind, which checks kernels, is not installed: apt-get install oclgrind")

// program is what runs a kernel from a file.
const program = "oclgrind-kernel"

// Find tells whether there is an Oclgrind.
func Find() error {
	if _, err := exec.LookPath(program); err != nil {
		return ErrMissing
	}
	return nil
}

// mostData bounds what is written out as text for a simulation.
const mostData = 64 << 20

// Run simulates a launch and returns what was found, the gravest first. Its time is bounded by ctx only: a simulated work-item takes
// some ten microseconds and more.
func Run(ctx context.Context, l Launch) ([]Finding, error) {
	if err := Find(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "warren-oclgrind-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := l.write(dir); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, l.flags()...)
	cmd.Dir = dir
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("the simulation was given up: %w", context.Cause(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("Oclgrind cannot run the kernel (%v): %s", err, strings.TrimSpace(said.String()))
	}
	log, err := os.ReadFile(filepath.Join(dir, logFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return parse(string(log)), err
}

const (
	sourceFile = "kernel.cl"
	launchFile = "launch.sim"
	logFile    = "log"
)

// mostErrors bounds how many errors Oclgrind tells. Most are one error at many work-items.
const mostErrors = 500

func (l *Launch) flags() []string {
	flags := []string{"--data-races", "--uninitialized", "--log", logFile, "--max-errors", fmt.Sprint(mostErrors),
		"--global-mem-size", fmt.Sprint(4 * mostData)}
	if l.LocalMemory > 0 {
		flags = append(flags, "--local-mem-size", fmt.Sprint(l.LocalMemory))
	}
	if l.MaxWorkGroup > 0 {
		flags = append(flags, "--max-wgsize", fmt.Sprint(l.MaxWorkGroup))
	}
	if l.Options != "" {
		flags = append(flags, "--build-options", l.Options)
	}
	return append(flags, launchFile)
}

// write writes the files of a simulation.
func (l *Launch) write(dir string) error {
	total := 0
	for _, a := range l.Arguments {
		total += len(a.Data)
	}
	if total > mostData {
		return fmt.Errorf("the arguments hold %d MiB, and at most %d can be simulated: check a smaller case", total>>20, mostData>>20)
	}
	if err := os.WriteFile(filepath.Join(dir, sourceFile), []byte(l.Source), 0o600); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, launchFile))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	fmt.Fprintf(w, "%s\n%s\n%s\n%s\n", sourceFile, l.Kernel, sizes(l.Global), sizes(l.Local))
	for _, a := range l.Arguments {
		a.write(w)
	}
	return errors.Join(w.Flush(), f.Close())
}

func sizes(n [3]int) string { return strings.Trim(fmt.Sprint(n), "[]") }

// write writes an argument: its size in bytes, and what it holds, in the largest numbers that make it up.
func (a Argument) write(w *bufio.Writer) {
	if a.Local > 0 {
		fmt.Fprintf(w, "<size=%d>\n", a.Local)
		return
	}
	data := a.Data
	if len(data) == 0 {
		data = []byte{0} // a buffer of no elements is memory all the same
	}
	if len(data)%8 != 0 {
		fmt.Fprintf(w, "<size=%d uchar>\n", len(data))
		for _, b := range data {
			fmt.Fprintf(w, "%d ", b)
		}
		w.WriteByte('\n')
		return
	}
	fmt.Fprintf(w, "<size=%d ulong>\n", len(data))
	var text [24]byte
	for ; len(data) > 0; data = data[8:] {
		w.Write(append(appendNumber(text[:0], data), ' '))
	}
	w.WriteByte('\n')
}
