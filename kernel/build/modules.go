package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A workspace is shared by all sessions with the same toolchain and modules, so its go.mod stays as it is. A session that
// adds modules has a go.mod of its own beside it, which the go command takes by -modfile. The worker holds packages of some
// modules already; these must keep their versions, since plugins work only with the very packages that the worker has.

// ModFile returns the session's go.mod, with go.sum beside it. They are made on first use, and removed by Close.
func (w *Workspace) ModFile() (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.modFile != "" {
		return w.modFile, nil
	}
	dir, err := os.MkdirTemp("", "warren-modules-*")
	if err != nil {
		return "", fmt.Errorf("no temporary folder for the session's go.mod: %w", err)
	}
	w.modFile = filepath.Join(dir, "go.mod")
	return w.modFile, w.copyModFile(w.Dir)
}

// copyModFile makes the session's go.mod and go.sum those of another folder. The caller holds w.mu.
func (w *Workspace) copyModFile(from string) error {
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(filepath.Dir(w.modFile), name), text, 0o644)
		}
		if err != nil {
			return fmt.Errorf("the session's %s: %w", name, err)
		}
	}
	return nil
}

// Close removes the session's files, and lets go of the workspace: from now on it may be removed from the cache.
func (w *Workspace) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, release := range w.release {
		release()
	}
	w.release = nil
	if w.modFile == "" {
		return nil
	}
	dir := filepath.Dir(w.modFile)
	w.modFile = ""
	return os.RemoveAll(dir)
}

// UseModules gives the session the modules of another one.
func (w *Workspace) UseModules(of *Workspace) error {
	of.mu.Lock()
	theirs, names := of.modFile, maps.Clone(of.names)
	of.mu.Unlock()
	if theirs == "" {
		return nil
	}
	if _, err := w.ModFile(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.names = names
	return w.copyModFile(filepath.Dir(theirs))
}

// AddModules makes modules importable, as go get does with the same arguments (module@version, flags), and returns what go
// get said. When that would change the version of a module of which the worker holds packages, nothing is changed and the
// error says which.
func (w *Workspace) AddModules(ctx context.Context, args ...string) (said string, err error) {
	file, err := w.ModFile()
	if err != nil {
		return "", err
	}
	err = w.ChangeModules(ctx, func() error {
		said, err = w.goGet(ctx, file, args)
		return err
	})
	if err != nil {
		return "", explainGet(err)
	}
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			path, _, _ := strings.Cut(a, "@")
			w.learnNames(ctx, file, strings.TrimSuffix(path, "/..."))
		}
	}
	return said, nil
}

// explainGet says why go get failed, where its own words do not.
func explainGet(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "module "+Module+":"): // to get an older module it looks for an older Warren
		return fmt.Errorf("this would need an older version of a module than Warren itself does; nothing was changed: %w", err)
	case unreachable(text):
		return fmt.Errorf("the module is not on this machine, and the network cannot be reached to fetch it: %w", err)
	}
	return err
}

// goGet runs go get, and says what it changed.
func (w *Workspace) goGet(ctx context.Context, file string, args []string) (string, error) {
	before, err := w.selected(ctx, file, "all")
	if err != nil {
		return "", err
	}
	if _, err := command(ctx, w.Dir, nil, w.Go, slices.Concat([]string{"get", "-modfile=" + file}, args)...); err != nil {
		return "", err
	}
	after, err := w.selected(ctx, file, "all")
	if err != nil {
		return "", err
	}
	var said strings.Builder
	for _, m := range slices.Sorted(maps.Keys(after)) {
		switch {
		case before[m] == "":
			fmt.Fprintf(&said, "added %s %s\n", m, after[m])
		case before[m] != after[m]:
			fmt.Fprintf(&said, "changed %s %s to %s\n", m, before[m], after[m])
		}
	}
	return said.String(), nil
}

// selected returns the versions of modules.
func (w *Workspace) selected(ctx context.Context, file, pattern string) (map[string]string, error) {
	out, err := command(ctx, w.Dir, nil, w.Go, "list", "-modfile="+file, "-mod=mod", "-m", "-f", "{{.Path}} {{.Version}}", pattern)
	return versions(out), err
}

// held returns the versions of the modules that the worker's packages come from.
func (w *Workspace) held(ctx context.Context, file string) (map[string]string, error) {
	out, err := command(ctx, w.Dir, nil, w.Go, slices.Concat([]string{"list"}, w.goFlags(), []string{"-modfile=" + file, "-deps", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{with .Replace}} => {{.Path}}{{.Version}}{{end}}{{end}}", "./deps", "./host"})...)
	return versions(out), err
}

func versions(list string) map[string]string {
	v := map[string]string{}
	for line := range strings.Lines(list) {
		if path, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			v[path] = version
		}
	}
	return v
}

// ChangeModules lets change work on the session's go.mod, and takes it back when it failed or when the worker's modules
// are no longer those it holds.
func (w *Workspace) ChangeModules(ctx context.Context, change func() error) error {
	file, err := w.ModFile()
	if err != nil {
		return err
	}
	saved, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err = change(); err == nil {
		err = w.checkHeld(ctx, file, saved)
	}
	if err != nil {
		return errors.Join(err, os.WriteFile(file, saved, 0o644))
	}
	return nil
}

func (w *Workspace) checkHeld(ctx context.Context, file string, saved []byte) error {
	now, err := os.ReadFile(file)
	if err != nil || string(now) == string(saved) {
		return err
	}
	have, err := w.held(ctx, filepath.Join(w.Dir, "go.mod"))
	if err != nil {
		return err
	}
	want, err := w.held(ctx, file)
	if err != nil {
		return err
	}
	var changes []string
	for _, m := range slices.Sorted(maps.Keys(have)) {
		if want[m] != have[m] {
			changes = append(changes, fmt.Sprintf("%s %s to %s", m, have[m], want[m]))
		}
	}
	if len(changes) > 0 {
		return fmt.Errorf("this would change %s, and the running worker holds packages of it that cells are compiled against. "+
			"Nothing was changed. Ask for an older version of the module, one that is content with what the worker has",
			strings.Join(changes, ", "))
	}
	return nil
}

// learnNames notes the packages of a module, so that cells need no import line for them. A module whose packages cannot
// be listed still works with import lines.
func (w *Workspace) learnNames(ctx context.Context, file, module string) {
	out, err := command(ctx, w.Dir, nil, w.Go, "list", "-e", "-modfile="+file, "-mod=mod", "-f", "{{.ImportPath}} {{.Name}}", module+"/...")
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) == 2 && f[1] != "main" && !slices.Contains(strings.Split(f[0], "/"), "internal") && !slices.Contains(w.names[f[1]], f[0]) {
			w.names[f[1]] = append(w.names[f[1]], f[0])
		}
	}
}

// ForgetModules takes back what AddModules did, but for the packages that cells have imported already.
func (w *Workspace) ForgetModules() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.modFile == "" {
		return nil
	}
	return w.copyModFile(w.Dir)
}
