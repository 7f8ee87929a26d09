package engine

import (
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// pump passes on what the worker writes to one of its pipes. Unlike a reader in a goroutine of its own it can be asked
// to take everything that is there now: so text printed before a picture comes before it, and all text of a cell
// before the cell's end.
type pump struct {
	name    string
	file    *os.File
	raw     syscall.RawConn
	deliver func(name, text string)

	mu   sync.Mutex
	buf  []byte
	tail []byte // an incomplete UTF-8 sequence
	done chan struct{}
}

// newPump takes over the reading end of a pipe.
func newPump(name string, file *os.File, deliver func(name, text string)) (*pump, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	p := &pump{name: name, file: file, raw: raw, deliver: deliver, buf: make([]byte, 1<<16), done: make(chan struct{})}
	go p.loop()
	return p, nil
}

// loop passes text on until the end of the pipe, or until it is closed.
func (p *pump) loop() {
	defer close(p.done)
	p.raw.Read(func(fd uintptr) bool { return p.read(int(fd)) })
}

// read delivers one buffer full, and tells whether it met the end. It leaves the lock between two, for drain.
func (p *pump) read(fd int) (end bool) {
	for {
		switch n, end := p.readOnce(fd, len(p.buf)); {
		case end:
			return true
		case n == 0:
			return false
		}
	}
}

func (p *pump) readOnce(fd, most int) (n int, end bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, err := unix.Read(fd, p.buf[:min(most, len(p.buf))])
	for err == unix.EINTR {
		n, err = unix.Read(fd, p.buf[:min(most, len(p.buf))])
	}
	if n > 0 {
		p.pass(p.buf[:n])
		return n, false
	}
	return 0, err != unix.EAGAIN
}

// drain delivers what is in the pipe now. It is not kept by a program that prints without end.
func (p *pump) drain() {
	p.raw.Control(func(fd uintptr) {
		left, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ)
		for err == nil && left > 0 {
			n, _ := p.readOnce(int(fd), left)
			if n == 0 {
				break
			}
			left -= n
		}
	})
	// What loop has read meanwhile is delivered when it gives back the lock.
	p.mu.Lock()
	p.mu.Unlock()
}

// pass delivers text, but for a character that is not yet complete. What is no UTF-8 becomes U+FFFD.
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
	p.send(text[:cut])
}

func (p *pump) send(text []byte) {
	if len(text) > 0 {
		p.deliver(p.name, strings.ToValidUTF8(string(text), "\uFFFD"))
	}
}

// finish delivers the rest, and returns when nothing more will come. A program that left the worker's process group may
// hold the pipe open for long: what it prints after the worker's end is not waited for.
func (p *pump) finish() {
	p.drain()
	p.file.SetReadDeadline(time.Now())
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	p.send(p.tail)
	p.tail = nil
	p.file.Close()
}
