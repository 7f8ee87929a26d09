package object

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Object is an executable or a plugin that this process has loaded.
type Object struct {
	Path  string // of its file
	start uintptr
	inode uint64
	parts atomic.Pointer[[]mapping] // set anew by each refresh, while others look at those before

	once sync.Once
	id   string
	err  error
}

// Address is a place in the file of an object, in any process that has loaded it.
type Address struct {
	Object string // identity, see Object.ID
	Path   string // of the file, where the address was taken
	Offset uint64 // from where the object begins in memory
}

// ErrNotStatic says that a pointer points to nothing that was compiled, but to memory that the process made.
var ErrNotStatic = errors.New("it is no part of the program's file")

// UnknownObjectError says that this process does not run the object which an address is in.
type UnknownObjectError struct {
	Object, Path string // as in Address
	Running      string // identity of the executable of this process
}

func (e *UnknownObjectError) Error() string {
	return fmt.Sprintf("it lies in %s (build %s), which this process does not run: its executable is build %s; both sides must run the same build of the same program",
		filepath.Base(e.Path), short(e.Object), short(e.Running))
}

// short is as much of an identity as people compare.
func short(id string) string {
	const n = 12
	if len(id) > 2*n {
		return id[:n] + "…" + id[len(id)-n:]
	}
	return id
}

// table holds the objects of this process, of which there become more when plugins are opened, but never fewer.
type table struct {
	mu      sync.Mutex
	objects []*Object // by address
	said    []saying  // of files that were not found yet
}

// process is a variable of the package, since what it holds belongs to the process.
var process table

// ID identifies the content of the object's file: the build ID that the go command gave it, or else a hash.
func (o *Object) ID() (string, error) {
	o.once.Do(func() { o.id, o.err = identify(o) })
	return o.id, o.err
}

// Executable is the file that this process was started from.
func Executable() (*Object, error) {
	return at(firstModule())
}

// Plugins are the other objects of Go code that this process has loaded, in the order in which it did so.
func Plugins() ([]*Object, error) {
	var all []*Object
	for _, m := range modules()[1:] {
		o, err := at(m)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// Identify says what the plugin at file is, which this process has opened: a copy of the one at path, perhaps with other names for its
// source files, which has the identity id. Without it, a plugin is known by its content, for which its file must be there. What
// is said is kept until it matters, as looking for where files are mapped takes its time.
func Identify(file, id, path string) error {
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("object: Identify: %w", err)
	}
	s := saying{inode: info.Sys().(*syscall.Stat_t).Ino, base: filepath.Base(file), id: id, path: path}
	process.mu.Lock()
	defer process.mu.Unlock()
	if !slices.ContainsFunc(process.objects, s.of) {
		process.said = append(process.said, s)
	}
	return nil
}

// saying is what Identify was told of a file.
type saying struct {
	inode          uint64
	base, id, path string
}

// of has an object be what was said, if it was said of its file. It reports whether it was.
func (s saying) of(o *Object) bool {
	if o.inode != s.inode || strings.TrimSuffix(filepath.Base(o.Path), deleted) != s.base {
		return false
	}
	o.once.Do(func() { o.id, o.Path = s.id, s.path })
	return true
}

// deleted follows the name of a file that is gone, where Linux lists what is mapped.
const deleted = " (deleted)"

// Locate returns the address of what p points to, or an error that wraps ErrNotStatic.
func Locate(p unsafe.Pointer) (Address, error) {
	o, err := at(uintptr(p))
	if err != nil {
		return Address{}, err
	}
	id, err := o.ID()
	if err != nil {
		return Address{}, err
	}
	return Address{Object: id, Path: o.Path, Offset: uint64(uintptr(p) - o.start)}, nil
}

// pointer is what Locate was given, in this process. It may be no place of the object at all.
func (a Address) pointer() (uintptr, *Object, error) {
	o, err := byID(a)
	if err != nil {
		return 0, nil, err
	}
	p := o.start + uintptr(a.Offset)
	if !o.contains(p) {
		return 0, nil, fmt.Errorf("offset %#x is outside of %s", a.Offset, o.Path)
	}
	return p, o, nil
}

func (o *Object) contains(p uintptr) bool {
	return slices.ContainsFunc(*o.parts.Load(), func(m mapping) bool { return m.start <= p && p < m.end })
}

// at finds the object that holds an address.
func at(p uintptr) (*Object, error) {
	process.mu.Lock()
	defer process.mu.Unlock()
	if o := process.find(p); o != nil {
		return o, nil
	}
	if err := process.refresh(); err != nil {
		return nil, err
	}
	if o := process.find(p); o != nil {
		return o, nil
	}
	return nil, ErrNotStatic
}

func (t *table) find(p uintptr) *Object {
	i, found := slices.BinarySearchFunc(t.objects, p, func(o *Object, p uintptr) int { return cmp.Compare(o.start, p) })
	if !found {
		i--
	}
	if i >= 0 && t.objects[i].contains(p) {
		return t.objects[i]
	}
	return nil
}

// refresh reads which files are mapped by now, and keeps the objects that are known.
func (t *table) refresh() error {
	all, err := readMaps()
	if err != nil {
		return err
	}
	known := map[uintptr]*Object{}
	for _, o := range t.objects {
		known[o.start] = o
	}
	t.objects = nil
	var parts [][]mapping // by object
	for _, m := range all {
		if n := len(t.objects); m.offset != 0 && n > 0 && t.objects[n-1].inode == m.inode {
			parts[n-1] = append(parts[n-1], m)
			continue
		}
		if m.offset != 0 { // not the begin of an object
			continue
		}
		o := known[m.start]
		if o == nil || o.inode != m.inode {
			o = &Object{Path: m.path, start: m.start, inode: m.inode}
		}
		t.objects, parts = append(t.objects, o), append(parts, []mapping{m})
	}
	for i, o := range t.objects {
		o.parts.Store(&parts[i])
	}
	t.said = slices.DeleteFunc(t.said, func(s saying) bool { return slices.ContainsFunc(t.objects, s.of) })
	return nil
}

// byID finds the object with the identity in an address among those of Go code.
func byID(a Address) (*Object, error) {
	exe, err := Executable()
	if err != nil {
		return nil, err
	}
	id, err := exe.ID()
	if err != nil || id == a.Object {
		return exe, err
	}
	plugins, err := Plugins()
	if err != nil {
		return nil, err
	}
	for _, o := range plugins {
		if other, err := o.ID(); err == nil && other == a.Object {
			return o, nil
		}
	}
	return nil, &UnknownObjectError{Object: a.Object, Path: a.Path, Running: id}
}
