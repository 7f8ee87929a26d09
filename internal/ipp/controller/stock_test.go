package controller

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

	"github.com/warren-go/warren/internal/ipp/ipptest"
)

//go:embed testdata/client.py
var clientScript string

// stockClient runs a script with Python's client and returns what it prints, as JSON.
func stockClient(t *testing.T, python, script string, args ...string) map[string]any {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, python, append([]string{"-c", script}, args...)...)
	var errs bytes.Buffer
	c.Stderr = &errs
	text, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, text, errs.String())
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return got
}

func compare(t *testing.T, got map[string]any, want string) {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(want), &all); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(all) {
		t.Errorf("%d things were tried, want %d", len(got), len(all))
	}
	for key := range all {
		if !reflect.DeepEqual(got[key], all[key]) {
			t.Errorf("%s: got %v, want %v", key, got[key], all[key])
		}
	}
}

//go:embed testdata/engines.py
var enginesScript string

// Python's client and Python's engines, of which two are killed in the middle of a task.
func TestStockEngines(t *testing.T) {
	python := ipptest.Python(t)
	dir := t.TempDir()
	c := start(t, func(o *Options) { o.Dir = dir })
	for range 3 {
		p := exec.Command(python, "-m", "ipyparallel.engine", "--file="+filepath.Join(dir, "ipcontroller-engine.json"), "--profile-dir="+dir)
		p.Dir = dir
		p.Env = append(os.Environ(), "IPYTHONDIR="+dir)
		p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		var log bytes.Buffer
		p.Stdout, p.Stderr = &log, &log
		p.WaitDelay = time.Second
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = p.Process.Kill()
			_ = p.Wait()
			if t.Failed() {
				t.Logf("engine:\n%s", log.String())
			}
		})
	}
	got := stockClient(t, python, enginesScript, filepath.Join(dir, "ipcontroller-client.json"))
	compare(t, got, `{
		"ids": [0, 1, 2],
		"pulled": [5, 5, 5],
		"balanced": [0, 1, 4, 9, 16, 25, 36, 49],
		"broadcast": 3,
		"coalesced": [7, 7, 7],
		"stdout": ["hello\n", "hello\n", "hello\n"],
		"failed": "ZeroDivisionError",
		"required": "ImpossibleDependency",
		"dependent": [true, true],
		"killed": "EngineError",
		"retried": 3,
		"others": 2,
		"left": 0
	}`)
	c.until("no engine is left", func() bool { return len(c.registry.byID) == 0 })
}

// Python's client, two engines of ours, and the controller between them.
func TestStockClient(t *testing.T) {
	python := ipptest.Python(t)
	dir := t.TempDir()
	c := start(t, func(o *Options) { o.Dir, o.ClusterID = dir, "test" })
	c.engine()
	c.engine()
	got := stockClient(t, python, clientScript, filepath.Join(dir, "ipcontroller-test-client.json"))
	compare(t, got, stockWant)
	for _, e := range c.engines { // the client has shut them down
		err := <-e.ended
		if e.ended <- err; err != nil {
			t.Error(err)
		}
	}
	select { // and the controller
	case <-c.Done():
	case <-time.After(wait):
		t.Fatal("the controller does not end")
	}
	if _, err := os.Stat(filepath.Join(dir, "ipcontroller-test-client.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the connection file is still there: %v", err)
	}
}

const stockWant = `{
	"ids": [0, 1],
	"stdout": ["héllo", "héllo"],
	"result": ["42", "42"],
	"broadcast": ["to all", "to all"],
	"failed": ["Bad", "it is"],
	"applied": ["last"],
	"broadcast apply": [["x"], ["x"]],
	"coalesced": [["x"], ["x"]],
	"balanced": [0, 1, 2, 3, 4, 5, 6, 7],
	"after": "ImpossibleDependency",
	"invalid": "InvalidDependency",
	"retried": ["Bad", "again"],
	"targets": [1, 1, 0],
	"unmet": 1,
	"followed": 1,
	"timeout": "TaskTimeout",
	"interrupted": "KeyboardInterrupt",
	"queued": "TaskAborted",
	"running": "TaskAborted",
	"aborted task": "TaskAborted",
	"queue": [0, 0],
	"verbose": true,
	"status": [2, 0],
	"unknown result": "KeyError",
	"database": "NotImplementedError",
	"purged": 0,
	"bad purge": "IndexError",
	"second client": [0, 1],
	"second output": ["two", "two"],
	"left": []
}`
