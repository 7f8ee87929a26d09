package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/warren-go/warren/kernel/proto"
)

// process is a running worker.
type process struct {
	cmd    *exec.Cmd
	conn   *proto.Conn
	stdin  *os.File
	stdout *pump
	stderr *pump
	filter *crashFilter
	handle func(*process, proto.Message) // messages that are no replies

	seq     atomic.Int64
	mu      sync.Mutex
	replies map[int64]chan proto.Message
	runs    map[int64]chan *proto.Failure
	crash   strings.Builder // what the Go runtime printed when it gave up
	dead    chan struct{}   // closed when the process is gone and all its output delivered
	status  error
	loaded  map[string]bool // packages it has opened; used by the engine's executing goroutine only
}

// errDead is what calls return when the worker dies before it answers.
var errDead = errors.New("the worker process died")

func startProcess(worker, dir string, env []string, deliver func(name, text string), handle func(*process, proto.Message)) (*process, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket for the worker: %w", err)
	}
	unix.SetNonblock(pair[0], true)
	ours, theirs := os.NewFile(uintptr(pair[0]), "worker"), os.NewFile(uintptr(pair[1]), "front")
	defer theirs.Close()
	var pipes [3][2]*os.File
	for i := range pipes {
		if pipes[i][0], pipes[i][1], err = os.Pipe(); err != nil {
			return nil, fmt.Errorf("pipe for the worker: %w", err)
		}
	}
	cmd := exec.Command(worker)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = pipes[0][0], pipes[1][1], pipes[2][1]
	cmd.ExtraFiles = []*os.File{theirs}
	// A group of its own: a terminal's interrupt goes to the front alone, and what cells start can be ended with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start of the worker: %w", err)
	}
	for _, f := range []*os.File{pipes[0][0], pipes[1][1], pipes[2][1]} {
		f.Close()
	}
	p := &process{
		cmd: cmd, conn: proto.NewConn(ours), stdin: pipes[0][1], handle: handle,
		replies: map[int64]chan proto.Message{}, runs: map[int64]chan *proto.Failure{}, dead: make(chan struct{}), loaded: map[string]bool{},
	}
	if p.stdout, err = newPump("stdout", pipes[1][0], deliver); err != nil {
		return nil, err
	}
	p.filter = &crashFilter{deliver: deliver, p: p}
	if p.stderr, err = newPump("stderr", pipes[2][0], p.filter.pass); err != nil {
		return nil, err
	}
	go p.receive()
	return p, nil
}

// receive handles the worker's messages until it is gone.
func (p *process) receive() {
	for {
		m, err := p.conn.Receive()
		if err != nil {
			break
		}
		p.drain()
		switch {
		case m.Seq != 0:
			p.mu.Lock()
			ch := p.replies[m.Seq]
			delete(p.replies, m.Seq)
			p.mu.Unlock()
			if ch != nil {
				ch <- m
			}
		case m.Kind == proto.Done:
			p.mu.Lock()
			ch := p.runs[m.ID]
			delete(p.runs, m.ID)
			p.mu.Unlock()
			if ch != nil {
				ch <- m.Failure
			}
		default:
			p.handle(p, m)
		}
	}
	p.conn.Close()
	p.stdin.Close()
	p.status = p.cmd.Wait()
	p.killGroup() // whatever the cells started
	p.stdout.wait()
	p.stderr.wait()
	close(p.dead)
}

func (p *process) killGroup() { syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

// drain delivers all that the worker has printed.
func (p *process) drain() {
	p.stdout.drain()
	p.stderr.drain()
	p.stderr.mu.Lock()
	defer p.stderr.mu.Unlock()
	p.filter.flush()
}

// call sends a request and waits for its reply.
func (p *process) call(ctx context.Context, m proto.Message) (proto.Message, error) {
	m.Seq = p.seq.Add(1)
	ch := make(chan proto.Message, 1)
	p.mu.Lock()
	p.replies[m.Seq] = ch
	p.mu.Unlock()
	if err := p.conn.Send(m); err != nil {
		return m, errDead
	}
	select {
	case r := <-ch:
		if r.Error != "" {
			return r, errors.New(r.Error)
		}
		return r, nil
	case <-p.dead:
		return m, errDead
	case <-ctx.Done():
		p.mu.Lock()
		delete(p.replies, m.Seq)
		p.mu.Unlock()
		return m, ctx.Err()
	}
}

// run starts a unit; the channel gets how it ended.
func (p *process) run(id int64, unit string, count int) (<-chan *proto.Failure, error) {
	ch := make(chan *proto.Failure, 1)
	p.mu.Lock()
	p.runs[id] = ch
	p.mu.Unlock()
	if err := p.conn.Send(proto.Message{Kind: proto.Run, ID: id, Unit: unit, Text: fmt.Sprint(count)}); err != nil {
		return nil, errDead
	}
	return ch, nil
}

// alive tells whether the process still runs.
func (p *process) alive() bool {
	select {
	case <-p.dead:
		return false
	default:
		return true
	}
}

// close ends the process, and all that it started.
func (p *process) close() {
	p.conn.Close()
	select {
	case <-p.dead:
		return
	case <-time.After(200 * time.Millisecond):
	}
	p.killGroup()
	<-p.dead
}

// crashFilter keeps what the Go runtime prints when it gives up apart from what the user's code prints to stderr. The
// runtime writes its words one by one, so the start of a line is held back while it may become such a report.
type crashFilter struct {
	p       *process
	deliver func(name, text string)
	fatal   bool
	held    string
}

// crashStarts are how such reports begin.
var crashStarts = []string{
	"fatal error: ", "runtime: goroutine stack exceeds", "SIGSEGV: ", "SIGABRT: ", "SIGBUS: ", "SIGFPE: ", "SIGILL: ", "unexpected fault address",
	"panic: ", "runtime: out of memory", "runtime: cannot allocate", "malloc(): ", "free(): ", "double free", "runtime/cgo: ",
}

// crashLimit bounds what is kept of a report: the dump of many goroutines is long.
const crashLimit = 1 << 20

// pass is called by one pump only, which locks.
func (f *crashFilter) pass(name, text string) {
	text, f.held = f.held+text, ""
	if f.fatal {
		f.keep(text)
		return
	}
	at := 0
	for line := range strings.Lines(text) {
		starts, maybe := startsCrash(line)
		if starts {
			f.fatal = true
			time.AfterFunc(2*time.Second, f.ask)
			break
		}
		if maybe && !strings.HasSuffix(line, "\n") {
			f.held = line
			break
		}
		at += len(line)
	}
	if at > 0 {
		f.deliver(name, text[:at])
	}
	if f.fatal {
		f.keep(text[at:])
	}
}

// startsCrash tells whether a line, or what there is of it, begins a report, or may yet.
func startsCrash(line string) (starts, maybe bool) {
	for _, s := range crashStarts {
		if strings.HasPrefix(line, s) {
			return true, true
		}
		maybe = maybe || strings.HasPrefix(s, line)
	}
	return false, maybe
}

func (f *crashFilter) keep(text string) {
	f.p.mu.Lock()
	defer f.p.mu.Unlock()
	if room := crashLimit - f.p.crash.Len(); room > 0 {
		f.p.crash.WriteString(text[:min(room, len(text))])
	}
}

// flush delivers what was held back: the worker has sent a message since, so it did not die of it.
func (f *crashFilter) flush() {
	f.p.mu.Lock()
	text := f.p.crash.String() + f.held
	f.p.crash.Reset()
	f.p.mu.Unlock()
	f.fatal, f.held = false, ""
	if text != "" {
		f.deliver("stderr", text)
	}
}

// ask makes the worker send a message, if it can.
func (f *crashFilter) ask() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	f.p.call(ctx, proto.Message{Kind: proto.Peek})
}

// lastWords returns the runtime's report of a dead process.
func (p *process) lastWords() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.crash.String()
}
