package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// openInChild is the part of TestTwoProcessesMakeAWorkspaceOnce that runs in other processes.
const openInChild = "WARREN_TEST_OPEN"

func TestTwoProcessesMakeAWorkspaceOnce(t *testing.T) {
	if dir := os.Getenv(openInChild); dir != "" {
		w := openIn(t, dir, t.Logf)
		t.Logf("prints %q", load(t, w, plugin(t, w, generated(small))))
		return
	}
	dir := t.TempDir()
	children := make([]*exec.Cmd, 2)
	outputs := make([]strings.Builder, len(children))
	for i := range children {
		c := exec.Command(os.Args[0], "-test.run=^TestTwoProcessesMakeAWorkspaceOnce$", "-test.v")
		c.Env = append(os.Environ(), openInChild+"="+dir)
		c.Stdout, c.Stderr = &outputs[i], &outputs[i]
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		children[i] = c
	}
	for i, c := range children {
		if err := c.Wait(); err != nil || !strings.Contains(outputs[i].String(), `prints "small\n"`) {
			t.Errorf("process %d: %v\n%s", i, err, &outputs[i])
		}
	}
	if n := strings.Count(outputs[0].String()+outputs[1].String(), "building the worker"); n != 1 {
		t.Errorf("the workspace is made %d times", n)
	}
	testMending(t, dir)
}

// testMending damages a workspace and opens it again.
func testMending(t *testing.T, dir string) {
	for _, c := range []struct {
		name  string
		do    func(t *testing.T, w *Workspace)
		built bool
	}{
		{"nothing is wrong", func(*testing.T, *Workspace) {}, false},
		{"the worker is gone", func(t *testing.T, w *Workspace) { spoil(t, w.Worker, func([]byte) []byte { return nil }) }, true},
		{"an archive is empty", func(t *testing.T, w *Workspace) {
			spoil(t, w.archives["fmt"], func([]byte) []byte { return []byte{} })
		}, true},
		{"the source it was made from is gone", func(t *testing.T, w *Workspace) {
			path := filepath.Join(w.Dir, "go.mod")
			spoil(t, path, func(text []byte) []byte {
				return []byte(strings.ReplaceAll(string(text), w.opts.Source, "/nonexistent"))
			})
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			built := false
			log := func(format string, args ...any) { built = built || strings.HasPrefix(format, "building the worker") }
			c.do(t, openIn(t, dir, t.Logf))
			w := openIn(t, dir, log)
			if built != c.built {
				t.Errorf("it is made again: %v, not %v", built, c.built)
			}
			if got := load(t, w, plugin(t, w, generated(small))); got != "small\n" {
				t.Errorf("a cell prints %q", got)
			}
			if _, err := w.listExports(t.Context(), "./deps"); err != nil {
				t.Errorf("its modules cannot be used: %v", err)
			}
		})
	}
}

// openIn opens a workspace in a cache of its own.
func openIn(t *testing.T, dir string, log func(string, ...any)) *Workspace {
	t.Helper()
	source, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	w, err := Open(t.Context(), Options{Source: source, CacheDir: dir, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func TestWorkspacesDifferByWhatTheyAreBuiltWith(t *testing.T) {
	source, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	key := func() string {
		k, err := workspaceKey(&Toolchain{}, Options{Source: source}, openCL{}, mpi{})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	plain := key()
	for _, v := range []string{"CC", "CGO_CFLAGS", "CGO_LDFLAGS", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"} {
		t.Run(v, func(t *testing.T) {
			t.Setenv(v, "/another")
			if key() == plain {
				t.Errorf("%s makes no difference", v)
			}
		})
	}
}
