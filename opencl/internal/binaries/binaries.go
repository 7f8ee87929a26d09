// Package binaries keeps built programs on disk.
package binaries

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/warren-go/warren/internal/atomicfile"
)

// Store is a folder of built programs. Several processes can use it at once. It never fails: what cannot be read or written
// is built again.
type Store struct {
	dir   string // empty: nothing is kept
	limit int64  // bytes

	prune sync.Once
}

const (
	suffix  = ".clbin"
	header  = "warren OpenCL program 1\n"
	keep    = 30 * 24 * time.Hour // since the last use
	maximum = 512 << 20           // bytes in all
)

// In is the store in a folder, which need not exist; with no folder it keeps nothing.
func In(dir string) *Store { return &Store{dir: dir, limit: maximum} }

// Keeps tells whether the store keeps anything.
func (s *Store) Keeps() bool { return s.dir != "" }

// Key names a program by all that it depends on.
func Key(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d\n%s\n", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (s *Store) path(key string) string { return filepath.Join(s.dir, key+suffix) }

// Get gives what was put under a key. It gives nothing that is not as it was written: drivers crash on damaged programs.
func (s *Store) Get(key string) ([]byte, bool) {
	if s.dir == "" {
		return nil, false
	}
	b, err := os.ReadFile(s.path(key))
	if err != nil {
		return nil, false
	}
	data, ok := decode(b)
	if !ok {
		os.Remove(s.path(key))
		return nil, false
	}
	now := time.Now()
	os.Chtimes(s.path(key), now, now)
	return data, true
}

// Put keeps data under a key.
func (s *Store) Put(key string, data []byte) {
	if s.dir == "" || len(data) == 0 || os.MkdirAll(s.dir, 0o700) != nil {
		return
	}
	s.prune.Do(s.Prune)
	atomicfile.Write(s.path(key), encode(data), 0o600) // what cannot be kept is built again
}

// Drop forgets what is under a key.
func (s *Store) Drop(key string) {
	if s.dir != "" {
		os.Remove(s.path(key))
	}
}

func encode(data []byte) []byte {
	sum := sha256.Sum256(data)
	return slices.Concat([]byte(header), sum[:], data)
}

func decode(b []byte) ([]byte, bool) {
	b, ok := bytes.CutPrefix(b, []byte(header))
	if !ok || len(b) < sha256.Size {
		return nil, false
	}
	sum := sha256.Sum256(b[sha256.Size:])
	return b[sha256.Size:], bytes.Equal(sum[:], b[:sha256.Size])
}

// Prune removes what was not used for a month, and then what was not used for longest, until the rest fits the limit.
func (s *Store) Prune() {
	files := s.files()
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	var total int64
	for _, f := range files {
		total += f.Size()
		if total > s.limit || time.Since(f.ModTime()) > keep {
			os.Remove(filepath.Join(s.dir, f.Name()))
		}
	}
}

// files lists the store's own files, with those that a process left unfinished when it died.
func (s *Store) files() []fs.FileInfo {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil
	}
	var files []fs.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if strings.HasSuffix(e.Name(), suffix) || strings.HasPrefix(e.Name(), atomicfile.Prefix) {
			files = append(files, info)
		}
	}
	return files
}
