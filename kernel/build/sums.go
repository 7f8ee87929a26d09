package build

import (
	"os"
	"strings"

	"github.com/warren-go/warren/internal/atomicfile"
)

// A machine that loses power, or a disk that fails, leaves files that are empty or wrong. What is kept of a cell therefore
// has its sum beside it, and counts only as long as the two agree.

const sumExt = ".sum"

// keepFile writes a file of the cache, and its sum.
func keepFile(path string, text []byte) error {
	if err := atomicfile.Write(path, text, 0o644); err != nil {
		return diskError(err)
	}
	return keepSum(path, text)
}

func keepSum(path string, text []byte) error {
	return diskError(atomicfile.Write(path+sumExt, []byte(Hash(string(text))+"\n"), 0o644))
}

// intact tells whether a file is in the cache as it was written there, and notes that it is used. It reads each file once.
func (w *Workspace) intact(path string) bool {
	if !found(path) {
		return false
	}
	w.mu.Lock()
	known := w.checked[path]
	w.mu.Unlock()
	if known {
		return true
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	sum, err := os.ReadFile(path + sumExt)
	if err != nil || strings.TrimSpace(string(sum)) != Hash(string(text)) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.checked[path] = true
	return true
}
