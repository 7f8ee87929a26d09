// Package kernel puts the pieces together: the Jupyter front end, the engine that runs cells, magics, and completion.
package kernel

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/history"
	"github.com/warren-go/warren/kernel/jupyter"
)

// Version is Warren's version.
const Version = "0.1.0"

// Run serves a Jupyter front end over the sockets that connectionFile names, until it is told to shut down. source is
// Warren's own module, from which the worker is built.
func Run(ctx context.Context, connectionFile string, source fs.FS) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	k, err := newKernel(source, log)
	if err != nil {
		return err
	}
	return jupyter.Serve(ctx, connectionFile, k, k.history, log)
}

// Warm builds what the first cell of a session needs: worker, packages, and the plugin of a small cell.
func Warm(ctx context.Context, source fs.FS, log func(format string, args ...any)) error {
	dir, err := unpack(source)
	if err != nil {
		return err
	}
	e, err := engine.New(engine.Options{Build: build.Options{Source: dir}, Log: log})
	if err != nil {
		return err
	}
	defer e.Close()
	return e.Execute(ctx, `fmt.Sprint("ready")`, 1, discard{})
}

// Worker returns the executable of the worker, which it builds if need be.
func Worker(ctx context.Context, source fs.FS) (string, error) {
	dir, err := unpack(source)
	if err != nil {
		return "", err
	}
	ws, err := build.Open(ctx, build.Options{Source: dir})
	if err != nil {
		return "", err
	}
	return ws.Worker, nil
}

// Clean removes from the compile cache all that no running kernel uses, and returns the names of what it removed.
func Clean() ([]string, error) {
	cache, err := build.DefaultCache()
	if err != nil {
		return nil, err
	}
	return cache.Clean()
}

// unpack writes Warren's module into the cache, under a name made of its contents, and returns the folder.
func unpack(source fs.FS) (string, error) {
	cache, err := build.DefaultCache()
	if err != nil {
		return "", err
	}
	parts := []string{}
	err = fs.WalkDir(source, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(source, path)
		parts = append(parts, path, string(text))
		return err
	})
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache.Dir, "source-"+build.Hash(parts...))
	if release, err := cache.Hold(dir); err == nil { // now it is used, and will not be removed before it is opened
		release()
		return dir, nil
	}
	return dir, writeTree(dir, parts)
}

// writeTree writes files (path, text, path, text…) to a folder that appears at once, complete.
func writeTree(dir string, parts []string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("the compile cache cannot be written: %w", err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".source-*")
	if err != nil {
		return fmt.Errorf("the compile cache cannot be written: %w", err)
	}
	defer os.RemoveAll(temp)
	for i := 0; i < len(parts); i += 2 {
		path := filepath.Join(temp, filepath.FromSlash(parts[i]))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(parts[i+1]), 0o644); err != nil {
			return err
		}
	}
	if err := os.Rename(temp, dir); err != nil && !os.IsExist(err) {
		if _, there := os.Stat(dir); there != nil {
			return fmt.Errorf("the compile cache cannot be written: %w", err)
		}
	}
	return os.Chmod(dir, 0o755)
}

func newKernel(source fs.FS, log *slog.Logger) (*notebook, error) {
	h := history.Open(history.DefaultFile(), log)
	s, err := openSession(source, engine.Options{}, h, log)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	n := &notebook{session: s, log: log, ctx: ctx, stop: stop, history: h}
	go n.startAssistant()
	return n, nil
}
