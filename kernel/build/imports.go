package build

import (
	"context"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Named returns the import paths of the known packages called name, the standard library's first.
func (w *Workspace) Named(name string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.names[name]
}

// Importer returns an importer of types for the workspace's packages. Its packages are shared by all its users.
func (w *Workspace) Importer(fset *token.FileSet) types.Importer {
	return &typeImporter{w: w, gc: importer.ForCompiler(fset, "gc", w.open)}
}

type typeImporter struct {
	w  *Workspace
	gc types.Importer
}

func (i *typeImporter) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if err := i.w.Require(context.Background(), path); err != nil {
		return nil, err
	}
	return i.gc.Import(path)
}

func (w *Workspace) open(path string) (io.ReadCloser, error) {
	w.mu.Lock()
	archive := w.archives[path]
	w.mu.Unlock()
	if archive == "" {
		return nil, fmt.Errorf("package %s is not in the workspace", path)
	}
	return os.Open(archive)
}

// Require sees that a package can be imported: it is in the workspace, or the go command can build it from a module
// that the workspace knows.
func (w *Workspace) Require(ctx context.Context, path string) error {
	w.mu.Lock()
	known := w.archives[path] != ""
	w.mu.Unlock()
	if known || path == "unsafe" || path == "C" {
		return nil
	}
	return w.buildPackage(ctx, path)
}

func (w *Workspace) buildPackage(ctx context.Context, path string) error {
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return fmt.Errorf("package %s is not in the standard library of %s", path, w.Version)
	}
	file, err := w.ModFile()
	if err != nil {
		return err
	}
	unlock, err := lock(filepath.Join(w.Dir, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	dir := "extra/" + Hash(path)
	source := fmt.Sprintf("package main\n\nimport _ %q\n\nfunc main() {}\n", path)
	if err := writeFiles(w.Dir, map[string]string{dir + "/main.go": source}); err != nil {
		return err
	}
	defer os.RemoveAll(filepath.Join(w.Dir, dir))
	var out string
	err = w.ChangeModules(ctx, func() error { // the go command may add a module that it finds by itself
		out, err = w.listExports(ctx, "./"+dir, "-modfile="+file)
		return err
	})
	if err != nil {
		return explainMissing(path, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for line := range strings.Lines(out) {
		p, archive, name, err := cutPackage(line)
		if err != nil {
			return err
		}
		if w.archives[p] == "" {
			w.addPackage(p, archive, name)
			w.extra[p] = true
		}
	}
	return nil
}

// explainMissing says what to do about a package that cannot be had.
func explainMissing(path string, err error) error {
	var said *CommandError
	if !errors.As(err, &said) {
		return fmt.Errorf("package %s cannot be imported: %w", path, err)
	}
	text := goSaid(said.Output)
	for _, c := range missing {
		if slices.ContainsFunc(c.signs, func(sign string) bool { return strings.Contains(text, sign) }) {
			return fmt.Errorf("package %s %s: %s", path, c.meaning, text)
		}
	}
	return fmt.Errorf("package %s cannot be imported: %s", path, text)
}

// missing are the ways in which the go command fails to find a package, by what it says then.
var missing = []struct {
	meaning string
	signs   []string
}{
	{"is not on this machine, and the network cannot be reached to fetch its module", noNetwork},
	{"is in no module that can be found; see whether its path is written rightly", []string{"404 Not Found", "410 Gone", "400 Bad Request", "unrecognized import path", "cannot find module providing"}},
	{"is in no module of this session; add the one that has it with %go get", []string{"no required module provides", "cannot find module"}},
}

// goSaid makes one line of what the go command says, without the file that it was asked about and without repetitions.
func goSaid(output string) string {
	var lines []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(askedFile.ReplaceAllString(line, ""))
		if line != "" && !strings.HasPrefix(line, "go: finding module") && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}

// askedFile is where the go command finds the import it complains about: in a file of buildPackage's.
var askedFile = regexp.MustCompile(`^.*\bextra/[0-9a-f]+/\S*go:\d+:\d+: `)

// noNetwork is what the go command says when it cannot reach a module proxy.
var noNetwork = []string{"dial tcp", "no such host", "GOPROXY=off"}

// unreachable tells whether the go command failed because it cannot reach a module proxy.
func unreachable(said string) bool {
	return slices.ContainsFunc(noNetwork, func(sign string) bool { return strings.Contains(said, sign) })
}
