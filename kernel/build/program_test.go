package build

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestAProgramIsBuiltOnce(t *testing.T) {
	w := openWithCells(t, t.TempDir())
	files := map[string]string{
		"a.go": "package main\n\nfunc main() { println(text) }\n",
		"b.go": "package main\n\nconst text = \"first\"\n",
	}
	first, err := w.Program(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(first).CombinedOutput(); err != nil || string(out) != "first\n" {
		t.Errorf("it prints %q, %v", out, err)
	}
	if err := os.WriteFile(first, []byte("as it was"), 0o755); err != nil {
		t.Fatal(err)
	}
	if again, err := w.Program(t.Context(), files); err != nil || again != first || read(t, again) != "as it was" {
		t.Errorf("it was built again: %s, %v", again, err)
	}
	files["b.go"] = strings.Replace(files["b.go"], "first", "second", 1)
	if other, err := w.Program(t.Context(), files); err != nil || other == first {
		t.Errorf("another program is %s, %v", other, err)
	}
}

func TestAProgramThatDoesNotCompileLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	w := openWithCells(t, dir)
	_, err := w.Program(t.Context(), map[string]string{"a.go": "package main\n\nfunc main() { x }\n"})
	if said, ok := errors.AsType[*CommandError](err); !ok || !strings.Contains(said.Output, "undefined: x") {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
