package build

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/warren-go/warren/internal/atomicfile"
)

// Package is one generated Go package. Its Path ends in a hash of all that it is made from, so a package that was
// built before is found again by its path.
type Package struct {
	Path    string     // import path and, with its Source's package clause main, its link name
	Source  []byte     // one Go file
	Imports []string   // paths of ordinary packages
	Cells   []*Package // other generated packages that it imports
	Cgo     bool       // it imports "C"
	// ReadsInput tells that running it may read standard input.
	ReadsInput bool

	archive string
}

// base is the file name of a generated package in the cache.
func (p *Package) base() string { return p.Path[strings.LastIndex(p.Path, "/")+1:] }

func (w *Workspace) cellFile(p *Package, ext string) string {
	return filepath.Join(w.cells, p.base()+ext)
}

// Compiled tells whether the package's archive is in the cache.
func (w *Workspace) Compiled(p *Package) bool { return w.intact(w.cellFile(p, ".a")) }

// Claim keeps other processes that claim the package from building it until release is called: engines of a cluster get the same cell at
// the same time, and all but one find it built. Packages share few locks, so some wait without need. Where locks cannot be had,
// each process builds for itself.
func (w *Workspace) Claim(p *Package) (release func()) {
	release, err := lock(filepath.Join(w.cells, "claim-"+Hash(p.Path)[:1]))
	if err != nil {
		w.opts.Log("a cell may be built twice: %v", err)
		return func() {}
	}
	return release
}

// Compile compiles p, whose Cells must have been compiled before.
func (w *Workspace) Compile(ctx context.Context, p *Package) error {
	p.archive = w.cellFile(p, ".a")
	if w.intact(p.archive) {
		return nil
	}
	if err := w.slots.Acquire(ctx, 1); err != nil {
		return err
	}
	defer w.slots.Release(1)
	dir, err := os.MkdirTemp(w.cells, ".build-*")
	if err != nil {
		return diskError(err)
	}
	defer os.RemoveAll(dir)
	err = writeFiles(dir, map[string]string{"cell.go": w.source(p), "importcfg": w.compileConfig(p)})
	if err != nil {
		return diskError(err)
	}
	args := []string{"-p", p.Path, "-importcfg", "importcfg", "-dynlink", "-pack", "-c=2", "-nolocalimports", "-trimpath", dir, "-lang=" + langVersion(w.Version), "-o", "cell.a"}
	if w.Race {
		args = append(args, "-race")
	}
	files := &cgoFiles{source: []string{"cell.go"}}
	if p.Cgo {
		if files, err = w.cgo(ctx, dir, p.Path); err != nil {
			return err
		}
	}
	if _, err := command(ctx, dir, nil, w.tool("compile"), append(args, files.source...)...); err != nil {
		return err
	}
	if len(files.objects) > 0 {
		if err := w.pack(ctx, dir, "cell.a", files.objects); err != nil {
			return err
		}
	}
	return w.finish(filepath.Join(dir, "cell.a"), p.archive)
}

// langVersion is the language version for the compiler's -lang, as in "go1.26".
func langVersion(version string) string {
	version, _, _ = strings.Cut(version, " ")
	if parts := strings.SplitN(version, ".", 3); len(parts) >= 2 {
		return parts[0] + "." + parts[1]
	}
	return version
}

// finish gives the program back its unexported names in a compiled archive, and puts it into the cache.
func (w *Workspace) finish(compiled, kept string) error {
	text, err := os.ReadFile(compiled)
	if err != nil {
		return diskError(err)
	}
	if !w.Whole {
		if text, err = w.veil.Unveil(text); err != nil {
			return err
		}
	}
	return keepFile(kept, text)
}

func diskError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the compile cache cannot be written: %w", err)
}

func (w *Workspace) compileConfig(p *Package) string {
	var cfg strings.Builder
	imports := p.Imports
	if p.Cgo {
		imports = slices.Concat(imports, cgoImports)
	}
	w.mu.Lock()
	for _, path := range imports {
		if archive := w.archives[path]; archive != "" {
			fmt.Fprintf(&cfg, "packagefile %s=%s\n", path, archive)
		}
	}
	w.mu.Unlock()
	for _, c := range p.Cells {
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", c.Path, w.cellFile(c, ".a"))
	}
	return cfg.String()
}

// Plugin is a linked set of packages that the worker can open.
type Plugin struct {
	File     string
	Contains []string // paths of the generated packages in it
	Requires []string // paths of generated packages that must be open before
}

// Link links compiled packages into one plugin. The packages they import are in it too, or in plugins opened before:
// the dynamic linker takes the first definition of a symbol, so all share one copy at run time.
func (w *Workspace) Link(ctx context.Context, packages []*Package) (*Plugin, error) {
	if err := w.slots.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer w.slots.Release(1)
	dir, err := os.MkdirTemp(w.cells, ".build-*")
	if err != nil {
		return nil, diskError(err)
	}
	defer os.RemoveAll(dir)
	root, err := w.linkRoot(ctx, dir, packages)
	if err != nil {
		return nil, err
	}
	cfg, err := w.linkConfig(packages)
	if err != nil {
		return nil, err
	}
	if err := writeFiles(dir, map[string]string{"importcfg": cfg}); err != nil {
		return nil, diskError(err)
	}
	args := []string{"-o", "cell.so", "-importcfg", "importcfg", "-buildmode=plugin", "-pluginpath=" + root.Path, "-s", "-w", "-buildid=", "-checklinkname=0", "-compressdwarf=false", "-tmpdir", dir}
	flags, env, err := w.externalLinker(dir, w.Whole || w.needsC(packages))
	if err != nil {
		return nil, err
	}
	args = append(args, flags...)
	if w.Race {
		args = append(args, "-race")
	}
	if _, err := command(ctx, dir, env, w.tool("link"), append(args, root.archive)...); err != nil {
		return nil, err
	}
	return w.keepPlugin(filepath.Join(dir, "cell.so"), root, packages)
}

// linkRoot returns the package that the link starts from: the only one, or one that imports them all. It has to be a
// package main.
func (w *Workspace) linkRoot(ctx context.Context, dir string, packages []*Package) (*Package, error) {
	if len(packages) == 1 && !w.Whole {
		p := packages[0]
		p.archive = w.cellFile(p, ".a")
		return p, nil
	}
	var source strings.Builder
	source.WriteString("package main\n\nimport (\n")
	cfg := ""
	names := make([]string, len(packages))
	for i, p := range packages {
		names[i] = p.base()
		fmt.Fprintf(&source, "\t_ %q\n", p.Path)
		cfg += fmt.Sprintf("packagefile %s=%s\n", p.Path, w.cellFile(p, ".a"))
	}
	source.WriteString(")\n\nfunc main() {}\n")
	root := &Package{Path: "warren.batch/" + Hash(names...), archive: filepath.Join(dir, "root.a")}
	if err := writeFiles(dir, map[string]string{"root.go": source.String(), "rootcfg": cfg}); err != nil {
		return nil, diskError(err)
	}
	args := []string{"-p", root.Path, "-importcfg", "rootcfg", "-dynlink", "-pack", "-o", "root.a"}
	if w.Race {
		args = append(args, "-race")
	}
	_, err := command(ctx, dir, nil, w.tool("compile"), append(args, "root.go")...)
	return root, err
}

// keepPlugin moves a plugin into the cache, with a note for each package that says where it is.
func (w *Workspace) keepPlugin(so string, root *Package, packages []*Package) (*Plugin, error) {
	p := &Plugin{File: w.cellFile(root, ".so")}
	inside := map[string]bool{}
	for _, pkg := range packages {
		p.Contains = append(p.Contains, pkg.Path)
		inside[pkg.Path] = true
	}
	for _, pkg := range packages {
		for _, c := range pkg.Cells {
			if !inside[c.Path] && !slices.Contains(p.Requires, c.Path) {
				p.Requires = append(p.Requires, c.Path)
			}
		}
	}
	text, err := os.ReadFile(so)
	if err == nil {
		err = os.Rename(so, p.File)
	}
	if err != nil {
		return nil, diskError(err)
	}
	if err := keepSum(p.File, text); err != nil {
		return nil, err
	}
	note, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	ext := batchNote
	if len(packages) == 1 {
		ext = aloneNote
	}
	for _, pkg := range packages {
		if err := atomicfile.Write(w.cellFile(pkg, ext), note, 0o644); err != nil {
			return nil, diskError(err)
		}
	}
	return p, nil
}

// A note beside a package's archive says which plugin has it: one of its own, or one it shares with the cells that it
// was compiled ahead with.
const (
	aloneNote = ".alone.json"
	batchNote = ".batch.json"
)

// Linked returns a plugin in the cache that holds p and that usable approves, or nil.
func (w *Workspace) Linked(p *Package, usable func(*Plugin) bool) *Plugin {
	for _, ext := range []string{batchNote, aloneNote} {
		text, err := os.ReadFile(w.cellFile(p, ext))
		if err != nil {
			continue
		}
		var plugin Plugin
		if json.Unmarshal(text, &plugin) == nil && w.intact(plugin.File) && usable(&plugin) {
			return &plugin
		}
	}
	return nil
}

// needsC tells whether C code is linked in: that of a cell, or of a package that the worker does not hold.
func (w *Workspace) needsC(packages []*Package) bool {
	for _, p := range closure(packages) {
		if p.Cgo {
			return true
		}
		for _, path := range p.Imports {
			w.mu.Lock()
			extra := w.extra[path]
			w.mu.Unlock()
			if extra {
				return true
			}
		}
	}
	return false
}
