// Package coalesce joins small texts into large ones, for front ends that take a message for each.
package coalesce

import (
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	streamDelay = 20 * time.Millisecond // how long text waits for more
	streamLimit = 1 << 18               // bytes of text that do not wait
)

// Streams joins text of one stream of one cell into few messages, so that a loop of small prints does not drown the
// front end. Order among streams and cells is kept. Full buffers are sent by the caller, who waits if clients are slow:
// so memory is bounded. Its methods may be called from several goroutines.
type Streams struct {
	send func(parent []byte, name, text string)

	mu     sync.Mutex
	timer  *time.Timer
	parent []byte
	name   string
	text   []byte // ends, after a partial flush, in the part of a character that has come so far
	armed  bool
	closed bool
}

// New returns Streams that hand to send what belongs together: valid UTF-8, with the parent and the name that Add got. Calls of
// send never overlap.
func New(send func(parent []byte, name, text string)) *Streams {
	c := &Streams{send: send}
	c.timer = time.AfterFunc(time.Hour, c.due)
	c.timer.Stop()
	return c
}

// Add takes text of the stream with a name, such as "stdout", of the cell that parent stands for.
func (c *Streams) Add(parent []byte, name, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || text == "" {
		return
	}
	if name != c.name || string(parent) != string(c.parent) {
		c.emit(len(c.text))
		c.parent, c.name = parent, name
	}
	c.text = append(c.text, text...)
	if len(c.text) >= streamLimit {
		c.emit(whole(c.text))
	}
	if len(c.text) > 0 && !c.armed {
		c.armed = true
		c.timer.Reset(streamDelay)
	}
}

// due sends what waited long enough, but keeps the beginning of a character.
func (c *Streams) due() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = false
	c.emit(whole(c.text))
}

// Flush sends the text of a cell, all of it. Text of other cells goes on waiting: it is not theirs to hurry.
func (c *Streams) Flush(parent []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if string(parent) == string(c.parent) {
		c.emit(len(c.text))
	}
}

// Close sends everything and takes no more.
func (c *Streams) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.emit(len(c.text))
	c.closed = true
	c.timer.Stop()
}

// emit sends the first n bytes. The lock is held while sending, which keeps the order.
func (c *Streams) emit(n int) {
	if n == 0 {
		return
	}
	text := strings.ToValidUTF8(string(c.text[:n]), "\uFFFD")
	c.text = append(c.text[:0], c.text[n:]...)
	if cap(c.text) > 4*streamLimit {
		c.text = append([]byte(nil), c.text...)
	}
	c.send(c.parent, c.name, text)
}

// whole is the length of text without a character that is cut at its end.
func whole(text []byte) int {
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		b := text[len(text)-back]
		if utf8.RuneStart(b) {
			if !utf8.FullRune(text[len(text)-back:]) {
				return len(text) - back
			}
			break
		}
	}
	return len(text)
}
