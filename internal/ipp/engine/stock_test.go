package engine

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/warren-go/warren/internal/ipp/ipptest"
	"github.com/warren-go/warren/internal/ipp/protocol"
)

//go:embed testdata/client.py
var clientScript string

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
	python := ipptest.Python(t)
	dir, _ := ipptest.Controller(t)
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
