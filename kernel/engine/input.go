package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Programs read standard input without a word: fmt.Scan just calls read. The engine sees it by looking, while a cell
// runs that may do so, whether a thread of the worker waits in read(0, …), which Linux tells in /proc.

const inputPoll = 30 * time.Millisecond

// watchInput asks the user for a line whenever the worker waits for one, until ctx is done.
func (e *Engine) watchInput(ctx context.Context, p *process, out Output) {
	tick := time.NewTicker(inputPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !waitsForInput(p.cmd.Process.Pid) {
			continue
		}
		p.drain()
		line, err := out.Input(ctx, "", false)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			e.failRun(fmt.Errorf("the cell reads standard input, but %w", err))
			return
		}
		if _, err := p.stdin.WriteString(line + "\n"); err != nil {
			return
		}
		time.Sleep(inputPoll) // until the reader has taken it
	}
}

// waitsForInput tells whether a thread of the process waits in read on file descriptor 0.
func waitsForInput(pid int) bool {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err == nil && strings.HasPrefix(string(text), readZero) {
			return true
		}
	}
	return false
}
