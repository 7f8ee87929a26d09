// Package history keeps the cells of a user in a file that his kernels share, and finds them again.
package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// limit is the size in bytes at which the older half of the file is dropped.
const limit = 32 << 20

// Entry is one cell: the Line-th of a session, what was typed, and its result, if it had one.
type Entry struct {
	Session, Line int
	Input         string
	Output        *string
}

// record is one line of the file. One without input says that its session has begun.
type record struct {
	Session int     `json:"session"`
	Line    int     `json:"line,omitempty"`
	Input   *string `json:"input,omitempty"`
	Output  *string `json:"output,omitempty"`
}

// History keeps the cells of a user in a file of JSON lines that several kernels append to, each under a lock.
// Lines that are no JSON, such as one cut short by a crash, are passed over. Its methods may be called from several
// goroutines at once.
type History struct {
	path    string
	log     *slog.Logger
	session int

	mu    sync.Mutex
	own   []Entry // of this session, so that they are there also without a disk
	quiet bool    // a failure was logged
}

// DefaultFile is where the history of all kernels of a user is kept, after the XDG base directory specification. It is "" where
// there is no home directory.
func DefaultFile() string {
	base := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(base) {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "warren", "history.jsonl")
}

// Open begins a session in the file at path. Where there is no file to write, history lasts as long as the kernel.
func Open(path string, log *slog.Logger) *History {
	h := &History{path: path, log: log, session: 1}
	err := h.locked(func() error {
		records, size := h.load()
		for _, r := range records {
			h.session = max(h.session, r.Session+1)
		}
		if size > limit {
			if err := h.rewrite(records[len(records)/2:]); err != nil {
				return err
			}
		}
		return h.append(record{Session: h.session})
	})
	h.report(err)
	return h
}

// locked runs f while no other kernel touches the file.
func (h *History) locked(f func() error) error {
	if h.path == "" {
		return errors.New("there is no home directory to keep it in")
	}
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	lock, err := os.OpenFile(h.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	for {
		err = unix.Flock(int(lock.Fd()), unix.LOCK_EX)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", h.path, err)
	}
	return f()
}

func (h *History) report(err error) {
	if err != nil && !h.quiet {
		h.quiet = true
		h.log.Warn("history is not kept on disk", "error", err)
	}
}

// append writes one line. It begins with a line end, so that it is whole also after a line that was cut short.
func (h *History) append(r record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(h.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(append([]byte("\n"), line...), '\n'))
	return errors.Join(err, f.Close())
}

func (h *History) rewrite(records []record) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, r := range records {
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	next := h.path + ".new"
	if err := os.WriteFile(next, text.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(next, h.path)
}

// load reads the file and gives its records and size.
func (h *History) load() (records []record, size int) {
	text, err := os.ReadFile(h.path)
	if err != nil {
		return nil, 0
	}
	for line := range bytes.Lines(text) {
		var r record
		if len(bytes.TrimSpace(line)) > 0 && json.Unmarshal(line, &r) == nil && r.Session > 0 {
			records = append(records, r)
		}
	}
	return records, len(text)
}

// Session is the number of this session.
func (h *History) Session() int { return h.session }

// Add keeps a cell of this session, with the text of its result, if it had one.
func (h *History) Add(line int, input string, output *string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.own = append(h.own, Entry{Session: h.session, Line: line, Input: input, Output: output})
	h.report(h.locked(func() error {
		return h.append(record{Session: h.session, Line: line, Input: &input, Output: output})
	}))
}

// All gives every cell of every session, this one last: cells of sessions that run beside it come before.
func (h *History) All() []Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	stored, _ := h.load()
	var cells []Entry
	for _, r := range stored {
		if r.Input != nil && r.Session != h.session {
			cells = append(cells, Entry{Session: r.Session, Line: r.Line, Input: *r.Input, Output: r.Output})
		}
	}
	return append(cells, h.own...)
}
