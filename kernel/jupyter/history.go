package jupyter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// historyLimit is the size in bytes at which the older half of the file is dropped.
const historyLimit = 32 << 20

// entry is one cell of the history, one line of the file. A line without input says that its session has begun.
type entry struct {
	Session int     `json:"session"`
	Line    int     `json:"line,omitempty"`
	Input   *string `json:"input,omitempty"`
	Output  *string `json:"output,omitempty"`
}

// history keeps the cells of a user in a file of JSON lines that several kernels append to, each under a lock.
// Lines that are no JSON, such as one cut short by a crash, are passed over.
type history struct {
	path    string
	log     *slog.Logger
	session int

	mu    sync.Mutex
	own   []entry // of this session, so that they are there also without a disk
	quiet bool    // a failure was logged
}

// openHistory begins a session. Where there is no file to write, history lasts as long as the kernel.
func openHistory(path string, log *slog.Logger) *history {
	h := &history{path: path, log: log, session: 1}
	err := h.locked(func() error {
		entries, size := h.load()
		for _, e := range entries {
			h.session = max(h.session, e.Session+1)
		}
		if size > historyLimit {
			if err := h.rewrite(entries[len(entries)/2:]); err != nil {
				return err
			}
		}
		return h.append(entry{Session: h.session})
	})
	h.report(err)
	return h
}

// locked runs f while no other kernel touches the file.
func (h *history) locked(f func() error) error {
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

func (h *history) report(err error) {
	if err != nil && !h.quiet {
		h.quiet = true
		h.log.Warn("history is not kept on disk", "error", err)
	}
}

// append writes one line. It begins with a line end, so that it is whole also after a line that was cut short.
func (h *history) append(e entry) error {
	line, err := json.Marshal(e)
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

func (h *history) rewrite(entries []entry) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, e := range entries {
		if err := encoder.Encode(e); err != nil {
			return err
		}
	}
	next := h.path + ".new"
	if err := os.WriteFile(next, text.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(next, h.path)
}

// load reads the file and gives its entries and size.
func (h *history) load() (entries []entry, size int) {
	text, err := os.ReadFile(h.path)
	if err != nil {
		return nil, 0
	}
	for line := range bytes.Lines(text) {
		var e entry
		if len(bytes.TrimSpace(line)) > 0 && json.Unmarshal(line, &e) == nil && e.Session > 0 {
			entries = append(entries, e)
		}
	}
	return entries, len(text)
}

// add keeps a cell.
func (h *history) add(line int, input string, output *string) {
	e := entry{Session: h.session, Line: line, Input: &input, Output: output}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.own = append(h.own, e)
	h.report(h.locked(func() error { return h.append(e) }))
}

// all gives every cell of every session, this one last: cells of sessions that run beside it come before.
func (h *history) all() []entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	stored, _ := h.load()
	var cells []entry
	for _, e := range stored {
		if e.Input != nil && e.Session != h.session {
			cells = append(cells, e)
		}
	}
	return append(cells, h.own...)
}

// historyRequest is the content of a history_request.
type historyRequest struct {
	Output  bool   `json:"output"`
	Access  string `json:"hist_access_type"`
	Session int    `json:"session"`
	Start   int    `json:"start"`
	Stop    *int   `json:"stop"`
	N       *int   `json:"n"`
	Pattern string `json:"pattern"`
	Unique  bool   `json:"unique"`
}

// accesses are the kinds of history_request.
var accesses = map[string]func(*history, historyRequest) []entry{
	"tail":   func(h *history, q historyRequest) []entry { return last(h.all(), q.N) },
	"range":  (*history).between,
	"search": (*history).search,
}

func (k *kernel) searchHistory(_ context.Context, r request) content {
	q := historyRequest{Pattern: "*"}
	if err := json.Unmarshal(r.Content, &q); err != nil {
		return badRequest(r, err)
	}
	access, ok := accesses[q.Access]
	if !ok {
		return badRequest(r, fmt.Errorf("hist_access_type %q is not known, use tail, range or search", q.Access))
	}
	list := [][]any{}
	for _, e := range access(k.history, q) {
		var what any = *e.Input
		if q.Output {
			what = []any{*e.Input, e.Output}
		}
		list = append(list, []any{e.Session, e.Line, what})
	}
	return content{"status": "ok", "history": list}
}

// last gives the n last entries, or all for nil.
func last(entries []entry, n *int) []entry {
	if n == nil {
		return entries
	}
	return entries[len(entries)-min(max(*n, 0), len(entries)):]
}

// between gives the lines start to stop, without stop, of one session: 0 is this one, -1 the one before it.
func (h *history) between(q historyRequest) []entry {
	session := q.Session
	if session <= 0 {
		session += h.session
	}
	var found []entry
	for _, e := range h.all() {
		if e.Session == session && e.Line >= q.Start && (q.Stop == nil || e.Line < *q.Stop) {
			found = append(found, e)
		}
	}
	return found
}

// search gives the n last entries that match a pattern; with unique, of equal ones only the last.
func (h *history) search(q historyRequest) []entry {
	pattern := glob(q.Pattern)
	var found []entry
	at := map[string]int{}
	for _, e := range h.all() {
		if pattern.MatchString(*e.Input) {
			at[*e.Input] = len(found)
			found = append(found, e)
		}
	}
	if q.Unique {
		kept := found[:0]
		for i, e := range found {
			if at[*e.Input] == i {
				kept = append(kept, e)
			}
		}
		found = kept
	}
	return last(found, q.N)
}

var globSet = regexp.MustCompile(`^\[\^?\]?[^\]]*\]`)

// glob compiles a pattern of *, ? and [set], which must match the whole text. A set that is none stands for itself.
func glob(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for rest := pattern; rest != ""; {
		size := 1
		switch set := globSet.FindString(rest); {
		case rest[0] == '*':
			b.WriteString(".*")
		case rest[0] == '?':
			b.WriteByte('.')
		case set != "" && compiles(set):
			b.WriteString(set)
			size = len(set)
		default:
			b.WriteString(regexp.QuoteMeta(rest[:1]))
		}
		rest = rest[size:]
	}
	b.WriteString(`\z`)
	re, err := regexp.Compile(b.String())
	if err != nil { // text that is not UTF-8
		return regexp.MustCompile(`\A` + regexp.QuoteMeta(strings.ToValidUTF8(pattern, "")) + `\z`)
	}
	return re
}

func compiles(set string) bool {
	_, err := regexp.Compile(set)
	return err == nil
}
