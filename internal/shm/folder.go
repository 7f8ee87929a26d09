package shm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// lockName is a file in each folder, locked as long as the process lives whose folder it is, and in the folder of all, locked
// while one is made or removed.
const lockName = ".lock"

// folder is that of one process.
type folder struct {
	name string // below the folder of all
	path string
	lock *os.File
}

// newFolder makes a folder in dir, which it makes too if need be, and removes those of dead processes.
func newFolder(dir string) (*folder, error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	if err := private(dir); err != nil {
		return nil, err
	}
	all, err := lock(dir, unix.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer all.Close()
	sweep(dir)
	path, err := os.MkdirTemp(dir, fmt.Sprintf("%d-", os.Getpid()))
	if err != nil {
		return nil, err
	}
	own, err := lock(path, unix.LOCK_EX)
	if err != nil {
		return nil, err
	}
	return &folder{name: filepath.Base(path), path: path, lock: own}, nil
}

// private tells whether a folder is this user's alone. In a place where all users write, another could have made it first, and then
// put there what is not ours.
func private(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner != uint32(os.Getuid()) {
		return fmt.Errorf("%s belongs to user %d, not to user %d, who runs this: have it removed", dir, owner, os.Getuid())
	}
	if info.Mode() != os.ModeDir|0o700 {
		return fmt.Errorf("%s is %v, not a folder for its user alone: remove it", dir, info.Mode())
	}
	return nil
}

// lock takes the lock of a folder. Closing the file gives it back, as does the end of the process.
func lock(dir string, how int) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sweep removes the folders in dir that nobody holds. The caller holds the lock of dir.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if held, err := lock(path, unix.LOCK_EX|unix.LOCK_NB); err == nil {
			os.RemoveAll(path)
			held.Close()
		}
	}
}

// fits tells whether a file of some bytes leaves others enough room.
func (f *folder) fits(size int) bool {
	var free unix.Statfs_t
	return unix.Statfs(f.path, &free) == nil && uint64(size) < free.Bavail*uint64(free.Bsize)/reserve
}

// write makes a file.
func (f *folder) write(name string, data []byte) error {
	path := filepath.Join(f.path, name)
	err := os.WriteFile(path, data, 0o600)
	if err != nil {
		os.Remove(path)
	}
	return err
}

func (f *folder) remove() error { return errors.Join(os.RemoveAll(f.path), f.lock.Close()) }
