package build

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/warren-go/warren/internal/atomicfile"
	"github.com/warren-go/warren/kernel/goobj"
)

// thinFile writes the archive from to the file to, without what the process that is to load it has already.
func thinFile(to, from string, provided map[string]struct{}) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if text, err = goobj.Thin(text, func(name string) bool { _, ok := provided[name]; return ok }); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(from), err)
	}
	return atomicfile.Write(to, text, 0o644)
}

// linkConfig lists the archives that a link may need: all known packages, and the generated packages below these.
func (w *Workspace) linkConfig(packages []*Package) (string, error) {
	var cfg strings.Builder
	w.mu.Lock()
	for path, archive := range w.archives {
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", path, archive)
	}
	w.mu.Unlock()
	for _, p := range closure(packages) {
		archive := w.cellFile(p, ".a")
		if len(packages) > 1 || p != packages[0] { // it is not the one that the link starts from
			var err error
			if archive, err = w.dependency(p); err != nil {
				return "", err
			}
		}
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", p.Path, archive)
	}
	return cfg.String(), nil
}

// dependency returns the archive of a package that is linked in because others import it: without the table of what
// it exports, for which plugin.Open would look in the wrong package. It is whole, also if its own plugin is loaded before,
// since which of its functions that plugin has depends on what else was linked into it. The copies here are used for
// functions; variables and types are those of the plugin that came first.
func (w *Workspace) dependency(p *Package) (string, error) {
	if w.Whole { // and no main package, so nothing to take out
		return w.cellFile(p, ".a"), nil
	}
	kept := w.cellFile(p, ".dep.a")
	if w.intact(kept) {
		return kept, nil
	}
	text, err := os.ReadFile(w.cellFile(p, ".a"))
	if err != nil {
		return "", err
	}
	if text, err = goobj.Dependency(text); err != nil {
		return "", err
	}
	return kept, keepFile(kept, text)
}

// closure returns packages and all generated packages they import, directly or not.
func closure(packages []*Package) []*Package {
	var all []*Package
	seen := map[string]bool{}
	var visit func([]*Package)
	visit = func(list []*Package) {
		for _, p := range list {
			if !seen[p.Path] {
				seen[p.Path] = true
				visit(p.Cells)
				all = append(all, p)
			}
		}
	}
	visit(packages)
	return all
}

// externalLinker returns the flags and the environment for the fast way from Go's object to a plugin: the ELF linker
// called directly. Packages with C code need the C compiler's libraries and start files, so they go through it, as do whole ones: those hold runtime/cgo.
func (w *Workspace) externalLinker(dir string, throughC bool) (flags, env []string, err error) {
	if throughC {
		return nil, nil, nil
	}
	script := filepath.Join(dir, "ld")
	if err := os.WriteFile(script, []byte(goobj.Linker), 0o755); err != nil {
		return nil, nil, diskError(err)
	}
	for _, l := range []string{"ld.gold", "mold", "ld"} {
		if path, err := exec.LookPath(l); err == nil {
			return []string{"-extld=" + script}, []string{"WARREN_LD=" + path, "GOGC=off"}, nil
		}
	}
	return nil, nil, errors.New("no linker found: cells are linked with ld from the package binutils (apt-get install gcc)")
}
