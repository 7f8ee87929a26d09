package engine

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
	"time"

	"github.com/warren-go/warren/internal/ipp/protocol"
)

//go:embed testdata/client.py
var clientScript string

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
func stockController(t *testing.T, python string) string {
	t.Helper()
	dir := t.TempDir()
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
	return filepath.Join(dir, "security")
}

// engineFile waits for the connection file that a controller writes.
func engineFile(t *testing.T, dir string) protocol.EngineFile {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		f, err := protocol.ReadEngineFile(filepath.Join(dir, "ipcontroller-engine.json"))
		if err == nil {
			return f
		}
		select {
		case <-ctx.Done():
			t.Fatal(err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Python's controller and client, and two engines of ours between them.
func TestStockControllerAndClient(t *testing.T) {
	python := python(t)
	dir := stockController(t, python)
	file := engineFile(t, dir)
	ended := make(chan error, 2)
	for range cap(ended) {
		go func() { ended <- Run(t.Context(), Config{File: file, Executor: &echo{}}) }()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, python, "-c", clientScript, filepath.Join(dir, "ipcontroller-client.json"))
	var errs bytes.Buffer
	c.Stderr = &errs
	text, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, text, errs.String())
	}
	var got, want map[string]any
	if err := errors.Join(json.Unmarshal(text, &got), json.Unmarshal([]byte(stockWant), &want)); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(got) != len(want) {
		t.Errorf("%d things were tried, want %d", len(got), len(want))
	}
	for key := range want {
		if !reflect.DeepEqual(got[key], want[key]) {
			t.Errorf("%s: got %v, want %v", key, got[key], want[key])
		}
	}
	for range cap(ended) { // the client has shut them down
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

const stockWant = `{
	"ids": [0, 1],
	"stdout": ["héllo", "héllo"],
	"stderr": ["careful", "careful"],
	"result": ["42", "42"],
	"display": "picture",
	"broadcast": ["to all", "to all"],
	"failed": ["Bad", "it is"],
	"panicked": ["panic", "oops"],
	"applied": ["last"],
	"balanced": [0, 1, 2, 3, 4, 5, 6, 7],
	"interrupted": "KeyboardInterrupt",
	"queued": "TaskAborted",
	"running": "TaskAborted",
	"left": []
}`
