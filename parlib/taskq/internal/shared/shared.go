// Package shared lets the programs on a machine share one broker for each folder. Who needs it first starts it, as a process of its own,
// which outlives him; it ends by itself when nobody is connected any more. Who comes later finds it by the folder's lock file. A broker
// that was killed is started again by whoever misses it.
package shared

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/warren-go/warren/internal/background"
)

const (
	dialTime  = 2 * time.Second       // for a connection to this machine
	pause     = 20 * time.Millisecond // between two looks at the lock file
	startRest = time.Second           // between two attempts to start a broker again that was lost
	endTime   = 10 * time.Second      // for a broker to write what it holds, and to end
	patience  = 2 * time.Minute       // for a broker that reads its disk
)

// Broker is the broker of a folder, wherever it runs. Its methods may be called by several goroutines.
type Broker struct {
	dir     string
	sync    bool
	command []string

	mu     sync.Mutex
	holder Holder    // to whom the last connection was made
	found  net.Conn  // which Find has made for Dial: a broker that has had a client, and has none, ends
	tried  time.Time // when Dial began to start a broker
}

// New is the broker of a folder. command starts one: a program with its arguments, to which the folder is added. When it is ready it has
// to print a line that begins with "nats://"; then it has announced its URL in the lock file. durable says that it waits for the disk.
func New(dir string, durable bool, command ...string) (*Broker, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return &Broker{dir: dir, sync: durable, command: append(slices.Clone(command), dir)}, nil
}

// Find sees that there is a broker, and starts it if there is none. It returns when it is connected for the next Dial, or when ctx ends.
func (b *Broker) Find(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("it was not ready after %v", patience))
	defer cancel()
	for {
		conn, err := b.reach()
		if err == nil {
			b.keep(conn)
			return nil
		}
		if errors.Is(err, errAway) {
			err = b.start(ctx)
		}
		if err != nil && !errors.Is(err, ErrInUse) && !errors.Is(err, errBusy) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("the broker of %s: %w", b.dir, context.Cause(ctx))
		}
	}
}

// keep puts a connection in the place of the one that Find has made, and returns that.
func (b *Broker) keep(conn net.Conn) net.Conn {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := b.found
	b.found = conn
	return found
}

// Close closes a connection that no Dial has come for.
func (b *Broker) Close() error {
	if conn := b.keep(nil); conn != nil {
		return conn.Close()
	}
	return nil
}

var (
	errAway = errors.New("no broker runs there")
	errBusy = errors.New("its broker is about to start, or to end")
)

// reach connects to the broker that has the folder. The error wraps errAway if one may be started, and errBusy if it is to be waited for.
func (b *Broker) reach() (net.Conn, error) {
	holder, err := b.find()
	if err != nil {
		return nil, err
	}
	conn, err := net.DialTimeout("tcp", holder.address(), dialTime)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBusy, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holder = holder
	return conn, nil
}

// find returns the broker that has the folder, if it can be reached and is as it should be. What a broker has announced that was killed
// counts for nothing: somebody else may have its port by now.
func (b *Broker) find() (Holder, error) {
	if held, err := isHeld(b.dir); err != nil || !held {
		return Holder{}, cmp.Or(err, errAway)
	}
	holder, err := readHolder(b.dir)
	switch {
	case err != nil:
		return holder, err
	case holder.Private:
		return holder, fmt.Errorf("the folder %s is that of a broker within process %d, which lets no other process in; close it, or take another folder", b.dir, holder.PID)
	case holder.URL == "":
		return holder, errBusy
	case b.sync && !holder.Sync:
		return holder, fmt.Errorf("the broker of %s, process %d, does not wait for the disk; close all its queues, then open this one first", b.dir, holder.PID)
	}
	return holder, nil
}

// start starts the broker, and returns when it is ready or cannot be. The error wraps ErrInUse where another has the folder.
func (b *Broker) start(ctx context.Context) error {
	cmd := exec.Command(b.command[0], b.command[1:]...)
	says := newReport()
	cmd.Stdout, cmd.Stderr, cmd.Dir = says, says, "/" // it keeps no folder busy
	// A session of its own: what ends a worker, a kernel or a terminal leaves it alone.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	ended := make(chan error, 1)
	background.Go("taskq", func() {
		err := cmd.Start()
		if err == nil {
			err = cmd.Wait()
		}
		ended <- err
	})
	select {
	case <-says.ready:
		return nil
	case err := <-ended:
		return says.explain(b.command[0], err)
	case <-ctx.Done():
		return fmt.Errorf("the broker of %s: %w", b.dir, context.Cause(ctx))
	}
}

// Dial connects to the broker wherever it runs now; what it is given as address does not matter. Where there is none it starts one, for the
// next attempt: it is for connections that are made again until they stand.
func (b *Broker) Dial(_, _ string) (net.Conn, error) {
	if conn := b.keep(nil); conn != nil {
		return conn, nil
	}
	conn, err := b.reach()
	if errors.Is(err, errAway) {
		b.startAgain()
	}
	return conn, err
}

// startAgain starts a broker in the background, now and then.
func (b *Broker) startAgain() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.tried) < startRest {
		return
	}
	b.tried = time.Now()
	background.Go("taskq", func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = b.start(ctx) // if that fails, the next Dial says that there is none
	})
}

// Token is what the broker of the last connection wants to be shown.
func (b *Broker) Token() string { return b.last().token() }

// URL is where other processes reach the broker of the last connection.
func (b *Broker) URL() string { return b.last().URL }

func (b *Broker) last() Holder {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.holder
}

// WaitEnd waits until the broker has freed the folder, of which the last user has just taken leave.
func (b *Broker) WaitEnd() error {
	pid := b.last().PID
	for end := time.Now().Add(endTime); ; time.Sleep(pause) {
		held, err := isHeld(b.dir)
		if err != nil || !held {
			return err
		}
		if holder, err := readHolder(b.dir); err != nil || holder.PID != pid && holder.PID != 0 { // it is another's by now
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("the broker of %s, process %d, does not end", b.dir, pid)
		}
	}
}

// report is what a broker prints until it is ready.
type report struct {
	mu    sync.Mutex
	text  bytes.Buffer
	once  sync.Once
	ready chan struct{}
}

func newReport() *report { return &report{ready: make(chan struct{})} }

func (r *report) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.text.Len() < 1<<16 {
		r.text.Write(p)
	}
	if line, _, whole := strings.Cut(r.text.String(), "\n"); whole && strings.HasPrefix(line, "nats://") {
		r.once.Do(func() { close(r.ready) })
	}
	return len(p), nil
}

// explain is why a broker that has ended was never ready.
func (r *report) explain(program string, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := strings.TrimSpace(r.text.String())
	switch {
	case strings.Contains(text, ErrInUse.Error()):
		return fmt.Errorf("%w: %s", ErrInUse, text)
	case err != nil && text != "":
		return fmt.Errorf("the broker %s does not start: %w: %s", program, err, text)
	case err != nil:
		return fmt.Errorf("the broker %s does not start: %w", program, err)
	}
	return fmt.Errorf("the broker %s has ended at once: %s", program, text)
}
