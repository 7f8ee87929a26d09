// Package relay carries what the processes of a program print to the process that wants it, each process's apart. Launchers such
// as mpiexec mix the output of all, and take it into and out of their own hands on the way.
//
// The receiver listens on a Unix socket, whose path processes find in their environment. A process makes a connection for each
// of its streams, says in a line whose and which it is, and writes.
package relay

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Variable is the variable of the environment that holds the path of the socket.
const Variable = "WARREN_RELAY"

// The streams that Attach makes.
const (
	Stdout = "stdout"
	Stderr = "stderr"
)

// Dial opens a stream of a process, which has a number, to the receiver that the environment names. It returns nil if that names
// none, or one that is not there, as for a process on another machine.
func Dial(process int, stream string) (net.Conn, error) {
	path := os.Getenv(Variable)
	if path == "" {
		return nil, nil
	}
	c, err := net.Dial("unix", path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("relay: Dial: %w", err)
	}
	if _, err := fmt.Fprintf(c, "%d %s\n", process, stream); err != nil {
		return nil, fmt.Errorf("relay: Dial: %w", errors.Join(err, c.Close()))
	}
	return c, nil
}

// Attach sends all that this process prints from now on, C code included, to the receiver that the environment names, if that is there.
func Attach(process int) error {
	for _, s := range []struct {
		name string
		fd   int
	}{{Stdout, 1}, {Stderr, 2}} {
		c, err := Dial(process, s.name)
		if c == nil || err != nil {
			return err
		}
		if err := redirect(c, s.fd); err != nil {
			return fmt.Errorf("relay: Attach: %s: %w", s.name, err)
		}
	}
	return nil
}

// redirect makes the descriptor one of the connection, which it closes. Writing blocks then, as programs expect.
func redirect(c net.Conn, fd int) error {
	defer c.Close()
	f, err := c.(*net.UnixConn).File()
	if err != nil {
		return err
	}
	defer f.Close()
	return syscall.Dup3(int(f.Fd()), fd, 0) // Fd makes it block
}

// Receiver takes the streams of processes.
type Receiver struct {
	dir      string
	listener net.Listener
	receive  func(process int, stream string, c io.ReadWriter)

	mu      sync.Mutex
	open    map[net.Conn]bool
	closed  bool
	streams sync.WaitGroup
}

// Listen returns a receiver that calls receive for each stream, in a goroutine of its own. The stream is at its end when its
// process, and whatever else that let have it, has closed it or has ended.
func Listen(receive func(process int, stream string, c io.ReadWriter)) (*Receiver, error) {
	dir, err := os.MkdirTemp("", "warren-relay-*")
	if err != nil {
		return nil, fmt.Errorf("relay: Listen: %w", err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		return nil, fmt.Errorf("relay: Listen: %w", errors.Join(err, os.RemoveAll(dir)))
	}
	r := &Receiver{dir: dir, listener: l, receive: receive, open: map[net.Conn]bool{}}
	r.streams.Add(1)
	go r.accept()
	return r, nil
}

// Env is what the environment of the processes needs.
func (r *Receiver) Env() []string { return []string{Variable + "=" + r.listener.Addr().String()} }

func (r *Receiver) accept() {
	defer r.streams.Done()
	for {
		c, err := r.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // such as of too many open files: others may close theirs
			time.Sleep(pause)
			continue
		}
		if c.RemoteAddr().String() == r.last() {
			c.Close()
			return
		}
		if r.hold(c) {
			go r.serve(c)
		}
	}
}

// pause is how long accept waits after an error.
const pause = 10 * time.Millisecond

// last is where the connection comes from behind which Close wants no more.
func (r *Receiver) last() string { return filepath.Join(r.dir, "last") }

func (r *Receiver) hold(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		c.Close()
		return false
	}
	r.open[c] = true
	r.streams.Add(1)
	return true
}

func (r *Receiver) serve(c net.Conn) {
	defer r.streams.Done()
	defer func() {
		c.Close()
		r.mu.Lock()
		delete(r.open, c)
		r.mu.Unlock()
	}()
	in := bufio.NewReader(io.LimitReader(c, longestHead))
	head, err := in.ReadString('\n')
	number, stream, ok := strings.Cut(strings.TrimSuffix(head, "\n"), " ")
	process, bad := strconv.Atoi(number)
	if err != nil || bad != nil || !ok {
		return // none of ours
	}
	rest := make([]byte, in.Buffered())
	in.Read(rest) // what is buffered is there
	r.receive(process, stream, &connection{Reader: io.MultiReader(strings.NewReader(string(rest)), c), Writer: c})
}

// longestHead bounds what is read ahead of a stream, in bytes.
const longestHead = 4096

type connection struct {
	io.Reader
	io.Writer
}

// Close waits for the streams to end, at most for a time: what a process left behind may hold some open. Then it ends them.
func (r *Receiver) Close(wait time.Duration) error {
	timer := time.AfterFunc(wait, r.cut)
	defer timer.Stop()
	// Those that connected before are in front of it, accepted or not.
	here := r.listener.Addr().(*net.UnixAddr)
	last, err := net.DialUnix("unix", &net.UnixAddr{Name: r.last(), Net: "unix"}, here)
	if err != nil {
		r.listener.Close()
	} else {
		defer last.Close()
	}
	r.streams.Wait()
	r.listener.Close()
	return os.RemoveAll(r.dir)
}

// cut ends all streams, and those that are still to come.
func (r *Receiver) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for c := range r.open {
		c.Close()
	}
}
