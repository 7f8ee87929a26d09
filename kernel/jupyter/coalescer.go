package jupyter

import (
	"encoding/json"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	streamDelay = 20 * time.Millisecond // how long text waits for more
	streamLimit = 1 << 18               // bytes of text that do not wait
)

// coalescer joins text of one stream of one cell into few messages, so that a loop of small prints does not drown the
// front end. Order among streams and cells is kept. Full buffers are sent by the caller, who waits if clients are slow:
// so memory is bounded.
type coalescer struct {
	send func(parent json.RawMessage, name, text string)

	mu     sync.Mutex
	timer  *time.Timer
	parent json.RawMessage
	name   string
	text   []byte // ends, after a partial flush, in the part of a character that has come so far
	armed  bool
	closed bool
}

func newCoalescer(send func(parent json.RawMessage, name, text string)) *coalescer {
	c := &coalescer{send: send}
	c.timer = time.AfterFunc(time.Hour, c.due)
	c.timer.Stop()
	return c
}

func (c *coalescer) add(parent json.RawMessage, name, text string) {
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
func (c *coalescer) due() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = false
	c.emit(whole(c.text))
}

// flush sends the text of a cell, all of it. Text of other cells goes on waiting: it is not theirs to hurry.
func (c *coalescer) flush(parent json.RawMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if string(parent) == string(c.parent) {
		c.emit(len(c.text))
	}
}

// close sends everything and takes no more.
func (c *coalescer) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.emit(len(c.text))
	c.closed = true
	c.timer.Stop()
}

// emit sends the first n bytes. The lock is held while sending, which keeps the order.
func (c *coalescer) emit(n int) {
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
