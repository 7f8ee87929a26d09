package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Program builds a program of files of its package main, by name, with the modules of the session, and returns the executable. What
// was built once is found again by its content.
func (w *Workspace) Program(ctx context.Context, files map[string]string) (string, error) {
	modFile, err := w.ModFile()
	if err != nil {
		return "", err
	}
	key, err := programKey(modFile, files)
	if err != nil {
		return "", err
	}
	to := filepath.Join(w.cells, "program-"+key)
	if found(to) {
		return to, nil
	}
	unlock, err := lock(filepath.Join(w.Dir, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if found(to) { // another session was faster
		return to, nil
	}
	return to, w.buildProgram(ctx, modFile, to, files)
}

func programKey(modFile string, files map[string]string) (string, error) {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		parts = append(parts, name, files[name])
	}
	for _, name := range []string{modFile, filepath.Join(filepath.Dir(modFile), "go.sum")} {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("the session's modules: %w", err)
		}
		parts = append(parts, string(text))
	}
	return Hash(parts...), nil
}

func (w *Workspace) buildProgram(ctx context.Context, modFile, to string, files map[string]string) (err error) {
	dir := filepath.Join("extra", filepath.Base(to))
	defer func() { err = errors.Join(err, os.RemoveAll(filepath.Join(w.Dir, dir))) }()
	below := map[string]string{}
	for name, text := range files {
		below[filepath.Join(dir, name)] = text
	}
	if err := writeFiles(w.Dir, below); err != nil {
		return diskError(err)
	}
	temp := filepath.Join(w.cells, "."+filepath.Base(to))
	args := slices.Concat([]string{"build"}, w.goFlags(), []string{"-modfile=" + modFile, "-ldflags=" + programLinking(), "-o", temp, "./" + dir})
	if _, err := command(ctx, w.Dir, w.cgoEnv(), w.Go, args...); err != nil {
		return err
	}
	return diskError(os.Rename(temp, to))
}

// programLinking are the flags of the linker: without what only debuggers need, and with a fast one where there is one, which halves
// the time that programs with C code take.
func programLinking() string {
	flags := "-s -w"
	for _, l := range []string{"gold", "mold"} {
		if _, err := exec.LookPath("ld." + l); err == nil {
			return flags + " -extldflags=-fuse-ld=" + l
		}
	}
	return flags
}
