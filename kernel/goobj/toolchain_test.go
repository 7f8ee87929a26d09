package goobj

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// world is a host process to be, and what is needed to compile and link cells for it with the installed toolchain.
type world struct {
	dir     string
	host    string              // the executable
	symbols map[string]struct{} // what it provides
	whole   map[string]string   // package path to archive
	thin    map[string]string
}

// packages are those that cells of the tests import.
var packages = strings.Fields(`bufio bytes container/heap context encoding/csv encoding/json errors fmt go/parser io
	io/fs maps math math/big os os/user reflect regexp runtime runtime/debug slices sort strings sync sync/atomic text/template
	time`)

var theWorld = sync.OnceValues(buildWorld)

func newWorld(t testing.TB) *world {
	t.Helper()
	if testing.Short() {
		t.Skip("builds an executable")
	}
	w, err := theWorld()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestMain(m *testing.M) {
	code := m.Run()
	if w, err := theWorld(); code == 0 && err == nil && w != nil && os.Getenv("KEEP_WORLD") == "" {
		os.RemoveAll(w.dir)
	}
	os.Exit(code)
}

func buildWorld() (*world, error) {
	dir, err := os.MkdirTemp("", "goobj")
	if err != nil {
		return nil, err
	}
	w := &world{dir: dir, host: filepath.Join(dir, "host"), whole: map[string]string{}, thin: map[string]string{}}
	if _, err := command("", "go", "build", "-o", w.host, "./testdata/host"); err != nil {
		return nil, err
	}
	if w.symbols, err = HostSymbols(w.host); err != nil {
		return nil, err
	}
	args := []string{"list", "-export", "-deps", "-buildmode=plugin", "-f", "{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}"}
	list, err := command("", "go", append(args, packages...)...)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(list + "runtime/cgo") {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		if file == "" {
			if file, err = command("", "go", "list", "-export", "-buildmode=plugin", "-f", "{{.Export}}", path); err != nil {
				return nil, err
			}
		}
		if err := w.add(path, strings.TrimSpace(file)); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// add makes a package known, whole and thin.
func (w *world) add(path, file string) error {
	archive, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	thin, err := Thin(archive, w.provides)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	w.whole[path] = file
	w.thin[path] = filepath.Join(w.dir, strings.ReplaceAll(path, "/", "_")+".thin.a")
	return os.WriteFile(w.thin[path], thin, 0o666)
}

func (w *world) provides(name string) bool { _, ok := w.symbols[name]; return ok }

func importcfg(archives map[string]string) string {
	var b strings.Builder
	for path, file := range archives {
		fmt.Fprintf(&b, "packagefile %s=%s\n", path, file)
	}
	return b.String()
}

// compile compiles source, which may be a file, to an archive of package warren.cell/name.
func (w *world) compile(t testing.TB, name, file string, archives map[string]string) string {
	t.Helper()
	cfg, out := filepath.Join(t.TempDir(), "importcfg"), filepath.Join(w.dir, name+".a")
	if err := os.WriteFile(cfg, []byte(importcfg(archives)), 0o666); err != nil {
		t.Fatal(err)
	}
	w.tool(t, "compile", "-o", out, "-p", "warren.cell/"+name, "-dynlink", "-installsuffix", "dynlink", "-pack",
		"-importcfg", cfg, "-complete", "-nolocalimports", "-lang=go1.26", file)
	return out
}

// link makes a plugin. With fast, the ELF linker is called directly.
func (w *world) link(t testing.TB, name, archive, out string, archives map[string]string, fast bool) string {
	t.Helper()
	dir := t.TempDir()
	cfg := filepath.Join(dir, "importcfg")
	if err := os.WriteFile(cfg, []byte(importcfg(archives)), 0o666); err != nil {
		t.Fatal(err)
	}
	args := []string{"link", "-s", "-w", "-o", out, "-importcfg", cfg, "-installsuffix", "dynlink",
		"-buildmode=plugin", "-pluginpath=warren.cell/" + name, "-compressdwarf=false", "-tmpdir", dir}
	if fast {
		wrapper := filepath.Join(dir, "ld")
		if err := os.WriteFile(wrapper, []byte(Linker), 0o777); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-extld="+wrapper)
	}
	w.tool(t, append(args, archive)...)
	return out
}

func (w *world) tool(t testing.TB, args ...string) {
	t.Helper()
	root, err := command("", "go", "env", "GOROOT", "GOTOOLDIR")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(root)
	if _, err := command(lines[0], filepath.Join(lines[1], args[0]), args[1:]...); err != nil {
		t.Fatal(err)
	}
}

// run loads plugins into a new host process and returns what it prints.
func (w *world) run(t testing.TB, env []string, plugins ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.host, plugins...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("host: %v\n%s", err, out)
	}
	return string(out)
}

func command(root, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if root != "" {
		cmd.Env = append(os.Environ(), "GOROOT="+root, "GOGC=off")
	}
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %v: %w\n%s", name, args, err, stderr.Bytes())
	}
	return string(out), nil
}
