package cluster

import (
	"io"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// tap takes what the process writes to a file descriptor: Go code, and C code as well. Unlike a mere reader it can be asked for all
// that was written by now, so that all output of a call comes before its result.
type tap struct {
	raw  syscall.RawConn
	rest io.Writer // gets what belongs to no call

	mu  sync.Mutex
	out io.Writer
	buf []byte
}

// newTap puts a pipe in the place of fd.
func newTap(fd int, rest io.Writer) (*tap, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	if err := unix.Dup3(int(w.Fd()), fd, 0); err != nil {
		return nil, err
	}
	raw, err := r.SyscallConn()
	if err != nil {
		return nil, err
	}
	t := &tap{raw: raw, rest: rest, out: rest, buf: make([]byte, 1<<16)}
	go func() {
		defer r.Close()
		_ = raw.Read(func(fd uintptr) bool {
			for t.read(int(fd), len(t.buf)) > 0 {
			}
			return false // it ends with the process
		})
	}()
	return t, nil
}

// to passes on what was written so far, and gives what comes from now on to out, or to nobody's if that is nil.
func (t *tap) to(out io.Writer) {
	_ = t.raw.Control(func(fd uintptr) {
		left, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ)
		for err == nil && left > 0 {
			n := t.read(int(fd), min(left, len(t.buf)))
			if n <= 0 {
				break
			}
			left -= n
		}
	})
	if out == nil {
		out = t.rest
	}
	t.mu.Lock() // which the reader gives back when it has passed on what it has read
	defer t.mu.Unlock()
	t.out = out
}

// read passes on one buffer full.
func (t *tap) read(fd, most int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, err := unix.Read(fd, t.buf[:most])
	for err == unix.EINTR {
		n, err = unix.Read(fd, t.buf[:most])
	}
	if n > 0 {
		_, _ = t.out.Write(t.buf[:n])
	}
	return n
}
