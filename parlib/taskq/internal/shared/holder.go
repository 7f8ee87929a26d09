package shared

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Holder is the broker that has a folder, as the folder's lock file tells.
type Holder struct {
	PID     int    `json:"pid"`
	URL     string `json:"url,omitempty"`     // where others reach it, token and all; "" until it is ready
	Private bool   `json:"private,omitempty"` // it lets no other process in
	Sync    bool   `json:"sync,omitempty"`    // it waits for the disk
}

// ErrInUse says that a folder has a broker already.
var ErrInUse = errors.New("the folder is in use by another broker")

// lockName is the lock file's name in the folder.
const lockName = "lock"

// Lock keeps other brokers away from a folder: two that write to one folder destroy it. It ends with the process, also when that is
// killed.
type Lock struct{ file *os.File }

// LockFolder makes the folder and locks it. The error wraps ErrInUse where another broker has it.
func LockFolder(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for range lockTries {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
			return &Lock{f}, nil
		}
		time.Sleep(lockRest)
	}
	holder, _ := readHolder(dir) // a hint for the message, no more
	return nil, errors.Join(fmt.Errorf("%w: process %d has %s; connect to that broker by its URL, close it, or take another folder", ErrInUse, holder.PID, dir), f.Close())
}

// Who only looks whether a folder is locked locks it for some microseconds himself.
const (
	lockTries = 5
	lockRest  = 10 * time.Millisecond
)

// isHeld tells whether a broker has the folder.
func isHeld(dir string) (bool, error) {
	f, err := os.Open(filepath.Join(dir, lockName))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, f.Close()
	}
	return false, errors.Join(err, f.Close()) // which unlocks it
}

// Announce writes into the lock file who has the folder. The file can be read by its owner alone.
func (l *Lock) Announce(h Holder) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err = l.file.WriteAt(append(text, '\n'), 0)
	return err
}

// Gone reports whether the folder was removed, or another is in its place.
func (l *Lock) Gone() bool {
	mine, err := l.file.Stat()
	if err != nil {
		return true
	}
	there, err := os.Stat(l.file.Name())
	return errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(mine, there)
}

// Close frees the folder, which has no holder then.
func (l *Lock) Close() error { return errors.Join(l.file.Truncate(0), l.file.Close()) }

// readHolder returns who has, or had, a folder: that process may be gone. It is the zero Holder where nobody is known.
func readHolder(dir string) (Holder, error) {
	text, err := os.ReadFile(filepath.Join(dir, lockName))
	if errors.Is(err, os.ErrNotExist) || len(text) == 0 {
		return Holder{}, nil
	}
	if err != nil {
		return Holder{}, err
	}
	var h Holder
	if json.Unmarshal(text, &h) != nil { // it is just being written
		return Holder{}, nil
	}
	return h, nil
}

// address is the host and port of the broker, without the token.
func (h Holder) address() string { return h.URL[strings.LastIndex(h.URL, "@")+1:] }

// token is what the broker wants to be shown.
func (h Holder) token() string {
	url := strings.TrimPrefix(h.URL, "nats://")
	return url[:max(0, strings.LastIndex(url, "@"))]
}

// Leave is the subject on which a broker that ends without clients tells how many are connected.
const Leave = "warren.broker.leave"
