package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Programs read standard input without a word: fmt.Scan just calls read. The engine sees it by looking, while a cell
// runs that may do so, whether a thread of the worker waits in read(0, …), which Linux tells in /proc.

const inputPoll = 30 * time.Millisecond

// inputs are the questions to the user that a run has open.
type inputs struct {
	ctx    context.Context
	cancel context.CancelFunc
	open   sync.WaitGroup
}

func newInputs(ctx context.Context) *inputs {
	i := &inputs{}
	i.ctx, i.cancel = context.WithCancel(ctx)
	return i
}

// watch calls f in a goroutine; f returns when its context is done.
func (i *inputs) watch(f func(context.Context)) { i.open.Go(func() { f(i.ctx) }) }

// stop takes all questions back.
func (i *inputs) stop() {
	i.cancel()
	i.open.Wait()
}

// watchInput asks the user for a line whenever the worker waits for one, until ctx is done. Then it gives those who wait
// still an end of file: nobody may take the lines of a later cell.
func (e *Engine) watchInput(ctx context.Context, p *process, out Output) {
	tick := time.NewTicker(inputPoll)
	defer tick.Stop()
	for p.alive() {
		if ctx.Err() == nil && waitsForInput(p.cmd.Process.Pid) {
			p.drain()
			if line, err := out.Input(ctx, "", false); err == nil {
				p.stdin.give(line + "\n")
			} else if ctx.Err() == nil {
				e.failRun(fmt.Errorf("the cell reads standard input, but %w", err))
				p.stdin.end(p.cmd.Process.Pid)
			}
		}
		select {
		case <-ctx.Done():
			time.Sleep(inputPoll) // the worker is to know first that the run is stopped
			p.stdin.end(p.cmd.Process.Pid)
			return
		case <-tick.C:
		}
	}
}

// inputPipe is the worker's standard input. The front keeps both ends.
type inputPipe struct {
	mu          sync.Mutex
	read, write *os.File
}

// give writes text for the worker to read. More than the pipe holds waits until it is read, or the pipe discarded.
func (p *inputPipe) give(text string) {
	p.mu.Lock()
	w := p.write
	p.mu.Unlock()
	w.WriteString(text) // fails when the worker is gone, which others report
}

// discard throws away what nobody has read.
func (p *inputPipe) discard() {
	p.mu.Lock()
	defer p.mu.Unlock()
	raw, err := p.read.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		left, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ)
		for buf := make([]byte, 1<<16); err == nil && left > 0; {
			var n int
			if n, err = unix.Read(int(fd), buf[:min(left, len(buf))]); n <= 0 {
				return
			}
			left -= n
		}
	})
}

// end gives threads of the process that wait for input an end of file: it closes the writing end, and opens it again when
// they have noticed.
func (p *inputPipe) end(pid int) {
	if !waitsForInput(pid) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write.Close()
	for range 20 {
		if time.Sleep(inputPoll / 3); !waitsForInput(pid) {
			break
		}
	}
	raw, err := p.read.SyscallConn()
	if err != nil {
		return // closed with the worker
	}
	raw.Control(func(fd uintptr) {
		if w, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", fd), os.O_WRONLY, 0); err == nil {
			p.write = w
		}
	})
}

func (p *inputPipe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read.Close()
	p.write.Close()
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
