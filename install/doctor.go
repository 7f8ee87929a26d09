package install

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"
)

// Machine is where the doctor looks. The zero Root is the real file system; tests give it one of their own.
type Machine struct {
	Path   []string // folders with programs, in order of preference
	Root   string   // put before absolute paths of libraries and configuration
	Debian bool     // packages come with apt
	Admin  bool     // no sudo needed
	Getenv func(string) string
}

// ThisMachine describes the machine the program runs on. Programs are looked for on PATH, then beside the binary and in
// the environment that "make install" makes.
func ThisMachine() Machine {
	path := filepath.SplitList(os.Getenv("PATH"))
	if exe, err := os.Executable(); err == nil {
		bin := filepath.Dir(exe)
		path = append(path, bin, filepath.Join(bin, "..", ".venv", "bin"))
	}
	_, err := os.Stat("/etc/debian_version")
	return Machine{Path: path, Debian: err == nil, Admin: os.Geteuid() == 0, Getenv: os.Getenv}
}

// find returns the first executable of that name, or "".
func (m Machine) find(program string) string {
	for _, dir := range m.Path {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// firstOf returns the first of several programs that is there.
func (m Machine) firstOf(programs ...string) (path string, ok bool) {
	for _, p := range programs {
		if path := m.find(p); path != "" {
			return path, true
		}
	}
	return "", false
}

// probeTime is ample for a --version; a program that hangs must not hang the doctor.
const probeTime = 20 * time.Second

// output runs a program with the machine's PATH and returns the first line of what it prints.
func (m Machine) output(ctx context.Context, stdin, program string, args ...string) (string, error) {
	out, err := m.run(ctx, stdin, program, args...)
	line, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	if err != nil {
		return "", fmt.Errorf("%s fails: %v: %s", program, err, line)
	}
	return line, nil
}

// run runs a program with the machine's PATH and returns what it prints.
func (m Machine) run(ctx context.Context, stdin, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "PATH="+strings.Join(m.Path, string(filepath.ListSeparator)))
	cmd.Stdin = strings.NewReader(stdin)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Check is one line of the doctor's report.
type Check struct {
	Name     string
	Required bool   // without it no cell runs
	For      string // what is lost without it
	// Probe returns what was found, or why it does not serve.
	Probe func(ctx context.Context, m Machine) (found string, err error)
	Apt   string // Debian packages that bring it, "" if none do
	Else  string // the command where apt cannot
}

// Finding is the result of a check: Err is nil when all is well.
type Finding struct {
	Check
	Found string
	Err   error
}

// Fix is the command that brings what is missing on m.
func (c Check) Fix(m Machine) string {
	switch {
	case c.Apt == "" || !m.Debian:
		return c.Else
	case m.Admin:
		return "apt-get install -y " + c.Apt
	default:
		return "sudo apt-get install -y " + c.Apt
	}
}

// Diagnose runs every check of [Checks] on m.
func Diagnose(ctx context.Context, m Machine) []Finding {
	var findings []Finding
	for _, c := range Checks() {
		found, err := c.Probe(ctx, m)
		findings = append(findings, Finding{Check: c, Found: found, Err: err})
	}
	return findings
}

// Report prints one aligned line for each finding and says whether cells can run.
func Report(w io.Writer, m Machine, findings []Finding) (ready bool, err error) {
	ready = true
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		if f.Err == nil {
			fmt.Fprintf(table, "%s\tok\t%s\n", f.Name, f.Found)
			continue
		}
		weight := "optional, " + f.For
		if f.Required {
			weight, ready = "required", false
		}
		fmt.Fprintf(table, "%s\tmissing\t%v (%s). To get it: %s\n", f.Name, f.Err, weight, f.Fix(m))
	}
	return ready, table.Flush()
}
