package build

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/warren-go/warren/internal/atomicfile"
	"github.com/warren-go/warren/kernel/goobj"
)

// Package goobj knows the object format of some Go releases and platforms. Elsewhere the archives stay as the compiler
// made them: each plugin then carries all that it calls, the dynamic linker sees to it that only the first copy counts, and
// the linker is called the way Go itself calls it. What cells mean is the same, but for two things. Linking takes several
// times as long. And names keep their Mark, so that reflection takes what is not exported for exported.

// wholeNote marks a workspace whose archives are whole, and says why.
const wholeNote = "whole"

// wholePackage is the package clause of cells that stay whole. It is not main, since the compiler gives each package main a
// table for plugin.Open, in which that looks for names of a single package, and which several in one plugin would share.
// Without the mark it reads main all the same.
const wholePackage = Mark + "main"

// packageName is the name in the package clause of generated packages.
func (w *Workspace) packageName() string {
	if w.Whole {
		return wholePackage
	}
	return "main"
}

// source is what is compiled of a package.
func (w *Workspace) source(p *Package) string {
	return strings.Replace(string(p.Source), "package main", "package "+w.packageName(), 1)
}

// Notice says what users should know about the workspace, or nothing.
func (w *Workspace) Notice() string {
	if w.Whole && w.openCLNotice != "" {
		return w.wholeNotice() + ". " + w.openCLNotice
	}
	if w.Whole {
		return w.wholeNotice()
	}
	return w.openCLNotice
}

func (w *Workspace) wholeNotice() string {
	return fmt.Sprintf("Warren does not know the object format of %s on %s/%s. Cells work, but each takes some tenths of a second longer to "+
		"build, and reflection (so encoding/json, too) takes the unexported fields and methods of their types for exported ones, with %q before their names",
		w.Version, runtime.GOOS, runtime.GOARCH, Mark)
}

// Plain makes text about cells say what the user wrote: names without marks, of a package main.
func (w *Workspace) Plain(text string) string { return w.veil.Plain(text) }

// keepArchives fills the workspace with the archives that cells are linked with: thin ones where their format is known.
func (w *Workspace) keepArchives(archives map[string]string) error {
	if !w.opts.Whole {
		err := w.keepThin(archives)
		if !errors.Is(err, goobj.ErrFormat) {
			return err
		}
		w.opts.Log("cells will be linked whole: %v", err)
	}
	w.Whole = true
	if err := os.WriteFile(filepath.Join(w.Dir, wholeNote), []byte(w.Notice()+"\n"), 0o644); err != nil {
		return diskError(err)
	}
	return eachArchive(archives, func(to, from string) error {
		text, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		return diskError(atomicfile.Write(to, text, 0o644))
	})
}

func (w *Workspace) keepThin(archives map[string]string) error {
	host, err := goobj.HostSymbols(w.Worker)
	if err != nil {
		return err
	}
	return eachArchive(archives, func(to, from string) error { return thinFile(to, from, host) })
}

// eachArchive calls keep for each pair of files, some at a time.
func eachArchive(archives map[string]string, keep func(to, from string) error) error {
	var g errgroup.Group
	g.SetLimit(runtime.NumCPU())
	for to, from := range archives {
		g.Go(func() error { return keep(to, from) })
	}
	return g.Wait()
}
