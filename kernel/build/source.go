package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/warren-go/warren/internal/atomicfile"
)

// A workspace is used by every Warren whose worker would be the same. Its go.mod names the folder with the source of the one
// that made it, in the cache or elsewhere, and that may be gone while the workspace is still good.

// holdSource sees that there is a source where the workspace's go.mod says, and keeps it. The caller holds the lock.
func (w *Workspace) holdSource() error {
	path := filepath.Join(w.Dir, "go.mod")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it is still to be made, from this source
	}
	if err != nil {
		return err
	}
	mod, err := modfile.Parse(path, text, nil)
	if err != nil {
		return fmt.Errorf("the workspace's go.mod is damaged; warren clean removes it: %w", err)
	}
	named := ""
	for _, r := range mod.Replace {
		if r.Old.Path == Module {
			named = r.New.Path
		}
	}
	release, err := w.cache.Hold(named)
	if err == nil {
		w.release = append(w.release, release)
	}
	if isFile(filepath.Join(named, "go.mod")) {
		return nil
	}
	if err := mod.AddReplace(Module, "", w.opts.Source, ""); err != nil {
		return err
	}
	if text, err = mod.Format(); err != nil {
		return err
	}
	return diskError(atomicfile.Write(path, text, 0o644))
}
