// Package ipptest starts IPython Parallel's own programs for tests.
package ipptest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Python is an interpreter that has ipyparallel: that of the project, or of the path. Without one the test is skipped.
func Python(t *testing.T) string {
	t.Helper()
	for _, p := range []string{filepath.Join(root(t), ".venv", "bin", "python"), "python3"} {
		if path, err := exec.LookPath(p); err == nil && exec.Command(path, "-c", "import ipyparallel").Run() == nil {
			return path
		}
	}
	t.Skip("no Python here has ipyparallel; make prepare installs it")
	return ""
}

// root is the folder of the module, in which the tests run.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// Controller starts Python's controller until the end of the test, and returns the folder of its connection files to come.
func Controller(t *testing.T) (security string, controller *os.Process) {
	t.Helper()
	dir := t.TempDir()
	return filepath.Join(dir, "security"), Module(t, dir, "controller", "--ip=127.0.0.1", "--ping=200")
}

// Module runs a module of ipyparallel, with dir as its profile, until the end of the test.
func Module(t *testing.T, dir, module string, args ...string) *os.Process {
	t.Helper()
	c := exec.Command(Python(t), append([]string{"-m", "ipyparallel." + module, "--profile-dir=" + dir}, args...)...)
	c.Dir = dir
	c.Env = append(os.Environ(), "IPYTHONDIR="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it starts others, which have to end with it
	var log bytes.Buffer
	c.Stdout, c.Stderr = &log, &log
	c.WaitDelay = time.Second
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		_ = c.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", module, log.String())
		}
	})
	return c.Process
}
