package client

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// python is an interpreter that has ipyparallel: that of the project, or of the path.
func python(t *testing.T) string {
	t.Helper()
	for _, p := range []string{"../../../.venv/bin/python", "python3"} {
		path, err := exec.LookPath(p)
		if err != nil {
			continue
		}
		if path, err = filepath.Abs(path); err == nil && exec.Command(path, "-c", "import ipyparallel").Run() == nil {
			return path
		}
	}
	t.Skip("no Python here has ipyparallel; make prepare installs it")
	return ""
}

// stockController starts Python's controller and returns its directory of connection files.
func stockController(t *testing.T) (dir string, controller *os.Process) {
	t.Helper()
	python := python(t)
	dir = t.TempDir()
	c := exec.Command(python, "-m", "ipyparallel.controller", "--profile-dir="+dir, "--ip=127.0.0.1", "--ping=200")
	c.Dir = dir
	c.Env = append(os.Environ(), "IPYTHONDIR="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it starts schedulers, which have to end with it
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
			t.Logf("controller:\n%s", log.String())
		}
	})
	return filepath.Join(dir, "security"), c.Process
}
