//go:build checklinkname

package worker

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/warren-go/warren/kernel/proto"
)

// buildPlugin compiles a package as this test was compiled, without which it could not be opened.
func buildPlugin(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	source, file := filepath.Join(dir, "p.go"), filepath.Join(dir, "p.so")
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"build", "-buildmode=plugin", "-o", file}
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "-race" {
			args = append(args, "-race="+s.Value)
		}
	}
	if out, err := exec.Command("go", append(args, source)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// A cell that imports such a package is run again as it is, or by another session.
func TestPluginsThatPanicAreNotTriedAgain(t *testing.T) {
	file := buildPlugin(t, "package main\n\nfunc init() { panic(\"no config\") }\n\nfunc main() {}\n")
	p := newPlugins()
	for range 2 {
		err := p.open(proto.Plugin{File: file, ID: "id"})
		if err == nil || !strings.Contains(err.Error(), "panics when it is initialized: no config") {
			t.Fatalf("got %v", err)
		}
	}
	if p.has("id") {
		t.Error("it is said to be open")
	}
}
