package engine

import (
	"os"
	"sync"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// pump passes on what the worker writes to one of its pipes. Unlike a reader in a goroutine of its own it can be asked
// to take everything that is there now: so text printed before a picture comes before it, and all text of a cell
// before the cell's end.
type pump struct {
	name    string
	file    *os.File
	fd      int
	deliver func(name, text string)

	mu     sync.Mutex
	buf    []byte
	tail   []byte // an incomplete UTF-8 sequence
	closed bool
	done   chan struct{}
}

func newPump(name string, file *os.File, deliver func(name, text string)) (*pump, error) {
	fd := int(file.Fd()) // once, and first: Fd makes the descriptor blocking
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, err
	}
	p := &pump{name: name, file: file, fd: fd, deliver: deliver, buf: make([]byte, 1<<16), done: make(chan struct{})}
	go p.loop()
	return p, nil
}

func (p *pump) loop() {
	defer close(p.done)
	fds := []unix.PollFd{{Fd: int32(p.fd), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			return
		}
		if !p.drain() {
			return
		}
	}
}

// drain delivers what is in the pipe, and returns false at its end.
func (p *pump) drain() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed {
		n, err := unix.Read(p.fd, p.buf)
		switch {
		case n > 0:
			p.pass(p.buf[:n])
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return true
		default: // end of file, or a broken pipe
			p.flush()
			p.closed = true
		}
	}
	return false
}

// pass delivers text, but for a character that is not yet complete.
func (p *pump) pass(b []byte) {
	text := append(p.tail, b...)
	cut := len(text)
	for i := 1; i <= min(utf8.UTFMax-1, len(text)); i++ {
		if c := text[len(text)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(text[len(text)-i:]) {
				cut = len(text) - i
			}
			break
		}
	}
	p.tail = append([]byte(nil), text[cut:]...)
	if cut > 0 {
		p.deliver(p.name, string(text[:cut]))
	}
}

func (p *pump) flush() {
	if len(p.tail) > 0 {
		p.deliver(p.name, string(p.tail))
		p.tail = nil
	}
}

// wait returns when the other side has closed the pipe and everything is delivered.
func (p *pump) wait() {
	<-p.done
	p.file.Close()
}
