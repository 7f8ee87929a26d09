package worker

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/warren-go/warren/kernel/proto"
)

// farFd is where file descriptors of the worker's own are put: out of the way of programs that close, or count on, the
// first few. They are not passed on to programs that cells start, which may live longer than the worker.
const farFd = 900

func moveAway(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, farFd) }

// takeFront returns the socket to the front.
func takeFront() (*os.File, error) {
	fd, err := moveAway(proto.Fd)
	if err != nil {
		return nil, err
	}
	// Nothing that matters may come to lie on the number that every program expects to be free.
	if null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0); err == nil {
		unix.Dup3(null, proto.Fd, unix.O_CLOEXEC)
		unix.Close(null)
	}
	return os.NewFile(uintptr(fd), "front"), nil
}

// streams are copies of the process's standard streams, for when a cell closes them.
type streams [3]int

func keepStreams() (s streams) {
	for i := range s {
		fd, err := moveAway(i)
		if err != nil { // closed from the start, so nothing to keep
			fd = -1
		}
		s[i] = fd
	}
	return s
}

// repair opens standard streams that a cell has closed. Those that it put other files in the place of stay so.
func (s streams) repair() {
	for i, v := range []**os.File{&os.Stdin, &os.Stdout, &os.Stderr} {
		if s[i] < 0 {
			continue
		}
		fd := i
		if _, err := unix.FcntlInt(uintptr(i), unix.F_GETFD, 0); err != nil {
			unix.Dup3(s[i], i, 0)
		} else { // perhaps another file by now
			fd = s[i]
		}
		if *v == nil {
			continue
		}
		if _, err := (*v).Stat(); !errors.Is(err, os.ErrClosed) {
			continue
		}
		if fd != i {
			var err error
			if fd, err = moveAway(fd); err != nil {
				continue
			}
		}
		*v = os.NewFile(uintptr(fd), "/dev/"+[]string{"stdin", "stdout", "stderr"}[i])
	}
}
