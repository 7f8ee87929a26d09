package cluster

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/warren-go/warren/internal/background"
)

const (
	// stopTime is how long an engine may take to end when it was told to.
	stopTime = 3 * time.Second
	// lastWords is how many bytes of an engine's standard error are kept.
	lastWords = 4096
)

// process is an engine that was started here, or a program that has started all of them.
type process struct {
	id    int
	cmd   *exec.Cmd
	ranks bool      // it is mpiexec, which has started all engines
	life  io.Closer // its standard input, at whose end it ends
	said  tail
	done  chan struct{} // closed when it has ended
}

// startProcess starts an engine. It is in a process group of its own, so that an interrupt from the keyboard, which is for the
// program that uses it, does not reach it.
func startProcess(id int, cmd *exec.Cmd) (*process, error) {
	p := &process{id: id, cmd: cmd, done: make(chan struct{})}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	p.life = stdin
	if cmd.Stdout == nil {
		cmd.Stdout = &p.said
	}
	if cmd.Stderr == nil {
		cmd.Stderr = &p.said
	}
	cmd.WaitDelay = time.Second // for what it has started itself and left behind
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	background.Run(library, func() {
		if err = cmd.Start(); err != nil {
			return
		}
		go func() {
			_ = cmd.Wait() // how it ended is in ProcessState
			close(p.done)
		}()
	})
	if err != nil {
		return nil, fmt.Errorf("engine %d cannot be started: %w", id, err)
	}
	return p, nil
}

// stop tells the engine to end, and kills it if it does not.
func (p *process) stop() {
	p.life.Close()
	if p.ranks { // their standard input is not this one
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
	select {
	case <-p.done:
	case <-time.After(stopTime):
		p.kill()
	}
}

// kill ends the engine and what it has started.
func (p *process) kill() {
	select {
	case <-p.done: // the number may be another process's
		return
	default:
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// epitaph says how the engine ended, if it has by then, and what it said last.
func (p *process) epitaph(wait time.Duration) string {
	select {
	case <-p.done:
	case <-time.After(wait):
		return ""
	}
	text := p.cmd.ProcessState.String()
	if said := strings.TrimSpace(p.said.String()); said != "" {
		text += "; it said: " + said
	}
	return text
}

// tail keeps the last of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - lastWords; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(string(t.text), "")
}
