package build

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Cache is the folder in which Warren keeps what it built: a folder for each workspace (toolchain, modules, flags) and each
// version of Warren's own source. What nobody used for a time is removed, and nothing that a process uses.
type Cache struct {
	Dir string
	Now func() time.Time // nil is time.Now
}

// How long things stay without being used.
const (
	keepEntry = 30 * 24 * time.Hour // a workspace, a source
	keepCell  = 14 * 24 * time.Hour // what was built of a cell
	keepTemp  = 24 * time.Hour      // what a process left behind that was killed
	trimEvery = 24 * time.Hour

	// Times of use are noted this exactly, so that using is not writing.
	useGrain = time.Hour
)

const (
	useFile  = "use"     // in an entry: its time is that of the last use, and users hold a shared lock on it
	trimFile = "trimmed" // in the cache: its time is that of the last trim
	retired  = ".old-"   // begins the names of folders that are being removed
)

// DefaultCache is the cache in the user's own cache folder.
func DefaultCache() (Cache, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return Cache{}, fmt.Errorf("no folder for the compile cache: %w", err)
	}
	return Cache{Dir: filepath.Join(base, "warren")}, nil
}

func (c Cache) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

// entryName matches the names of entries: of workspaces ("go1.26.8-…") and sources ("source-…").
var entryName = regexp.MustCompile(`^[a-z][^/]*-[0-9a-f]{16}$`)

func (c Cache) entries() ([]string, error) {
	found, err := os.ReadDir(c.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var dirs []string
	for _, e := range found {
		if e.IsDir() && entryName.MatchString(e.Name()) {
			dirs = append(dirs, filepath.Join(c.Dir, e.Name()))
		}
	}
	return dirs, err
}

// Hold marks an entry as used now, and keeps it from being removed until release is called or the process ends. The error
// is fs.ErrNotExist if there is no such entry. Folders that are not in the cache are left alone.
func (c Cache) Hold(dir string) (release func(), err error) {
	if filepath.Dir(dir) != filepath.Clean(c.Dir) || !entryName.MatchString(filepath.Base(dir)) {
		return func() {}, nil
	}
	for {
		f, err := lockFile(filepath.Join(dir, useFile), unix.LOCK_SH)
		if err != nil {
			return nil, err
		}
		if !isOpenAt(f, dir) { // removed while we waited for the lock
			f.Close()
			continue
		}
		now := c.now()
		if err := os.Chtimes(f.Name(), now, now); err != nil {
			f.Close()
			return nil, diskError(err)
		}
		return func() { f.Close() }, nil
	}
}

// make is Hold for an entry that may have to be made.
func (c Cache) make(dir string) (release func(), err error) {
	for err = fs.ErrNotExist; errors.Is(err, fs.ErrNotExist); release, err = c.Hold(dir) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("cannot make the compile cache: %w", err)
		}
	}
	return release, err
}

// isOpenAt tells whether f is the file of that use in the entry, and not of one that was removed.
func isOpenAt(f *os.File, dir string) bool {
	opened, err := f.Stat()
	there, err2 := os.Stat(filepath.Join(dir, useFile))
	return err == nil && err2 == nil && os.SameFile(opened, there)
}

// lockFile opens a file, which it makes if there is none, and locks it as how says.
func lockFile(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cannot lock the compile cache: %w", err)
	}
	for err = unix.EINTR; err == unix.EINTR; {
		err = unix.Flock(int(f.Fd()), how)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("cannot lock the compile cache: %w", err)
	}
	return f, nil
}

// alone calls do while no process holds the entry, and tells whether it did.
func alone(dir string, do func() error) (bool, error) {
	unused := lastUse(dir)
	f, err := lockFile(filepath.Join(dir, useFile), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	os.Chtimes(f.Name(), unused, unused) // of an entry that had no such file; if it fails, the entry stays longer
	return true, do()
}

// lastUse is when an entry was used last.
func lastUse(dir string) time.Time {
	for _, path := range []string{filepath.Join(dir, useFile), dir} { // an older Warren noted no use
		if info, err := os.Stat(path); err == nil {
			return info.ModTime()
		}
	}
	return time.Time{}
}

// Clean removes all that no process uses.
func (c Cache) Clean() (removed []string, err error) {
	removed, err = c.retire(func(string) bool { return true })
	return removed, errors.Join(err, c.sweep())
}

// Trim removes what was not used for long: workspaces and sources, but for those in keep, and cells of workspaces that no
// process uses now.
func (c Cache) Trim(keep ...string) error {
	return errors.Join(c.outdate(keep), c.sweep())
}

// outdate is Trim without the part that takes its time: what it removes is set aside for sweep.
func (c Cache) outdate(keep []string) error {
	_, err := c.retire(func(dir string) bool {
		for _, k := range keep {
			if k == dir {
				return false
			}
		}
		return c.now().Sub(lastUse(dir)) > keepEntry
	})
	dirs, err2 := c.entries()
	err = errors.Join(err, err2)
	for _, dir := range dirs {
		_, e := alone(dir, func() error { return c.trimCells(dir) })
		err = errors.Join(err, e)
	}
	return err
}

// trimDaily is Trim, once a day. What takes its time happens later.
func (c Cache) trimDaily(keep ...string) error {
	stamp := filepath.Join(c.Dir, trimFile)
	if info, err := os.Stat(stamp); err == nil && c.now().Sub(info.ModTime()) < trimEvery {
		return nil
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the compile cache: %w", err)
	}
	now := c.now()
	err := errors.Join(os.WriteFile(stamp, nil, 0o644), os.Chtimes(stamp, now, now))
	if err != nil {
		return diskError(err) // and no trim: it would come again with each session
	}
	err = c.outdate(keep)
	go c.sweep() // what it leaves, the next one finds
	return err
}

// retire sets aside the entries that old says and no process uses.
func (c Cache) retire(old func(dir string) bool) (names []string, err error) {
	dirs, err := c.entries()
	for _, dir := range dirs {
		if !old(dir) {
			continue
		}
		done, e := alone(dir, func() error {
			if !old(dir) { // used while we waited
				return nil
			}
			e := os.Rename(dir, filepath.Join(c.Dir, retired+rand.Text())) // never a folder that another sweep removes now
			if e == nil {
				names = append(names, filepath.Base(dir))
			}
			return e
		})
		if e != nil || !done {
			err = errors.Join(err, e)
		}
	}
	return names, err
}

// sweep removes what was set aside, and what killed processes left.
func (c Cache) sweep() error {
	found, err := os.ReadDir(c.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range found {
		if strings.HasPrefix(e.Name(), retired) || strings.HasPrefix(e.Name(), ".source-") && c.unused(e, keepTemp) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(c.Dir, e.Name())))
		}
	}
	return err
}

func (c Cache) unused(e fs.DirEntry, limit time.Duration) bool {
	info, err := e.Info()
	return err == nil && c.now().Sub(info.ModTime()) > limit
}

// trimCells removes from a workspace the cells that were not used for long. Nobody may use it.
func (c Cache) trimCells(workspace string) error {
	folders, err := filepath.Glob(filepath.Join(workspace, "cells-*"))
	for _, folder := range folders {
		files, e := os.ReadDir(folder)
		err = errors.Join(err, e)
		last := map[string]time.Time{} // by cell, which has several files
		for _, f := range files {
			if info, e := f.Info(); e == nil && info.ModTime().After(last[cellOf(f)]) {
				last[cellOf(f)] = info.ModTime()
			}
		}
		for _, f := range files {
			limit := keepCell
			if strings.HasPrefix(f.Name(), ".") {
				limit = keepTemp
			}
			if c.now().Sub(last[cellOf(f)]) > limit {
				err = errors.Join(err, os.RemoveAll(filepath.Join(folder, f.Name())))
			}
		}
		os.Remove(folder) // of a former version of Warren, when it is empty now
	}
	return err
}

// cellOf is the part of a file's name that all files of a cell share.
func cellOf(f fs.DirEntry) string {
	if strings.HasPrefix(f.Name(), ".") {
		return f.Name()
	}
	name, _, _ := strings.Cut(f.Name(), ".")
	return name
}

// found tells whether a file is in the cache, and notes that it is used.
func found(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	if now := time.Now(); now.Sub(info.ModTime()) > useGrain {
		os.Chtimes(path, now, now) // if it fails, it is built again the sooner
	}
	return true
}
