// Package trace notes which kernels run where another process can read it after a crash.
//
// A kernel that writes outside its buffers can end the whole process, when it runs on a CPU. Nothing in the process can
// then say which kernel it was. So a process that watches another calls [Create], and starts the other with the
// environment variable WARREN_OPENCL_TRACE set to the file's path. There, package opencl notes each launch before it and
// after its end. When the other process has died, [Read] tells what ran.
package trace

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Variable is the environment variable that names the file.
const Variable = "WARREN_OPENCL_TRACE"

// Launch is a kernel that was launched.
type Launch struct {
	Kernel string
	Range  string // of work-items, as opencl.Range writes it
	File   string // that it was launched in; empty where that is not known
	Line   int
}

func (l Launch) String() string {
	if l.File == "" {
		return fmt.Sprintf("%s %s", l.Kernel, l.Range)
	}
	return fmt.Sprintf("%s %s, launched at %s:%d", l.Kernel, l.Range, l.File, l.Line)
}

// The file has a fixed number of slots. Each begins with the number of its launch, or with zero when nothing runs in it;
// then comes the launch as JSON, with zeros behind it.
const (
	slots    = 32
	slotSize = 512
	fileSize = slots * slotSize
	numbers  = 8 // bytes of the launch's number
)

// Create makes the file, or empties it.
func Create(path string) error {
	if err := os.WriteFile(path, make([]byte, fileSize), 0o600); err != nil {
		return fmt.Errorf("trace: Create: %w", err)
	}
	return nil
}

// Log is a file that launches are noted in. Several goroutines can use it.
type Log struct {
	mu     sync.Mutex
	memory []byte
	number uint64 // of the last launch
}

// Open opens the file that Create made. It stays open as long as the process lives.
func Open(path string) (*Log, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("trace: Open: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() != fileSize {
		return nil, fmt.Errorf("trace: Open: %s is no file that Create made: %v", path, err)
	}
	memory, err := share(f)
	if err != nil {
		return nil, fmt.Errorf("trace: Open: %s: %w", path, err)
	}
	return &Log{memory: memory}, nil
}

// Note is of a launch that has begun.
type Note struct {
	log    *Log
	number uint64
}

// Begin notes a launch. Where more run than the file has room for, the oldest is forgotten.
func (l *Log) Begin(launch Launch) Note {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.number++
	slot := l.slot(l.number)
	state(slot).Store(0)
	text := slot[numbers:]
	clear(text)
	copy(text, launch.encode(len(text)-1))
	state(slot).Store(l.number)
	return Note{l, l.number}
}

// End notes that the launch has ended.
func (n Note) End() {
	n.log.mu.Lock()
	defer n.log.mu.Unlock()
	state(n.log.slot(n.number)).CompareAndSwap(n.number, 0)
}

func (l *Log) slot(number uint64) []byte {
	at := int(number%slots) * slotSize
	return l.memory[at : at+slotSize]
}

// state is the number at the beginning of a slot, which is written at once.
func state(slot []byte) *atomic.Uint64 { return (*atomic.Uint64)(unsafe.Pointer(&slot[0])) }

// encode writes the launch in no more than so many bytes. What is too long loses its beginning or end.
func (l Launch) encode(most int) []byte {
	const longest = 120 // characters; where they do not fit, as each takes several bytes, half as many are tried
	for n := longest; ; n /= 2 {
		short := Launch{Kernel: head(l.Kernel, n), Range: head(l.Range, n), File: tail(l.File, n), Line: l.Line}
		if b, err := json.Marshal(short); err == nil && len(b) <= most {
			return b
		}
	}
}

func head(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

func tail(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return "…" + string(r[len(r)-n:])
	}
	return s
}

// Read tells which launches had not ended, as far as the process knew, the oldest first. The culprit is one of them: the
// first of its queue that was still running.
func Read(path string) ([]Launch, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("trace: Read: %w", err)
	}
	if len(b) != fileSize {
		return nil, fmt.Errorf("trace: Read: %s has %d bytes, not %d", path, len(b), fileSize)
	}
	running := map[uint64]Launch{}
	for ; len(b) > 0; b = b[slotSize:] {
		number := binary.NativeEndian.Uint64(b)
		text, _, _ := bytes.Cut(b[numbers:slotSize], []byte{0})
		var l Launch
		if number > 0 && json.Unmarshal(text, &l) == nil {
			running[number] = l
		}
	}
	var launches []Launch
	for _, number := range slices.Sorted(maps.Keys(running)) {
		launches = append(launches, running[number])
	}
	return launches, nil
}
