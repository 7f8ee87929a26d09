package shm

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/warren-go/warren/internal/value"
)

const (
	// MinSize is how many bytes a slice has at least that goes this way. Smaller ones are faster sent.
	MinSize = 64 << 10
	// reserve is the part of the memory that is free which a slice may take at most: 1/reserve.
	reserve = 2
	// defaultDir is where Linux has files in memory.
	defaultDir = "/dev/shm"
)

// Store is the part of a process in the memory that it shares. It may be used by several goroutines.
type Store struct {
	dir  string // the folder of all processes of the user
	name string

	mu     sync.Mutex
	own    *folder // made when it is needed
	closed bool
}

var (
	_ value.Store = (*Store)(nil)
	_ value.Store = (*Batch)(nil)
)

// Open makes a store for this process in dir, a folder of files in memory; "" stands for /dev/shm. It uses no memory before
// something is put.
func Open(dir string) (*Store, error) {
	if dir == "" {
		dir = defaultDir
	}
	name, err := nameOf(dir)
	if err != nil {
		return nil, fmt.Errorf("shm: Open: %w", err)
	}
	return &Store{dir: filepath.Join(dir, fmt.Sprintf("warren-%d", os.Getuid())), name: name}, nil
}

// nameOf tells which processes share a folder: those of one user that see the same file system of one running machine.
func nameOf(dir string) (string, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is no folder", dir)
	}
	place := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%s/%x.%x/%d", strings.TrimSpace(string(boot)), place.Dev, place.Ino, os.Getuid()), nil
}

// Name is the same for all stores that can fetch from each other.
func (s *Store) Name() string { return s.name }

// Put keeps a copy of data for one receiver, which removes it. It leaves to the message what is small, or too large for the
// memory that is free.
func (s *Store) Put(data []byte) (ticket []byte, ok bool, err error) {
	name, ok := s.keep(data)
	if !ok {
		return nil, false, nil
	}
	return []byte(once + name), true, nil
}

// How tickets begin; the name of the file follows, below the folder of the user.
const (
	once  = "1" // the receiver removes the file
	often = "n" // the sender does
)

// keep writes a file, and returns its name below s.dir. That it cannot is no error, since messages can carry data too.
func (s *Store) keep(data []byte) (name string, ok bool) {
	if len(data) < MinSize {
		return "", false
	}
	own, err := s.folder()
	if err != nil || !own.fits(len(data)) {
		return "", false
	}
	file := rand.Text()
	if err := own.write(file, data); err != nil {
		return "", false
	}
	return filepath.Join(own.name, file), true
}

// folder returns the process's own folder.
func (s *Store) folder() (*folder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.New("the store is closed")
	}
	if s.own == nil {
		own, err := newFolder(s.dir)
		if err != nil {
			return nil, err
		}
		s.own = own
	}
	return s.own, nil
}

// Fetch returns the data that a ticket is for, in memory of the caller's own.
func (s *Store) Fetch(ticket []byte) ([]byte, error) {
	data, err := s.fetch(string(ticket))
	if err != nil {
		return nil, fmt.Errorf("shm: Fetch: %w; the process that sent it may have ended, or given up waiting", err)
	}
	return data, nil
}

func (s *Store) fetch(ticket string) ([]byte, error) {
	name, remove := strings.CutPrefix(ticket, once)
	if !remove {
		var ok bool
		if name, ok = strings.CutPrefix(ticket, often); !ok {
			return nil, errors.New("this is no ticket")
		}
	}
	root, err := os.OpenRoot(s.dir) // since the name comes from elsewhere
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := load(f)
	if err == nil && remove {
		err = root.Remove(name)
	}
	return data, err
}

// Close removes what the process has put.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.own == nil {
		return nil
	}
	own := s.own
	s.own = nil
	return own.remove()
}

// Batch keeps data for any number of receivers, until Close.
type Batch struct {
	*Store
	mu    sync.Mutex
	names []string
}

// Batch makes one.
func (s *Store) Batch() *Batch { return &Batch{Store: s} }

// Put keeps a copy of data.
func (b *Batch) Put(data []byte) (ticket []byte, ok bool, err error) {
	name, ok := b.keep(data)
	if !ok {
		return nil, false, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.names = append(b.names, name)
	return []byte(often + name), true, nil
}

// Close removes what was put. Receivers keep what they have fetched.
func (b *Batch) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []error
	for _, name := range b.names {
		if err := os.Remove(filepath.Join(b.dir, name)); !errors.Is(err, os.ErrNotExist) { // as after Close of the store
			all = append(all, err)
		}
	}
	b.names = nil
	return errors.Join(all...)
}
